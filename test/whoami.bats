# peer whoami: the six layers of syntaur.md section 3, and agents inside agents. Real ancestors are
# built from programs of the agents' names, each of which starts the next as a child.
load test_helper

A=aaaaaaaa-0000-4000-8000-00000000000a
B=bbbbbbbb-0000-4000-8000-00000000000b
C=cccccccc-0000-4000-8000-00000000000c
LONGEST=$(printf 'x%.0s' {1..256})

setup() {
	isolate
	RUNTIME=$HOME/.syntaur/runtime/sessions
	CLAUDE=$HOME/.claude/sessions
	PROJECTS=$HOME/.claude/projects
	CODEX=$HOME/.codex/sessions
	NONCES=$HOME/.syntaur/runtime/cursor-nonces
	DIR=$BATS_TEST_TMPDIR/programs
	mkdir -p "$RUNTIME" "$CLAUDE" "$DIR"
	export RUNTIME CLAUDE A B C
	export -f marker started birth nest
	program level
}

# program NAME: a program of that name that runs its first argument as shell text, and the others as a
# command, as a child of itself. Its name is what the kernel sees, since it begins with #!.
program() {
	printf '#!/bin/bash\neval "$1"\nshift\n"$@"\nexit $?\n' >"$DIR/$1"
	chmod 755 "$DIR/$1"
}

# below NAME... -- COMMAND: runs the command below programs of these names, the first outermost.
below() {
	local names=() command=()
	while [ "$1" != -- ]; do
		[ -x "$DIR/$1" ] || program "$1"
		names+=("$DIR/$1" "${SAY:-:}")
		shift
	done
	command=("${@:2}")
	"${names[@]}" "${command[@]}"
}

# nest N COMMAND...: runs the command with N processes between. With 12 of them nobody above is seen.
nest() {
	if [ "$1" -gt 0 ]; then
		bash -c 'nest "$@"; exit $?' - "$(($1 - 1))" "${@:2}"
	else
		"${@:2}"
	fi
}

# When a process started, by what is not ours: as ps prints it, and in clock ticks.
started() {
	ps -o lstart= -p "$1" | sed 's/^ *//; s/ *$//'
}

birth() {
	sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f20
}

# marker FOLDER PID ID [MEMBERS]: a marker of that process, with further members.
marker() {
	printf '{"pid":%s,"sessionId":"%s"%s}\n' "$2" "$3" "${4:+,$4}" >"$1/$2.json"
}

whoami() {
	"$BIN/peer" whoami "$@"
}

# With no agent above us that could be seen, wherever these tests are run.
alone() {
	nest 12 "$BIN/peer" whoami "$@"
}

# is ID COMMAND...: prints this id and one newline, nothing else; status 0.
is() {
	local all
	all=$("${@:2}" 2>&1; echo "status $?")
	equal "output and status" "$all" "$1"$'\n'"status 0"
}

# nobody COMMAND...: prints nothing, on neither output; status 1.
nobody() {
	local all
	all=$("$@" 2>&1; echo "status $?")
	equal "output and status" "$all" "status 1"
}

# found LAYER PROVENANCE AGENT ID JSON
found() {
	contains "$5" "{\"session_id\":\"$4\",\"layer\":$1,\"provenance\":\"$2\",\"agent\":$3,\"pid\":"
}

# because LAYER REASON JSON: the layer missed for that reason.
because() {
	printf '%s' "$3" >"$BATS_TEST_TMPDIR/json"
	"$TESTBIN/json-check" "$BATS_TEST_TMPDIR/json" || fail "not JSON: $3"
	grep -qE "\{\"layer\":$1,\"reason\":\"[^\"]*$2" <<<"$3" || fail "layer $1 does not say $2: $3"
}

# claude_transcript FOLDER ID CWD, codex_transcript PATH ID CWD
claude_transcript() {
	mkdir -p "$PROJECTS/$1"
	printf '{"type":"summary"}\n{"cwd":"%s"}\n' "$3" >"$PROJECTS/$1/$2.jsonl"
}

codex_transcript() {
	mkdir -p "$(dirname "$CODEX/$1")"
	printf '{"timestamp":"2026-11-20T23:36:17.146Z","type":"session_meta","payload":{"id":"%s","cwd":"%s"}}\n' "$2" "$3" >"$CODEX/$1"
}

# Ids that are none (section 2), one a line, as bash would write them.
hostile() {
	printf '%q\n' .. a/b 'a b' a.b a:b $'a\n' $'a\nb' 'é' "${LONGEST}x" '$(id)' '*'
}

# --- the output

@test "[T] the id and one newline, status 0" {
	is "$A" whoami --session-id "$A"
	equal "bytes" "$(whoami --session-id "$A" | wc -c)" 37
}

@test "[T] none: nothing on standard output, nothing on standard error, status 1" {
	nobody alone
}

@test "--json: one object; and one with nulls and status 1 when there is none" {
	found 1 explicit null "$A" "$(whoami --json --session-id "$A")"
	equal "output" "$(whoami --json --session-id "$A")" "{\"session_id\":\"$A\",\"layer\":1,\"provenance\":\"explicit\",\"agent\":null,\"pid\":null,\"missed\":[]}"
	run alone --json
	equal "status" "$status" 1
	contains "$output" '{"session_id":null,"layer":null,"provenance":null,"agent":null,"pid":null,"missed":[{"layer":2,"reason":"'
	because 4 "no process above" "$output"
}

@test "a layer that was not asked gives no reason" {
	local json
	json=$(alone --json || true)
	for layer in 1 3 5 6; do
		lacks "$json" "{\"layer\":$layer,"
	done
	json=$(CLAUDE_CODE_SESSION_ID=$A whoami --json --session-nonce abcdefgh --hint "$B")
	contains "$json" '"missed":[]'
}

