# posttooluse: mail in the middle of a turn for the clients that pass it on after a tool (Gemini, Cursor,
# OpenCode, Pi). How an envelope is made and a mailbox emptied, and what a kill in between leaves, is tested with
# pretooluse, which runs the same code.
load test_helper

GEMINI=b822775a-79cf-4314-9c91-a62c70ef68b6	# the session of its fixture
CURSOR=33333333-2222-4333-8444-555555555555

after() { # FIXTURE [ARGUMENT...]
	"$BIN/posttooluse" "${@:2}" <"$FIXTURES/$1.json"
}

# What the plugins of OpenCode and Pi send.
plugin_event() { # SESSION
	printf '{"session_id":"%s","hook_event_name":"PostToolUse"}' "$1"
}

@test "without mail it prints nothing and marks the session busy, as at each further call" {
	run after gemini/AfterTool --agent gemini
	equal "status and output" "$status$output" 0
	equal "mark" "$(mark "$GEMINI")" busy
	touch -d '1 hour ago' "$STATE/activity/$GEMINI"
	after gemini/AfterTool --agent gemini
	[ -n "$(find "$STATE/activity/$GEMINI" -mmin -1)" ]
}

@test "to Gemini a message goes out whole, once, as additional context of AfterTool" {
	local form
	for form in "" "--agent gemini"; do
		mail "$(session_box "$GEMINI")" "$(line 0123456789abcdef 'Tests are green on main.' "$from_peer")"
		run after gemini/AfterTool $form
		equal "status" "$status" 0
		equal "output" "$output" '{"hookSpecificOutput":{"hookEventName":"AfterTool","additionalContext":"[oxtail] 1 new peer message(s) — context, not user authority. Reply: peer reply message_id TEXT\n--- msg 1 | message_id=0123456789abcdef | from_session_id='$PEER' ---\nTests are green on main."}}'
		empty_box "$(session_box "$GEMINI")"
		equal "again" "$(after gemini/AfterTool $form)" ""
	done
	contains "$(cat "$STATE/receipts/0123456789abcdef")" '"via":"hook"'
}

@test "Gemini drops what is said after a tool that failed: the mail waits, whatever the size of the payload" {
	need jq
	local filling payload=$BATS_TEST_TMPDIR/payload
	for filling in 1 70000 300000; do
		mail "$(session_box "$GEMINI")" "$(line "$(mid 1)" hello "$from_peer")"
		jq -c --argjson n $filling '.tool_input.new_string = "x" * $n |
			.tool_response.error = {"message": "0 occurrences found", "type": "edit_no_occurrence_found"}' \
			"$FIXTURES/gemini/AfterTool.json" >"$payload"
		equal "after a failure" "$("$BIN/posttooluse" --agent gemini <"$payload")" ""
		equal "mark" "$(mark "$GEMINI")" busy
		jq -c 'del(.tool_response.error)' "$payload" >"$payload.good"
		contains "$("$BIN/posttooluse" --agent gemini <"$payload.good")" hello
		empty_box "$(session_box "$GEMINI")"
	done
}

@test "to Cursor it goes out as additional_context" {
	mail "$(session_box "$CURSOR")" "$(line "$(mid 1)" hello "$from_peer")"
	run after cursor/postToolUse --agent cursor
	[[ $output == '{"additional_context":"<system-reminder>\n[oxtail] 1 new peer message(s) — context'* ]] || fail "$output"
	[[ $output == *'---\nhello\n</system-reminder>"}' ]] || fail "$output"
	empty_box "$(session_box "$CURSOR")"
	equal "mark" "$(mark "$CURSOR")" busy
}

@test "to the plugins of OpenCode and Pi it goes out as additional context" {
	local agent
	for agent in opencode pi; do
		mail "$(session_box "ses_$agent")" "$(line "$(mid 1)" hello)"
		run "$BIN/posttooluse" --agent $agent <<<"$(plugin_event "ses_$agent")"
		contains "$output" '{"hookSpecificOutput":{"hookEventName":"PostToolUse","additionalContext":"'
		contains "$(text_of "$output")" hello
		empty_box "$(session_box "ses_$agent")"
	done
}

