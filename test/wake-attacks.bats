# Attacks on answers and waking: what must hold whatever others do, and whenever.
load test_helper
load session_helper

setup() {
	isolate_in_project
	export CLAUDE_CODE_SESSION_ATTENDED=1
}

teardown() {
	local process
	for process in $(ours_running); do kill -9 "$process" 2>/dev/null || :; done
	[ -z "${AGENTS:-}" ] || kill -9 $AGENTS 2>/dev/null || :
}

two_sessions() {
	present 1 >/dev/null
	present 2 >/dev/null
}

# turn_ends N [ACTIVE]: prints what the Stop hook says.
turn_ends() {
	printf '{"session_id":"%s","cwd":"/","hook_event_name":"Stop","stop_hook_active":%s}' "$(sid "$1")" "${2:-false}" |
		"$BIN/stop" --agent claude-code
}

turn_begins() {
	printf '{"session_id":"%s","cwd":"/","hook_event_name":"UserPromptSubmit","prompt":"x"}' "$(sid "$1")" |
		"$BIN/userpromptsubmit" --agent claude-code
}

# lies_down N: a waiter of session N in the background: WAITER; its envelope goes to $BATS_TEST_TMPDIR/envelope.N.
lies_down() {
	printf '{"session_id":"%s","cwd":"%s","hook_event_name":"Stop"}' "$(sid "$1")" "$CWD" >"$BATS_TEST_TMPDIR/event.$1"
	CLAUDE_PID=${PID[$1]} "$BIN/await-mail" --agent claude-code \
		<"$BATS_TEST_TMPDIR/event.$1" 2>"$BATS_TEST_TMPDIR/envelope.$1" >/dev/null 3>&- &
	WAITER=$!
}

# waiter N: the same, and it can be asked.
waiter() {
	lies_down "$1"
	await "no waiter" test -p "$STATE/$OURS/waiters/$(key "$(sid "$1")")"
}

idle_for() { # N SECONDS
	turn_ends "$1" >/dev/null
	touch -d "$2 seconds ago" "$STATE/activity/$(sid "$1")"
}

handed_to() { # N TEXT
	grep -qsF -- "$2" "$BATS_TEST_TMPDIR/envelope.$1"
}

@test "a waiter that sleeps already heals a wake that was missed after it lay down" {
	export OXTAIL_SELF_WAKE_GRACE_MS=200
	two_sessions
	idle_for 1 600
	waiter 1
	equal "said" "$(peer send --json --from "$(sid 2)" --reply-to r-1 "$(sid 1)" "the late answer" | jq -r .wake_status)" skipped_no_fresh_idle
	await "the answer lies unread" handed_to 1 "the late answer"
}

@test "mail that came while a session was busy, and that its last Stop may not deliver, wakes it in the end" {
	export OXTAIL_SELF_WAKE_GRACE_MS=200
	two_sessions
	turn_begins 1
	equal "said" "$(peer send --json --from "$(sid 2)" --wake auto "$(sid 1)" "while busy" | jq -r .wake_status)" skipped_busy
	equal "the second stop" "$(turn_ends 1 true)" ""
	lies_down 1	# and may be up again at once
	await "the mail lies unread" handed_to 1 "while busy"
}

@test "an answer to a question of a session that was cleared since wakes the one that took its place" {
	local id
	two_sessions
	run peer ask --session-id "$(sid 1)" --timeout 0.1 "$(sid 2)" question
	equal "status" "$status" 3
	session end "${PID[1]}" "$(sid 1)" clear
	session start "${PID[1]}" "$(sid 11)" clear >/dev/null
	idle_for 11 600
	waiter 11
	id=$(jq -r .id "$(box 2)")
	peer reply --session-id "$(sid 2)" "$id" late >/dev/null
	await "the answer wakes nobody" handed_to 11 late
	equal "records" "$(ls "$STATE/pending-ask")" ""
}

@test "mail behind 4 MB is pending to peer status" {
	local id
	two_sessions
	many "$(box 1)" 700 8000
	id=$(peer send --from "$(sid 2)" "$(sid 1)" x | cut -d' ' -f1)
	contains "$(peer status "$id")" pending
}

