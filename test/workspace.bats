# The context file of a workspace and syntaur's dashboard, at a session's start and end (syntaur.md 8).
load test_helper

A=$(sid 1)

setup() {
	need jq
	isolate
	CWD=$BATS_TEST_TMPDIR/project
	CONTEXT=$CWD/.syntaur/context.json
	REQUESTS=$BATS_TEST_TMPDIR/requests
	export SYNTAUR_DASHBOARD_PORT=1	# nobody listens there
	mkdir -p "$CWD"
	: >"$REQUESTS"
	agent
}

# context TEXT: there is a context file.
context() {
	mkdir -p "$CWD/.syntaur"
	printf '%s' "$1" >"$CONTEXT"
}

# dashboard answer|hang: a stand-in listens on SYNTAUR_DASHBOARD_PORT.
dashboard() {
	"$TESTBIN/dashboard" "$1" "$REQUESTS" >"$BATS_TEST_TMPDIR/port" 3>&- &
	DASHBOARD=$!
	disown
	AGENTS="${AGENTS:-} $DASHBOARD"
	await "the dashboard's port" [ -s "$BATS_TEST_TMPDIR/port" ]
	SYNTAUR_DASHBOARD_PORT=$(cat "$BATS_TEST_TMPDIR/port")
	export SYNTAUR_DASHBOARD_PORT
}

request_came() {
	[ -s "$REQUESTS" ]
}

body() {
	await "a request" request_came
	tail -n 1 "$REQUESTS"
}

merged() { # what stands in the file, sorted by nothing
	cat "$CONTEXT"
}

@test "syntaur 9: the context file is never made, nor its folder, and without it there is no request" {
	dashboard answer
	session start "$AGENT" "$A" startup
	[ ! -e "$CWD/.syntaur" ]
	mkdir "$CWD/.syntaur"
	session start "$AGENT" "$A" startup
	session end "$AGENT" "$A" other
	equal "files" "$(ls -A "$CWD/.syntaur")" ""
	# If one were under way it would be here before this one.
	context '{}'
	session start "$AGENT" "$A" startup
	contains "$(body)" "$A"
	equal "requests" "$(grep -c ^POST "$REQUESTS")" 1
}

@test "our members are merged into the file, every other byte stays" {
	local t="$HOME/.claude/projects/-p/$A.jsonl"
	context '{"a":[1,{"sessionId":"inner"}],"sessionId":"old","b":"x\u00e9"}'
	session start "$AGENT" "$A" startup
	equal "compact" "$(merged)" '{"a":[1,{"sessionId":"inner"}],"sessionId":"'$A'","b":"x\u00e9","transcriptPath":"'$t'","latestSessionSummaryPath":null}'
	context $'{\n  "projectSlug": "p",\n  "transcriptPath": "/old",\n  "z": null\n}\n'
	session start "$AGENT" "$A" startup
	equal "pretty" "$(merged)" $'{\n  "projectSlug": "p",\n  "transcriptPath": "'$t$'",\n  "z": null,\n  "sessionId": "'$A$'",\n  "latestSessionSummaryPath": null\n}'
	context $'\r\n{\r\n\t"z" : 1 ,\r\n\t"sessionId" : 7\r\n}\r\n\r\n'
	session start "$AGENT" "$A" startup
	equal "tabs and CRLF" "$(merged | od -c)" "$(printf '\r\n{\r\n\t"z" : 1 ,\r\n\t"sessionId" : "%s",\r\n\t"transcriptPath": "%s",\r\n\t"latestSessionSummaryPath": null\r\n}\r\n\r\n' "$A" "$t" | od -c)"
	context '{}'
	session start "$AGENT" "$A" startup
	equal "empty" "$(merged)" '{"sessionId":"'$A'","transcriptPath":"'$t'","latestSessionSummaryPath":null}'
	context '{"sessionId":"x","sessionId":"y"}'
	session start "$AGENT" "$A" startup
	equal "of a member that stands twice the last" "$(merged | jq -r .sessionId)" "$A"
}

