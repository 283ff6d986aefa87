# Waking as a whole: what a send says of it, peer wake, and missed wakes that heal. The checks of the gate are
# tested in gate.bats, the routes in await-mail.bats, command.bats and terminal.bats.
load test_helper
load session_helper

setup() {
	isolate_in_project
}

# turn_ends N: the session is idle from here.
turn_ends() {
	printf '{"session_id":"%s","cwd":"/","hook_event_name":"Stop","stop_hook_active":false}' "$(sid "$1")" |
		"$BIN/stop" --agent claude-code >/dev/null
}

# turn_begins N: it is busy.
turn_begins() {
	printf '{"session_id":"%s","cwd":"/","hook_event_name":"UserPromptSubmit","prompt":"x"}' "$(sid "$1")" |
		"$BIN/userpromptsubmit" --agent claude-code
}

# sends OPTION...: session 1 writes to session 2; prints status and reason.
sends() {
	peer send --json --from "$(sid 1)" "$@" "$(sid 2)" hello | jq -r '"\(.wake_status) \(.wake_reason // "")"'
}

two_sessions() {
	present 1 >/dev/null
	present 2 >/dev/null
}

@test "what a send says of waking: by what it is, and what the receiver does" {
	two_sessions
	equal "no mark" "$(sends)" "skipped_no_target hookless_default"
	drained 2 >/dev/null
	turn_ends 2
	equal "ordinary mail" "$(sends)" "none "
	equal "an answer" "$(sends --reply-to r-1)" "skipped_no_target reply"
	equal "the same again" "$(sends --reply-to r-1)" "skipped_deduped reply"
	equal "auto" "$(sends --wake auto)" "skipped_no_target auto"
	equal "off" "$(sends --wake off --reply-to r-9)" "none "
	equal "switched off" "$(OXTAIL_AUTOWAKE=OFF sends --reply-to r-2)" "disabled reply"
	turn_begins 2
	equal "busy, an answer" "$(sends --reply-to r-3)" "skipped_no_fresh_idle reply"
	equal "busy, auto" "$(sends --wake auto)" "skipped_busy auto"
	run peer send --wake on "$(sid 2)" hello
	equal "status" "$status" 2
}

@test "peer wake runs the gate alone, and stamps what it lets through" {
	two_sessions
	turn_ends 2
	equal "fire" "$(peer wake --no-route --reply-to r-1 "$(sid 2)")" fire
	equal "claimed" "$(peer wake --no-route --reply-to r-1 "$(sid 2)")" skipped_deduped
	equal "limited" "$(peer wake --no-route --reply-to r-2 "$(sid 2)")" skipped_rate_limited
	equal "lenient" "$(peer wake --no-route "$(sid 2)")" fire
	equal "json" "$(peer wake --json "$(sid 2)" | jq -c '[.target_session_id, .wake_status, .wake_reason, .wake_route]')" \
		"[\"$(sid 2)\",\"skipped_no_target\",\"auto\",null]"
	turn_begins 2
	equal "busy" "$(peer wake "$(sid 2)")" skipped_busy
	run peer wake
	equal "usage" "$status" 2
	run peer wake nobody-here
	equal "unknown" "$status" 1
	run peer wake --session-id a/b "$(sid 2)"
	equal "no session id" "$status $output" "2 peer wake: not a session id: a/b; see 'peer wake --help'"
}

@test "an error says what was tried: the hint at --hold is for a send, and only what was a message is refused" {
	local command
	two_sessions
	for command in "wake:wake" "ask:ask" "send:send to"; do
		run peer "${command%%:*}" --session-id "$(sid 1)" nobody-here <<<hello
		equal "status" "$status" 1
		contains "$output" "peer ${command%%:*}: cannot ${command#*:} nobody-here: nobody has that label or id; "
		case $command in
		send*) contains "$output" "--hold" ;;
		*) lacks "$output" "--hold" ;;
		esac
	done
	equal "refused" "$(jq -r 'select(.what == "refused") | .detail' "$STATE/$OURS/journal.jsonl")" \
		$'nobody-here: nobody is called so\nnobody-here: nobody is called so'
	run peer wake --session-id "$(sid 1)" "$(sid 1)"
	contains "$output" "will not wake $(sid 1): that is the sender itself"
}