@test "missed wakes of others, however many, keep no session's from healing" {
	local hash n
	two_sessions
	idle_for 1 600
	# Here the newest may stand first in the folder, or any.
	peer send --from "$(sid 2)" --reply-to r-1 "$(sid 1)" "the answer" >/dev/null
	(umask 077 && mkdir "$BATS_TEST_TMPDIR/pairs")
	for n in {1..600}; do
		printf -v id %016x "$n"
		printf '["%s","%s"]' "$PEER" "$id" >"$BATS_TEST_TMPDIR/pairs/$id"
	done
	(cd "$BATS_TEST_TMPDIR/pairs" && sha256sum *) | while read -r hash id; do
		printf '{"recipientSessionId":"%s","messageId":"%s","senderSessionId":null,"sentAt":1,"attempts":3,"lastAttemptAt":null}' \
			"$PEER" "$id" >"$STATE/pending-wake/w-${hash:0:32}"
	done
	printf '{"session_id":"%s","cwd":"%s","hook_event_name":"Stop"}' "$(sid 1)" "$CWD" >"$BATS_TEST_TMPDIR/event.1"
	CLAUDE_PID=${PID[1]} OXTAIL_SELF_WAKE_GRACE_MS=1 timeout 10 "$BIN/await-mail" --agent claude-code <"$BATS_TEST_TMPDIR/event.1" \
		2>"$BATS_TEST_TMPDIR/envelope.1" || equal "status" $? 2
	contains "$(cat "$BATS_TEST_TMPDIR/envelope.1")" "the answer"
}

@test "100,000 files in the folders of waking keep no send" {
	two_sessions
	turn_ends 1 >/dev/null
	peer send --from "$(sid 2)" --reply-to r-0 "$(sid 1)" x >/dev/null
	(umask 077 && mkdir -p "$STATE/pending-ask" && cd "$STATE" && seq 100000 | sed "s|.*|pending-wake/w-&\npending-ask/p-&\nautowake/d-&|" | xargs touch)
	local n began=$EPOCHREALTIME
	peer send --from "$(sid 2)" --reply-to r-1 "$(sid 1)" x >/dev/null
	n=$(((${EPOCHREALTIME/./} - ${began/./}) / 1000))
	[ "$n" -lt 1000 ] || fail "it took $n ms"
}

# stalls PROCESS: it is stopped while it holds the lock of session 1's box, and waits for that of its server's box;
# its locks are as old as after 40 s, in which another has taken the mail.
stalls() {
	await "no lock" test -e "$(box 1).lock.owner" -o -e "$(box 1).lock"
	await "not the second lock's turn" sleep 0.05
	kill -STOP "$1"
	touch -d '40 seconds ago' "$(box 1).lock"
	contains "$(drained 1)" "once only"
	kill -CONT "$1"
}

server_box_locked() {
	register "${PID[1]}" "$(sid 1)" session_keyed
	mail "$(box 1)" "$(line "$(mid 1)" "once only" "$from_peer")"
	mail "$MAILBOXES/${PID[1]}.jsonl" "$(line "$(mid 2)" "another" "$from_peer")"
	mkdir "$MAILBOXES/${PID[1]}.jsonl.lock"
}

@test "a waiter that stood still while another took its lock, and the mail, hands nothing over a second time" {
	present 1 >/dev/null
	turn_ends 1 >/dev/null
	waiter 1
	server_box_locked
	"$TESTBIN/wake-request" "$(sid 1)" 3>&- &
	stalls "$WAITER"
	wait $! || :
	lacks "$(cat "$BATS_TEST_TMPDIR/envelope.1")" "once only"
}

@test "a hook that stood still while another took its lock, and the mail, hands nothing over a second time" {
	present 1 >/dev/null
	server_box_locked
	printf '{"session_id":"%s","cwd":"/","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{}}' "$(sid 1)" >"$BATS_TEST_TMPDIR/event"
	"$BIN/pretooluse" --agent claude-code <"$BATS_TEST_TMPDIR/event" >"$BATS_TEST_TMPDIR/out" 3>&- &
	stalls $!
	wait $! || :
	lacks "$(cat "$BATS_TEST_TMPDIR/out")" "once only"
}

waiter_asked() {
	[ -n "$(find "$STATE/$OURS/waiters" -name "answer-*")" ]
}

@test "a sender that is killed while it wakes leaves the wake to be tried again" {
	two_sessions
	turn_ends 1 >/dev/null
	waiter 1
	kill -STOP "$WAITER"
	(cd "$CWD" && exec "$BIN/peer" send --from "$(sid 2)" --reply-to r-1 "$(sid 1)" "the answer" >/dev/null 3>&-) &
	await "it does not ask the waiter" waiter_asked
	kill -9 $!
	equal "records" "$(jq -r .recipientSessionId "$STATE"/pending-wake/* 2>/dev/null)" "$(sid 1)"
}

