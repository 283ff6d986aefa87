# session-start: what it makes visible, where, and for whom (syntaur.md 8.2, oxtail.md 3 and 11).
load test_helper

setup() {
	need jq
	isolate
}

A=$(sid 1)
B=$(sid 2)

presence_of() { # SESSION PID
	ls "$STATE"/peerhooks/sessions/*"$1"*."$2".json 2>/dev/null
}

entry_of() { # PID
	cat "$STATE/sessions/$1.json"
}

marker_of() { # PID
	cat "$HOME/.syntaur/runtime/sessions/$1.json"
}

# codex PID SESSION [SOURCE]: a session of Codex in a process that may run many. Codex's command line
# goes through bash, which stands aside; the process is our parent's.
in_process() { # COMMAND...: runs it with `find`, or PROGRAM, as the agent's process, which then stays; sets AGENT
	need ps
	# shellcheck disable=SC2150 # it is not to be a shell
	"${PROGRAM:-find}" "$HOME" -maxdepth 0 ${LONG:+-not -name "$LONG"} -not -name "${ARGUMENT:-none}" -exec "$@" \; -exec sleep 1000 \; <&0 3>&- &
	AGENT=$!
	disown
	AGENTS="${AGENTS:-} $AGENT"
	await "the agent's next step" has_child "$AGENT" sleep
}

has_child() { # PID NAME
	[ "$(ps -o comm= --ppid "$1")" = "$2" ]
}

teardown() {
	local pid
	for pid in ${AGENTS:-}; do
		# shellcheck disable=SC2046 # several
		kill -9 $(ps -o pid= --ppid "$pid") "$pid" 2>/dev/null || :
	done
}

@test "an event without an id or a working directory: exit 0, nothing is touched (syntaur 9: keep)" {
	local payload
	agent
	for payload in '{}' '' '[]' 'x' '{"session_id":"a"}' '{"cwd":"/tmp"}' '{"session_id":"","cwd":"/tmp"}' \
		'{"session_id":null,"cwd":"/tmp"}' '{"session_id":"a","cwd":""}' '{"session_id":"a","cwd":null}' \
		'{"session_id":"a/b","cwd":"/tmp"}' '{"session_id":"a\n","cwd":"/tmp"}' '{"session_id":7,"cwd":"/tmp"}'; do
		CLAUDE_PID=$AGENT run "$BIN/session-start" <<<"$payload"
		equal "status for $payload" "$status" 0
		equal "output for $payload" "$output" ""
		equal "files for $payload" "$(find "$HOME" -type f -o -type l)" ""
	done
}

@test "an event that is not a session's start is none, and a subagent's is none" {
	local fixture
	agent
	for fixture in PreToolUse Stop SessionEnd.other; do
		CLAUDE_PID=$AGENT "$BIN/session-start" --agent claude-code <"$FIXTURES/claude-code/$fixture.json"
	done
	CLAUDE_PID=$AGENT "$BIN/session-start" <<<"{\"session_id\":\"$A\",\"cwd\":\"/tmp\",\"agent_id\":\"x\",\"hook_event_name\":\"SessionStart\"}"
	equal "files" "$(find "$HOME" -type f)" ""
}

@test "every recorded SessionStart of Claude Code, Codex and Gemini is understood" {
	local fixture agent
	for fixture in "$FIXTURES"/*/SessionStart*.json; do
		agent
		agent=$(basename "$(dirname "$fixture")")
		rm -rf "$STATE"
		if [ "$agent" = claude-code ]; then
			CLAUDE_PID=$AGENT "$BIN/session-start" --agent "$agent" <"$fixture"
		else
			in_process "$BIN/session-start" --agent "$agent" <"$fixture"
		fi
		[ -n "$(presence_of "$(jq -r .session_id "$fixture")" "$AGENT")" ] || fail "no presence: $fixture"
	done
}

@test "without --agent the agent is told from its transcript's place" {
	local agent expected=("claude-code claude" "codex codex" "gemini gemini") n=0 fixture
	for fixture in claude-code/SessionStart.startup codex/SessionStart gemini/SessionStart; do
		agent=${expected[$n]}
		in_process "$BIN/session-start" <"$FIXTURES/$fixture.json"
		equal "agent" "$(jq -r .agent "$(presence_of "" "$AGENT")")" "${agent% *}"
		equal "agent of the marker" "$(marker_of "$AGENT" | jq -r .agent)" "${agent#* }"
		n=$((n + 1))
	done
}