@test "syntaur 9: without a transcript the path is null, never that of the session before" {
	context '{"transcriptPath":"/the/old/one"}'
	CLAUDE_PID=$AGENT "$BIN/session-start" --agent claude-code <<<"{\"session_id\":\"$A\",\"cwd\":\"$CWD\",\"hook_event_name\":\"SessionStart\"}"
	equal "transcriptPath" "$(merged | jq .transcriptPath)" null
}

@test "latestSessionSummaryPath: the newest of the assignment, exactly that deep, ~ is HOME" {
	local dir=$HOME/work/as
	context '{"assignmentDir":"~/work/as"}'
	mkdir -p "$dir/sessions/s1" "$dir/sessions/s2/deeper" "$dir/sessions/s3/summary.md"
	session start "$AGENT" "$A" startup
	equal "none" "$(merged | jq .latestSessionSummaryPath)" null
	touch -d '2 hours ago' "$dir/sessions/s1/summary.md"
	touch -d '1 hour ago' "$dir/sessions/s2/summary.md"
	touch "$dir/sessions/s2/deeper/summary.md" "$dir/sessions/summary.md" "$dir/summary.md"
	session start "$AGENT" "$A" startup
	equal "newest" "$(merged | jq -r .latestSessionSummaryPath)" "$dir/sessions/s2/summary.md"
	touch "$dir/sessions/s1/summary.md"
	session start "$AGENT" "$A" startup
	equal "newest then" "$(merged | jq -r .latestSessionSummaryPath)" "$dir/sessions/s1/summary.md"
	context "{\"assignmentDir\":\"$dir\"}"
	session start "$AGENT" "$A" startup
	equal "without ~" "$(merged | jq -r .latestSessionSummaryPath)" "$dir/sessions/s1/summary.md"
}

@test "a file that is no JSON object, too large, a folder or a pipe: it stays, and no temporary" {
	local text
	for text in '' '{' '[]' 'x' '{"a":1}}' $'\xef\xbb\xbf{}' '{"a":1,}'; do
		context "$text"
		session start "$AGENT" "$A" startup
		equal "file $text" "$(merged)" "$text"
		equal "files" "$(ls -A "$CWD/.syntaur")" context.json
	done
	{ printf '{"a":"'; letters 1100000; printf '"}'; } >"$CONTEXT"
	session start "$AGENT" "$A" startup
	lacks "$(merged)" "$A"
	rm "$CONTEXT"
	mkfifo "$CONTEXT"
	session start "$AGENT" "$A" startup
	rm "$CONTEXT"
	mkdir "$CONTEXT"
	session start "$AGENT" "$A" startup
	equal "files" "$(find "$CWD/.syntaur")" "$(printf '%s\n%s' "$CWD/.syntaur" "$CONTEXT")"
}

@test "syntaur 9: the file keeps its mode, and a symbolic link stays one" {
	context '{}'
	chmod 640 "$CONTEXT"
	mv "$CONTEXT" "$BATS_TEST_TMPDIR/real.json"
	ln -s "$BATS_TEST_TMPDIR/real.json" "$CONTEXT"
	session start "$AGENT" "$A" startup
	equal "mode" "$(stat -c %a "$BATS_TEST_TMPDIR/real.json")" 640
	[ -L "$CONTEXT" ]
	equal "sessionId" "$(merged | jq -r .sessionId)" "$A"
}

@test "syntaur 9: two sessions in one directory: the file is whole, and no identity comes from it" {
	local n pids=()
	context '{"keep":"me"}'
	for n in 1 2 3 4; do
		for id in 1 2 3 4 5; do
			session start "$AGENT" "$(sid $id)" startup >/dev/null &
			pids+=($!)
		done
		wait "${pids[@]}"
		equal "keep" "$(merged | jq -r .keep)" me
	done
	lacks "$("$BIN/peer" whoami --cwd "$CWD" || :)" "$(merged | jq -r .sessionId)"
}