@test "a missed wake is not made up for when no mail is left" {
	two_sessions
	idle_for 1 600
	peer send --from "$(sid 2)" --reply-to r-1 "$(sid 1)" hello >/dev/null
	: >"$(box 1)"
	OXTAIL_SELF_WAKE_GRACE_MS=1 peer send --from "$(sid 2)" "$(sid 1)" --wake off x >/dev/null
	: >"$(box 1)"
	rm -rf "$STATE/self-wake"
	rm -f "$STATE/$OURS/journal.jsonl"
	OXTAIL_SELF_WAKE_GRACE_MS=1 peer send --from "$(sid 1)" --wake off "$(sid 2)" x >/dev/null
	lacks "$(cat "$STATE/$OURS/journal.jsonl")" '"what":"wake"'
}

@test "a lock that was left before the clock was set back holds nobody up until that time comes again" {
	two_sessions
	peer send --from "$(sid 2)" "$(sid 1)" x >/dev/null
	mkdir "$(box 1).lock"
	touch -d "+1 year" "$(box 1).lock"
	peer send --from "$(sid 2)" "$(sid 1)" y >/dev/null
	contains "$(drained 1)" "--- msg 2 "
}

@test "a question waits on for its answer when its session is cleared meanwhile" {
	two_sessions
	(cd "$CWD" && exec "$BIN/peer" ask --session-id "$(sid 1)" --timeout 3 "$(sid 2)" question >"$BATS_TEST_TMPDIR/out" 2>&1 3>&-) &
	await "nothing was asked" test -s "$(box 2)"
	session end "${PID[1]}" "$(sid 1)" clear
	session start "${PID[1]}" "$(sid 11)" clear >/dev/null
	peer reply --session-id "$(sid 2)" "$(jq -r .id "$(box 2)")" "the answer" >/dev/null
	wait $! || :
	equal "printed" "$(cat "$BATS_TEST_TMPDIR/out")" "the answer"
}

@test "records that are due are swept in the end, however many fresh ones stand before them" {
	local n
	present 1 >/dev/null
	(umask 077 && mkdir -p "$STATE/receipts" && cd "$STATE/receipts" &&
		seq -f 'old%g' 50 | xargs touch -d '30 days ago' &&
		seq -f 'new%g' 6000 | xargs touch && seq -f 'older%g' 50 | xargs touch -d '30 days ago')
	# A sweep looks at 5,000 at most, from a random one on, and ends after 20 ms, in which little is done on
	# a machine that is busy.
	for n in {1..400}; do
		[ -n "$(find "$STATE/receipts" -name 'old*' -print -quit)" ] || break
		rm -f "$STATE/$OURS/swept"
		session start "${PID[1]}" "$(sid 1)" resume >/dev/null
	done
	equal "left" "$(find "$STATE/receipts" -name 'old*' | wc -l)" 0
}

@test "a message whose fate cannot be told any more costs the hooks of later turns nothing" {
	local n transcript=$HOME/transcript.jsonl
	two_sessions
	event_of() {
		printf '{"session_id":"%s","transcript_path":"%s","hook_event_name":"PreToolUse","tool_use_id":"tool_%s"}' "$(sid 1)" "$transcript" "$1"
	}
	echo '{"type":"assistant"}' >"$transcript"
	peer send --from "$(sid 2)" "$(sid 1)" hello >/dev/null
	contains "$(event_of 1 | "$BIN/pretooluse" --agent claude-code)" hello
	mv "$transcript" "$transcript.old"
	for n in {2..20}; do
		printf '{"type":"assistant"}\n{"type":"system","subtype":"stop_hook_summary","timestamp":"%s"}\n' \
			"$(date -u -d "+$n minutes" +%Y-%m-%dT%H:%M:%S.000Z)" >>"$transcript"
		event_of "$n" | "$BIN/pretooluse" --agent claude-code
	done
	equal "records" "$(ls "$STATE/$OURS/unproven")" ""
}

@test "of a person's question that was answered too late, and read, nothing stays for ever" {
	two_sessions
	local asker
	asker=$(peer ask --timeout 0.1 "$(sid 2)" question 2>&1 | grep -oE "[0-9a-f-]{36}") || :
	peer reply --session-id "$(sid 2)" "$(jq -r .id "$(box 2)")" late >/dev/null
	contains "$(printf '{"session_id":"%s","hook_event_name":"PreToolUse"}' "$asker" | "$BIN/pretooluse" --agent claude-code)" late
	find "$STATE" -exec touch -h -d '60 days ago' {} +
	present 3 >/dev/null
	equal "left" "$(find "$MAILBOXES" -name "*$asker*")" ""
}