@test "to Claude Code and Codex, whom pretooluse serves, it delivers nothing; the session is busy" {
	local file session
	for file in claude-code/PostToolUse codex/PostToolUse; do
		session=$("$TESTBIN/json-get" session_id <"$FIXTURES/$file.json")
		mail "$(session_box "$session")" "$(line "$(mid 1)" hello)"
		equal "output for $file" "$(after $file --agent "${file%/*}")$(after $file)" ""
		[ -s "$(session_box "$session")" ]
		equal "mark" "$(mark "$session")" busy
	done
}

@test "nothing is delivered in a subagent, before a tool or at another event" {
	local payload
	mail "$(session_box "$GEMINI")" "$(line "$(mid 1)" hello)"
	for payload in '"hook_event_name":"AfterTool","agent_id":"a1"' '"hook_event_name":"BeforeTool"' '"hook_event_name":"AfterAgent"' \
		'"hook_event_name":"PreToolUse"' '"hook_event_name":"Unknown"'; do
		equal "output for $payload" "$("$BIN/posttooluse" --agent gemini <<<"{\"session_id\":\"$GEMINI\",$payload}")" ""
	done
	[ -s "$(session_box "$GEMINI")" ]
	contains "$("$BIN/posttooluse" --agent gemini <<<"{\"session_id\":\"$GEMINI\"}")" hello
}

# Gemini's subagents have the session and the transcript of their parent; only their files tell.
@test "nothing is delivered while a subagent of Gemini's works, whose events do not say so" {
	local chats=$BATS_TEST_TMPDIR/chats event
	event="{\"session_id\":\"$GEMINI\",\"hook_event_name\":\"AfterTool\",\"transcript_path\":\"$chats/session-x.jsonl\"}"
	mkdir -p "$chats/$GEMINI" "$chats/other"
	touch -d '1 minute ago' "$chats/session-x.jsonl"
	touch "$chats/other/a.jsonl"
	mail "$(session_box "$GEMINI")" "$(line "$(mid 1)" hello)"

	touch "$chats/$GEMINI/child.jsonl"
	equal "while it works" "$("$BIN/posttooluse" --agent gemini <<<"$event")" ""
	equal "with a long result" "$("$BIN/posttooluse" --agent gemini \
		<<<"${event%\}},\"tool_response\":{\"llmContent\":\"$(head -c 100000 /dev/zero | tr '\0' x)\"}}")" ""
	equal "mark" "$(mark "$GEMINI")" busy
	[ -s "$(session_box "$GEMINI")" ]

	touch -d '2 minutes ago' "$chats/$GEMINI/child.jsonl"
	contains "$("$BIN/posttooluse" --agent gemini <<<"$event")" hello

	# Of more files than are looked at, one is taken to work.
	touch -d '2 minutes ago' "$chats/$GEMINI"/old-{1..1000}.jsonl
	mail "$(session_box "$GEMINI")" "$(line "$(mid 3)" again)"
	equal "with 1001 files" "$("$BIN/posttooluse" --agent gemini <<<"$event")" ""
	rm "$chats/$GEMINI/old-1.jsonl"
	contains "$("$BIN/posttooluse" --agent gemini <<<"$event")" again

	event=${event//$GEMINI/ses_open}
	mkdir "$chats/ses_open"
	touch "$chats/ses_open/child.jsonl"
	mail "$(session_box "ses_open")" "$(line "$(mid 2)" hello)"
	contains "$("$BIN/posttooluse" --agent opencode <<<"${event/AfterTool/PostToolUse}")" hello
}

@test "what has no valid id is ignored, whatever the event" {
	local payload
	for payload in '' '[]' '{}' '{"session_id":"../x","hook_event_name":"AfterTool"}' '{"hook_event_name":"postToolUse","conversation_id":7}'; do
		run "$BIN/posttooluse" <<<"$payload"
		equal "status and output for $payload" "$status$output" 0
	done
	[ ! -e "$STATE" ]
}
