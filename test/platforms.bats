# platforms/: what is registered with each agent, and the plugins of OpenCode and Pi with a fake client
# and stand-ins for the hooks. The real agents: test/e2e/run.
load test_helper

setup() {
	isolate
	STANDINS=$BATS_TEST_TMPDIR/libexec
	CALLS=$BATS_TEST_TMPDIR/calls
	mkdir -p "$STANDINS"
	: >"$CALLS"
	local hook
	for hook in session-start session-end userpromptsubmit posttooluse stop; do standin $hook; done
	export PEERHOOKS_LIBEXEC=$STANDINS PEERHOOKS_TRACE=$BATS_TEST_TMPDIR/trace
}

# standin HOOK [COMMAND]: notes its arguments and its input, then runs COMMAND.
standin() {
	printf '#!/bin/bash\nprintf "%%s %%s %%s\\n" %s "$*" "$(cat)" >>%s\n%s\n' "$1" "$CALLS" "${2:-}" >"$STANDINS/$1"
	chmod +x "$STANDINS/$1"
}

answer_of_stop='{"decision":"block","reason":"MAIL"}'

# block_once: stop hands over mail at its first call.
block_once() {
	standin stop "[ -e $BATS_TEST_TMPDIR/told ] || { touch $BATS_TEST_TMPDIR/told; echo '$answer_of_stop'; }"
}

# drive AGENT STEP...: its plugin, with shorter limits.
drive() {
	need node
	sed -E 's/^(const HOOK_LIMIT_MS =) 5000;/\1 700;/; s/^(const WAIT_LIMIT_MS =) 1500;/\1 300;/' \
		"$ROOT/platforms/$1/peerhooks.js" >"$BATS_TEST_TMPDIR/$1.mjs"
	equal "shortened limits" "$(grep -cE '_LIMIT_MS = (700|300);' "$BATS_TEST_TMPDIR/$1.mjs")" 2
	run timeout 30 node "$ROOT/test/platforms/drive.mjs" "$BATS_TEST_TMPDIR/$1.mjs" "$@"
	equal "status" "$status" 0
}

calls() {
	cat "$CALLS"
}

# short: the calls, but only what tells them apart.
short() {
	sed -E 's/ --agent [a-z]+ / /; s/"(session_id|cwd)":"[^"]*",?//g; s/"hook_event_name"://' "$CALLS"
}