@test "the POST: claude, the id, the path; slugs, transcript and pid only when there are any" {
	local first
	context '{"projectSlug":"pro\"ject","assignmentSlug":"as"}'
	dashboard answer
	session start "$AGENT" "$A" startup
	equal "body" "$(body)" "{\"agent\":\"claude\",\"sessionId\":\"$A\",\"path\":\"$CWD\",\"transcriptPath\":\"$HOME/.claude/projects/-p/$A.jsonl\",\"projectSlug\":\"pro\\\"ject\",\"assignmentSlug\":\"as\",\"pid\":$AGENT}"
	first=$(head -n 1 "$REQUESTS" | tr -d '\r')
	equal "request" "$first" "POST /api/agent-sessions HTTP/1.1"
	contains "$(cat "$REQUESTS")" "Host: 127.0.0.1:$SYNTAUR_DASHBOARD_PORT"
	contains "$(cat "$REQUESTS")" "Content-Type: application/json"
	: >"$REQUESTS"
	context '{"projectSlug":"","assignmentSlug":null}'
	CLAUDE_PID=$AGENT "$BIN/session-start" --agent claude-code <<<"{\"session_id\":\"$A\",\"cwd\":\"$CWD\",\"hook_event_name\":\"SessionStart\"}"
	equal "body" "$(body)" "{\"agent\":\"claude\",\"sessionId\":\"$A\",\"path\":\"$CWD\",\"pid\":$AGENT}"
}

@test "the port: the variable, else the file, else 4800; what is no port gets no request" {
	local port
	context '{}'
	dashboard answer
	port=$SYNTAUR_DASHBOARD_PORT
	mkdir -p "$HOME/.syntaur"
	echo "$port" >"$HOME/.syntaur/dashboard-port"
	SYNTAUR_DASHBOARD_PORT='' session start "$AGENT" "$A" startup
	contains "$(body)" "$A"
	: >"$REQUESTS"
	for bad in x 0 65536 "$port;" -1; do
		SYNTAUR_DASHBOARD_PORT=$bad session start "$AGENT" "$A" startup
	done
	session start "$AGENT" "$(sid 9)" startup
	contains "$(body)" "$(sid 9)"
	equal "requests" "$(grep -c ^POST "$REQUESTS")" 1
}

@test "without variable and file the port is 4800" {
	need_strace
	context '{}'
	SYNTAUR_DASHBOARD_PORT='' strace -f -qq -e trace=connect -o "$BATS_TEST_TMPDIR/trace" \
		"$BIN/session-start" --agent claude-code <<<"{\"session_id\":\"$A\",\"cwd\":\"$CWD\",\"hook_event_name\":\"SessionStart\"}"
	contains "$(cat "$BATS_TEST_TMPDIR/trace")" 'sin_port=htons(4800), sin_addr=inet_addr("127.0.0.1")'
}

@test "syntaur 9: a dashboard that hangs: the hook has returned while its request still waits, holding nothing of ours" {
	need ps
	local child
	context '{}'
	dashboard hang
	session start "$AGENT" "$A" startup
	child=$(pgrep -f -n "^$BIN/session-start") || fail "the request waits for nobody"
	equal "session of the child" "$(ps -o sid= -p "$child" | tr -d ' ')" "$child"
	body >/dev/null
	equal "what it holds" "$(find "/proc/$child/fd" -type l -printf '%l\n' | sed 's/:.*//')" socket
	equal "sessionId" "$(merged | jq -r .sessionId)" "$A"
	session end "$AGENT" "$A" other
	kill -9 "$DASHBOARD"
	await "the child to end" gone "$child"
}

@test "syntaur 9: a dashboard that is not there changes nothing" {
	context '{}'
	run session start "$AGENT" "$A" startup
	equal "status" "$status" 0
	equal "output" "$output" ""
	equal "sessionId" "$(merged | jq -r .sessionId)" "$A"
	await "no child to be left" nobody_left
}

nobody_left() {
	! pgrep -f "^$BIN/session-" >/dev/null
}