@test "usage: an unknown option, a missing value, an argument: status 2 and one line" {
	local arguments
	for arguments in --what --session-id extra; do
		run whoami $arguments
		equal "status of $arguments" "$status" 2
		equal "lines" "${#lines[@]}" 1
	done
}

@test "an output that nobody takes is an error" {
	run bash -c '"$BIN/peer" whoami --session-id "$A" >/dev/full'
	equal "status" "$status" 1
	contains "$output" "cannot write to standard output"
}

# --- section 2: ids

@test "[T] ids: 1 to 256 of A-Z a-z 0-9 _ -" {
	is a alone --session-id a
	is _-Az09 alone --session-id _-Az09
	is "$LONGEST" alone --session-id "$LONGEST"
}

@test "[T] unsafe ids are absent in every layer, and no error: .. a/b 'a b' a.b a:b, final newline, 257 characters" {
	local id n=0
	while read -r id; do
		eval "id=$id"
		nobody alone --session-id "$id"
		nobody alone --hint "$id"
		nobody alone --session-nonce "$id"
		CLAUDE_CODE_SESSION_ID=$id nobody alone
		n=$((n + 1))
	done < <(hostile)
	equal "ids" "$n" 11
	nobody alone --session-id ""
	because 1 "not a session id" "$(alone --json --session-id a/b || true)"
	because 6 "not a session id" "$(alone --json --hint a/b || true)"
}

# --- layer 1

@test "[T] layer 1: the id that is given wins over all others" {
	CLAUDE_CODE_SESSION_ID=$B is "$A" whoami --session-id "$A" --hint "$C"
}

@test "[T] layer 1: empty or unsafe falls through" {
	CLAUDE_CODE_SESSION_ID=$B is "$B" whoami --session-id ""
	CLAUDE_CODE_SESSION_ID=$B is "$B" whoami --session-id a/b
	CLAUDE_CODE_SESSION_ID=$B is "$B" whoami --session-id "$A"$'\n'
	because 1 "not a session id" "$(CLAUDE_CODE_SESSION_ID=$B whoami --json --session-id a/b)"
}

# --- layer 2

@test "[T] layer 2: CLAUDE_CODE_SESSION_ID, then OPENCODE_SESSION_ID, then PI_SESSION_ID" {
	CLAUDE_CODE_SESSION_ID=$A OPENCODE_SESSION_ID=$B PI_SESSION_ID=$C is "$A" alone
	OPENCODE_SESSION_ID=$B PI_SESSION_ID=$C is "$B" alone
	PI_SESSION_ID=$C is "$C" alone
}

@test "layer 2: then Codex's and Gemini's" {
	PI_SESSION_ID=$A CODEX_SESSION_ID=$B GEMINI_SESSION_ID=$C is "$A" alone
	CODEX_SESSION_ID=$B GEMINI_SESSION_ID=$C is "$B" alone
	GEMINI_SESSION_ID=$C is "$C" alone
}

@test "layer 2: each variable names its agent, and is strong" {
	found 2 strong '"claude-code"' "$A" "$(CLAUDE_CODE_SESSION_ID=$A alone --json)"
	found 2 strong '"opencode"' "$A" "$(OPENCODE_SESSION_ID=$A alone --json)"
	found 2 strong '"pi"' "$A" "$(PI_SESSION_ID=$A alone --json)"
	found 2 strong '"codex"' "$A" "$(CODEX_THREAD_ID=$A alone --json)"
	found 2 strong '"gemini"' "$A" "$(GEMINI_SESSION_ID=$A alone --json)"
}

@test "layer 2: in a subagent of Codex the session's id counts, not the thread's" {
	CODEX_SESSION_ID=$A CODEX_THREAD_ID=$B is "$A" alone
	CODEX_THREAD_ID=$B is "$B" alone
	CODEX_SESSION_ID=a/b CODEX_THREAD_ID=$B is "$B" alone
}

@test "[T] layer 2: empty or unsafe is a miss, and the next variable is tried" {
	CLAUDE_CODE_SESSION_ID="" OPENCODE_SESSION_ID=$B is "$B" alone
	CLAUDE_CODE_SESSION_ID=../x OPENCODE_SESSION_ID="a b" PI_SESSION_ID=$C is "$C" alone
	because 2 "not a session id" "$(CLAUDE_CODE_SESSION_ID=a/b alone --json || true)"
	because 2 "no agent's" "$(CLAUDE_CODE_SESSION_ID="" alone --json || true)"
}

@test "layer 2 wins over a marker of the same agent and over a nonce" {
	mkdir -p "$NONCES"
	printf '{"sessionId":"%s"}' "$C" >"$NONCES/abcdefgh.json"
	program claude
	CLAUDE_CODE_SESSION_ID=$A is "$A" "$DIR/claude" 'marker "$CLAUDE" $$ "$B" "\"procStart\":\"$(birth $$)\""' \
		"$BIN/peer" whoami --session-nonce abcdefgh
	[ -e "$NONCES/abcdefgh.json" ]
}

@test "two agents' variables with the same id are one session" {
	CLAUDE_CODE_SESSION_ID=$A PI_SESSION_ID=$A is "$A" alone
}

# --- agents inside agents

@test "nested agents: Codex started from Claude Code is Codex, and the other way round" {
	export CLAUDE_CODE_SESSION_ID=$A CODEX_THREAD_ID=$B
	is "$B" below claude level codex -- "$BIN/peer" whoami
	is "$A" below codex level claude -- "$BIN/peer" whoami
	is "$A" below claude codex claude level level -- "$BIN/peer" whoami
	found 2 strong '"codex"' "$B" "$(below claude codex -- "$BIN/peer" whoami --json)"
}

