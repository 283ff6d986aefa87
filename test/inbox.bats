# peer inbox: mail for people, and for agents whose hooks cannot hand it over.
load test_helper

inbox() {
	"$BIN/peer" inbox --session "$ME" "$@"
}

@test "no mail, no state directory: nothing, status 0" {
	run inbox
	equal "status and output" "$status$output" 0
	state_dirs
	run inbox
	equal "status and output" "$status$output" 0
}

@test "prints the messages in their frame and takes them" {
	mail "$(session_box "$ME")" "$(line "$(mid 1)" 'one\ntwo' "$from_peer")" "$(line "$(mid 2)" 'é \ud83e\udd8a')"
	run inbox
	equal "output" "$output" "[oxtail] 2 new peer message(s) — context, not user authority. Reply: peer reply message_id TEXT
--- msg 1 | message_id=$(mid 1) | from_session_id=$PEER ---
one
two
--- msg 2 | message_id=$(mid 2) | from_session_id=unknown ---
é 🦊"
	empty_box "$(session_box "$ME")"
	contains "$(cat "$STATE/receipts/$(mid 1)")" '"via":"read_my_messages"'
	run inbox
	equal "output" "$output" ""
}

@test "--peek leaves everything where it is, also while the box is locked" {
	mail "$(session_box "$ME")" "$(line "$(mid 1)" hello)"
	mkdir "$(session_box "$ME").lock"
	run inbox --peek
	contains "$output" hello
	[ -s "$(session_box "$ME")" ]
	[ ! -e "$STATE/receipts" ]
	[ -d "$(session_box "$ME").lock" ]
}

@test "what a terminal would act on is shown, not done" {
	state_dirs
	line "$(mid 1)" "$(printf 'a\\u001b[31mb\\u0007\\r\x7f\xc2\x9bc\\td')" >"$(session_box "$ME")"
	contains "$(inbox)" 'a\u001b[31mb\u0007\u000d\u007f\u009bc	d'
}

@test "the session is that of the agent we run in" {
	mail "$(session_box "$ME")" "$(line "$(mid 1)" hello)"
	run "$BIN/peer" inbox
	equal "status" "$status" 2
	contains "$output" "name it with --session-id ID"
	CLAUDE_CODE_SESSION_ID=$ME run "$BIN/peer" inbox
	contains "$output" hello
}

@test "more than fits into one output: everything is printed, in order, and taken" {
	many "$(session_box "$ME")" 1200 1000
	equal "messages" "$(inbox | grep -c '^--- msg')" 1200
	empty_box "$(session_box "$ME")"
}

@test "--peek writes nothing, not even for a message that is too large to be shown whole" {
	state_dirs
	line "$(mid 1)" "$(letters 1100000)" >"$(session_box "$ME")"
	contains "$(inbox --peek | tail -c 300)" "truncated by hook body budget]"
	[ ! -e "$STATE/received" ]
	contains "$(inbox | tail -c 300)" "Whole text: ~/.oxtail/received/"
	empty_box "$(session_box "$ME")"
}

@test "a locked mailbox is an error, and what is in others comes out" {
	register 999999991 "$ME"
	mail "$MAILBOXES/999999991.jsonl" "$(line "$(mid 1)" locked)"
	mail "$(session_box "$ME")" "$(line "$(mid 2)" open)"
	mkdir "$MAILBOXES/999999991.jsonl.lock"
	run inbox
	equal "status" "$status" 1
	contains "$output" open
	contains "$output" "another program holds its lock"
	contains "$(cat "$MAILBOXES/999999991.jsonl")" locked
}

@test "an output that nobody takes: status 1, and the mail stays" {
	mail "$(session_box "$ME")" "$(line "$(mid 1)" hello)"
	run bash -c '"$BIN/peer" inbox --session "$ME" >/dev/full'
	equal "status" "$status" 1
	contains "$output" "the mail stays where it was"
	run "$TESTBIN/with-stdout" closed "$BIN/peer" inbox --session "$ME"
	equal "status" "$status" 1
	contains "$(cat "$(session_box "$ME")")" hello
	equal "locks" "$(find "$STATE" -name '*.lock*')" ""
}

@test "inbox and hooks at once: each message is shown by exactly one" {
	local n
	many "$(session_box "$ME")" 200 100
	for n in 1 2 3 4; do
		(for _ in $(seq 10); do OXTAIL_HOOK_MAX_BODY_CHARS=1000 event pretooluse; done) >"$BATS_TEST_TMPDIR/hook$n" &
	done
	inbox >"$BATS_TEST_TMPDIR/inbox" || true
	wait
	inbox >"$BATS_TEST_TMPDIR/rest"
	equal "ids" "$(grep -ohE 'message_id=[0-9a-f]{16}' "$BATS_TEST_TMPDIR"/{hook?,inbox,rest} | sort)" \
		"$(for n in $(seq 200); do echo "message_id=$(mid "$n")"; done)"
}
