# peer list: who is there, and what they do.
load test_helper
load session_helper

setup() {
	need jq
	isolate
	CWD=$BATS_TEST_TMPDIR/project
	mkdir -p "$CWD"
}

list() {
	"$BIN/peer" list "$@"
}

# stated N STATUS [MEMBERS]: what Claude Code's own file says of session N's process.
stated() {
	mkdir -p "$HOME/.claude/sessions"
	printf '{"pid":%s,"sessionId":"%s","cwd":"/x","procStart":"%s","status":"%s","statusUpdatedAt":%s}' \
		"${PID[$1]}" "${3:-$(sid "$1")}" "${4:-$(birth "${PID[$1]}" | cut -d@ -f1)}" "$2" "$(($(date +%s) - 90))000" \
		>"$HOME/.claude/sessions/${PID[$1]}.json"
}

# activity N: what the list says that it does.
activity() {
	listed "$(sid "$1")" activity
}

# marked N WORD: its mark, as hooks write it.
marked() {
	(umask 077 && mkdir -p "$STATE/activity")
	printf %s "$2" >"$STATE/activity/$(sid "$1")"
}

# marked_before N WORD: the same, before what `stated` says.
marked_before() {
	marked "$@"
	touch -d '2 minutes ago' "$STATE/activity/$(sid "$1")"
}

# terminal COMMAND: what it prints to a terminal.
terminal() {
	need script
	script -qec "$1" /dev/null </dev/null | tr -d '\r'
}

@test "nobody there: nothing, an empty array, status 0" {
	run list
	equal "status and output" "$status$output" 0
	run list --json
	equal "status and output" "$status$output" "0[]"
	run list --all --here --json
	equal "status and output" "$status$output" "0[]"
	contains "$(terminal "$BIN/peer list")" "peer list: no session is live; "
}

@test "one line a session, in columns" {
	local line
	present 1 >/dev/null
	TINYPLACE_SESSION_LABEL=a-long-name-of-a-session present 2 >/dev/null
	marked 1 busy
	CLAUDE_CODE_SESSION_ID=$(sid 1) run list
	equal "lines" "${#lines[@]}" 2
	equal "line 1" "${lines[0]}" " a-long-name-of-a-session  claude-code  unknown  0 waiting  $CWD  $(sid 2)"
	line=$(printf '*%-24s  claude-code  busy 0s  0 waiting  %s  %s' claude:1 "$CWD" "$(sid 1)")
	[ "${lines[1]}" = "$line" ] || equal "line 2" "${lines[1]}" "${line/0s/1s}"
}

@test "columns stand in line below what is not ASCII" {
	present 1 >/dev/null
	CWD=$BATS_TEST_TMPDIR/prôjekt
	present 2 >/dev/null
	run list
	equal "columns" "$(awk -v id="-0000-4000" 'BEGIN { ENVIRON["LC_ALL"] } { print }' <<<"$output" |
		LC_ALL=C.UTF-8 bash -c 'while IFS= read -r line; do before=${line%%0000000?-*}; echo ${#before}; done' | sort -u | wc -l)" 1
}

@test "--json: these members, whatever session it is" {
	present 1 >/dev/null
	marked 1 idle
	mail "$(box 1)" "$(line "$(mid 1)" one)" "$(line "$(mid 2)" two)"
	register "$$" "$(sid 2)"
	CLAUDE_CODE_SESSION_ID=$(sid 1) list --json >"$BATS_TEST_TMPDIR/json"
	equal "members" "$(jq -c '[.[] | keys_unsorted] | unique' "$BATS_TEST_TMPDIR/json")" \
		'[["label","agent","session_id","project","cwd","pid","alive","lifecycle","activity","idle_since","active_at","started_at","ended_at","waiting","me","server"]]'
	equal "session" "$(jq -c '.[0] | [.label, .agent, .session_id, .project, .cwd, .pid, .alive, .lifecycle, .activity, .active_at, .ended_at, .waiting, .me, .server]' "$BATS_TEST_TMPDIR/json")" \
		"[\"claude:1\",\"claude-code\",\"$(sid 1)\",\"$CWD\",\"$CWD\",${PID[1]},true,\"started\",\"idle\",null,null,2,true,false]"
	equal "server" "$(jq -c '.[1] | [.label, .agent, .session_id, .pid, .alive, .me, .server]' "$BATS_TEST_TMPDIR/json")" \
		"[null,\"claude-code\",\"$(sid 2)\",$$,true,false,true]"
}