@test "the generic runtime marker: id, agent, cwd, start time, now" {
	need ps
	agent
	session start "$AGENT" "$A" startup
	equal "marker" "$(marker_of "$AGENT" | jq -c 'del(.writtenAt)')" \
		"{\"sessionId\":\"$A\",\"agent\":\"claude\",\"cwd\":\"$CWD\",\"procStart\":\"$(LC_ALL=C ps -o lstart= -p "$AGENT" | sed 's/^ *//;s/ *$//')\"}"
	[ "$(marker_of "$AGENT" | jq .writtenAt)" -gt 1700000000000 ]
	equal "mode" "$(stat -c %a "$HOME/.syntaur/runtime/sessions/$AGENT.json")" 600
}

@test "SYNTAUR_RUNTIME_SESSIONS_DIR moves the marker, for the end too" {
	agent
	export SYNTAUR_RUNTIME_SESSIONS_DIR=$BATS_TEST_TMPDIR/deep/er
	session start "$AGENT" "$A" startup
	[ -f "$SYNTAUR_RUNTIME_SESSIONS_DIR/$AGENT.json" ]
	[ ! -e "$HOME/.syntaur" ]
	session end "$AGENT" "$A" other
	[ ! -e "$SYNTAUR_RUNTIME_SESSIONS_DIR/$AGENT.json" ]
}

@test "the registry entry is laid out as oxtail's, line by line" {
	need ps
	agent
	TMUX_PANE=%3 session start "$AGENT" "$A" startup
	equal "entry" "$(entry_of "$AGENT")" "{
  \"server_pid\": $AGENT,
  \"started_at\": $(date -d "$(LC_ALL=C ps -o lstart= -p "$AGENT")" +%s),
  \"proc_sig\": \"$(LC_ALL=C ps -o lstart= -p "$AGENT" | sed 's/^ *//;s/ *$//')\",
  \"client\": {
    \"type\": \"claude-code\",
    \"session_id\": \"$A\",
    \"transcript_path\": \"$HOME/.claude/projects/-p/$A.jsonl\",
    \"session_id_source\": \"hook-drop\",
    \"cwd\": \"$CWD\"
  },
  \"tmux_pane\": \"%3\",
  \"tmux_session\": null,
  \"state\": null,
  \"capabilities\": {
    \"mailbox\": {
      \"reply_to\": true,
      \"provenance\": true,
      \"push_budget\": true,
      \"session_keyed\": true,
      \"obligations\": true
    }
  },
  \"mailbox_key\": \"$(basename "$(session_box "$A")" .jsonl)\",
  \"by_peerhooks\": true
}"
	lacks "$(tail -c 1 "$STATE/sessions/$AGENT.json" | od -c)" '\n'
	equal "mode" "$(stat -c %a "$STATE/sessions/$AGENT.json")" 600
}

@test "a TMUX_PANE that is none is not believed; of Codex none is, for it may be another terminal's" {
	local pane
	for pane in '' % %x '%1;x' '$1' '%12345678901234'; do
		agent
		TMUX_PANE=$pane session start "$AGENT" "$A" startup
		equal "pane for $pane" "$(entry_of "$AGENT" | jq .tmux_pane)" null
	done
	TMUX_PANE=%1 in_process "$BIN/session-start" --agent codex <"$FIXTURES/codex/SessionStart.json"
	equal "pane of Codex" "$(entry_of "$AGENT" | jq .tmux_pane)" null
}

@test "an entry that an oxtail server has under that pid stays" {
	local before
	agent
	register "$AGENT" "$B" keyed
	before=$(entry_of "$AGENT")
	session start "$AGENT" "$A" startup
	equal "entry" "$(entry_of "$AGENT")" "$before"
	session end "$AGENT" "$A" other
	equal "entry after the end" "$(entry_of "$AGENT")" "$before"
}

@test "our own entry does not make a message's reply hint name oxtail's tools" {
	agent
	session start "$AGENT" "$ME" startup
	mail "$(session_box "$ME")" "$(line "$(mid 1)" hello "$from_peer")"
	contains "$(event pretooluse --agent claude-code)" "peer reply"
}

