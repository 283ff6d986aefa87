# peer ask: a question that waits for its one answer, and leaves all other mail alone.
load test_helper
load session_helper

NOBODY=33333333-4444-4555-8666-777777777777

setup() {
	need jq
	isolate
	ANSWER=$BATS_TEST_TMPDIR/answer
	ERRORS=$BATS_TEST_TMPDIR/errors
}

teardown() {
	# A process of an earlier line may have ended by itself.
	[ -z "${AGENTS:-}" ] || kill -9 $AGENTS 2>/dev/null || :
	ours_running | xargs -r kill -9 2>/dev/null || :
}

# ask ARGUMENT...: session ME asks PEER; the answer goes to $ANSWER, the exit status to $ANSWER.status.
ask() {
	local status=0
	"$BIN/peer" ask --session-id "$ME" "$@" "$PEER" "the question" >"$ANSWER" 2>"$ERRORS" 3>&- || status=$?
	echo "$status" >"$ANSWER.status"
}

# asked: the request id of the last question in PEER's box.
asked() {
	tail -n 1 "$(session_box "$PEER")" 2>/dev/null | "$TESTBIN/json-get" request_id || :
}

was_asked() {
	[ -n "$(asked)" ]
}

# question ARGUMENT...: asks in the background and sets REQUEST and ASKER (its process).
question() {
	ask "$@" &
	await "nothing was asked" was_asked
	REQUEST=$(asked)
	ASKER=$(ours_running | head -n 1)
}

# reply TEXT [FROM]: answers the question.
reply() {
	"$BIN/peer" send --from "${2:-$PEER}" --reply-to "$REQUEST" "$ME" "$1" | cut -d' ' -f1
}

status_is() {
	wait
	equal "status, with $(cat "$ERRORS")" "$(cat "$ANSWER.status")" "$1"
}

# pending: the pending asks that are on record.
pending() {
	ls "$STATE/pending-ask" 2>/dev/null | wc -l
}

# record_of REQUEST: the path of its pending ask.
record_of() {
	printf '%s/pending-ask/p-%s' "$STATE" "$(printf '["%s","%s"]' "$ME" "$1" | sha256sum | cut -c1-32)"
}

@test "the answer is printed and taken, with a receipt" {
	question
	id=$(reply 'it is\n"so"'$'\e[31m')
	status_is 0
	equal "answer" "$(cat "$ANSWER")" 'it is\n"so"\u001b[31m'
	equal "on standard error" "$(cat "$ERRORS")" ""
	empty_box "$(session_box "$ME")"
	contains "$(cat "$STATE/receipts/$id")" '"via":"ask_peer_reply","recipient_session_id":"'"$ME"'"'
	equal "pending asks" "$(pending)" 0
	equal "locks" "$(find "$STATE" -name '*.lock*')" ""
}

@test "the question says who asks, and carries a request id of 16 hex digits" {
	question
	equal "from, body" "$(jq -r '.from_session_id, .body' "$(session_box "$PEER")")" "$ME
the question"
	[[ $REQUEST =~ ^[0-9a-f]{16}$ ]]
	reply ok >/dev/null
	status_is 0
}

@test "one line feed ends the answer; an envelope is printed as its text; --json tells all as it was sent" {
	question
	printf 'ends so\n\n' | "$BIN/peer" send --reply-to "$REQUEST" "$ME" >/dev/null
	status_is 0
	equal "answer" "$(od -c "$ANSWER" | head -n 1)" "$(printf 'ends so\n\n' | od -c | head -n 1)"
	question
	"$BIN/peer" send --envelope --from "$PEER" --reply-to "$REQUEST" "$ME" 'in an "envelope"' >/dev/null
	status_is 0
	equal "answer" "$(cat "$ANSWER")" 'in an "envelope"'
	question --json
	id=$(reply $'é "x"\t\n')
	status_is 0
	equal "answer" "$(cat "$ANSWER")" \
		"{\"message_id\":\"$id\",\"from_session_id\":\"$PEER\",\"reply_to\":\"$REQUEST\",\"body\":\"é \\\"x\\\"\\t\\n\"}"
}