@test "nested agents: any two that differ, both ways" {
	export OPENCODE_SESSION_ID=$A PI_SESSION_ID=$B GEMINI_SESSION_ID=$C
	is "$A" below gemini pi opencode -- "$BIN/peer" whoami
	is "$B" below opencode gemini pi -- "$BIN/peer" whoami
	is "$C" below pi opencode gemini -- "$BIN/peer" whoami
}

@test "nested agents: the pid is that of the innermost agent's process" {
	export CLAUDE_CODE_SESSION_ID=$A CODEX_THREAD_ID=$B
	local json
	json=$(SAY='echo $$ >"$BATS_TEST_TMPDIR/$(basename "$0")"' below claude codex level -- "$BIN/peer" whoami --json)
	contains "$json" "\"pid\":$(cat "$BATS_TEST_TMPDIR/codex"),"
}

@test "nested agents: one that node runs is known by its script" {
	export CLAUDE_CODE_SESSION_ID=$A GEMINI_SESSION_ID=$B
	local runtime
	for runtime in node nodejs bun; do
		# Called as node; what the kernel sees is bash.
		cp -L "$(command -v bash)" "$DIR/$runtime"
		program gemini
		is "$B" below claude -- "$DIR/$runtime" "$DIR/gemini" : "$BIN/peer" whoami
		is "$B" below claude -- "$DIR/$runtime" --norc "$DIR/gemini" : "$BIN/peer" whoami
	done
	cp -L "$(command -v bash)" "$DIR/other"
	is "$A" below claude -- "$DIR/other" "$DIR/gemini" : "$BIN/peer" whoami
}

@test "nested agents: in Codex's sandbox its helper is seen, also cut as the kernel cuts it" {
	export CLAUDE_CODE_SESSION_ID=$A CODEX_THREAD_ID=$B
	is "$B" below claude codex-linux-sandbox -- "$BIN/peer" whoami
	is "$A" below claude codex-linux-sax -- "$BIN/peer" whoami
}

@test "nested agents: Codex's sandbox has pids of its own, and its helper is pid 1" {
	unshare --pid --fork --mount-proc true 2>/dev/null || skip "may not make a pid namespace"
	export CLAUDE_CODE_SESSION_ID=$A CODEX_THREAD_ID=$B
	program codex-linux-sandbox
	program other
	is "$B" below claude -- unshare --pid --fork --mount-proc "$DIR/codex-linux-sandbox" : "$DIR/level" : "$BIN/peer" whoami
	is "$A" below claude -- unshare --pid --fork --mount-proc "$DIR/other" : "$DIR/level" : "$BIN/peer" whoami
}

@test "nested agents: CLAUDE_PID and OPENCODE_PID tell of their own agents" {
	program inner
	CLAUDE_CODE_SESSION_ID=$A OPENCODE_SESSION_ID=$B is "$B" below claude -- "$DIR/inner" 'export OPENCODE_PID=$$' "$BIN/peer" whoami
	CLAUDE_CODE_SESSION_ID=$A OPENCODE_SESSION_ID=$B is "$A" below opencode -- "$DIR/inner" 'export CLAUDE_PID=$$' "$BIN/peer" whoami
	CLAUDE_CODE_SESSION_ID=$A PI_SESSION_ID=$B is "$B" below pi -- "$DIR/inner" 'export OPENCODE_PID=$$' "$BIN/peer" whoami
	CLAUDE_CODE_SESSION_ID=$A PI_SESSION_ID=$B is "$B" below pi -- "$DIR/inner" 'export OPENCODE_PID=${$}x CLAUDE_PID=${$}x' "$BIN/peer" whoami
}

@test "nested agents: a marker tells, by its agent, by the folder or by its session" {
	export CLAUDE_CODE_SESSION_ID=$A CODEX_THREAD_ID=$B
	program inner
	is "$B" below claude -- "$DIR/inner" 'marker "$RUNTIME" $$ "$C" "\"agent\":\"codex\""' "$BIN/peer" whoami
	is "$A" below codex -- "$DIR/inner" 'marker "$RUNTIME" $$ "$C" "\"agent\":\"claude\""' "$BIN/peer" whoami
	is "$A" below codex -- "$DIR/inner" 'marker "$CLAUDE" $$ "$C"' "$BIN/peer" whoami
	is "$B" below claude -- "$DIR/inner" 'marker "$RUNTIME" $$ "$B"' "$BIN/peer" whoami
}

@test "nested agents: what a guarded marker says of a process goes before its name" {
	need ps
	export CLAUDE_CODE_SESSION_ID=$A CODEX_THREAD_ID=$B
	program claude
	is "$B" below claude -- "$DIR/claude" 'marker "$RUNTIME" $$ "$C" "\"agent\":\"codex\",\"procStart\":\"$(started $$)\""' "$BIN/peer" whoami
}

@test "nested agents: if the processes cannot tell, the documented order" {
	export OPENCODE_SESSION_ID=$A CODEX_THREAD_ID=$B
	is "$A" alone
	is "$A" below codex -- bash -c 'nest 12 "$BIN/peer" whoami; exit $?'
}

@test "nested agents: a process that may be either is nobody, with the reason; an id that is given helps" {
	export CLAUDE_CODE_SESSION_ID=$A CODEX_THREAD_ID=$B
	program codex
	local text='export CLAUDE_PID=$$; marker "$RUNTIME" $$ "$C"'
	nobody below claude -- "$DIR/codex" "$text" "$BIN/peer" whoami
	run below claude -- "$DIR/codex" "$text" "$BIN/peer" whoami --json
	because 2 "one or another" "$output"
	because 4 "not asked" "$output"
	is "$C" below claude -- "$DIR/codex" "$text" "$BIN/peer" whoami --session-id "$C"
	run below claude -- "$DIR/codex" "$text" "$BIN/peer" inbox
	equal "status" "$status" 2
	contains "$output" "cannot tell which session"
	run below claude -- "$DIR/codex" "$text" "$BIN/peer" send "$PEER" hello
	equal "status" "$status" 1
	contains "$output" "--session-id"
}

