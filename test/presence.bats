# Sessions as they come, go on under another id, die and come again: label, presence and mail go
# along, and no two are ever taken for each other.
load test_helper
load session_helper

# records: the sessions that have a record of presence, sorted; but for those that say which session
# has taken their place.
records() {
	jq -r 'select(.successor | not) | .session_id' "$STATE/$OURS/sessions/"*.json 2>/dev/null | sort
}

# nothing_left_of N: no presence, label or registry entry stands for the session.
nothing_left_of() {
	lacks "$(records)" "$(sid "$1")"
	lacks "$(find "$STATE/$OURS/labels" -type l -printf '%l\n')" "$(sid "$1")"
	lacks "$(cat "$STATE/sessions/"*.json 2>/dev/null)" "$(sid "$1")"
}

# files: what stands for sessions, of whatever kind.
files() {
	find "$STATE/sessions" "$STATE/$OURS/sessions" "$STATE/$OURS/labels" "$HOME/.syntaur" ! -type d
}

@test "a session that starts has a record of presence, with these members" {
	present 1 >/dev/null
	equal "record" "$(jq -c 'del(.started_at)' "$STATE/$OURS/sessions/"*.json)" \
		"{\"session_id\":\"$(sid 1)\",\"pid\":${PID[1]},\"birth\":\"$(birth "${PID[1]}")\",\"agent\":\"claude-code\",\"cwd\":\"$CWD\"}"
	equal "modes" "$(stat -c %a "$STATE/$OURS/sessions" "$STATE/$OURS/sessions/"*.json | tr '\n' ' ')" "700 600 "
}

# goes_on REASON [unseen]: session 1 becomes session 2 in the same process.
goes_on() {
	TINYPLACE_SESSION_LABEL=mine present 1 >/dev/null
	peer send mine before >/dev/null
	[ -n "${2:-}" ] || session end "${PID[1]}" "$(sid 1)" "$1"
	peer send "$(sid 1)" between >/dev/null
	session start "${PID[1]}" "$(sid 2)" "$1" >/dev/null
	equal "label" "$(label_of 2)" mine
	equal "labels" "$(labels)" mine
	equal "records" "$(records)" "$(sid 2)"
	equal "process" "$(listed "$(sid 2)" pid)" "${PID[1]}"
	nothing_left_of 1
	equal "mail" "$(bodies 1)$(bodies 2 | tr '\n' ' ')" "before between "
	# Who writes to the label, or to the id that it had, reaches it.
	peer send mine after >/dev/null
	peer send "$(sid 1)" by-its-old-id >/dev/null
	equal "then" "$(bodies 2 | tail -n 2 | tr '\n' ' ')" "after by-its-old-id "
	run drained 2
	for text in before between after by-its-old-id; do contains "$output" "$text"; done
	session end "${PID[1]}" "$(sid 2)" logout
	equal "files at the end" "$(files)" ""
}

@test "/clear, and /resume of the first one: it has label and mail again" {
	goes_there_and_back
	peer send "$(sid 2)" by-the-other-id >/dev/null
	peer send "$(sid 1)" by-its-own-id >/dev/null
	equal "mail" "$(bodies 1 | tr '\n' ' ')$(bodies 2)" "one two by-the-other-id by-its-own-id "
	drained 1 >/dev/null
	session end "${PID[1]}" "$(sid 1)" logout
	equal "files at the end" "$(files)" ""
}

# goes_there_and_back: session 1, then 2, then 1 again, in one process.
goes_there_and_back() {
	TINYPLACE_SESSION_LABEL=mine present 1 >/dev/null
	peer send mine one >/dev/null
	session end "${PID[1]}" "$(sid 1)" clear
	session start "${PID[1]}" "$(sid 2)" clear >/dev/null
	peer send mine two >/dev/null
	session end "${PID[1]}" "$(sid 2)" resume
	session start "${PID[1]}" "$(sid 1)" resume >/dev/null
	equal "label" "$(label_of 1)" mine
	equal "records" "$(records)" "$(sid 1)"
}

@test "/clear: label, presence and waiting mail go along to the new id" {
	goes_on clear
}

@test "/resume in the same process: label, presence and waiting mail go along" {
	goes_on resume
}

@test "/clear whose SessionEnd was never seen: the same" {
	goes_on clear unseen
}