@test "of several messages only the answer is taken; all else stays byte for byte, garbage and blank lines too" {
	local box others
	box=$(session_box "$ME")
	mail "$box" "$(line "$(mid 1)" one "$from_peer")" garbage '{"half":' "$(line "$(mid 2)" two "$from_peer,\"reply_to\":\"other\"")"
	question
	printf '%s\n' "$(line "$(mid 3)" three)" "$(line "$(mid 4)" wrong "\"reply_to\":\"x$REQUEST\"")" >>"$box"
	others=$(grep . "$box")
	reply "right"
	status_is 0
	equal "answer" "$(cat "$ANSWER")" right
	equal "what stays" "$(grep . "$box")" "$others"
}

@test "of two answers the first is taken" {
	local box
	box=$(session_box "$ME")
	question
	mkdir -p "$BATS_TEST_TMPDIR/new"
	printf '%s\n%s\n' "$(line "$(mid 1)" first "\"reply_to\":\"$REQUEST\"")" \
		"$(line "$(mid 2)" second "\"reply_to\":\"$REQUEST\"")" >"$box.new"
	mv "$box.new" "$box"
	status_is 0
	equal "answer" "$(cat "$ANSWER")" first
	equal "what stays" "$(jq -r .body "$box")" second
}

@test "who answers may have got another id meanwhile; a stranger's other message is no answer" {
	question
	"$BIN/peer" send --from "$PEER" --request-id "$REQUEST" "$ME" "no answer" >/dev/null
	reply "after /clear" "$NOBODY"
	status_is 0
	equal "answer" "$(cat "$ANSWER")" "after /clear"
	contains "$(cat "$(session_box "$ME")")" "no answer"
}

@test "an answer that was there before the first look, spelt with escapes" {
	need_strace
	# Stopped before it sends, the question has no id yet: so stop it right after, before it looks.
	strace -f -o /dev/null -e inject=fork,vfork,clone:delay_exit=500000 -e trace=fork,vfork,clone \
		"$BIN/peer" ask --session-id "$ME" "$PEER" "q" >"$ANSWER" 3>&- &
	await "nothing was asked" was_asked
	REQUEST=$(asked)
	line "$(mid 1)" "escaped" "\"reply_to\":\"\\u00$(printf %x "'${REQUEST:0:1}")${REQUEST:1}\"" >"$(session_box "$ME")"
	wait
	equal "answer" "$(cat "$ANSWER")" escaped
}

@test "20 questions at once in one session: each gets its own answer, and nothing else is gone" {
	local n box others
	box=$(session_box "$ME")
	mail "$box" "$(line "$(mid 1)" mine)"
	others=$(cat "$box")
	for n in $(seq 20); do
		"$BIN/peer" ask --session-id "$ME" --timeout 20 "$PEER" "question $n" >"$ANSWER$n" 3>&- &
	done
	all_asked() { [ "$(wc -l <"$(session_box "$PEER")")" = 20 ]; }
	await "not all were asked" all_asked
	jq -r '.request_id + " " + .body' "$(session_box "$PEER")" | sort -R | while read -r REQUEST text; do
		reply "answer to $text" >/dev/null &
		[ $((RANDOM % 2)) = 0 ] || wait
	done
	wait
	for n in $(seq 20); do
		equal "answer $n" "$(cat "$ANSWER$n")" "answer to question $n"
	done
	equal "what stays" "$(grep . "$box")" "$others"
}

@test "behind 5,000 messages, and 6 MB of them, the answer is found, and they stay" {
	local box before
	box=$(session_box "$ME")
	many "$box" 5000 1200
	[ "$(stat -c %s "$box")" -gt 6000000 ]
	before=$(sha256sum <"$box")
	question
	reply "behind" >/dev/null
	status_is 0
	equal "answer" "$(cat "$ANSWER")" behind
	equal "the others" "$(grep . "$box" | sha256sum)" "$before"
}

@test "an answer that stands alone behind the first 4 MB goes, and they stay" {
	local box before
	box=$(session_box "$ME")
	many "$box" 3000 1200
	letters $(((4 << 20) - 20 - $(stat -c %s "$box"))) >>"$box"
	echo >>"$box"
	before=$(sha256sum <"$box")
	question
	reply "alone" >/dev/null
	status_is 0
	equal "answer" "$(cat "$ANSWER")" alone
	equal "the others" "$(grep . "$box" | sha256sum)" "$before"
}