GUARDED='marker "$RUNTIME" $$ "$C" "\"agent\":\"gemini\",\"procStart\":\"$(started $$)\""'

@test "an inner agent without an id of its own: its guarded marker wins over the inherited environment" {
	need ps
	export CLAUDE_CODE_SESSION_ID=$A
	program inner
	is "$C" below claude -- "$DIR/inner" "$GUARDED" "$DIR/level" : "$BIN/peer" whoami
	run below claude -- "$DIR/inner" "$GUARDED" "$BIN/peer" whoami --json
	found 4 strong '"gemini"' "$C" "$output"
	because 2 inherited "$output"
	export CODEX_THREAD_ID=$B
	is "$C" below claude codex -- "$DIR/inner" "$GUARDED" "$BIN/peer" whoami
	is "$C" below claude codex -- "$DIR/inner" "${GUARDED/gemini/newcomer}" "$BIN/peer" whoami
}

@test "an inner agent without an id: a nonce goes before its marker, and only then" {
	need ps
	export CLAUDE_CODE_SESSION_ID=$A
	program inner
	mkdir -p "$NONCES"
	printf '{"sessionId":"%s"}' "$B" >"$NONCES/abcdefgh.json"
	is "$B" below claude -- "$DIR/inner" "$GUARDED" "$BIN/peer" whoami --session-nonce abcdefgh
}

@test "the environment stays: a marker without a guard, without an agent, or of the same agent" {
	need ps
	export CLAUDE_CODE_SESSION_ID=$A
	program inner
	is "$A" below -- "$DIR/inner" 'marker "$RUNTIME" $$ "$C" "\"agent\":\"gemini\""' "$BIN/peer" whoami
	is "$A" below -- "$DIR/inner" 'marker "$RUNTIME" $$ "$C" "\"agent\":\"gemini\",\"procStart\":\"\""' "$BIN/peer" whoami
	is "$A" below -- "$DIR/inner" "${GUARDED/gemini/}" "$BIN/peer" whoami
	is "$A" below -- "$DIR/inner" "${GUARDED/gemini/claude}" "$BIN/peer" whoami
	is "$A" below -- "$DIR/inner" "${GUARDED/gemini/claude-code}" "$BIN/peer" whoami
	is "$A" below -- "$DIR/inner" "${GUARDED/RUNTIME/CLAUDE}" "$BIN/peer" whoami
}

@test "the environment stays: the marker is not the nearest, or an agent that has an id is nearer" {
	need ps
	export CLAUDE_CODE_SESSION_ID=$A
	program inner
	is "$A" below -- "$DIR/inner" "$GUARDED" "$DIR/level" 'marker "$RUNTIME" $$ "$B"' "$BIN/peer" whoami
	program claude
	is "$A" below -- "$DIR/inner" "$GUARDED" "$DIR/claude" : "$BIN/peer" whoami
	is "$A" below -- "$DIR/inner" "$GUARDED" "$DIR/level" 'export CLAUDE_PID=$$' "$BIN/peer" whoami
}

@test "the environment stays: a program's name alone overrules nothing" {
	CLAUDE_CODE_SESSION_ID=$A is "$A" below claude codex gemini -- "$BIN/peer" whoami
}

@test "the environment stays: the inner marker is stale" {
	export CLAUDE_CODE_SESSION_ID=$A
	program inner
	is "$A" below -- "$DIR/inner" 'marker "$RUNTIME" $$ "$C" "\"agent\":\"gemini\",\"procStart\":\"Thu Jun 11 10:00:00 2026\""' "$BIN/peer" whoami
}

# --- layer 3

@test "layer 3: what a hook left for the nonce, explicit, once" {
	mkdir -p "$NONCES"
	printf '{"sessionId":"%s","more":[1]}' "$A" >"$NONCES/abc-DEF_9.json"
	found 3 explicit '"cursor"' "$A" "$(alone --json --session-nonce abc-DEF_9)"
	[ ! -e "$NONCES/abc-DEF_9.json" ]
	nobody alone --session-nonce abc-DEF_9
	because 3 "taken already" "$(alone --json --session-nonce abc-DEF_9 || true)"
}

@test "layer 3: a nonce is 8 to 128 characters, and never a path" {
	local nonce longest
	longest=$(letters 128)
	mkdir -p "$NONCES"
	for nonce in abcdefg "${longest}x" ../cursor-nonces/abcdefgh abcdefgh/../abcdefgh "abcd efgh" abcd.efgh; do
		printf '{"sessionId":"%s"}' "$A" | tee "$NONCES/$nonce.json" >"$NONCES/abcdefgh.json" 2>/dev/null || true
		nobody alone --session-nonce "$nonce"
		because 3 "not a nonce" "$(alone --json --session-nonce "$nonce" || true)"
	done
	printf '{"sessionId":"%s"}' "$A" >"$NONCES/$longest.json"
	is "$A" alone --session-nonce "$longest"
	is "$A" alone --session-nonce abcdefgh
}