@test "/clear many times: one label, one record, all the mail" {
	local n
	present 1 >/dev/null
	for n in 1 2 3 4 5 6; do
		peer send claude:1 "text $n" >/dev/null
		session end "${PID[1]}" "$(sid "$n")" clear
		session start "${PID[1]}" "$(sid $((n + 1)))" clear >/dev/null
	done
	equal "label" "$(labels) $(label_of 7)" "claude:1 claude:1"
	equal "records" "$(records)" "$(sid 7)"
	equal "mail" "$(bodies 7)" "$(printf 'text %s\n' 1 2 3 4 5 6)"
}

@test "between SessionEnd and the next start nobody takes the label" {
	TINYPLACE_SESSION_LABEL=mine present 1 >/dev/null
	session end "${PID[1]}" "$(sid 1)" clear
	TINYPLACE_SESSION_LABEL=mine present 2 >/dev/null
	equal "label" "$(label_of 2)" claude:1
	session start "${PID[1]}" "$(sid 3)" clear >/dev/null
	equal "label" "$(label_of 3)" mine
}

@test "a session that ends takes away what is its own, and its mail stays" {
	present 1 >/dev/null
	present 2 >/dev/null
	peer send claude:1 hello >/dev/null
	session end "${PID[1]}" "$(sid 1)" logout
	equal "labels" "$(labels)" claude:2
	equal "mail" "$(bodies 1)" hello
	session start "${PID[1]}" "$(sid 1)" startup >/dev/null
	contains "$(drained 1)" hello
	session end "${PID[1]}" "$(sid 1)" logout
	nothing_left_of 1
}

@test "kill -9, and the same session in a new process: one record, the same label, all mail" {
	local first
	TINYPLACE_SESSION_LABEL=mine present 1 >/dev/null
	first=${PID[1]}
	peer send mine before >/dev/null
	end_agent "$first"
	peer send "$(sid 1)" meanwhile >/dev/null
	equal "alive" "$(listed "$(sid 1)" alive)" false
	present 1 >/dev/null
	equal "records" "$(ls "$STATE/$OURS/sessions")" "$(key "$(sid 1)").${PID[1]}.json"
	equal "label" "$(label_of 1) $(labels)" "mine mine"
	[ ! -e "$STATE/sessions/$first.json" ]
	run drained 1
	contains "$output" before
	contains "$output" meanwhile
}

# at_once COUNT: that many sessions start at once in one directory, each sends every other one, by
# label, a text of its own, and gets what is for it.
at_once() {
	local n m jobs="" count=$1 name=()
	for n in $(seq "$count"); do
		agent
		PID[n]=$AGENT
	done
	for n in $(seq "$count"); do
		session start "${PID[n]}" "$(sid "$n")" startup >/dev/null 3>&- &
		jobs+=" $!"
	done
	wait $jobs
	equal "records" "$(records | wc -l)" "$count"
	equal "labels" "$(labels | wc -l)" "$count"
	for n in $(seq "$count"); do name[n]=$(label_of "$n"); done
	jobs=""
	for n in $(seq "$count"); do
		m=$((n % count + 1))
		CLAUDE_CODE_SESSION_ID=$(sid "$n") peer send "${name[m]}" "from $n to $m." >/dev/null 3>&- &
		jobs+=" $!"
	done
	wait $jobs
	for n in $(seq "$count"); do
		m=$(((n + count - 2) % count + 1))
		text_of "$(drained "$n")" >"$BATS_TEST_TMPDIR/text"
		equal "mail of $n" "$(grep '^from ' "$BATS_TEST_TMPDIR/text")" "from $m to $n."
		contains "$(cat "$BATS_TEST_TMPDIR/text")" "from_session_id=$(sid "$m")"
		equal "ids in it" "$(grep -oE '0000[0-9a-f]{4}-0000-4000' "$BATS_TEST_TMPDIR/text" | sort -u | wc -l)" 1
	done
}

@test "two sessions in one directory never see each other's id, label or mail" {
	at_once 2
}

@test "twenty sessions in one directory never see each other's id, label or mail" {
	at_once 20
}

@test "one that ends does not touch the other's label, presence or mail, in the same directory" {
	local before
	present 1 >/dev/null
	present 2 >/dev/null
	peer send claude:2 hello >/dev/null
	before=$(cd "$STATE" && find . -path "*$(sid 2)*" -printf '%p %i %s\n' | sort)
	session end "${PID[1]}" "$(sid 1)" logout
	equal "what is 2's" "$(cd "$STATE" && find . -path "*$(sid 2)*" -printf '%p %i %s\n' | sort)" "$before"
	equal "label" "$(label_of 2)" claude:2
	contains "$(drained 2)" hello
	# Nor does an end under a foreign id, from another process.
	session end "${PID[1]}" "$(sid 2)" logout
	equal "label" "$(label_of 2)" claude:2
	equal "records" "$(records)" "$(sid 2)"
}