@test "an answer in a server's box is found, also if the server comes meanwhile; a copy of it goes too" {
	question
	agent
	register "$AGENT" "$ME"
	line "$(mid 7)" "in its box" "\"reply_to\":\"$REQUEST\"" >"$MAILBOXES/$AGENT.jsonl"
	status_is 0
	equal "answer" "$(cat "$ANSWER")" "in its box"
	empty_box "$MAILBOXES/$AGENT.jsonl"
	rm "$(session_box "$PEER")"
	question
	# What a move leaves that was killed in the middle.
	line "$(mid 8)" "twice" "\"reply_to\":\"$REQUEST\"" >"$BATS_TEST_TMPDIR/new"
	cp "$BATS_TEST_TMPDIR/new" "$BATS_TEST_TMPDIR/copy"
	kill -STOP "$ASKER"
	cat "$BATS_TEST_TMPDIR/new" >>"$MAILBOXES/$AGENT.jsonl"
	cat "$BATS_TEST_TMPDIR/copy" >>"$(session_box "$ME")"
	kill -CONT "$ASKER"
	status_is 0
	equal "answer" "$(cat "$ANSWER")" "twice"
	empty_box "$MAILBOXES/$AGENT.jsonl"
	empty_box "$(session_box "$ME")"
}

@test "the box is replaced by rename while it waits, as oxtail's take one does" {
	local box
	box=$(session_box "$ME")
	mail "$box" "$(line "$(mid 1)" one)" "$(line "$(mid 2)" two)"
	question
	line "$(mid 2)" two >"$box.new"
	mv "$box.new" "$box"
	reply "later" >/dev/null
	status_is 0
	equal "answer" "$(cat "$ANSWER")" later
	equal "what stays" "$(grep . "$box")" "$(line "$(mid 2)" two)"
}

@test "the folder of mailboxes is made if it is missing, and looked into again if it is made anew" {
	[ ! -e "$STATE" ]
	question
	rm -r "$MAILBOXES"
	reply "anew" >/dev/null
	kill -TERM "$ASKER" 2>/dev/null || :	# or it looks after 5 s, and may have found it by itself
	status_is 0
	equal "answer" "$(cat "$ANSWER")" anew
}

@test "a hook shows the answer to the model meanwhile: it is printed all the same" {
	question
	kill -STOP "$ASKER"
	id=$(reply "shown by a hook")
	mkdir -p "$STATE/received"
	chmod 700 "$STATE/received"
	ledger=$STATE/received/$(printf %s "$ME" | sha256sum | cut -c1-32).jsonl
	grep . "$(session_box "$ME")" >"$BATS_TEST_TMPDIR/line"
	# The sender's ledger entry; whoever reads it must not take it for more than that.
	[ -s "$ledger" ] || cp "$BATS_TEST_TMPDIR/line" "$ledger"
	contains "$(event pretooluse)" "shown by a hook"
	kill -CONT "$ASKER"
	status_is 0
	equal "answer" "$(cat "$ANSWER")" "shown by a hook"
	contains "$(cat "$STATE/receipts/$id")" '"via":"hook"'
}

@test "what stands in the ledger without a receipt has not come yet" {
	question
	mkdir -p "$STATE/received"
	chmod 700 "$STATE/received"
	line "$(mid 9)" "not yet" "\"reply_to\":\"$REQUEST\"" >"$STATE/received/$(printf %s "$ME" | sha256sum | cut -c1-32).jsonl"
	kill -TERM "$ASKER"
	status_is 143
	equal "answer" "$(cat "$ANSWER")" ""
}

@test "no answer in time: status 3, one line that says so, and the pending ask is on record" {
	local record at
	present_asker
	ask --timeout 0.2
	status_is 3
	equal "answer" "$(cat "$ANSWER")" ""
	equal "on standard error" "$(cat "$ERRORS")" \
		"peer ask: no answer yet from $PEER; when it comes, it will be delivered to $ME"
	record=$(record_of "$(asked)")
	at=$(jq .at "$record")
	equal "record" "$(cat "$record")" "{\"sessionId\":\"$ME\",\"requestId\":\"$(asked)\",\"at\":$at,\"target\":\"$PEER\",\"messageId\":\"$(jq -r .id "$(session_box "$PEER")")\",\"ownerEpoch\":$(jq .started_at "$STATE/$OURS/sessions/"*.json),\"attempts\":0,\"lastRepokeAt\":null}"
	equal "mode" "$(stat -c %a "$record")" 600
	equal "its time" "$(date -r "$record" +%s%3N)" "$at"
}