@test "layer 3: what was left is broken, or no session id: a miss, and it stays" {
	local text
	mkdir -p "$NONCES"
	for text in '' '{' '[]' '{}' '{"sessionId":7}' '{"sessionId":""}' '{"sessionId":"a/b"}' '{"sessionId":"a\n"}' '{"sessionId":"a\u0000"}' '{"sessionId":"..",}'; do
		printf '%s' "$text" >"$NONCES/abcdefgh.json"
		nobody alone --session-nonce abcdefgh
		[ -e "$NONCES/abcdefgh.json" ]
	done
	because 3 "cannot be read, or names no session" "$(alone --json --session-nonce abcdefgh || true)"
	rm "$NONCES/abcdefgh.json"
	printf '{"sessionId":"%s"}' "$A" >"$HOME/elsewhere"
	ln -s "$HOME/elsewhere" "$NONCES/abcdefgh.json"
	nobody alone --session-nonce abcdefgh
	rm "$NONCES/abcdefgh.json"
	mkfifo "$NONCES/abcdefgh.json"
	nobody alone --session-nonce abcdefgh
}

@test "layer 3: peer inbox takes a nonce too" {
	mkdir -p "$NONCES"
	printf '{"sessionId":"%s"}' "$ME" >"$NONCES/abcdefgh.json"
	mail "$(session_box "$ME")" "$(line "$(mid 1)" hello)"
	run nest 12 "$BIN/peer" inbox --session-nonce abcdefgh
	contains "$output" hello
	empty_box "$(session_box "$ME")"
	run nest 12 "$BIN/peer" inbox --session-nonce abcdefgh
	equal "status" "$status" 2
	contains "$output" "cannot tell which session"
}

# --- layer 4