@test "a new process with a dead one's pid gets nothing that is the dead one's" {
	agent
	presence 1 "$AGENT" "1@$(</proc/sys/kernel/random/boot_id)"
	link mine "$AGENT 1@$(</proc/sys/kernel/random/boot_id) $(sid 1)"
	mail "$(box 1)" "$(line "$(mid 1)" secret)"
	session start "$AGENT" "$(sid 2)" startup >/dev/null
	equal "label" "$(label_of 2)" claude:1
	equal "mail" "$(bodies 1)$(bodies 2)" secret
}

# start_failing CALL ERROR: session 1 starts while that call fails for the first time.
start_failing() {
	agent
	PID[1]=$AGENT
	printf '{"session_id":"%s","cwd":"%s","hook_event_name":"SessionStart","source":"startup"}' "$(sid 1)" "$CWD" |
		CLAUDE_PID=$AGENT strace -o /dev/null -e "inject=$1:error=$2:when=$3" "$BIN/session-start" --agent claude-code
}

@test "labels trap 13: the first write fails, a later one works: nothing is left at the end" {
	need_strace
	local call number
	for call in renameat symlinkat write; do
		for number in 1 2 3; do
			start_failing "$call" ENOSPC "$number"
			equal "left over after $call $number" "$(find "$STATE" -name '.tmp*')" ""
			session start "${PID[1]}" "$(sid 1)" compact >/dev/null
			equal "records" "$(records)" "$(sid 1)"
			equal "label" "$(label_of 1)" claude:1
			session end "${PID[1]}" "$(sid 1)" logout
			nothing_left_of 1
			equal "labels" "$(labels)" ""
			equal "files" "$(files)" ""
		done
	done
}

@test "labels trap 14: no process of ours is left, after whatever command" {
	local n
	present 1 >/dev/null
	present 2 >/dev/null
	for n in 1 2 3; do
		peer send claude:2 hello >/dev/null
		peer send --hold nobody hello >/dev/null
		peer send nobody hello >/dev/null 2>&1 || :
		"$BIN/peer" list >/dev/null
		"$BIN/peer" label --session-id "$(sid 1)" "name-$n" >/dev/null
		"$BIN/peer" held >/dev/null
		"$BIN/peer" inbox --session "$(sid 1)" >/dev/null
		drained 2 >/dev/null
		session start "${PID[1]}" "$(sid 1)" compact >/dev/null
	done
	session end "${PID[2]}" "$(sid 2)" logout
	equal "processes" "$(ours_running)" ""
}

@test "labels trap 14: a tmux that dies at once is started once by a command, and by no hook" {
	local started=$BATS_TEST_TMPDIR/started
	mkdir "$BATS_TEST_TMPDIR/path"
	printf '#!/bin/sh\necho x >>%s\nexit 1\n' "$started" >"$BATS_TEST_TMPDIR/path/tmux"
	chmod +x "$BATS_TEST_TMPDIR/path/tmux"
	PATH=$BATS_TEST_TMPDIR/path:$PATH
	present 1 >/dev/null
	drained 1 >/dev/null
	session end "${PID[1]}" "$(sid 1)" logout
	[ ! -e "$started" ]
	run peer send somebody hello
	equal "starts" "$(wc -l <"$started")" 1
}

@test "labels trap 17: a test that fails leaves no process behind" {
	mkdir "$BATS_TEST_TMPDIR/inner"
	cp "$ROOT/test/"*_helper.bash "$BATS_TEST_TMPDIR/inner"
	cat >"$BATS_TEST_TMPDIR/inner/x.bats" <<-END
		load test_helper
		load session_helper
		at-test "fails" {
			present 1 >/dev/null
			echo "\$AGENT" >"$BATS_TEST_TMPDIR/pid"
			false
		}
	END
	# Else this file's own reader would take it for one of its cases.
	sed -i 's/at-test/@test/' "$BATS_TEST_TMPDIR/inner/x.bats"
	run env -u BATS_TMPDIR bats "$BATS_TEST_TMPDIR/inner/x.bats" 3>&-
	equal "status" "$status" 1
	await "its agent is still there" gone "$(cat "$BATS_TEST_TMPDIR/pid")"
}