# ME appears, so that the record can say since when it is there.
present_asker() {
	agent
	session start "$AGENT" "$ME" startup >/dev/null
}

cleared() {
	session end "$AGENT" "$ME" clear
	CWD=$PWD session start "$AGENT" "$(sid 7)" clear >/dev/null
}

@test "the asking session is cleared meanwhile: the answer is taken from its successor, whom the receipt names" {
	local id
	present_asker
	question --timeout 5
	cleared
	id=$(reply "the answer")
	status_is 0
	equal "answer" "$(cat "$ANSWER")" "the answer"
	equal "receipt" "$(jq -r .recipient_session_id "$STATE/receipts/$id")" "$(sid 7)"
	equal "box" "$(cat "$(session_box "$(sid 7)")")" ""
}

@test "the same, and a hook of the successor shows the answer: it is printed all the same" {
	local id
	present_asker
	question --timeout 5
	kill -STOP "$ASKER"
	cleared
	id=$(reply "the answer")
	contains "$(drained 7)" "the answer"
	kill -CONT "$ASKER"
	status_is 0
	equal "answer" "$(cat "$ANSWER")" "the answer"
}

@test "the same, and no answer in time: it is the successor who is told of, and who awaits it" {
	present_asker
	question --timeout 1
	cleared
	status_is 3
	equal "on standard error" "$(cat "$ERRORS")" \
		"peer ask: no answer yet from $PEER; when it comes, it will be delivered to $(sid 7)"
	equal "record" "$(jq -r '"\(.sessionId) \(.ownerEpoch)"' "$STATE"/pending-ask/*)" \
		"$(sid 7) $(jq .started_at "$STATE/$OURS/sessions/$(key "$(sid 7)")".*)"
	contains "$("$BIN/peer" send --from "$PEER" --reply-to "$REQUEST" --json "$ME" late)" late_reply_to_pending
}

@test "the time to wait: from the option, the environment, or 60 s" {
	local option
	for option in 0 0.1 0.05; do
		ask --timeout "$option"
		status_is 3
	done
	OXTAIL_ASK_PEER_TIMEOUT_MS=50 ask
	status_is 3
	for option in "" x -1 1. .5 86401 86400.1 1e3 0x10 99999999999999999999; do
		ask --timeout="$option"
		status_is 2
	done
	equal "questions" "$(wc -l <"$(session_box "$PEER")")" 4
}

@test "a late answer: it is printed, or it is in the box and has found the record, so that it wakes; never both, never neither" {
	local n reason shown=0 kept=0
	for n in $(seq "$(rounds 40)"); do
		rm -rf "$STATE/pending-ask" "$MAILBOXES"
		question --timeout 0.0$((RANDOM % 8 + 2))
		reason=$("$BIN/peer" send --json --from "$PEER" --reply-to "$REQUEST" "$ME" late | jq -r .wake_reason)
		wait
		case $(cat "$ANSWER.status")/$(cat "$ANSWER")/$(pending)/$(grep -c late "$(session_box "$ME")") in
		0/late/0/0) shown=$((shown + 1)) ;;
		3//0/1)
			equal "reason" "$reason" late_reply_to_pending
			kept=$((kept + 1))
			;;
		*) fail "status $(cat "$ANSWER.status"), answer $(cat "$ANSWER"), $(pending) pending, box $(cat "$(session_box "$ME")")" ;;
		esac
	done
	echo "shown $shown, kept $kept"
}

@test "the record is there before the last look, and goes if that look finds the answer" {
	need_strace
	# Held up right after the record is made.
	strace -o /dev/null -e trace=utimensat -e inject=utimensat:delay_exit=700000 \
		"$BIN/peer" ask --session-id "$ME" --timeout 0.2 "$PEER" q >"$ANSWER" 2>"$ERRORS" 3>&- &
	on_record() { [ "$(pending)" = 1 ]; }
	await "no record" on_record
	REQUEST=$(asked)
	reply "just in time" >/dev/null
	wait
	equal "answer" "$(cat "$ANSWER")" "just in time"
	equal "pending asks" "$(pending)" 0
	empty_box "$(session_box "$ME")"
}