@test "the session-start drop is oxtail's, with the payload as it came" {
	need ps
	local sig payload
	agent
	session start "$AGENT" "$A" startup
	sig=$(LC_ALL=C ps -o lstart= -p "$AGENT" | tr -s ' ' | sed 's/^ //;s/ $//')
	payload="{\"session_id\":\"$A\",\"transcript_path\":\"$HOME/.claude/projects/-p/$A.jsonl\",\"cwd\":\"$CWD\",\"hook_event_name\":\"SessionStart\",\"source\":\"startup\"}"
	equal "drop" "$(sed 's/"written_at":[0-9]*/"written_at":0/' "$STATE/session-starts/$A")" \
		"{\"schema_version\":1,\"ppid\":$AGENT,\"ppid_sig\":\"$sig\",\"written_at\":0,\"payload\":$payload}"
	equal "modes" "$(stat -c %a "$STATE/session-starts" "$STATE/session-starts/$A" | tr '\n' ' ')" "700 600 "
}

@test "oxtail's servers of Claude Code would take a drop for one of theirs: Codex gets none" {
	in_process "$BIN/session-start" --agent codex <"$FIXTURES/codex/SessionStart.json"
	[ -n "$(presence_of "" "$AGENT")" ]
	[ ! -e "$STATE/session-starts" ]
}

@test "the agent's process: our parent when we are started directly" {
	in_process "$BIN/session-start" --agent gemini <"$FIXTURES/gemini/SessionStart.json"
	[ -n "$(presence_of "" "$AGENT")" ]
}

@test "the agent's process: the nearest ancestor that is no shell when a shell runs the command" {
	in_process bash -c '"$1" --agent gemini <"$2"; :' - "$BIN/session-start" "$FIXTURES/gemini/SessionStart.json"
	[ -n "$(presence_of "" "$AGENT")" ]
	in_process sh -c 'bash -c "\"$1\" --agent gemini <\"$2\"; :" - "$1" "$2"; :' - "$BIN/session-start" "$FIXTURES/gemini/SessionStart.json"
	[ -n "$(presence_of "" "$AGENT")" ]
}

@test "CLAUDE_PID is not another agent's process: a Codex that was started from Claude Code's shell" {
	agent
	local claude=$AGENT
	CLAUDE_PID=$claude in_process "$BIN/session-start" --agent codex <"$FIXTURES/codex/SessionStart.json"
	[ -n "$(presence_of "" "$AGENT")" ]
	equal "under Claude Code's pid" "$(presence_of "" "$claude")" ""
}

@test "a CLAUDE_PID that is none, or of no process, is passed over" {
	local pid
	for pid in '' x -1 0 99999999999 4194305 '1 '; do
		CLAUDE_PID=$pid in_process "$BIN/session-start" --agent claude-code <"$FIXTURES/claude-code/SessionStart.startup.json"
		[ -n "$(presence_of "" "$AGENT")" ] || fail "CLAUDE_PID=$pid"
	done
}

@test "a process that runs several sessions: its marker names none, its registry entry stays the first's" {
	local fixture=$FIXTURES/codex/SessionStart.json first
	first=$(jq -r .session_id "$fixture")
	jq -c --arg id "$B" '.session_id = $id' "$fixture" >"$BATS_TEST_TMPDIR/second"
	in_process sh -c '"$1" --agent codex <"$2"; "$1" --agent codex <"$3"; :' - "$BIN/session-start" "$fixture" "$BATS_TEST_TMPDIR/second"
	[ -n "$(presence_of "$first" "$AGENT")" ]
	[ -n "$(presence_of "$B" "$AGENT")" ]
	equal "sessionId of the marker" "$(marker_of "$AGENT" | jq -r .sessionId)" null
	equal "entry" "$(entry_of "$AGENT" | jq -r .client.session_id)" "$first"
	equal "labels" "$(listed "$first" label) $(listed "$B" label)" "codex:1 codex:2"
}