@test "a wake that fails never fails the send" {
	two_sessions
	turn_ends 2
	: >"$STATE/autowake"
	run peer send --from "$(sid 1)" --reply-to r-1 "$(sid 2)" hello
	equal "status" "$status" 0
	contains "$output" " skipped_store_error"
	equal "mail" "$(bodies 2)" hello
}

@test "a missed wake is recorded, tried again when it is due, and ended by the receipt" {
	two_sessions
	turn_ends 2
	sends --reply-to r-1 >/dev/null
	equal "record" "$(jq -c '[.recipientSessionId, .senderSessionId, .attempts]' "$STATE"/pending-wake/w-*)" "[\"$(sid 2)\",\"$(sid 1)\",0]"
	export OXTAIL_SELF_WAKE_GRACE_MS=1
	present 3 >/dev/null
	turn_ends 3
	peer send --from "$(sid 1)" --wake off "$(sid 3)" hello >/dev/null
	equal "tried" "$(jq .attempts "$STATE"/pending-wake/w-*)" 1
	peer send --from "$(sid 1)" --wake off "$(sid 3)" hello >/dev/null
	equal "throttled" "$(jq .attempts "$STATE"/pending-wake/w-*)" 1
	drained 2 >/dev/null
	peer send --from "$(sid 1)" --wake off "$(sid 3)" hello >/dev/null
	equal "ended" "$(ls "$STATE/pending-wake")" ""
}

@test "a waiter that starts finds the wake that was missed before it" {
	two_sessions
	turn_ends 2
	sends --reply-to r-1 >/dev/null
	printf '{"session_id":"%s","cwd":"%s","hook_event_name":"Stop"}' "$(sid 2)" "$CWD" >"$BATS_TEST_TMPDIR/event"
	status=0
	CLAUDE_PID=${PID[2]} CLAUDE_CODE_SESSION_ATTENDED=1 OXTAIL_SELF_WAKE_GRACE_MS=1 timeout 10 \
		"$BIN/await-mail" --agent claude-code <"$BATS_TEST_TMPDIR/event" 2>"$BATS_TEST_TMPDIR/err" || status=$?
	equal "status" "$status" 2
	contains "$(cat "$BATS_TEST_TMPDIR/err")" "hello"
	equal "box" "$(bodies 2)" ""
}

# await N: a waiter of session N in the background; its envelope goes to $BATS_TEST_TMPDIR/envelope.N.
waiter() {
	printf '{"session_id":"%s","cwd":"%s","hook_event_name":"Stop"}' "$(sid "$1")" "$CWD" >"$BATS_TEST_TMPDIR/event.$1"
	CLAUDE_PID=${PID[$1]} CLAUDE_CODE_SESSION_ATTENDED=1 "$BIN/await-mail" --agent claude-code \
		<"$BATS_TEST_TMPDIR/event.$1" 2>"$BATS_TEST_TMPDIR/envelope.$1" >/dev/null 3>&- &
	await "no waiter" test -p "$STATE/$OURS/waiters/$(key "$(sid "$1")")"
}

@test "a waiter that starts makes up for what another session has missed, too" {
	two_sessions
	turn_ends 1
	turn_ends 2
	sends --reply-to r-1 >/dev/null
	export OXTAIL_SELF_WAKE_GRACE_MS=1
	waiter 1
	await "it was not tried" tried_once
	await "more than the waiter is left" only_the_waiter
	kill %1
}

tried_once() {
	[ "$(jq .attempts "$STATE"/pending-wake/w-*)" = 1 ]
}