@test "the project is the folder with .git, and home is ~" {
	CWD=$HOME/code/deep/inside
	mkdir -p "$CWD" "$HOME/code/.git"
	present 1 >/dev/null
	equal "project" "$(listed "$(sid 1)" project)" "$HOME/code"
	contains "$(list)" "  ~/code  "
}

@test "the dead, and those that ended with mail left, are shown with --all only" {
	present 1 >/dev/null
	present 2 >/dev/null
	present 3 >/dev/null
	mail "$(box 2)" "$(line "$(mid 1)" one)"
	session end "${PID[2]}" "$(sid 2)" logout
	session end "${PID[3]}" "$(sid 3)" logout
	end_agent "${PID[1]}"
	equal "the living" "$(list)" ""
	run list --all
	equal "lines" "${#lines[@]}" 2
	contains "$output" "dead"
	contains "$output" "ended"
	equal "dead" "$(listed "$(sid 1)" alive) $(listed "$(sid 1)" lifecycle) $(listed "$(sid 1)" activity)" "false started unknown"
	equal "ended" "$(listed "$(sid 2)" alive) $(listed "$(sid 2)" lifecycle) $(listed "$(sid 2)" waiting)" "false ended 1"
	# Its mail was read: nothing is left to show when it comes and goes again.
	drained 2 >/dev/null
	present 2 >/dev/null
	session end "${PID[2]}" "$(sid 2)" logout
	equal "no mail left" "$(listed "$(sid 2)" lifecycle)" ""
}

@test "a dead one is shown as dead, whatever its mark says, and after the living" {
	present 1 >/dev/null
	marked 1 busy
	end_agent "${PID[1]}"
	TINYPLACE_SESSION_LABEL=z present 2 >/dev/null
	run list --all
	contains "${lines[0]}" "$(sid 2)"
	contains "${lines[1]}" dead
	lacks "${lines[1]}" busy
}

@test "servers that stand for no session are shown with --all only" {
	local null
	register "$$" "$(sid 1)"
	sed -i 's/"session_id": "[^"]*"/"session_id": null/' "$STATE/sessions/$$.json"
	equal "list" "$(list)" ""
	contains "$(list --all)" unclaimed
	null=$(list --all --json | jq -c '.[] | [.session_id, .server]')
	equal "session" "$null" "[null,true]"
}

@test "a session with a server too is shown once" {
	present 1 >/dev/null
	register "$$" "$(sid 1)"
	equal "lines" "$(list | wc -l)" 1
	equal "server" "$(listed "$(sid 1)" server)" false
}

@test "--here: only the sessions of this project" {
	local here
	CWD=$BATS_TEST_TMPDIR/one
	mkdir -p "$CWD/.git" "$CWD/sub" "$BATS_TEST_TMPDIR/two/.git"
	CWD=$BATS_TEST_TMPDIR/one/sub
	present 1 >/dev/null
	CWD=$BATS_TEST_TMPDIR/two
	present 2 >/dev/null
	here=$(cd "$BATS_TEST_TMPDIR/one" && list --here --json | jq -r '.[].session_id')
	equal "sessions" "$here" "$(sid 1)"
	equal "without it" "$(list | wc -l)" 2
}

@test "the marks are shown: busy and idle, and since when" {
	present 1 >/dev/null
	equal "without a mark" "$(activity 1)" unknown
	marked 1 idle
	touch -d '5 minutes ago' "$STATE/activity/$(sid 1)"
	equal "mark" "$(activity 1)" idle
	equal "age" "$((($(date +%s) - $(listed "$(sid 1)" idle_since) + 5) / 60))" 5
	contains "$(list)" "  idle 5m  "
	touch -d '3 hours ago' "$STATE/activity/$(sid 1)"
	contains "$(list)" "  idle 3h  "
	touch -d '50 hours ago' "$STATE/activity/$(sid 1)"
	contains "$(list)" "  idle 2d  "
	marked 1 busy
	equal "mark" "$(activity 1) $(listed "$(sid 1)" idle_since)" "busy null"
	marked 1 nonsense
	[[ $(activity 1) =~ ^(unknown|busy)$ ]]
}

@test "right after Escape: the mark says busy, Claude Code's own file idle, and that counts" {
	present 1 >/dev/null
	marked_before 1 busy
	stated 1 idle
	equal "activity" "$(activity 1)" idle
	contains "$(list)" "  idle 1m  "
	stated 1 busy
	equal "activity" "$(activity 1)" busy
	stated 1 waiting
	equal "activity" "$(activity 1)" waiting
	marked_before 1 idle
	stated 1 shell
	equal "activity" "$(activity 1)" idle
	stated 1 something-new
	equal "activity" "$(activity 1)" idle
}

