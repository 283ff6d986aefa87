#!/usr/bin/env bats
# Our executables and oxtail on the same files, oxtail being played by an independent counterpart
# in node (test/interop/oxtail.mjs), which is proven against the protocol document first.

load test_helper

KEYED=0b5f7c1e-93aa-4d21-8c55-6a1f0e7d2b44 # has a session box, as since 0.17
OLD=77777777-8888-4999-aaaa-bbbbbbbbbbbb   # has a pid box only, as at 0.11
SENDER=22222222-3333-4444-5555-666666666666

BODY=$'Say "8080"\tnow:\n\\o/ \\n \\u0041 é 漢字 🦊 \x01\x1f\x7f </b> {"id":"x"}\n\nend'

# Two hosts that live as long as the test, and a registry that names them.
register_sessions() {
	mkdir -p "$HOME"
	cd "$HOME" || return
	sleep 60 3>&- &
	keyed_pid=$!
	sleep 60 3>&- &
	old_pid=$!
	sleep 60 3>&- &
	sender_pid=$!
	oxtail 0.32 register "$KEYED" "$keyed_pid" 0.11 "$OLD" "$old_pid" 0.32 "$SENDER" "$sender_pid"
	keyed_box=$HOME/.oxtail/mailboxes/s-$KEYED-f9173957.jsonl
}

teardown() {
	local pid
	for pid in ${keyed_pid-} ${old_pid-} ${sender_pid-} ${AGENTS-}; do
		kill "$pid" 2>/dev/null || true # a test may have ended one
	done
}

oxtail() {
	node "$BATS_TEST_DIRNAME/interop/oxtail.mjs" "$@"
}

# hook NAME SESSION [OPTION...]: runs one of our hooks as an agent would.
hook() {
	local name=$1 session=$2 event=PreToolUse
	shift 2
	[ "$name" != stop ] || event=Stop
	printf '{"session_id":"%s","cwd":"%s","hook_event_name":"%s","tool_name":"Bash","tool_input":{},"stop_hook_active":false}' \
		"$session" "$HOME" "$event" | "$BIN/$name" "$@"
}

peer_send() {
	printf %s "$2" | "$BIN/peer" send --from "$SENDER" "$1" - | cut -d' ' -f1
}

# wait_for_bytes FILE: up to about 10 s.
wait_for_bytes() {
	local tries=0
	until [ -s "$1" ]; do
		[ "$tries" -lt 500 ] || return 1
		tries=$((tries + 1))
		sleep 0.02
	done
}

# shows ID BODY: the envelope on standard input shows exactly this message, and nothing after it. Prints
# its shape: the envelope without its text.
shows() {
	ID=$1 BODY=$2 node --input-type=module -e '
		import assert from "node:assert/strict";
		import fs from "node:fs";
		const envelope = JSON.parse(fs.readFileSync(0, "utf8"));
		const text = envelope.reason ?? envelope.hookSpecificOutput.additionalContext;
		const { ID, BODY } = process.env;
		const messages = [...text.matchAll(/^--- msg (\d+) \| message_id=(\S+) \| .*---$/gm)];
		assert.deepEqual(messages.map(([, number, id]) => [number, id]), [["1", ID]]);
		const start = messages[0].index + messages[0][0].length + 1;
		assert.equal(text.slice(start).replace(/\n<\/system-reminder>$/, ""), BODY);
		console.log(JSON.stringify(envelope, (key, value) =>
			key === "additionalContext" || key === "reason" ? "TEXT" : value));
	'
}

@test "the counterpart agrees with the protocol document" {
	need node
	need ps
	node "$BATS_TEST_DIRNAME/interop/selfcheck.mjs"
}

@test "nothing is lost or doubled under load by 0.11, 0.32 and us at the same time" {
	need node
	mkdir -p "$HOME"
	node "$BATS_TEST_DIRNAME/interop/load.mjs" --bin "$BIN" --seconds "${THOROUGH:+2}2" --home "$HOME"
}

# check_delivery SHAPE HOOK [OPTION...]: what 0.32 sends is shown by this hook, in this shape.
check_delivery() {
	local want=$1 name=$2 id
	shift 2
	id=$(oxtail 0.32 send "$KEYED" "$BODY" --from "$SENDER")
	hook "$name" "$KEYED" "$@" >"$BATS_TEST_TMPDIR/envelope"
	equal "shape" "$(shows "$id" "$BODY" <"$BATS_TEST_TMPDIR/envelope")" "$want"
	[ "$(oxtail 0.32 status "$id")" = delivered ]
	[ ! -s "$keyed_box" ]
}