@test "what is registered is JSON, and names executables that there are" {
	need jq
	local file name
	for file in "$ROOT"/platforms/*/*.json; do
		# Cursor's has another form, see cursor-nonce.bats.
		[ "$(basename "$(dirname "$file")")" != cursor ] || continue
		jq -e '.hooks | length > 0' "$file" >/dev/null || fail "$file"
		for name in $(jq -r '.hooks[][].hooks[].command' "$file" | sed 's/ .*//'); do
			[ "${name%/*}" = /usr/local/libexec/peerhooks ] || fail "$file: $name"
			name=${name##*/}
			[ -x "$BIN/$name" ] || fail "$file: no $name"
		done
		equal "agent in $file" "$(jq -r '.hooks[][].hooks[] | [.command, (.args // [])[]] | join(" ")' "$file" | sed 's/.*--agent //' | sort -u)" \
			"$(basename "$(dirname "$file")")"
		equal "hooks without a timeout in $file" "$(jq '[.hooks[][].hooks[] | select(.timeout | not)] | length' "$file")" 0
	done
	jq -e '[.hooks.SessionEnd[].hooks[].timeout, .hooks.Interrupt[].hooks[].timeout] | max <= 3' "$ROOT/platforms/codex/hooks.json"
	jq -e '[.hooks[][].hooks[].timeout] | min >= 1000' "$ROOT/platforms/gemini/settings.json"
}

@test "the README's table of what each agent can is what the profiles say" {
	equal "table" "$(sed -n '/^## What each agent can$/,/^## /p' "$ROOT/README.md" | grep '^| [A-Z]')" "$("$BUILD/test/profiles")"
}

@test "both plugins run hooks by the same lines" {
	local agent
	for agent in opencode pi; do
		sed -n '/^\/\/ ---- Running a hook/,/^\/\/ ---- End of the shared/p' "$ROOT/platforms/$agent/peerhooks.js" >"$BATS_TEST_TMPDIR/$agent.lines"
	done
	[ -s "$BATS_TEST_TMPDIR/pi.lines" ]
	cmp "$BATS_TEST_TMPDIR/opencode.lines" "$BATS_TEST_TMPDIR/pi.lines"
}

@test "a plugin's first line says that it is ours, and its folder of executables can be set by text" {
	local agent file
	for agent in opencode pi; do
		file=$ROOT/platforms/$agent/peerhooks.js
		[[ $(head -n 1 "$file") == "// peerhooks "* ]] || fail "$file"
		equal "lines to set in $file" "$(grep -cxF 'const LIBEXEC = "";' "$file")" 1
		sed "s|^const LIBEXEC = \"\";$|const LIBEXEC = \"$STANDINS\";|" "$file" >"$BATS_TEST_TMPDIR/set.mjs"
		need node
		: >"$CALLS"
		PEERHOOKS_LIBEXEC=/nowhere timeout 30 node "$ROOT/test/platforms/drive.mjs" "$BATS_TEST_TMPDIR/set.mjs" "$agent" \
			"$([ "$agent" = pi ] && echo start:startup || echo created:ses_1)" >/dev/null
		contains "$(cat "$CALLS")" session-start
	done
}

answer_of_tool='{"hookSpecificOutput":{"hookEventName":"PostToolUse","additionalContext":"MAIL"}}'

@test "mail in mid-turn goes along with the tool's result, once, whatever the tool; without mail it is as it was" {
	drive opencode created:ses_1 busy:ses_1 tool:ses_1 mcp:ses_1
	equal "results without mail" "$output" '["result","RESULT"]
["result",["RESULT"]]'
	contains "$(calls)" 'posttooluse --agent opencode {"session_id":"ses_1","hook_event_name":"PostToolUse"}'
	drive pi start:startup agent tool
	contains "$output" '["result",["RESULT"]]'
	standin posttooluse "echo '$answer_of_tool'"
	drive opencode created:ses_1 busy:ses_1 tool:ses_1 mcp:ses_1 chat:ses_1
	equal "results" "$output" '["result","RESULT\n\nMAIL"]
["result",["MAIL","RESULT"]]
["parts",["hi"]]'
	: >"$CALLS"
	drive pi start:startup before agent tool before
	contains "$output" '["result",["RESULT","MAIL"]]
["message",null]'
	contains "$(calls)" 'posttooluse --agent pi {"session_id":"pi-1","hook_event_name":"PostToolUse"}'
}

@test "mail that a tool's result cannot take, or that comes too late for it, goes in with the next prompt, once" {
	standin posttooluse "echo '$answer_of_tool'"
	drive opencode created:ses_1 oddtool:ses_1 chat:ses_1 chat:ses_1
	equal "parts" "$output" '["parts",["hi","MAIL"]]
["parts",["hi"]]'
	drive pi start:startup oddtool before before
	contains "$output" '["message","MAIL"]
["message",null]'
	standin posttooluse "sleep 0.45; echo '$answer_of_tool'"
	drive opencode created:ses_1 wait:100 tool:ses_1 wait:400 chat:ses_1
	equal "late, OpenCode" "$output" '["result","RESULT"]
["parts",["hi","MAIL"]]'
	drive pi start:startup tool wait:400 before
	contains "$output" '["result",["RESULT"]]
["message","MAIL"]'
}

@test "mail that came too late for a tool's result is handed over when the turn ends, once; not after an abort" {
	standin posttooluse "sleep 0.45; echo '$answer_of_tool'"
	drive opencode created:ses_1 busy:ses_1 tool:ses_1 wait:400 idle:ses_1 busy:ses_1 idle:ses_1 chat:ses_1
	equal "OpenCode" "$output" '["result","RESULT"]
["prompt","ses_1",null,null,"MAIL"]
["parts",["hi"]]'
	drive opencode created:ses_1 busy:ses_1 tool:ses_1 wait:400 error:ses_1 idle:ses_1 chat:ses_1
	equal "OpenCode, aborted" "$output" '["result","RESULT"]
["parts",["hi","MAIL"]]'
	drive pi start:startup agent tool wait:400 end settled before
	contains "$output" '["result",["RESULT"]]
["send","MAIL","followUp"]
["message",null]'
}

@test "OpenCode cuts off the end of a long result of MCP: mail stands first, or waits" {
	standin posttooluse "printf '{\"hookSpecificOutput\":{\"additionalContext\":\"%s\"}}' \$(head -c 50001 /dev/zero | tr '\\0' m)"
	drive opencode created:ses_1 mcp:ses_1 chat:ses_1
	equal "result" "${lines[0]}" '["result",["RESULT"]]'
	equal "characters of mail in the next prompt" "$(tr -dc m <<<"${lines[1]}" | wc -c)" 50001
}

@test "a tool of a subagent's session runs no hook, and garbage from posttooluse changes no result" {
	local garbage
	drive opencode created:ses_1 tool:child_1
	lacks "$(calls)" posttooluse
	for garbage in 'echo garbage' 'exit 3' 'echo "{\"hookSpecificOutput\":{\"additionalContext\":{}}}"' 'exec sleep 60'; do
		standin posttooluse "$garbage"
		drive opencode created:ses_1 tool:ses_1
		equal "result of OpenCode after $garbage" "$output" '["result","RESULT"]'
		drive pi start:startup tool
		contains "$output" '["result",["RESULT"]]'
	done
}

@test "OpenCode: a session's life, in order and with its id" {
	drive opencode created:ses_1 env:ses_1 env: chat:ses_1 busy:ses_1 busy:ses_1 retry:ses_1 idle:ses_1 idle:ses_1 dispose
	equal "calls" "$(calls)" 'session-start --agent opencode {"session_id":"ses_1","cwd":"/project","hook_event_name":"SessionStart","source":"startup"}
userpromptsubmit --agent opencode {"session_id":"ses_1","hook_event_name":"UserPromptSubmit"}
stop --agent opencode {"session_id":"ses_1","hook_event_name":"Stop","stop_hook_active":false}
session-end --agent opencode {"session_id":"ses_1","cwd":"/project","hook_event_name":"SessionEnd","reason":"exit"}'
	equal "output" "$output" '["env",{"OPENCODE_SESSION_ID":"ses_1"}]
["env",{}]
["parts",["hi"]]'
}

@test "OpenCode: mail at the end of a turn becomes a prompt, in the person's agent and model; then stop is told" {
	block_once
	drive opencode created:ses_1 chat:ses_1 busy:ses_1 idle:ses_1 busy:ses_1 idle:ses_1 busy:ses_1 idle:ses_1
	contains "$output" '["prompt","ses_1","plan","m","MAIL"]'
	equal "calls" "$(short | grep stop)" 'stop {"Stop","stop_hook_active":false}
stop {"Stop","stop_hook_active":true}
stop {"Stop","stop_hook_active":false}'
}

@test "OpenCode: mail that the client refuses goes in with the next prompt, once" {
	block_once
	drive opencode created:ses_1 chat:ses_1 busy:ses_1 refuse idle:ses_1 accept chat:ses_1 chat:ses_1
	equal "output" "$output" '["parts",["hi"]]
["parts",["hi","MAIL"]]
["parts",["hi"]]'
}

@test "OpenCode: a session of earlier is resumed, once; what session-start says goes in with the first prompt" {
	standin session-start 'echo "{\"hookSpecificOutput\":{\"hookEventName\":\"SessionStart\",\"additionalContext\":\"CONTEXT\"}}"'
	drive opencode chat:ses_1 busy:ses_1 idle:ses_1 chat:ses_1
	contains "$(short | head -1)" '"source":"resume"'
	equal "starts" "$(grep -c session-start "$CALLS")" 1
	equal "output" "$output" '["parts",["hi","CONTEXT"]]
["parts",["hi"]]'
}

@test "OpenCode: subagents' sessions are none, nor what cannot be told; strange events do no harm" {
	drive opencode created:child_1 busy:child_1 chat:child_2 busy:child_2 idle:child_2 env:child_2 busy:unknown strange dispose
	equal "calls" "$(calls)" ""
	contains "$output" '["env",{"OPENCODE_SESSION_ID":"child_2"}]'
}

@test "OpenCode: a turn that was aborted or failed is an Interrupt; the next one is none" {
	drive opencode created:ses_1 busy:ses_1 error:ses_1 idle:ses_1 busy:ses_1 idle:ses_1
	equal "calls" "$(short | grep stop)" 'stop {"Interrupt"}
stop {"Stop","stop_hook_active":false}'
}

# waiter COMMAND: what await-mail does, after it has noted the call.
waiter() {
	standin await-mail "$1"
}

once="[ -e $BATS_TEST_TMPDIR/once ] || { touch $BATS_TEST_TMPDIR/once; echo '$answer_of_stop'; exit; }; exec sleep 60"

waits() {
	grep -c "await-mail" "$CALLS" || :
}

@test "one await-mail is kept while the session lives, and ended with it" {
	waiter 'trap "echo ended >>$PEERHOOKS_TRACE; exit" TERM; sleep 60 & wait'
	drive opencode created:ses_1 wait:300 chat:ses_1 busy:ses_1 idle:ses_1 busy:ses_1 idle:ses_1 dispose wait:200
	equal "started by OpenCode" "$(waits)" 1
	contains "$(cat "$CALLS")" 'await-mail --agent opencode {"session_id":"ses_1","cwd":"/project","hook_event_name":"Stop"}'
	equal "ended" "$(grep -c ended "$PEERHOOKS_TRACE")" 1
	: >"$CALLS"
	drive pi start:startup wait:300 before settled before settled shutdown:quit wait:200
	equal "started by Pi" "$(waits)" 1
	equal "ended" "$(grep -c ended "$PEERHOOKS_TRACE")" 2
	: >"$CALLS"
	drive pi start:startup wait:300 shutdown:reload start:startup wait:200
	equal "ended at a reload" "$(grep -c ended "$PEERHOOKS_TRACE")" 3
	: >"$CALLS"
	drive pi noui start:startup before settled
	equal "started without a UI" "$(waits)" 0
}

@test "what await-mail prints is the next prompt; that turn's stop is active, and then the next one waits" {
	waiter "$once"
	drive opencode created:ses_1 chat:ses_1 wait:300 busy:ses_1 idle:ses_1 wait:300 dispose
	contains "$output" '["prompt","ses_1","plan","m","MAIL"]'
	contains "$(short)" 'stop {"Stop","stop_hook_active":true}'
	equal "started by OpenCode" "$(waits)" 2
	rm "$BATS_TEST_TMPDIR/once"
	: >"$CALLS"
	drive pi start:startup wait:300 before agent settled wait:300 shutdown:quit
	contains "$output" '["send","MAIL","followUp"]'
	contains "$(short)" 'stop {"Stop","stop_hook_active":true}'
	equal "started by Pi" "$(waits)" 2
	rm "$BATS_TEST_TMPDIR/once"
	drive opencode created:ses_1 refuse wait:300 accept chat:ses_1
	contains "$output" '["parts",["hi","MAIL"]]'
}

@test "an await-mail that fails or is garbage is passed over, and started again after the next turn" {
	local garbage
	for garbage in 'exit 3' 'kill -9 $$' 'echo garbage' 'echo "{\"decision\":\"block\",\"reason\":5}"'; do
		waiter "$garbage"
		: >"$CALLS"
		drive opencode created:ses_1 wait:200 chat:ses_1 busy:ses_1 idle:ses_1 wait:200
		equal "output" "$output" '["parts",["hi"]]'
		equal "started" "$(waits)" 2
	done
}

@test "OpenCode: without executables nothing happens" {
	rm "$STANDINS"/*
	drive opencode created:ses_1 chat:ses_1 busy:ses_1 idle:ses_1 dispose
	equal "output" "$output" '["parts",["hi"]]'
	contains "$(cat "$PEERHOOKS_TRACE")" "no executable session-start in $STANDINS"
}

@test "the executables are found beside the peer on PATH, or in the home directory" {
	local prefix
	unset PEERHOOKS_LIBEXEC
	[ ! -e /usr/local/libexec/peerhooks ] || skip "peerhooks is installed here"
	for prefix in "$BATS_TEST_TMPDIR/prefix" "$HOME/.local"; do
		mkdir -p "$prefix/bin" "$prefix/libexec"
		cp -r "$STANDINS" "$prefix/libexec/peerhooks"
		: >"$CALLS"
		if [ "$prefix" != "$HOME/.local" ]; then
			touch "$prefix/bin/peer"
			mkdir -p "$BATS_TEST_TMPDIR/links"
			ln -s "$prefix/bin/peer" "$BATS_TEST_TMPDIR/links/peer"
			PATH=$BATS_TEST_TMPDIR/links:$PATH drive pi start:startup
			rm -r "$prefix"
		else
			drive pi start:startup
		fi
		equal "calls below $prefix" "$(wc -l <"$CALLS")" 1
	done
}

@test "a hook that hangs keeps no agent, and is killed" {
	local agent hook
	for hook in session-start session-end userpromptsubmit stop; do standin $hook 'exec sleep 60'; done
	SECONDS=0
	drive opencode created:ses_1 chat:ses_1 busy:ses_1 idle:ses_1 dispose
	drive pi start:startup before settled shutdown:quit
	[ $SECONDS -lt 10 ] || fail "$SECONDS s"
	contains "$(cat "$PEERHOOKS_TRACE")" "opencode plugin: session-start took too long"
	contains "$(cat "$PEERHOOKS_TRACE")" "pi plugin: stop took too long"
}

@test "what a hook printed whole is passed on, even if it then hangs: it may have taken the mail" {
	standin stop "echo '$answer_of_stop'; exec sleep 60"
	drive opencode created:ses_1 busy:ses_1 idle:ses_1
	contains "$output" '"MAIL"]'
}

@test "garbage from a hook is passed over, and so is one that reads no input" {
	local garbage
	for garbage in 'echo garbage' 'echo "{\"decision\":\"block\""' 'echo 5' 'echo null' 'echo "[]"' 'echo "{\"decision\":\"block\",\"reason\":5}"' \
		'echo "{\"hookSpecificOutput\":{\"additionalContext\":{}}}"' 'head -c 3000000 /dev/zero' 'exit 3' 'kill -9 $$'; do
		standin stop "$garbage"
		standin session-start "$garbage"
		drive opencode created:ses_1 chat:ses_1 busy:ses_1 idle:ses_1
		equal "output of OpenCode after $garbage" "$output" '["parts",["hi"]]'
		drive pi start:startup before settled
		equal "output of Pi after $garbage" "$output" '["env","pi-1"]
["message",null]'
	done
	printf '#!/bin/sh\nexec <&-\n' >"$STANDINS/stop"
	drive opencode created:ses_1 busy:ses_1 idle:ses_1
}

@test "Pi: a session's life, in order and with its id" {
	drive pi start:startup before agent end settled shutdown:quit
	equal "calls" "$(calls)" 'session-start --agent pi {"session_id":"pi-1","cwd":"/project","hook_event_name":"SessionStart","source":"startup"}
userpromptsubmit --agent pi {"session_id":"pi-1","hook_event_name":"UserPromptSubmit"}
stop --agent pi {"session_id":"pi-1","hook_event_name":"Stop","stop_hook_active":false}
session-end --agent pi {"session_id":"pi-1","cwd":"/project","hook_event_name":"SessionEnd","reason":"exit"}'
	equal "output" "$output" '["env","pi-1"]
["message",null]'
}

@test "Pi: mail at the end of a turn is sent as the next message; then stop is told" {
	block_once
	drive pi start:startup before agent end settled before agent end settled before end settled
	contains "$output" '["send","MAIL","followUp"]'
	equal "calls" "$(short | grep stop)" 'stop {"Stop","stop_hook_active":false}
stop {"Stop","stop_hook_active":true}
stop {"Stop","stop_hook_active":false}'
}

@test "Pi without agent_settled: the turn is over when it is idle; without a UI no mail is taken" {
	block_once
	drive pi start:startup before agent end wait:500
	contains "$output" '["send","MAIL","followUp"]'
	: >"$CALLS"
	drive pi noui start:startup before agent end wait:500 shutdown:quit
	contains "$(short)" 'stop {"Stop","stop_hook_active":true}'
}

@test "Pi: an aborted turn is an Interrupt, and so is an end in mid-turn" {
	drive pi start:startup before end:aborted settled
	equal "calls" "$(short | grep stop)" 'stop {"Interrupt"}'
	: >"$CALLS"
	drive pi start:startup before agent shutdown:quit
	equal "calls" "$(short | tail -2)" 'stop {"Interrupt"}
session-end {"SessionEnd","reason":"exit"}'
}

@test "Pi: a new session clears, a fork goes on in its place, a reload ends nothing, what is announced twice starts once" {
	local pair
	for pair in startup:startup reload:resume resume:resume new:clear fork:clear other:startup; do
		: >"$CALLS"
		drive pi start:${pair%:*} start:${pair%:*}
		equal "start for $pair" "$(short)" "session-start {\"SessionStart\",\"source\":\"${pair#*:}\"}"
	done
	for pair in quit:exit new:clear resume:resume fork:clear other:other; do
		: >"$CALLS"
		drive pi start:startup shutdown:${pair%:*}
		equal "end for $pair" "$(short | tail -1)" "session-end {\"SessionEnd\",\"reason\":\"${pair#*:}\"}"
	done
	: >"$CALLS"
	drive pi start:startup shutdown:reload
	equal "calls of a reload" "$(wc -l <"$CALLS")" 1
}

@test "Pi: what session-start says goes in with the first prompt, once" {
	standin session-start 'echo "{\"hookSpecificOutput\":{\"hookEventName\":\"SessionStart\",\"additionalContext\":\"CONTEXT\"}}"'
	drive pi start:startup before before
	equal "output" "$output" '["env","pi-1"]
["message","CONTEXT"]
["message",null]'
}