@test "a mark that is newer than what Claude Code's own file says counts" {
	present 1 >/dev/null
	stated 1 busy
	marked 1 idle
	equal "activity" "$(activity 1)" idle
	stated 1 waiting
	equal "activity" "$(activity 1)" idle
	marked_before 1 idle
	equal "activity" "$(activity 1)" waiting
}

@test "a status file of another process, another session, or none at all is not believed" {
	local file
	present 1 >/dev/null
	marked_before 1 busy
	stated 1 idle "$(sid 1)" 1
	equal "wrong procStart" "$(activity 1)" busy
	stated 1 idle "$(sid 2)"
	equal "another session" "$(activity 1)" busy
	stated 1 idle
	equal "the right one" "$(activity 1)" idle
	file=$HOME/.claude/sessions/${PID[1]}.json
	sed -i 's/"procStart":"\([0-9]*\)"/"procStart":"\1 "/' "$file"
	equal "not quite the ticks" "$(activity 1)" busy
	for text in '' '{' '[]' null '{"sessionId":1,"status":"idle"}' "{\"sessionId\":\"$(sid 1)\",\"status\":7}" \
		"$(letters 100000)"; do
		printf %s "$text" >"$file"
		equal "after '${text:0:50}'" "$(activity 1)" busy
	done
	rm "$file"
	mkfifo "$file"
	equal "a pipe" "$(activity 1)" busy
	rm "$file"
	ln -s /dev/zero "$file"
	equal "a device" "$(activity 1)" busy
}

@test "procStart in ticks, as Claude Code writes it, also as a number; and as ps prints it" {
	present 1 >/dev/null
	marked_before 1 busy
	stated 1 idle
	sed -i 's/"procStart":"\([0-9]*\)"/"procStart":\1/' "$HOME/.claude/sessions/${PID[1]}.json"
	equal "number" "$(activity 1)" idle
	need ps
	stated 1 idle "$(sid 1)" "$(LC_ALL=C ps -o lstart= -p "${PID[1]}" | sed 's/ *$//')"
	equal "as ps prints it" "$(activity 1)" idle
}

@test "waiting mail is counted over all boxes of the session" {
	present 1 >/dev/null
	register 999999991 "$(sid 1)"
	mail "$MAILBOXES/999999991.jsonl" "$(line "$(mid 1)" one)" "$(line "$(mid 2)" two)"
	mail "$(box 1)" garbage "$(line "$(mid 3)" three)"
	contains "$(list)" "  3 waiting  "
	equal "waiting" "$(listed "$(sid 1)" waiting)" 3
	# Looking takes nothing.
	equal "lines" "$(cat "$MAILBOXES"/*.jsonl | wc -l)" 4
}

@test "one's own session is marked" {
	present 1 >/dev/null
	present 2 >/dev/null
	equal "marks" "$(CLAUDE_CODE_SESSION_ID=$(sid 2) list | cut -c1-9)" " claude:1
*claude:2"
	equal "nobody's" "$(list | cut -c1)" " 
 "
}

@test "colours on a terminal only, and not with NO_COLOR" {
	present 1 >/dev/null
	present 2 >/dev/null
	present 3 >/dev/null
	marked 1 idle
	marked 2 busy
	stated 3 waiting
	lacks "$(list)" $'\e'
	run terminal "$BIN/peer list"
	contains "$output" $'\e[32midle'
	contains "$output" $'\e[33mbusy'
	contains "$output" $'\e[31mwaiting'
	equal "text" "$(sed 's/\x1b\[[0-9]*m//g' <<<"$output" | sed 's/ [0-9]*[sm] / T /')" "$(list | sed 's/ [0-9]*[sm] / T /')"
	NO_COLOR=1 run terminal "$BIN/peer list"
	lacks "$output" $'\e'
	run terminal "$BIN/peer list --json"
	lacks "$output" $'\e'
}