@test "the PATCH at the end: status stopped, the slug escaped; the context file stays" {
	local text='{"projectSlug":"a\"b\\","sessionId":"other","x":1}'
	context "$text"
	dashboard answer
	session end "$AGENT" "$A" other
	equal "body" "$(body)" '{"status":"stopped","projectSlug":"a\"b\\"}'
	equal "request" "$(head -n 1 "$REQUESTS" | tr -d '\r')" "PATCH /api/agent-sessions/$A/status HTTP/1.1"
	equal "file" "$(merged)" "$text"
}

ended_as() { # AGENT PAYLOAD: the first line of the request that it makes, if it makes one before another one
	: >"$REQUESTS"
	"$BIN/session-end" --agent "$1" <<<"$2"
	session end "$AGENT" "$(sid 9)" other
	await "the second request" grep -q "$(sid 9)" "$REQUESTS"
	grep ^PATCH "$REQUESTS" | grep -v "$(sid 9)" | cut -d/ -f4 || :
}

@test "syntaur 9: the id of the event comes before the scalar of the file; the scalar only if there is none" {
	context '{"sessionId":"scalar-1"}'
	dashboard answer
	equal "with an id" "$(ended_as claude-code "{\"session_id\":\"$A\",\"cwd\":\"$CWD\"}")" "$A"
	equal "without" "$(ended_as claude-code "{\"cwd\":\"$CWD\"}")" scalar-1
	equal "empty" "$(ended_as claude-code "{\"session_id\":\"\",\"cwd\":\"$CWD\"}")" scalar-1
	equal "null" "$(ended_as claude-code "{\"session_id\":null,\"cwd\":\"$CWD\"}")" scalar-1
	equal "unsafe" "$(ended_as claude-code "{\"session_id\":\"a/../b\",\"cwd\":\"$CWD\"}")" ""
	context '{"sessionId":"../scalar"}'
	equal "unsafe scalar" "$(ended_as claude-code "{\"cwd\":\"$CWD\"}")" ""
	context '{"sessionId":7}'
	equal "scalar that is none" "$(ended_as claude-code "{\"cwd\":\"$CWD\"}")" ""
}

@test "syntaur 9: Codex's end never goes by the scalar: by the event's id, else the nearest exact marker" {
	need ps
	local started
	context '{"sessionId":"scalar-1"}'
	dashboard answer
	equal "no id, no marker" "$(ended_as codex "{\"cwd\":\"$CWD\"}")" ""
	equal "with an id" "$(ended_as codex "{\"session_id\":\"$A\",\"cwd\":\"$CWD\"}")" "$A"
	mkdir -p "$HOME/.syntaur/runtime/sessions"
	started=$(LC_ALL=C ps -o lstart= -p $$ | sed 's/^ *//;s/ *$//')
	echo "{\"sessionId\":\"marked\",\"procStart\":\"$started\"}" >"$HOME/.syntaur/runtime/sessions/$$.json"
	equal "by marker" "$(ended_as codex "{\"cwd\":\"$CWD\"}")" marked
	echo "{\"sessionId\":\"marked\",\"procStart\":\"Thu Jun 11 10:00:00 2026\"}" >"$HOME/.syntaur/runtime/sessions/$$.json"
	equal "of a process before: fail closed" "$(ended_as codex "{\"cwd\":\"$CWD\"}")" ""
	mkdir -p "$HOME/.claude/sessions"
	echo '{"sessionId":"claudes"}' >"$HOME/.claude/sessions/$$.json"
	equal "Claude Code's own folder does not count" "$(ended_as codex "{\"cwd\":\"$CWD\"}")" ""
}

@test "syntaur 9: markers are whole whenever somebody looks" {
	local n
	session start "$AGENT" "$A" startup
	for n in $(seq 1 40); do
		session start "$AGENT" "$A" startup &
		jq -e .sessionId "$HOME/.syntaur/runtime/sessions/$AGENT.json" >/dev/null || fail "half a marker"
	done
	wait
	equal "files" "$(ls -A "$HOME/.syntaur/runtime/sessions")" "$AGENT.json"
}