@test "what 0.32 sends is shown by pretooluse, with a receipt that oxtail believes" {
	need node
	register_sessions
	local want='{"hookSpecificOutput":{"hookEventName":"PreToolUse","additionalContext":"TEXT"}}'
	check_delivery "$want" pretooluse
	check_delivery "$want" pretooluse --agent claude-code
}

@test "what 0.32 sends is shown by stop, with a receipt that oxtail believes" {
	need node
	register_sessions
	check_delivery '{"decision":"block","reason":"TEXT"}' stop
	check_delivery '{"hookSpecificOutput":{"hookEventName":"Stop","additionalContext":"TEXT"}}' stop --agent claude-code
}

@test "what 0.11 sends to the pid box of a session that has a session box is shown by our hook" {
	need node
	register_sessions
	local id box=$HOME/.oxtail/mailboxes/$keyed_pid.jsonl
	id=$(oxtail 0.11 send "$KEYED" "$BODY" --from "$SENDER")
	[ -s "$box" ]
	hook pretooluse "$KEYED" | shows "$id" "$BODY"
	[ ! -s "$box" ]
}

@test "mail in the pid box of a dead sibling is shown by our hook" {
	need node
	register_sessions
	local id box=$HOME/.oxtail/mailboxes/$keyed_pid.jsonl
	id=$(oxtail 0.11 send "$KEYED" "$BODY" --from "$SENDER")
	kill "$keyed_pid"
	wait "$keyed_pid" || true
	hook pretooluse "$KEYED" | shows "$id" "$BODY"
	[ ! -s "$box" ]
}

@test "the same message in two boxes is shown once by our hook, and gone from both" {
	need node
	register_sessions
	local id box=$HOME/.oxtail/mailboxes/$keyed_pid.jsonl
	id=$(oxtail 0.11 send "$KEYED" "$BODY" --from "$SENDER")
	cp "$box" "$keyed_box"
	hook pretooluse "$KEYED" | shows "$id" "$BODY"
	[ ! -s "$box" ]
	[ ! -s "$keyed_box" ]
}

@test "a backlog over the budget comes out of our hook in several calls, each message once" {
	need node
	register_sessions
	local long calls=0
	printf -v long '%03000d' 0
	oxtail 0.32 send "$KEYED" "$long" --from "$SENDER" --count 20 | sort >"$BATS_TEST_TMPDIR/sent"
	while [ -s "$keyed_box" ] && [ "$calls" -lt 20 ]; do
		hook pretooluse "$KEYED" --agent claude-code >>"$BATS_TEST_TMPDIR/envelopes"
		calls=$((calls + 1))
	done
	grep -o 'message_id=[0-9a-f]*' "$BATS_TEST_TMPDIR/envelopes" | cut -d= -f2 | sort |
		diff "$BATS_TEST_TMPDIR/sent" -
	[ "$calls" -gt 1 ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/envelopes")" -eq "$calls" ]
}

@test "what we send waits in the session box, and 0.32's hook shows it byte for byte" {
	need node
	register_sessions
	local id
	id=$(peer_send "$KEYED" "$BODY")
	[ -s "$keyed_box" ]
	oxtail 0.32 hook-drain "$KEYED" | shows "$id" "$BODY"
	[ "$(oxtail 0.32 status "$id")" = delivered ]
}

@test "what we send is read by 0.32's server byte for byte" {
	need node
	register_sessions
	local id
	id=$(peer_send "$KEYED" "$BODY")
	oxtail 0.32 server-drain "$KEYED" --json >"$BATS_TEST_TMPDIR/record"
	ID=$id BODY=$BODY node -e '
		const record = JSON.parse(require("fs").readFileSync(0, "utf8"));
		const { ID, BODY } = process.env;
		require("assert").deepEqual([record.id, record.body], [ID, BODY]);
	' <"$BATS_TEST_TMPDIR/record"
}

@test "what we send to a 0.11 session waits in its pid box, for 0.11's hook and server" {
	need node
	register_sessions
	local id
	id=$(peer_send "$OLD" "$BODY")
	[ -s "$HOME/.oxtail/mailboxes/$old_pid.jsonl" ]
	oxtail 0.11 hook-drain "$OLD" | shows "$id" "$BODY"
	id=$(peer_send "$OLD" "$BODY")
	[ "$(oxtail 0.11 server-drain "$OLD")" = "$id" ]
}

@test "our send takes a start signature as ps prints it for what it is, in any time zone" {
	need node
	need ps
	register_sessions
	# Without a session box, only an entry that is taken for live gets the mail into its pid box.
	export TZ=XYZ-9:30
	oxtail 0.32 register "$KEYED" "$keyed_pid" --no-session-keyed
	grep -q '"proc_sig": "[^"]' "$HOME/.oxtail/sessions/$keyed_pid.json"
	peer_send "$KEYED" "$BODY"
	[ -s "$HOME/.oxtail/mailboxes/$keyed_pid.jsonl" ]
}

