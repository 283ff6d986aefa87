# Cursor: its events, by its documentation (contracts/cursor/FACTS.md; it was not run, the fixtures are written
# from that), and what happens when it also runs the hooks of Claude Code's settings.
load test_helper

CURSOR=33333333-2222-4333-8444-555555555555	# the session of its fixtures

# on HOOK FIXTURE [ARGUMENT...]
on() {
	"$BIN/$1" --agent cursor "${@:3}" <"$FIXTURES/cursor/$2.json"
}

with_mail() {
	mail "$(session_box "$CURSOR")" "$(line "$(mid 1)" hello "$from_peer")"
}

@test "a turn: busy at the prompt and at tools, mail after a tool, a followup or idle at its end" {
	equal "at the prompt" "$(on userpromptsubmit beforeSubmitPrompt)" ""
	equal "mark" "$(mark "$CURSOR")" busy
	with_mail
	equal "before a tool" "$(on pretooluse preToolUse)" ""
	contains "$(on posttooluse postToolUse)" '{"additional_context":"'
	empty_box "$(session_box "$CURSOR")"
	with_mail
	contains "$(on stop stop)" '{"followup_message":"'
	equal "mark" "$(mark "$CURSOR")" busy
	equal "the next end" "$(on stop stop.again)" ""
	equal "mark" "$(mark "$CURSOR")" idle
}

@test "the end of a turn that a followup made (loop_count), one aborted, one failed: idle, and new mail stays" {
	local fixture
	with_mail
	for fixture in stop.again stop.aborted stop.error; do
		on userpromptsubmit beforeSubmitPrompt
		equal "output at $fixture" "$(on stop $fixture)" ""
		equal "mark after $fixture" "$(mark "$CURSOR")" idle
	done
	[ -s "$(session_box "$CURSOR")" ]
}

@test "a session appears and goes" {
	need ps
	need jq
	# shellcheck disable=SC2150 # it is not to be a shell
	find "$HOME" -maxdepth 0 -exec "$BIN/session-start" --agent cursor \; -exec sleep 1000 \; <"$FIXTURES/cursor/sessionStart.json" 3>&- &
	AGENTS=$!
	disown
	await "no session" is_listed
	equal "agent" "$(listed "$CURSOR" agent)" cursor
	equal "label" "$(listed "$CURSOR" label)" cursor:1
	# shellcheck disable=SC2046 # several
	kill -9 $(ps -o pid= --ppid "$AGENTS") "$AGENTS"
	await "its process is still there" gone "$AGENTS"
	on session-end sessionEnd
	equal "after its end" "$(listed "$CURSOR" agent)" ""
}

is_listed() {
	[ "$(ps -o comm= --ppid "$AGENTS")" = sleep ] && [ -n "$(listed "$CURSOR" label)" ]
}

# nothing HOOK: run for Claude Code, by Cursor, on EVENT, it leaves everything as it was and says nothing.
nothing() {
	local before
	before=$(state)
	run timeout 5 "$BIN/$1" --agent claude-code <<<"$EVENT"
	equal "status and output of $1 on $EVENT" "$status$output" 0
	equal "files after $1 on $EVENT" "$(state)" "$before"
}

state() {
	find "$HOME" -printf '%p %T@\n' | sort
	cat "$(session_box "$ME")"
}

hooks="pretooluse posttooluse userpromptsubmit stop session-start session-end pre-compact subagent-start await-mail"

@test "hooks of Claude Code's settings do nothing at all in Cursor: its own payload, or Claude Code's with its marks" {
	local hook EVENT base
	mail "$(session_box "$ME")" "$(line "$(mid 1)" hello)"
	base="\"session_id\":\"$ME\",\"cwd\":\"/tmp\""
	for hook in $hooks; do
		for EVENT in "{$base,\"conversation_id\":\"$ME\"}" "{$base,\"cursor_version\":\"3\",\"hook_event_name\":\"Stop\"}" \
			"{$base,\"hook_event_name\":\"postToolUse\"}" "{$base,\"hook_event_name\":\"PreToolUse\",\"conversation_id\":\"x\"}" \
			"{$base,\"hook_event_name\":\"SessionStart\",\"conversation_id\":null}"; do
			nothing "$hook"
		done
	done
}

@test "and so does one whose payload has none of them, by CURSOR_VERSION; but not where CLAUDE_PID is" {
	local hook name EVENT
	mail "$(session_box "$ME")" "$(line "$(mid 1)" hello)"
	for hook in $hooks; do
		for name in PreToolUse Stop SessionStart; do
			EVENT="{\"session_id\":\"$ME\",\"cwd\":\"/tmp\",\"hook_event_name\":\"$name\"}"
			CURSOR_VERSION=3.9 CLAUDE_CODE_SESSION_ATTENDED=1 nothing "$hook"
		done
	done
	# A Claude Code that was started in Cursor's terminal.
	agent
	EVENT="{\"session_id\":\"$ME\",\"cwd\":\"/tmp\",\"hook_event_name\":\"PreToolUse\"}"
	contains "$(CURSOR_VERSION=3.9 CLAUDE_PID=$AGENT "$BIN/pretooluse" --agent claude-code <<<"$EVENT")" hello
	equal "mark" "$(mark)" busy
	# Another agent there, which does not say so.
	mail "$(session_box "$ME")" "$(line "$(mid 1)" hello)"
	contains "$(CURSOR_VERSION=3.9 "$BIN/pretooluse" --agent codex <<<"$EVENT")" hello
}

@test "Cursor's own hooks work there, whatever Claude Code left in the environment" {
	local pid
	for pid in "" "$$"; do
		with_mail
		contains "$(env CURSOR_VERSION=3.9 ${pid:+CLAUDE_PID=$pid} "$BIN/posttooluse" --agent cursor <"$FIXTURES/cursor/postToolUse.json")" hello
	done
}