@test "a signal ends it as any program, with the pending ask on record" {
	local name number
	for name in TERM:143 INT:130 HUP:129; do
		number=${name#*:}
		rm -rf "$STATE/pending-ask" "$MAILBOXES"
		# bash starts what it puts into the background with SIGINT ignored.
		env --default-signal=INT,HUP "$BIN/peer" ask --session-id "$ME" "$PEER" q >"$ANSWER" 2>"$ERRORS" 3>&- &
		ASKER=$!
		await "nothing was asked" was_asked
		kill "-${name%:*}" "$ASKER"
		status=0
		wait "$ASKER" || status=$?
		equal "status after $name" "$status" "$number"
		equal "pending asks after $name" "$(pending)" 1
		[ -f "$(record_of "$(asked)")" ]
	done
}

@test "a signal that was ignored stays ignored" {
	(trap '' HUP && exec "$BIN/peer" ask --session-id "$ME" "$PEER" q) >"$ANSWER" 3>&- &
	ASKER=$!
	await "nothing was asked" was_asked
	REQUEST=$(asked)
	kill -HUP "$ASKER"
	reply "still here" >/dev/null
	wait "$ASKER"
	equal "answer" "$(cat "$ANSWER")" "still here"
}

@test "killed at any of its calls, the answer and all other mail are lost nowhere" {
	need_strace
	local name number all others list
	others=$(line "$(mid 1)" other)
	# The peer answers whatever it is asked, until the test ends.
	responder() {
		"$BIN/peer" wait --follow --json --session-id "$PEER" 3>&- | while read -r all; do
			REQUEST=$(jq -r .request_id <<<"$all")
			reply "the answer" >/dev/null
		done
	}
	responder 3>&- &
	asked_under() { # STRACE-ARGUMENT...
		: >"$(session_box "$ME")"
		echo "$others" >"$(session_box "$ME")"
		strace "$@" "$BIN/peer" ask --session-id "$ME" --timeout 5 "$PEER" q >"$ANSWER" 2>/dev/null 3>&- || true
	}
	state_dirs
	asked_under -o "$BATS_TEST_TMPDIR/trace"
	equal "answer" "$(cat "$ANSWER")" "the answer"
	# Right behind each call that changes something, as in crash.bats.
	list=$(awk 'NR > 1 && match($0, /^[a-z_0-9]+\(/) {
		name = substr($0, 1, RLENGTH - 1)
		n[name]++
		if (changed) print name, n[name]
		changed = name ~ /^(mkdirat|writev?|pwrite64|ftruncate|unlinkat|fsync|fork)$/ || /O_CREAT/
	}' "$BATS_TEST_TMPDIR/trace" | some)
	[ "$(wc -l <<<"$list")" -gt 5 ]
	while read -r name number; do
		local questions
		questions=$(wc -l <"$(session_box "$PEER")")
		asked_under -o /dev/null -e "inject=$name:signal=SIGKILL:when=$number"
		find "$STATE" -name '*.lock*' -exec touch -d '60 seconds ago' {} +
		grep -qxF "$others" "$(session_box "$ME")" || fail "another message is lost at $name $number"
		[ "$(wc -l <"$(session_box "$PEER")")" -gt "$questions" ] || continue
		# It was asked: then the answer was printed, or is in the box, or comes there.
		answered() { [ -s "$ANSWER" ] || grep -q "the answer" "$(session_box "$ME")"; }
		await "the answer is lost at $name $number" answered
	done <<<"$list"
}

@test "an output that nobody takes: status 1, and the answer stays" {
	question
	kill -9 "$ASKER"
	wait
	rm -r "$MAILBOXES"
	("$BIN/peer" ask --session-id "$ME" "$PEER" q >/dev/full 2>"$ERRORS" 3>&- || echo $? >"$ANSWER.status") &
	await "nothing was asked" was_asked
	REQUEST=$(asked)
	reply "kept" >/dev/null
	status_is 1
	contains "$(cat "$ERRORS")" "the answer stays in the mailbox of $ME"
	contains "$(cat "$(session_box "$ME")")" kept
	equal "locks and receipts" "$(find "$STATE" -name '*.lock*' -o -path '*/receipts/*')" ""
}

@test "a closed pipe, and a closed standard output" {
	local how
	for how in 'exec "$BIN/peer" ask --session-id "$ME" "$PEER" q 2>"$ERRORS" | true; exit ${PIPESTATUS[0]}' \
		'exec "$TESTBIN/with-stdout" closed "$BIN/peer" ask --session-id "$ME" "$PEER" q 2>"$ERRORS"'; do
		rm -rf "$MAILBOXES"
		(export ERRORS; run bash -c "$how" 3>&-; echo "$status" >"$ANSWER.status") &
		await "nothing was asked" was_asked
		REQUEST=$(asked)
		reply "kept" >/dev/null
		status_is 1
		contains "$(cat "$(session_box "$ME")")" kept
	done
}

@test "a person may ask: of the session that is made up nothing is left, or one is told where the answer will be" {
	local asker
	"$BIN/peer" ask "$PEER" "a person's question" >"$ANSWER" 3>&- &
	await "nothing was asked" was_asked
	REQUEST=$(asked)
	asker=$(jq -r .from_session_id "$(session_box "$PEER")")
	[[ $asker =~ ^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$ ]]
	"$BIN/peer" send --from "$PEER" --reply-to "$REQUEST" "$asker" "for a person" >/dev/null
	wait
	equal "answer" "$(cat "$ANSWER")" "for a person"
	equal "left" "$(find "$STATE" -name "*$asker*")" ""
	equal "left in the ledger" "$(grep -rl "$REQUEST" "$STATE/received" 2>/dev/null | grep -c "$(printf %s "$asker" | sha256sum | cut -c1-32)")" 0
	run "$BIN/peer" ask --timeout 0.1 "$PEER" again
	equal "status" "$status" 3
	asker=$(tail -n 1 "$(session_box "$PEER")" | jq -r .from_session_id)
	contains "$output" "see later with 'peer inbox --session $asker'"
	equal "pending asks" "$(pending)" 0
	"$BIN/peer" send --from "$PEER" --reply-to "$(asked)" "$asker" "late" >/dev/null
	contains "$("$BIN/peer" inbox --session "$asker")" late
}

@test "no line on standard error unless it is a terminal; there one that changes and goes" {
	need script
	present_peer
	question
	await "it does not sleep" asleep "$ASKER"
	equal "on standard error" "$(cat "$ERRORS")" ""
	reply ok >/dev/null
	status_is 0
	script -qec "$BIN/peer ask --timeout 1.2 --session-id $ME $PEER q >$ANSWER" "$BATS_TEST_TMPDIR/screen" </dev/null >/dev/null 3>&- || true
	contains "$(cat "$BATS_TEST_TMPDIR/screen")" $'\r\e[Kwaiting for claude:1 (unknown) 0 s'
	contains "$(cat "$BATS_TEST_TMPDIR/screen")" $'\r\e[Kwaiting for claude:1 (unknown) 1 s'
	contains "$(cat "$BATS_TEST_TMPDIR/screen")" $'\r\e[Kpeer ask: no answer yet from claude:1;'
}

present_peer() {
	agent
	session start "$AGENT" "$PEER" startup >/dev/null
	cd "$CWD" || return
}

asleep() {
	[ "$(cut -d' ' -f3 "/proc/$1/stat")" = S ]
}

@test "what is no question to one session is refused, and nothing is sent" {
	local arguments
	for arguments in "" "@all x" "--wake maybe $PEER x" "--session-id ../x $PEER x" "$PEER x y"; do
		# shellcheck disable=SC2086 # several words
		run "$BIN/peer" ask $arguments
		equal "status of: $arguments" "$status" 2
	done
	run "$BIN/peer" ask --session-nonce unknown-nonce "$PEER" x
	equal "status" "$status" 1
	[ ! -e "$(session_box "$PEER")" ]
	printf 'from standard input' | "$BIN/peer" ask --session-id "$ME" --timeout 0 "$PEER" || true
	equal "body" "$(jq -r .body "$(session_box "$PEER")")" "from standard input"
}