only_the_waiter() {
	[ "$(ours_running | wc -l)" = 1 ]
}

@test "an answer wakes the one who asked, through its waiter: confirmed, once, with the whole envelope" {
	two_sessions
	local id
	id=$(peer send --from "$(sid 1)" --request-id q-1 "$(sid 2)" "Which port?" | cut -d' ' -f1)
	turn_ends 1
	waiter 1
	equal "said" "$(peer reply --json --session-id "$(sid 2)" "$id" 8080 | jq -r '"\(.wake_status) \(.wake_route)"')" "fired await-mail"
	wait $! || equal "status" $? 2
	contains "$(cat "$BATS_TEST_TMPDIR/envelope.1")" $'reply_to=q-1 ---\n8080'
	equal "mark" "$(mark "$(sid 1)")" busy
	equal "nothing to heal" "$(jq -r .recipientSessionId "$STATE"/pending-wake/* | grep "$(sid 1)")" ""
}

@test "what came of wakes and sends stands in the journal" {
	two_sessions
	turn_ends 2
	sends --reply-to r-1 >/dev/null
	run peer send --from "$(sid 1)" nobody-here hello
	equal "journal" "$(jq -r '"\(.what) \(.status // "") \(.detail // "")"' "$STATE/$OURS/journal.jsonl")" \
		"sent  
wake skipped_no_target reply
refused  nobody-here: nobody is called so"
}

@test "Codex is woken by its own command, and no other agent is; without it there is no route here" {
	two_sessions
	printf '{"session_id":"%s","cwd":"%s","hook_event_name":"SessionStart","source":"startup"}' "$(sid 3)" "$CWD" |
		"$BIN/session-start" --agent codex >/dev/null
	cd "$BATS_TEST_TMPDIR"
	mkdir path
	printf '#!/bin/sh\necho "$*" >>%s/asked\n' "$PWD" >path/codex
	chmod +x path/codex
	PATH=$PWD/path:$PATH
	woken() { peer wake --json --session-id "$(sid 1)" "$(sid "$1")" | jq -r '"\(.wake_status) \(.wake_route)"'; }
	equal "codex" "$(woken 3)" "fired codex-queue"
	equal "another" "$(woken 2)" "skipped_no_target null"
	equal "asked" "$(cat asked)" "queue --thread $(sid 3) --message oxtail msg: a peer has written to you. Run: peer inbox"
	printf '#!/bin/sh\nexit 1\n' >path/codex
	equal "refused" "$(woken 3)" "skipped_no_target null"
}

@test "@all: all are woken at once, and told in order; of a wake that dies nothing is known but that it began" {
	local n
	for n in 1 2 3 4; do
		present "$n" >/dev/null
		sed -i s/claude-code/codex/ "$STATE/$OURS/sessions/"*"$(sid "$n")"*
	done
	cd "$BATS_TEST_TMPDIR"
	mkdir path begun
	# Each waits for the others, which it would do in vain one after the other; one kills who runs it.
	cat >path/codex <<-END
		#!/bin/bash
		cd $PWD || exit 1
		session=\$3
		: >"begun/\$\$"
		mkfifo "nap.\$\$"
		exec {nap}<>"nap.\$\$"
		for ((n = 0; n < 400; n++)); do
			set -- begun/*
			[ "\$#" -lt 3 ] || break
			read -r -t 0.01 -u "\$nap"
		done
		[ "\$#" -eq 3 ] || exit 1
		[ "\$session" != "$(sid 3)" ] || kill -9 "\$PPID"
	END
	chmod +x path/codex
	PATH=$PWD/path:$PATH
	equal "woken" "$(peer send --json --from "$(sid 1)" --wake auto @all hello |
		jq -r '"\(.target_session_id) \(.wake_status) \(.wake_route)"')" \
		"$(sid 2) fired codex-queue
$(sid 3) fired_unconfirmed null
$(sid 4) fired codex-queue"
}
