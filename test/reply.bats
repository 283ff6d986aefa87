# peer reply and peer status: an answer by the message's id, and what is known of a message.
load test_helper
load session_helper

setup() {
	isolate_in_project
}

# ask N M TEXT [OPTION...]: session N writes to session M, with a request. Sets ID.
ask() {
	ID=$(peer send --from "$(sid "$1")" --request-id "q-$1" "${@:4}" "$(sid "$2")" "$3")
	ID=${ID%% *}
}

# reply N ID TEXT [OPTION...]
reply() {
	peer reply --session-id "$(sid "$1")" "${@:4}" "$2" "$3"
}

two_sessions() {
	present 1 >/dev/null
	present 2 >/dev/null
}

@test "an answer goes to who asked, names the request and the message, and is kept in the ledger" {
	two_sessions
	ask 1 2 "Which port?"
	run reply 2 "$ID" "8080"
	equal "status" "$status" 0
	[[ $output =~ ^([0-9a-f]{16})\ [a-z_]+$ ]]
	equal "line" "$(jq -c '[.id, .body, .from_session_id, .reply_to, .source_message_id]' "$(box 1)")" \
		"[\"${BASH_REMATCH[1]}\",\"8080\",\"$(sid 2)\",\"q-1\",\"$ID\"]"
	equal "ledger" "$(jq -r .body "$STATE/received/$(printf %s "$(sid 1)" | sha256sum | cut -c1-32).jsonl")" 8080
}

@test "it can be answered after it was delivered, more than once, and from standard input" {
	two_sessions
	ask 1 2 "Which port?"
	drained 2 >/dev/null
	reply 2 "$ID" one
	printf 'two\n' | reply 2 "$ID" -
	equal "bodies" "$(bodies 1)" $'one\ntwo'
}

@test "a message without a request is answered without one" {
	two_sessions
	ID=$(peer send --from "$(sid 1)" "$(sid 2)" hello)
	reply 2 "${ID%% *}" hi
	equal "line" "$(jq -c '[.reply_to, .source_message_id]' "$(box 1)")" "[null,\"${ID%% *}\"]"
}

@test "after /clear the new session answers for the old one, and the answer to a cleared asker finds its successor" {
	two_sessions
	ask 1 2 "Which port?"
	session end "${PID[2]}" "$(sid 2)" clear
	session start "${PID[2]}" "$(sid 3)" clear >/dev/null
	session end "${PID[1]}" "$(sid 1)" clear
	session start "${PID[1]}" "$(sid 4)" clear >/dev/null
	run reply 3 "$ID" 8080
	equal "status" "$status $output" "0 ${output}"
	equal "bodies" "$(bodies 4)" 8080
}

@test "held mail can be answered once it has come" {
	present 1 >/dev/null
	ID=$(peer send --from "$(sid 1)" --request-id q-1 --hold tester "run the soak" | cut -d' ' -f1)
	present 2 >/dev/null
	peer label --session-id "$(sid 2)" tester >/dev/null
	reply 2 "$ID" fine
	equal "bodies" "$(bodies 1)" fine
}

@test "what cannot be answered is an error: unknown ids, another's message, a person's, no session" {
	two_sessions
	present 3 >/dev/null
	run reply 2 0123456789abcdef hello
	equal "status" "$status" 1
	contains "$output" "peer reply: cannot answer 0123456789abcdef: session $(sid 2) has got no message of that id"
	ask 1 2 hello
	run reply 3 "$ID" hello
	equal "status" "$status" 1
	ID=$(peer send "$(sid 2)" "from a person")
	run reply 2 "${ID%% *}" hello
	equal "status" "$status" 1
	contains "$output" "does not say which session sent it"
	run peer reply "$ID" hello
	equal "status" "$status" 2
	run peer reply --session-id "$(sid 2)" 'a b' hello
	equal "status" "$status" 2
	run peer reply
	equal "status" "$status" 2
	equal "nothing" "$(bodies 1)" ""
}

@test "an answer that wakes: freshly idle, once for a request; what was asked with a timeout as well" {
	two_sessions
	ask 1 2 "Which port?"
	session_stop 1
	equal "first" "$(reply 2 "$ID" one | cut -d' ' -f2)" skipped_no_target
	equal "second" "$(reply 2 "$ID" two | cut -d' ' -f2)" skipped_deduped
	equal "off" "$(reply 2 "$ID" three --wake off | cut -d' ' -f2)" none
	some "a record" "$STATE"/pending-wake/w-*
}

# session_stop N: its turn ends.
session_stop() {
	printf '{"session_id":"%s","cwd":"/","hook_event_name":"Stop","stop_hook_active":false}' "$(sid "$1")" |
		"$BIN/stop" --agent claude-code >/dev/null
}

@test "status: pending, then handed over, and unknown" {
	two_sessions
	ask 1 2 hello
	run peer status "$ID"
	contains "$output" "pending in mailbox s-$(sid 2)-"
	contains "$output" ", sent "
	equal "json" "$(peer status --json "$ID" | jq -c '[.status, .target_session_id, .from_session_id, .delivered_at]')" \
		"[\"pending\",\"$(sid 2)\",\"$(sid 1)\",null]"
	drained 2 >/dev/null
	run peer status "$ID"
	[[ $output == "handed over "*" by hook to $(sid 2)"* ]] || fail "$output"
	equal "json" "$(peer status --json "$ID" | jq -c '[.status, .via, .recipient_session_id]')" "[\"handed over\",\"hook\",\"$(sid 2)\"]"
	run peer status 0123456789abcdef
	equal "unknown" "$status $output" "0 unknown"
	ID=$(peer send --hold nobody:1 hello)
	run peer status "${ID%% *}"
	equal "held" "$output" held
	run peer status ../x
	equal "status" "$status" 2
}

@test "status: what the inbox took, and what was put back after it was handed over" {
	two_sessions
	ask 1 2 hello
	cp "$(box 2)" "$BATS_TEST_TMPDIR/line"
	peer inbox --session "$(sid 2)" >/dev/null
	contains "$(peer status "$ID")" " by read_my_messages to $(sid 2)"
	cat "$BATS_TEST_TMPDIR/line" >>"$(box 2)"
	contains "$(peer status "$ID")" "pending in mailbox s-$(sid 2)"
	contains "$(peer status "$ID")" "put back"
}

@test "status: pending behind 4 MB of other mail" {
	local n
	two_sessions
	ask 1 2 hello
	for n in $(seq 80); do
		printf '{"schema_version":1,"id":"%016x","enqueued_at":1,"body":"%060000d"}\n' "$n" 0
	done >"$BATS_TEST_TMPDIR/others"
	cat "$(box 2)" >>"$BATS_TEST_TMPDIR/others"
	cat "$BATS_TEST_TMPDIR/others" >"$(box 2)"
	contains "$(peer status "$ID")" "pending in mailbox s-$(sid 2)"
}

@test "the ledger comes before the mailbox, the outbox after it" {
	need_strace
	two_sessions
	cd "$CWD"
	strace -o "$BATS_TEST_TMPDIR/trace" "$BIN/peer" send --from "$(sid 1)" "$(sid 2)" hello >/dev/null
	equal "order" "$(grep -oE 'openat\([0-9]+, "(received/[0-9a-f]{32}\.jsonl|mailboxes/s-[^"]*jsonl|outbox/[0-9a-f]{16})", O_(WRONLY|RDWR)[^)]*CREAT' "$BATS_TEST_TMPDIR/trace" |
		grep -oE 'received|mailboxes|outbox' | uniq | tr '\n' ' ')" "received mailboxes outbox "
}