@test "Codex: a process that is no server runs one session, so that /clear takes label and mail along" {
	local first=$BATS_TEST_TMPDIR/first second=$BATS_TEST_TMPDIR/second argument labels
	PROGRAM=$BATS_TEST_TMPDIR/codex
	cp "$(command -v find)" "$PROGRAM"
	for argument in none app-server mcp-server none app-server; do
		# Editors put settings, such as instructions, before the word that counts.
		[ "$argument" != mcp-server ] || LONG=$(printf '%5000s' '' | tr ' ' x)
		ARGUMENT=$argument
		rm -rf "$STATE"
		jq -c --arg id "$A" '.session_id = $id' "$FIXTURES/codex/SessionStart.json" >"$first"
		jq -c --arg id "$B" '.session_id = $id' "$FIXTURES/codex/SessionStart.clear.json" >"$second"
		state_dirs
		line 0123456789abcdef waits >"$(session_box "$A")"
		in_process sh -c '"$1" --agent codex <"$2"; "$1" --agent codex <"$3"; :' - "$BIN/session-start" "$first" "$second"
		labels="$(listed "$A" label) $(listed "$B" label)"
		if [ $argument = none ]; then
			equal "labels" "$labels" " codex:1"
			[[ $("$BIN/peer" inbox --peek --session "$B") == *waits* ]]
		else
			equal "labels of $argument" "$labels" "codex:1 codex:2"
			[[ $("$BIN/peer" inbox --peek --session "$A") == *waits* ]]
		fi
	done
}

@test "compact and a second start of the same session change nothing but the time" {
	agent
	session start "$AGENT" "$A" startup
	local before
	before=$(cat "$(presence_of "$A" "$AGENT")")
	session start "$AGENT" "$A" compact
	session start "$AGENT" "$A" resume
	equal "presence" "$(cat "$(presence_of "$A" "$AGENT")")" "$before"
	equal "labels" "$(ls "$STATE/peerhooks/labels")" claude:1
}

@test "the greeting: nothing for a session that is alone" {
	agent
	equal "output" "$(session start "$AGENT" "$A" startup)" ""
}

@test "the greeting: one line with the peers of the project, by label, and how to write to them" {
	local output
	agent && session start "$AGENT" "$A" startup
	session_is_idle "$A"
	agent && CWD=$BATS_TEST_TMPDIR/elsewhere session start "$AGENT" "$(sid 3)" startup
	agent
	CWD=$BATS_TEST_TMPDIR/project
	output=$(session start "$AGENT" "$B" startup)
	equal "output" "$output" '{"hookSpecificOutput":{"hookEventName":"SessionStart","additionalContext":"[oxtail] You are claude:3. Live peers in this project: claude:1 (idle). Write to one: peer send LABEL TEXT"}}'
}

session_is_idle() {
	(umask 077 && mkdir -p "$STATE/activity")
	printf idle >"$STATE/activity/$1"
}

@test "the greeting: --quiet turns it off; a foreign dialect gets none; Cursor has a form of its own" {
	agent && session start "$AGENT" "$A" startup
	agent
	equal "output" "$(session start "$AGENT" "$B" startup --quiet)" ""
	local event
	event="{\"conversation_id\":\"$(sid 3)\",\"hook_event_name\":\"sessionStart\",\"workspace_roots\":[\"$CWD\",\"/tmp\"]}"
	equal "for Claude Code" "$("$BIN/session-start" --agent claude-code <<<"$event")" ""
	run in_process_output "$BIN/session-start" --agent cursor <<<"$event"
	contains "$output" '{"additional_context":"[oxtail] You are cursor:1. Live peers'
}

in_process_output() {
	# shellcheck disable=SC2150 # it is not to be a shell
	find "$HOME" -maxdepth 0 -exec "$@" \;
}

@test "the greeting: of many peers eight are named, in the order of numbers" {
	local n output
	for n in $(seq 1 12); do
		agent && session start "$AGENT" "$(sid "$n")" startup --quiet
	done
	agent
	output=$(session start "$AGENT" "$(sid 99)" startup)
	contains "$output" "claude:1 (unknown), claude:2 (unknown), claude:3"
	contains "$output" "claude:8 (unknown) and 4 more (peer list)."
	lacks "$output" "claude:10"
}