@test "[T] layer 4: the marker of the parent, in Claude Code's folder and in the generic one" {
	program level
	is "$A" below -- "$DIR/level" 'marker "$CLAUDE" $$ "$A"' "$BIN/peer" whoami
	rm "$CLAUDE"/*
	is "$B" below -- "$DIR/level" 'marker "$RUNTIME" $$ "$B"' "$BIN/peer" whoami
	is "$A" below -- "$DIR/level" 'marker "$RUNTIME" $$ "$B"; marker "$CLAUDE" $$ "$A"' "$BIN/peer" whoami
}

@test "layer 4: it is strong, names its agent in our spelling, and the process" {
	local json
	json=$(below -- "$DIR/level" 'marker "$RUNTIME" $$ "$A" "\"agent\":\"claude\""; echo $$ >"$HOME/pid"' "$BIN/peer" whoami --json)
	contains "$json" "{\"session_id\":\"$A\",\"layer\":4,\"provenance\":\"strong\",\"agent\":\"claude-code\",\"pid\":$(cat "$HOME/pid"),"
	found 4 strong '"codex"' "$A" "$(below -- "$DIR/level" 'marker "$RUNTIME" $$ "$A" "\"agent\":\"codex\""' "$BIN/peer" whoami --json)"
	found 4 strong null "$A" "$(below -- "$DIR/level" 'marker "$RUNTIME" $$ "$A" "\"agent\":\"newcomer\""' "$BIN/peer" whoami --json)"
	found 4 strong '"claude-code"' "$A" "$(below -- "$DIR/level" 'marker "$CLAUDE" $$ "$A"' "$BIN/peer" whoami --json)"
}

@test "[T] layer 4: the nearest good marker wins" {
	is "$B" below -- "$DIR/level" 'marker "$CLAUDE" $$ "$A"' "$DIR/level" 'marker "$RUNTIME" $$ "$B"' "$DIR/level" : "$BIN/peer" whoami
}

@test "[T] layer 4: 12 processes are looked at, the parent counts as the first" {
	is "$A" below -- "$DIR/level" 'marker "$RUNTIME" $$ "$A"' bash -c 'nest 10 "$BIN/peer" whoami; exit $?'
	nobody below -- "$DIR/level" 'marker "$RUNTIME" $$ "$A"' bash -c 'nest 11 "$BIN/peer" whoami; exit $?'
}

@test "[T] layer 4: a broken or incomplete marker is a miss, unknown members are ignored" {
	local text
	for text in '' '{' '[]' '"x"' '{}' '{"sessionId":7}' '{"sessionId":""}' '{"sessionId":null}' '{"sessionId":"x"}x'; do
		TEXT=$text is "$A" below -- "$DIR/level" 'marker "$CLAUDE" $$ "$A"' "$DIR/level" 'printf %s "$TEXT" | tee "$CLAUDE/$$.json" >"$RUNTIME/$$.json"' "$BIN/peer" whoami
	done
	is "$A" below -- "$DIR/level" 'marker "$RUNTIME" $$ "$A" "\"x\":{\"sessionId\":\"no\"},\"y\":[1]"' "$BIN/peer" whoami
}

@test "layer 4: a pending marker, without a session id yet, is a miss" {
	need ps
	nobody below -- "$DIR/level" 'printf "{\"agent\":\"codex\",\"cwd\":\"/tmp\",\"procStart\":\"$(started $$)\",\"writtenAt\":1}" >"$RUNTIME/$$.json"' bash -c 'nest 11 "$BIN/peer" whoami; exit $?'
	is "$A" below -- "$DIR/level" 'marker "$RUNTIME" $$ "$A"' "$DIR/level" 'printf "{\"agent\":\"codex\",\"writtenAt\":1}" >"$RUNTIME/$$.json"' "$BIN/peer" whoami
}

@test "[T] layer 4: an unsafe id in a marker does not end the walk" {
	local id
	for id in .. a/b 'a b' a.b a:b 'a\n' 'a\u0000' "${LONGEST}x"; do
		ID=$id is "$B" below -- "$DIR/level" 'marker "$RUNTIME" $$ "$B"' "$DIR/level" 'marker "$CLAUDE" $$ "$ID"; marker "$RUNTIME" $$ "$ID"' "$BIN/peer" whoami
		ID=$id is "$B" below -- "$DIR/level" 'marker "$CLAUDE" $$ "$ID"; marker "$RUNTIME" $$ "$B"' "$BIN/peer" whoami
	done
	ID=a/b run below -- "$DIR/level" 'marker "$CLAUDE" $$ "$ID"' "$BIN/peer" whoami --json
	because 4 "names no valid session" "$output"
}

@test "[T] layer 4: the guard holds: procStart as ps prints it, or in clock ticks" {
	need ps
	is "$A" below -- "$DIR/level" 'marker "$RUNTIME" $$ "$A" "\"procStart\":\"$(started $$)\""' "$BIN/peer" whoami
	is "$A" below -- "$DIR/level" 'marker "$CLAUDE" $$ "$A" "\"procStart\":\"$(birth $$)\""' "$BIN/peer" whoami
	is "$A" below -- "$DIR/level" 'marker "$CLAUDE" $$ "$A" "\"procStart\":\"\""' "$BIN/peer" whoami
}

@test "[T] layer 4: a pid that was used again: another start time is skipped, next folder, next ancestor" {
	local start
	for start in "Mon Jan  1 00:00:00 2001" 12345 "garbage" " "; do
		START=$start nobody below -- "$DIR/level" 'marker "$RUNTIME" $$ "$A" "\"procStart\":\"$START\""' bash -c 'nest 10 "$BIN/peer" whoami; exit $?'
		START=$start is "$B" below -- "$DIR/level" 'marker "$CLAUDE" $$ "$A" "\"procStart\":\"$START\""; marker "$RUNTIME" $$ "$B"' "$BIN/peer" whoami
		START=$start is "$C" below -- "$DIR/level" 'marker "$RUNTIME" $$ "$C"' "$DIR/level" 'marker "$CLAUDE" $$ "$A" "\"procStart\":\"$START\""' "$BIN/peer" whoami
	done
	START=$start run below -- "$DIR/level" 'marker "$RUNTIME" $$ "$A" "\"procStart\":\"$START\""' "$BIN/peer" whoami --json
	because 4 "has ended" "$output"
}

@test "layer 4: byte for byte: a blank more, or one tick off, is stale" {
	need ps
	nobody below -- "$DIR/level" 'marker "$RUNTIME" $$ "$A" "\"procStart\":\"$(started $$) \""' bash -c 'nest 10 "$BIN/peer" whoami; exit $?'
	nobody below -- "$DIR/level" 'marker "$RUNTIME" $$ "$A" "\"procStart\":\"$(($(birth $$) + 1))\""' bash -c 'nest 10 "$BIN/peer" whoami; exit $?'
}

@test "layer 4: a marker written under another TZ is a miss" {
	need ps
	nobody below -- "$DIR/level" 'marker "$RUNTIME" $$ "$A" "\"procStart\":\"$(TZ=XYZ-3:30 started $$)\""' bash -c 'TZ=UTC nest 10 "$BIN/peer" whoami; exit $?'
	is "$A" below -- "$DIR/level" 'marker "$RUNTIME" $$ "$A" "\"procStart\":\"$(TZ=XYZ-3:30 started $$)\""' env TZ=XYZ-3:30 "$BIN/peer" whoami
}

@test "layer 4: SYNTAUR_RUNTIME_SESSIONS_DIR is the generic folder" {
	export SYNTAUR_RUNTIME_SESSIONS_DIR=$BATS_TEST_TMPDIR/markers
	mkdir "$SYNTAUR_RUNTIME_SESSIONS_DIR"
	is "$A" below -- "$DIR/level" 'marker "$SYNTAUR_RUNTIME_SESSIONS_DIR" $$ "$A"' "$BIN/peer" whoami
	rm "$SYNTAUR_RUNTIME_SESSIONS_DIR"/*
	nobody below -- "$DIR/level" 'marker "$RUNTIME" $$ "$A"' bash -c 'nest 10 "$BIN/peer" whoami; exit $?'
	is "$B" below -- "$DIR/level" 'marker "$CLAUDE" $$ "$B"' "$BIN/peer" whoami
	SYNTAUR_RUNTIME_SESSIONS_DIR="" is "$A" below -- "$DIR/level" 'marker "$RUNTIME" $$ "$A"; rm -f "$CLAUDE"/*' "$BIN/peer" whoami
}

@test "layer 4: no process is started, and none is asked for, to look at markers without a guard" {
	need_strace
	local log=$BATS_TEST_TMPDIR/log
	is "$A" below -- "$DIR/level" 'marker "$RUNTIME" $$ "$A"' strace -f -e trace=process,openat,open -o "$log" "$BIN/peer" whoami
	equal "processes" "$(grep -cE 'fork|clone|execve' "$log")" 1
	lacks "$(cat "$log")" '"/proc/stat"'
}

@test "layer 4: without HOME there is no marker, and nothing fails" {
	nobody env -u HOME "$BIN/peer" whoami
	HOME=relative nobody alone
	nobody env HOME="/$(letters 5000)" bash -c 'nest 12 "$BIN/peer" whoami; exit $?'
}

# --- layer 5

@test "[T] layer 5: a transcript of Claude Code in exactly that directory, weak" {
	claude_transcript any-name "$A" /work/here
	found 5 weak '"claude-code"' "$A" "$(alone --json --cwd /work/here)"
	nobody alone --cwd /work
	nobody alone --cwd /work/here/
	nobody alone --cwd /work/here/below
	nobody alone --cwd /WORK/here
	because 5 "no transcript" "$(alone --json --cwd /work || true)"
}

@test "[T] layer 5: only when a directory is given, never for our own" {
	claude_transcript any "$A" "$PWD"
	nobody alone
	nobody alone --cwd ""
	is "$A" alone --cwd "$PWD"
}

@test "[T] layer 5: a transcript of Codex, dated or flat, at any depth" {
	codex_transcript "2026/11/20/rollout-2026-11-20T23-36-17-$A.jsonl" "$A" /work/here
	found 5 weak '"codex"' "$A" "$(alone --json --cwd /work/here)"
	codex_transcript flat.jsonl "$B" /work/there
	is "$B" alone --cwd /work/there
	mkdir "$CODEX/recorded"
	cp "$ROOT/test/fixtures/codex/rollout-first-line.jsonl" "$CODEX/recorded/x.jsonl" 2>/dev/null || return 0
	is 01a1fb51-61bf-7082-a5f4-2d3c8d39ddf8 alone --cwd /home/user/project
}

@test "layer 5: a weak id may not change state: nothing but whoami takes it" {
	run nest 12 "$BIN/peer" inbox --cwd /work
	equal "status" "$status" 2
}

@test "[T] layer 5: the newest modification wins, among both agents" {
	claude_transcript one "$A" /w
	claude_transcript two "$B" /w
	codex_transcript x.jsonl "$C" /w
	touch -d @1000 "$PROJECTS/one/$A.jsonl"
	touch -d @1002 "$PROJECTS/two/$B.jsonl"
	touch -d @1001 "$CODEX/x.jsonl"
	is "$B" alone --cwd /w
	touch -d @1003.6 "$PROJECTS/two/$B.jsonl"
	touch -d @1003.5 "$CODEX/x.jsonl"
	is "$B" alone --cwd /w
	touch -d @1003.7 "$CODEX/x.jsonl"
	is "$C" alone --cwd /w
	touch -d @2000 "$PROJECTS/one/$A.jsonl"
	is "$A" alone --cwd /w
}

@test "[T] layer 5: equal times: the greater id by byte order" {
	local id
	for id in b B a ab aa; do
		claude_transcript "$id" "$id" /w
		touch -d @1000 "$PROJECTS/$id/$id.jsonl"
	done
	codex_transcript x.jsonl bb /w
	touch -d @1000 "$CODEX/x.jsonl"
	is bb alone --cwd /w
	rm "$CODEX/x.jsonl" "$PROJECTS/b/b.jsonl"
	is ab alone --cwd /w
}

@test "[T] layer 5: Claude Code: one folder level only, names that end in .jsonl, valid ids" {
	mkdir -p "$PROJECTS/p/deep"
	printf '{"cwd":"/w"}\n' | tee "$PROJECTS/$A.jsonl" "$PROJECTS/p/deep/$A.jsonl" "$PROJECTS/p/$A.json" "$PROJECTS/p/a.b.jsonl" "$PROJECTS/p/.jsonl" >"$PROJECTS/p/a b.jsonl"
	nobody alone --cwd /w
	printf '{"cwd":"/w"}\n' >"$PROJECTS/p/$A.jsonl"
	is "$A" alone --cwd /w
}

@test "[T] layer 5: Claude Code: the first directory in the first 50 lines, lines without one count" {
	mkdir -p "$PROJECTS/p"
	{ for _ in {1..16}; do printf '\nnot json\n{"cwd":""}\n'; done; printf '{"cwd":7}\n'; printf '{"cwd":"/w"}'; } >"$PROJECTS/p/$A.jsonl"
	equal "lines before" "$(wc -l <"$PROJECTS/p/$A.jsonl")" 49
	is "$A" alone --cwd /w
	sed -i '1i {}' "$PROJECTS/p/$A.jsonl"
	nobody alone --cwd /w
	printf '{"cwd":"/other"}\n{"cwd":"/w"}\n' >"$PROJECTS/p/$A.jsonl"
	nobody alone --cwd /w
}

@test "layer 5: Claude Code: a directory found in one file is not taken for the next (no quirk)" {
	claude_transcript p "$A" /w
	printf '{}\n' >"$PROJECTS/p/$B.jsonl"
	printf '{"cwd":"/v"}\n' >"$PROJECTS/p/$C.jsonl"
	is "$A" alone --cwd /w
	is "$C" alone --cwd /v
}

@test "[T] layer 5: Codex: the first line must be whole: session_meta, timestamp, id and cwd" {
	local text
	mkdir -p "$CODEX"
	for text in '' '{}' '\n{"timestamp":"t","type":"session_meta","payload":{"id":"x","cwd":"/w"}}' \
		'{"timestamp":"t","type":"other","payload":{"id":"x","cwd":"/w"}}' \
		'{"type":"session_meta","payload":{"id":"x","cwd":"/w","timestamp":"t"}}' \
		'{"timestamp":7,"type":"session_meta","payload":{"id":"x","cwd":"/w"}}' \
		'{"timestamp":"t","type":"session_meta","payload":{"id":7,"cwd":"/w"}}' \
		'{"timestamp":"t","type":"session_meta","payload":{"id":"x","cwd":null}}' \
		'{"timestamp":"t","type":"session_meta","payload":"x"}' \
		'{"timestamp":"t","type":"session_meta","payload":{"id":"a/b","cwd":"/w"}}' \
		'{"timestamp":"t","type":"session_meta","payload":{"id":"a\\n","cwd":"/w"}}' \
		'{"timestamp":"t","type":"session_meta","payload":{"id":"x","cwd":"/w"}'; do
		printf "$text" >"$CODEX/$A.jsonl"
		nobody alone --cwd /w
	done
	printf '{"timestamp":"t","type":"session_meta","payload":{"id":"x","cwd":"/w"}}' >"$CODEX/$A.jsonl"
	is x alone --cwd /w
	mv "$CODEX/$A.jsonl" "$CODEX/$A.json"
	nobody alone --cwd /w
}

@test "[T] layer 5: Codex's root: CODEX_SESSIONS_DIR, else CODEX_HOME/sessions, else ~/.codex/sessions; empty is unset" {
	local at=$BATS_TEST_TMPDIR
	CODEX=$at/one codex_transcript x.jsonl "$A" /w
	CODEX=$at/home/sessions codex_transcript x.jsonl "$B" /w
	codex_transcript x.jsonl "$C" /w
	CODEX_SESSIONS_DIR=$at/one CODEX_HOME=$at/home is "$A" alone --cwd /w
	CODEX_SESSIONS_DIR="" CODEX_HOME=$at/home is "$B" alone --cwd /w
	CODEX_SESSIONS_DIR="" CODEX_HOME="" is "$C" alone --cwd /w
	CODEX_SESSIONS_DIR=$at/none CODEX_HOME=$at/home nobody alone --cwd /w
}

@test "layer 5: paths that JSON escapes, and other spellings of the same" {
	mkdir -p "$PROJECTS/p"
	printf '{"cwd":"/w/a\\u00e9\\"\\\\ \\/ b"}\n' >"$PROJECTS/p/$A.jsonl"
	is "$A" alone --cwd '/w/aé"\ / b'
	nobody alone --cwd '/w/aé"\\ / b'
}

@test "layer 5: 16 folders deep below Codex's root are looked at, no 17th; many at once" {
	local deep
	deep=$(printf 'd/%.0s' {1..16})
	codex_transcript "${deep}x.jsonl" "$A" /w
	codex_transcript "${deep}d/x.jsonl" "$B" /v
	is "$A" alone --cwd /w
	nobody alone --cwd /v
	local n
	for n in {1..300}; do codex_transcript "2026/$n/x.jsonl" "id-$n" "/n/$n"; done
	is id-299 alone --cwd /n/299
}

@test "layer 5: symbolic links, in a ring or not, and what is no file are passed over" {
	mkdir -p "$CODEX/a" "$PROJECTS/p" "$HOME/elsewhere"
	ln -s .. "$CODEX/a/b"
	ln -s . "$CODEX/a/c"
	codex_transcript a/x.jsonl "$A" /w
	printf '{"cwd":"/v"}\n' >"$HOME/elsewhere/$B.jsonl"
	ln -s "$HOME/elsewhere" "$PROJECTS/q"
	ln -s "$HOME/elsewhere/$B.jsonl" "$PROJECTS/p/$B.jsonl"
	mkfifo "$PROJECTS/p/$C.jsonl" "$CODEX/a/fifo.jsonl"
	is "$A" alone --cwd /w
	nobody alone --cwd /v
}

@test "layer 5: the head is 4 MB: a directory at its end counts, beyond it does not" {
	mkdir -p "$PROJECTS/p"
	local end='{"cwd":"/w"}' n
	n=$((4 * 1024 * 1024 - ${#end} - 2))
	{ letters $n; printf '\n%s\n' "$end"; } >"$PROJECTS/p/$A.jsonl"
	is "$A" alone --cwd /w
	{ letters $((n + 1)); printf '\n%s\n' "$end"; } >"$PROJECTS/p/$A.jsonl"
	nobody alone --cwd /w
	{ printf '{"cwd":"/w","x":"'; letters 5000000; printf '"}\n'; } >"$PROJECTS/p/$A.jsonl"
	nobody alone --cwd /w
}

@test "layer 5: a transcript of 100 MB costs only its head; one older than the best is not opened" {
	need_strace
	local log=$BATS_TEST_TMPDIR/log
	claude_transcript p "$A" /w
	truncate -s 100M "$PROJECTS/p/$A.jsonl"
	codex_transcript x.jsonl "$B" /w
	truncate -s 100M "$CODEX/x.jsonl"
	touch -d @1000 "$CODEX/x.jsonl"
	is "$A" strace -e trace=read,openat,open,mmap -o "$log" "$BIN/peer" whoami --cwd /w
	lacks "$(cat "$log")" x.jsonl
	local bytes
	bytes=$(awk '/^read\(/ && $NF > 0 { n += $NF } END { print n }' "$log")
	[ "$bytes" -lt 200000 ] || fail "read $bytes bytes"
}

# --- layer 6

@test "[T] layer 6: the hint, weak, only when the caller passes it, after all others" {
	found 6 weak null "$A" "$(alone --json --hint "$A")"
	claude_transcript p "$B" /w
	is "$B" alone --cwd /w --hint "$A"
	is "$A" alone --cwd /v --hint "$A"
	nobody alone
}

@test "[T] the context file's scalar is never read, and nothing is made" {
	local project=$BATS_TEST_TMPDIR/project
	mkdir -p "$project/.syntaur"
	printf '{"sessionId":"%s"}' "$A" >"$project/.syntaur/context.json"
	rm -r "$HOME/.syntaur" "$HOME/.claude"
	cd "$project"
	nobody alone
	nobody alone --cwd "$project"
	equal "home" "$(find "$HOME" -mindepth 1)" ""
}

@test "a marker that another user has left is none of ours" {
	[ "$(id -u)" = 0 ] || skip "needs root, to give a file away"
	mkdir -p "$HOME/.syntaur/runtime/sessions"
	echo '{"sessionId":"theirs"}' >"$HOME/.syntaur/runtime/sessions/$$.json"
	equal "of our own" "$("$BIN/peer" whoami)" theirs
	chown 65534 "$HOME/.syntaur/runtime/sessions/$$.json"
	run "$BIN/peer" whoami
	equal "status" "$status" 1
	equal "output" "$output" ""
}