@test "a hostile presence file is harmless to a terminal, and --json stays JSON" {
	local birth
	agent
	birth=$(birth "$AGENT")
	presence 1 "$AGENT" "$birth" '/tmp/\u001b]0;x\u0007\r\n\u009b31m\u007f\u202e\ud800'
	sed -i 's/claude-code/a\\u001b[2J\\nb/' "$STATE/$OURS/sessions"/*
	link $'a\e[31m' "$AGENT $birth $(sid 1)"
	run list --all
	equal "lines" "${#lines[@]}" 1
	equal "controls" "$(LC_ALL=C tr -d ' -~\200-\377' <<<"$output")" ""
	lacks "$output" $'\xc2\x9b'
	list --json >"$BATS_TEST_TMPDIR/json"
	"$TESTBIN/json-check" "$BATS_TEST_TMPDIR/json"
}

@test "the longest working directory of nothing but control characters: --json stays JSON" {
	agent
	presence 1 "$AGENT" "$(birth "$AGENT")" "/$(printf '\\u0001%.0s' $(seq 4000))"
	presence 2 "$AGENT" "$(birth "$AGENT")" /x
	list --json >"$BATS_TEST_TMPDIR/json"
	equal "sessions" "$(jq length "$BATS_TEST_TMPDIR/json")" 2
	equal "lines" "$(list | wc -l)" 2
}

@test "presence files that are broken are passed over" {
	local folder=$STATE/$OURS/sessions birth
	present 1 >/dev/null
	birth=$(birth "${PID[1]}")
	: >"$folder/empty.json"
	printf '{"session_id":"%s"' "$(sid 2)" >"$folder/half.json"
	echo null >"$folder/null.json"
	echo '[]' >"$folder/array.json"
	printf '{"session_id":"../x","pid":%s,"birth":"%s"}' "${PID[1]}" "$birth" >"$folder/unsafe.json"
	printf '{"session_id":"a\\u0000b","pid":%s,"birth":"%s"}' "${PID[1]}" "$birth" >"$folder/nul.json"
	printf '{"session_id":"%s","pid":-1,"birth":"%s"}' "$(sid 3)" "$birth" >"$folder/minus.json"
	printf '{"session_id":"%s","pid":"%s","birth":"%s"}' "$(sid 4)" "${PID[1]}" "$birth" >"$folder/text.json"
	printf '{"session_id":"%s","pid":%s}' "$(sid 5)" "${PID[1]}" >"$folder/unborn.json"
	letters 100000 >"$folder/huge.json"
	mkdir "$folder/folder.json"
	mkfifo "$folder/pipe.json"
	ln -s /dev/zero "$folder/device.json"
	echo x >"$folder/.hidden.json"
	equal "sessions" "$(list --all --json | jq -r '.[].session_id')" "$(sid 1)"
}

@test "a pid that another process has now: dead" {
	agent
	presence 1 "$AGENT" "1@$(</proc/sys/kernel/random/boot_id)"
	presence 2 "$AGENT" "$(birth "$AGENT" | cut -d@ -f1)@00000000-0000-0000-0000-000000000000"
	presence 3 "$AGENT" ""
	equal "the living" "$(list)" ""
}

@test "numbers from a hostile presence file do no harm" {
	agent
	presence 1 "$AGENT" "$(birth "$AGENT")"
	sed -i 's/"started_at":[0-9]*/"started_at":-9223372036854775808,"ended_at":9223372036854775807/' "$STATE/$OURS/sessions"/*
	run list --all
	equal "status" "$status" 0
	list --all --json | jq -e length >/dev/null
}

@test "500 sessions: all are shown, sorted, within 2 seconds" {
	local birth n start
	agent
	birth=$(birth "$AGENT")
	(umask 077 && mkdir -p "$STATE/$OURS/sessions" "$STATE/$OURS/labels")
	for ((n = 1; n <= 500; n++)); do
		printf -v id '%08x-0000-4000-8000-000000000000' "$n"
		printf '{"session_id":"%s","pid":%s,"birth":"%s","agent":"claude-code","cwd":"%s","started_at":1}\n' \
			"$id" "$AGENT" "$birth" "$CWD" >"$STATE/$OURS/sessions/$n.json"
	done
	start=$(date +%s%N)
	list >"$BATS_TEST_TMPDIR/list"
	[ $(($(date +%s%N) - start)) -lt 2000000000 ]
	equal "lines" "$(wc -l <"$BATS_TEST_TMPDIR/list")" 500
	equal "order" "$(sed 's/.* //' "$BATS_TEST_TMPDIR/list" | sort -c && echo sorted)" sorted
}

@test "wrong usage: status 2" {
	local arguments
	for arguments in x --nonsense -j "--json x"; do
		run eval "list $arguments"
		equal "status of $arguments" "$status" 2
		contains "$output" "see 'peer list --help'"
	done
}