@test "the line that we write has the exact prefix, keys and escapes of oxtail's own" {
	need node
	register_sessions
	local id
	id=$(peer_send "$KEYED" "$BODY")
	[ "$(wc -l <"$keyed_box")" -eq 1 ]
	[[ $(<"$keyed_box") == '{"schema_version":1,"id":"'"$id"'","body":"'* ]]
	ID=$id BODY=$BODY FROM=$SENDER node -e '
		const assert = require("assert/strict");
		const line = require("fs").readFileSync(0, "utf8");
		const { ID, BODY, FROM } = process.env;
		const record = JSON.parse(line);
		const now = Date.now() / 1000;
		assert.equal(Math.abs(now - record.enqueued_at) < 60, true);
		const { enqueued_at } = record;
		assert.equal(line, JSON.stringify({
			schema_version: 1, id: ID, body: BODY, enqueued_at, body_bytes: Buffer.byteLength(BODY),
			origin: "peer", from_session_id: FROM,
		}) + "\n");
	' <"$keyed_box"
}

@test "our send ends a torn last line before it appends" {
	need node
	register_sessions
	local id
	mkdir -m 700 "$HOME/.oxtail/mailboxes"
	printf '{"schema_version":1,"id":"to' >"$keyed_box"
	id=$(peer_send "$KEYED" "$BODY")
	[ "$(oxtail 0.32 server-drain "$KEYED")" = "$id" ]
}

@test "our hook leaves alone a box that a 0.32 holder has locked, and does not wait long for it" {
	need node
	register_sessions
	local id before holder
	id=$(oxtail 0.32 send "$KEYED" "$BODY" --from "$SENDER")
	before=$(<"$keyed_box")
	oxtail 0.32 hold-lock "${keyed_box##*/}" 2500 >"$BATS_TEST_TMPDIR/holder" 3>&- &
	holder=$!
	wait_for_bytes "$BATS_TEST_TMPDIR/holder"
	[ -z "$(hook pretooluse "$KEYED")" ]
	kill -0 "$holder"	# the hook was the first to end
	[ "$(<"$keyed_box")" = "$before" ]
	[ -s "$keyed_box.lock.owner" ]
	wait "$holder"
	hook pretooluse "$KEYED" | shows "$id" "$BODY"
}

@test "after our hook and our send no lock, owner or temporary file is left" {
	need node
	register_sessions
	peer_send "$KEYED" "$BODY"
	hook pretooluse "$KEYED" | grep -q message_id
	[ "$(ls -A "$HOME/.oxtail/mailboxes")" = "${keyed_box##*/}" ]
}

@test "a session that only our hooks announced is found by oxtail 0.11 and 0.32, and gets their mail" {
	need node
	need ps
	local version
	register_sessions
	CWD=$HOME
	agent
	session start "$AGENT" "$ME" startup
	for version in 0.11 0.32; do
		run oxtail "$version" send "$ME" "from $version" --from "$SENDER"
		equal "status of $version: $output" "$status" 0
		contains "$(hook pretooluse "$ME" --agent claude-code)" "from $version"
	done
	# What came before the end, and was not fetched, is there for the session's next process.
	oxtail 0.11 send "$ME" "left at the end" --from "$SENDER"
	session end "$AGENT" "$ME" other
	run oxtail 0.32 send "$ME" "to nobody" --from "$SENDER"
	[ "$status" -ne 0 ]
	agent
	session start "$AGENT" "$ME" resume
	contains "$(hook pretooluse "$ME" --agent claude-code)" "left at the end"
}

@test "work that 0.32 has recorded is closed by us, and what we have recorded by 0.32" {
	need node
	local id
	register_sessions
	id=$(oxtail 0.32 send "$KEYED" "do it" --from "$SENDER" --request-id w --action-required)
	equal "open" "$(oxtail 0.32 work "$KEYED")" "$id"
	equal "stamp" "$("$TESTBIN/gate" stamp "$KEYED" "$id" blocked "no way")" ok
	equal "closed" "$(oxtail 0.32 work "$KEYED")" ""
	equal "once" "$(oxtail 0.32 complete "$KEYED" "$id" late)" "already closed"
	equal "record" "$("$TESTBIN/gate" record "$KEYED" "$(line "$(mid 7)" ours "\"from_session_id\":\"$SENDER\",\"request_id\":\"v\",\"action_required\":true")")" ok
	equal "open" "$(oxtail 0.32 work "$KEYED")" "$(mid 7)"
	equal "closing" "$(oxtail 0.32 complete "$KEYED" "$(mid 7)" "all done")" closed
	equal "ours" "$("$TESTBIN/gate" find "$KEYED" "$(mid 7)")" "$(mid 7) done at ours"
}

