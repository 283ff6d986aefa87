# subagent-start: a subagent learns in whose name it would write. And stop, which is run at its end.
load test_helper

A=$ME	# the session of Claude Code's fixtures
B=$(sid 2)

# starts FIXTURE [AGENT]
starts() {
	"$BIN/subagent-start" --agent "${2:-claude-code}" <"$FIXTURES/$1.json"
}

# two: this session and a peer of the same project, both alive.
two() {
	agent && session start "$AGENT" "$A" startup --quiet
	agent && session start "$AGENT" "$B" startup --quiet
}

@test "with a label and a live peer it is told in one line" {
	two
	run starts claude-code/SubagentStart
	equal "status" "$status" 0
	equal "output" "$output" '{"hookSpecificOutput":{"hookEventName":"SubagentStart","additionalContext":"[oxtail] You are a subagent of claude:1. peer send here speaks in its name. Mail comes to it, not to you: leave peer inbox alone."}}'
	[ ! -e "$STATE/activity/$A" ]
}

@test "no word without a peer, without a label, without a session, or in another project" {
	equal "nobody at all" "$(starts claude-code/SubagentStart)" ""
	agent && session start "$AGENT" "$A" startup --quiet
	equal "alone" "$(starts claude-code/SubagentStart)" ""
	agent && CWD=$BATS_TEST_TMPDIR/elsewhere session start "$AGENT" "$B" startup --quiet
	equal "a peer elsewhere" "$(starts claude-code/SubagentStart)" ""
	CWD=$BATS_TEST_TMPDIR/project
	agent && session start "$AGENT" "$(sid 3)" startup --quiet
	contains "$(starts claude-code/SubagentStart)" "subagent of claude:1."
	end_agent "$AGENT"
	equal "a dead peer" "$(starts claude-code/SubagentStart)" ""
	rm "$STATE/peerhooks/labels/claude:1"
	agent && session start "$AGENT" "$(sid 4)" startup --quiet
	equal "no label" "$(starts claude-code/SubagentStart)" ""
}

@test "at another event, or inside Cursor, it says nothing" {
	two
	equal "SubagentStop" "$("$BIN/subagent-start" --agent claude-code <"$FIXTURES/claude-code/SubagentStop.json")" ""
	equal "inside Cursor" "$(CURSOR_VERSION=3 starts claude-code/SubagentStart)" ""
}

@test "a subagent's end takes no mail and leaves the mark, of Claude Code and Codex" {
	local file session
	for file in claude-code/SubagentStop claude-code/SubagentStop.active claude-code/SubagentStop.compaction codex/SubagentStop; do
		session=$("$TESTBIN/json-get" session_id <"$FIXTURES/$file.json")
		rm -rf "$STATE"
		mail "$(session_box "$session")" "$(line "$(mid 1)" hello)"
		equal "output for $file" "$("$BIN/stop" --agent "${file%/*}" <"$FIXTURES/$file.json")" ""
		[ -s "$(session_box "$session")" ]
		[ ! -e "$STATE/activity/$session" ]
	done
}

@test "a subagent's end looks for what its parent was handed: it names the parent's transcript" {
	local T=$HOME/transcript.jsonl common
	common="\"session_id\":\"$A\",\"transcript_path\":\"$T\",\"cwd\":\"/tmp\""
	: >"$T"
	mail "$(session_box "$A")" "$(line "$(mid 1)" hello "$from_peer")"
	contains "$("$BIN/pretooluse" --agent claude-code <<<"{$common,\"hook_event_name\":\"PreToolUse\",\"tool_use_id\":\"toolu_1\"}")" hello
	printf '%s\n' '{"type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"x"}]},"timestamp":"2099-01-01T00:00:00.000Z"}' \
		'{"type":"assistant","message":{"role":"assistant","content":[{"type":"text","text":"x"}]},"timestamp":"2099-01-01T00:00:01.000Z"}' >>"$T"
	"$BIN/pretooluse" --agent claude-code <<<"{$common,\"agent_id\":\"a1\",\"hook_event_name\":\"PreToolUse\"}"
	empty_box "$(session_box "$A")"
	"$BIN/stop" --agent claude-code <<<"{$common,\"agent_id\":\"a1\",\"hook_event_name\":\"SubagentStop\"}"
	contains "$(cat "$(session_box "$A")")" hello
}
