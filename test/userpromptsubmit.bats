# userpromptsubmit: busy, and nothing else.
load test_helper

@test "every recorded prompt marks its session busy and prints nothing" {
	local file session
	for file in "$FIXTURES"/*/UserPromptSubmit*.json "$FIXTURES"/gemini/BeforeAgent.json; do
		session=$("$TESTBIN/json-get" session_id <"$file")
		mail "$(session_box "$session")" "$(line "$(mid 1)" hello)"
		run "$BIN/userpromptsubmit" <"$file"
		equal "status and output" "$status$output" 0
		equal "mark" "$(mark "$session")" busy
		[ -s "$(session_box "$session")" ]
	done
}

@test "a mark is written in place: no reader ever sees it empty" {
	local seen=""
	event stop
	(for _ in $(seq "$(rounds 300)"); do event userpromptsubmit; event stop; done) &
	while kill -0 $! 2>/dev/null; do
		seen=$(mark)
		[ "$seen" = busy ] || [ "$seen" = idle ] || { wait; fail "a reader saw '$seen'"; }
	done
	wait
	equal "mark" "$(mark)" idle
}

@test "the mark's time is now, also when the word stays the same" {
	event userpromptsubmit
	touch -d '1 hour ago' "$STATE/activity/$ME"
	event userpromptsubmit
	[ $(($(date +%s) - $(stat -c %Y "$STATE/activity/$ME"))) -lt 60 ]
}

@test "a mark of another program, with a line feed or more in it, is put right" {
	mkdir -m 700 "$STATE" "$STATE/activity"
	printf 'idle and more\n' >"$STATE/activity/$ME"
	event userpromptsubmit
	equal "bytes" "$(od -c -An "$STATE/activity/$ME" | tr -d ' ')" busy
}
