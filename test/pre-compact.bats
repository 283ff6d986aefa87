# pre-compact: the conversation is about to be summed up.
load test_helper

setup() {
	isolate
	T=$HOME/transcript.jsonl
}

# on EVENT HOOK [MORE]: a hook of this session, whose transcript is $T.
on() {
	"$BIN/$2" --agent claude-code <<<"{\"session_id\":\"$ME\",\"transcript_path\":\"$T\",\"cwd\":\"/tmp\"${3:-},\"hook_event_name\":\"$1\",\"tool_use_id\":\"toolu_1\"}"
}

entry() { # what of a transcript says that a tool's result or a word of the model came
	local content='{"type":"tool_result","tool_use_id":"toolu_1","content":"x"}'
	[ "$1" = user ] || content='{"type":"text","text":"x"}'
	printf '{"type":"%s","message":{"role":"%s","content":[%s]},"timestamp":"2099-01-01T00:00:00.000Z"}\n' "$1" "$1" "$content"
}

@test "every recorded PreCompact: nothing is printed, no mail is taken, the mark stays as it is" {
	local file session
	for file in claude-code/PreCompact.manual codex/PreCompact; do
		session=$("$TESTBIN/json-get" session_id <"$FIXTURES/$file.json")
		mail "$(session_box "$session")" "$(line "$(mid 1)" hello)"
		equal "output for $file" "$("$BIN/pre-compact" --agent "${file%/*}" <"$FIXTURES/$file.json")" ""
		[ -s "$(session_box "$session")" ]
		[ ! -e "$STATE/activity/$session" ]
		(umask 077 && mkdir -p "$STATE/activity" && printf idle >"$STATE/activity/$session")
		"$BIN/pre-compact" --agent "${file%/*}" <"$FIXTURES/$file.json"
		equal "mark" "$(mark "$session")" idle
	done
}

@test "what the client has dropped is put back before the summary; at another event it is not looked up" {
	: >"$T"
	mail "$(session_box "$ME")" "$(line "$(mid 1)" hello "$from_peer")"
	contains "$(on PreToolUse pretooluse)" hello
	empty_box "$(session_box "$ME")"
	{ entry user; entry assistant; } >>"$T"
	on Stop pre-compact
	empty_box "$(session_box "$ME")"
	on PreCompact pre-compact
	contains "$(cat "$(session_box "$ME")")" hello
}

@test "what has no valid id is ignored, and an unset home harms nobody" {
	local payload
	for payload in '' '[]' '{}' '{"session_id":"../x","hook_event_name":"PreCompact"}'; do
		run "$BIN/pre-compact" --agent claude-code <<<"$payload"
		equal "status and output for $payload" "$status$output" 0
	done
	[ ! -e "$STATE" ]
	run env -u HOME "$BIN/pre-compact" --agent claude-code <"$FIXTURES/claude-code/PreCompact.manual.json"
	equal "status and output" "$status$output" 0
}