# As KEYED, who went idle just now.
keyed_is_idle() {
	printf '{"session_id":"%s","cwd":"%s","hook_event_name":"Stop","stop_hook_active":false}' "$KEYED" "$HOME" | "$BIN/stop" >/dev/null
}

# reason ARGUMENT...: what a send of ours says of waking.
reason() {
	"$BIN/peer" send --json --from "$SENDER" "$@" | jq -r '"\(.wake_status) \(.wake_reason)"'
}

@test "our answer consumes the pending ask that 0.32 has recorded, and is then due to wake" {
	need node
	need jq
	register_sessions
	keyed_is_idle
	equal "record" "$(oxtail 0.32 ask-timeout "$KEYED" 9f8e7d6c5b4a3921 "$SENDER" 0123456789abcdef)" recorded
	equal "ours" "$(reason --reply-to 9f8e7d6c5b4a3921 "$KEYED" late)" "skipped_no_target late_reply_to_pending"
	equal "consumed" "$(ls "$HOME/.oxtail/pending-ask")" ""
	equal "once" "$(reason --reply-to 9f8e7d6c5b4a3921 "$KEYED" later)" "skipped_deduped reply"
}

@test "our ask that times out is recorded as 0.32 reads it, and 0.32's answer consumes it" {
	need node
	need jq
	register_sessions
	local request
	run "$BIN/peer" ask --session-id "$KEYED" --timeout 0.05 --wake off "$SENDER" "Which port?"
	equal "status" "$status" 3
	request=$(jq -r .requestId "$HOME"/.oxtail/pending-ask/p-*)
	contains "$(oxtail 0.32 gate "$KEYED" "$request")" late_reply_to_pending
	equal "consumed" "$(ls "$HOME/.oxtail/pending-ask")" ""
}

@test "who has woken for an answer, ours or 0.32, keeps the other from it; and from the next within 4 s" {
	need node
	need jq
	register_sessions
	keyed_is_idle
	equal "ours" "$(reason --reply-to r-1 "$KEYED" hello)" "skipped_no_target reply"
	contains "$(oxtail 0.32 gate "$KEYED" r-1)" skipped_deduped
	contains "$(oxtail 0.32 gate "$KEYED" r-2)" skipped_rate_limited
	rm "$HOME"/.oxtail/autowake/*
	contains "$(oxtail 0.32 gate "$KEYED" r-3)" fire
	equal "ours, the same" "$(reason --reply-to r-3 "$KEYED" hello)" "skipped_deduped reply"
	equal "ours, another" "$(reason --reply-to r-4 "$KEYED" hello)" "skipped_rate_limited reply"
}

@test "both say the same of a message: pending, then delivered" {
	need node
	need jq
	register_sessions
	local id
	id=$(peer_send "$KEYED" hello)
	equal "0.32 of ours" "$(oxtail 0.32 status "$id")" pending
	hook pretooluse "$KEYED" >/dev/null
	equal "0.32 of ours" "$(oxtail 0.32 status "$id")" delivered
	id=$(oxtail 0.32 send "$KEYED" hello --from "$SENDER")
	contains "$("$BIN/peer" status "$id")" "pending in mailbox"
	oxtail 0.32 server-drain "$KEYED" >/dev/null
	contains "$("$BIN/peer" status "$id")" "handed over"
	contains "$("$BIN/peer" status "$id")" "by read_my_messages to $KEYED"
}

@test "an answer by 0.32 finds our asker, and ours finds one of 0.32's, each by the message's id" {
	need node
	need jq
	register_sessions
	local id
	id=$("$BIN/peer" send --from "$SENDER" --request-id q-1 "$KEYED" "Which port?" | cut -d' ' -f1)
	oxtail 0.32 reply "$KEYED" "$id" 8080 >/dev/null
	contains "$("$BIN/peer" inbox --session "$SENDER")" "reply_to=q-1"
	id=$(oxtail 0.32 send "$KEYED" "Which host?" --from "$SENDER" --request-id q-2)
	"$BIN/peer" reply --session-id "$KEYED" "$id" localhost >/dev/null
	contains "$(oxtail 0.32 server-drain "$SENDER" --json)" '"reply_to":"q-2"'
}

@test "a wake that 0.32 missed is tried again by us, and counted as 0.32 counts" {
	need node
	need jq
	register_sessions
	keyed_is_idle
	oxtail 0.32 missed-wake "$KEYED" 0123456789abcdef >/dev/null
	OXTAIL_SELF_WAKE_GRACE_MS=1 "$BIN/peer" send --from "$KEYED" --wake off "$SENDER" hello >/dev/null
	equal "attempts" "$(jq .attempts "$HOME"/.oxtail/pending-wake/w-*)" 1
}