@test "CLAUDE_ENV_FILE: the id and a PATH with peer, once, and only for Claude Code" {
	agent
	export CLAUDE_ENV_FILE=$BATS_TEST_TMPDIR/env.sh
	printf 'export MINE=1\n' >"$CLAUDE_ENV_FILE"
	PATH=/usr/bin:/bin session start "$AGENT" "$A" startup
	PATH=/usr/bin:/bin session start "$AGENT" "$A" compact
	equal "lines" "$(cat "$CLAUDE_ENV_FILE")" "export MINE=1
export CLAUDE_CODE_SESSION_ID='$A'
export PATH=\"\$PATH:\"'$BIN'"
	equal "id" "$(env -i PATH=/usr/bin:/bin sh -c '. "$1"; echo "$CLAUDE_CODE_SESSION_ID"' - "$CLAUDE_ENV_FILE")" "$A"
	equal "peer" "$(env -i PATH=/usr/bin:/bin sh -c '. "$1"; command -v peer' - "$CLAUDE_ENV_FILE")" "$BIN/peer"
	rm "$CLAUDE_ENV_FILE"
	PATH=$BIN:$PATH session start "$AGENT" "$A" startup
	equal "lines with peer on the PATH" "$(cat "$CLAUDE_ENV_FILE")" "export CLAUDE_CODE_SESSION_ID='$A'"
	rm "$CLAUDE_ENV_FILE"
	in_process "$BIN/session-start" --agent codex <"$FIXTURES/codex/SessionStart.json"
	[ ! -e "$CLAUDE_ENV_FILE" ]
}

@test "a state directory that is not ours alone, a full or read-only one: exit 0 and silence" {
	agent
	mkdir -p "$STATE"
	chmod 777 "$STATE"
	run session start "$AGENT" "$A" startup
	equal "status" "$status" 0
	equal "output" "$output" ""
	equal "files" "$(find "$STATE" -type f)" ""
	HOME=/proc run session start "$AGENT" "$A" startup
	equal "status" "$status" 0
	HOME=relative run session start "$AGENT" "$A" startup
	equal "status" "$status" 0
	equal "output" "$output" ""
}

@test "killed before any of its calls: the next start puts everything right" {
	need_strace
	local n calls
	agent
	session start "$AGENT" "$A" startup
	calls=$(strace_of start "$A" | grep -c '^[a-z]')
	[ "$calls" -gt 50 ]
	for n in $(seq 1 5 "$calls" | some); do
		rm -rf "$STATE"
		strace -qq -o /dev/null -e inject=all:signal=KILL:when="$n" "$BIN/session-start" --agent claude-code \
			<"$BATS_TEST_TMPDIR/event" >/dev/null 2>&1 || :
		CLAUDE_PID=$AGENT session start "$AGENT" "$A" startup
		equal "label, killed before call $n" "$(listed "$A" label)" claude:1
		equal "labels" "$(ls "$STATE/peerhooks/labels")" claude:1
		[ "$(find "$STATE/peerhooks/sessions" -name '*.json' | wc -l)" = 1 ]
	done
}

strace_of() {
	printf '{"session_id":"%s","cwd":"%s","hook_event_name":"SessionStart"}' "$2" "$CWD" >"$BATS_TEST_TMPDIR/event"
	export CLAUDE_PID=$AGENT
	strace -o "$BATS_TEST_TMPDIR/trace" "$BIN/session-start" --agent claude-code <"$BATS_TEST_TMPDIR/event"
	cat "$BATS_TEST_TMPDIR/trace"
}

@test "old receipts, dead presence, dead labels and label memory are swept, once a day" {
	local old
	agent && session start "$AGENT" "$A" startup
	end_agent "$AGENT"
	(umask 077 && mkdir -p "$STATE/receipts")
	touch -d '8 days ago' "$STATE/receipts/old" "$(presence_of "$A" "$AGENT")"
	touch -h -d '8 days ago' "$STATE/peerhooks/labels/claude:1"
	touch -h -d '31 days ago' "$STATE"/peerhooks/label-memory/*
	touch "$STATE/receipts/new"
	old=$AGENT
	agent && session start "$AGENT" "$B" startup
	[ -e "$STATE/receipts/old" ]	# swept today already
	touch -d '2 days ago' "$STATE/peerhooks/swept"
	session start "$AGENT" "$B" compact
	equal "receipts" "$(ls "$STATE/receipts")" new
	equal "presence" "$(presence_of "$A" "$old")" ""
	equal "entries" "$(ls "$STATE/sessions")" "$AGENT.json"
	equal "memory" "$(ls "$STATE/peerhooks/label-memory" | wc -l)" 1
}
