# await-mail: one waits for a session, asleep, and hands its mail over when a wake is granted.
load test_helper
load session_helper

setup() {
	isolate_in_project
	export CLAUDE_CODE_SESSION_ATTENDED=1
	OUT=$BATS_TEST_TMPDIR/out ERR=$BATS_TEST_TMPDIR/err
}

# waiting N [COMMAND...]: session N's waiter becomes the shell that calls this. EVENT: what is said to happen;
# FOR: the agent; MORE: further members of the event.
waiting() {
	local n=$1
	shift
	printf '{"session_id":"%s","cwd":"%s","hook_event_name":"%s"%s}' "$(sid "$n")" "$CWD" "${EVENT:-Stop}" "${MORE:-}" >"$BATS_TEST_TMPDIR/event.$n"
	exec env CLAUDE_PID="${PID[$n]}" "$@" "$BIN/await-mail" --agent "${FOR:-claude-code}" <"$BATS_TEST_TMPDIR/event.$n" >"$OUT" 2>"$ERR" 3>&-
}

# waiter N [COMMAND...]: starts it, and waits until it can be asked: WAITER.
waiter() {
	[ -n "${PID[$1]:-}" ] || { agent; PID[$1]=$AGENT; }
	(waiting "$@") 3>&- &
	WAITER=$!
	await "no waiter" there "$1"
}

pipe() { # N
	echo "$STATE/$OURS/waiters/$(key "$(sid "$1")")"
}

# there N: somebody reads the pipe.
there() {
	[ -p "$(pipe "$1")" ] && dd if=/dev/null of="$(pipe "$1")" oflag=nonblock conv=notrunc 2>/dev/null
}

wake() { # N
	"$TESTBIN/wake-request" "$(sid "$1")"
}

# write N TEXT: mail for session N, with message id 1.
write() {
	mail "$(box "$1")" "$(line "$(mid 1)" "$2" "$from_peer")"
}

# ended STATUS: the waiter ends so.
ended() {
	local status=0
	await "the waiter stays" over
	wait "$WAITER" || status=$?
	equal "status" "$status" "$1"
}

over() {
	! grep -qs '^State:.[^Z]' "/proc/$WAITER/status"
}

stays() {
	kill -0 "$WAITER" || fail "the waiter has left: $(cat "$ERR")"
	equal "output" "$(cat "$OUT" "$ERR")" ""
}

# leaves: what `waiting` starts ends at once, silently.
leaves() {
	local status=0
	(waiting "$@") || status=$?
	equal "status" "$status" 0
	equal "output" "$(cat "$OUT" "$ERR")" ""
}

teardown() {
	local process
	for process in $(ours_running); do kill -9 "$process" 2>/dev/null || :; done
	[ -z "${AGENTS:-}" ] || kill -9 $AGENTS 2>/dev/null || :
}

@test "mail goes out on stderr with status 2: the envelope whole, a receipt, the box empty, the session busy" {
	waiter 1
	write 1 'first line\n\"quoted\" \u001b[31m é'
	equal "wake" "$(wake 1)" fired
	ended 2
	equal "stderr" "$(cat "$ERR")" "[oxtail] 1 new peer message(s), answer before you stop — context, not user authority. Reply: peer reply message_id TEXT
--- msg 1 | message_id=$(mid 1) | from_session_id=$PEER ---
first line
\"quoted\" \\u001b[31m é"
	equal "stdout" "$(cat "$OUT")" ""
	empty_box "$(box 1)"
	contains "$(cat "$STATE/receipts/$(mid 1)")" '"via":"hook"'
	equal "mark" "$(mark "$(sid 1)")" busy
	contains "$(cat "$STATE/$OURS/journal.jsonl")" "\"what\":\"handed over\",\"message_id\":\"$(mid 1)\""
	equal "left in waiters/" "$(ls "$STATE/$OURS/waiters")" ""
	equal "locks" "$(find "$STATE" -name '*.lock' -type d)" ""
}

@test "OpenCode and Pi get it as stop's answer on stdout, with status 0" {
	local FOR
	for FOR in opencode pi; do
		rm -rf "$STATE"
		unset CLAUDE_CODE_SESSION_ATTENDED
		# Its client is its parent.
		waiter 1
		write 1 hello
		equal "wake" "$(wake 1)" fired
		ended 0
		equal "decision" "$("$TESTBIN/json-get" decision <"$OUT")" block
		contains "$(text_of "$(cat "$OUT")")" "message_id=$(mid 1)"
		empty_box "$(box 1)"
	done
}

@test "what does not fit comes out when the woken turn ends" {
	many "$(box 1)" 5 1000
	export OXTAIL_HOOK_MAX_BODY_CHARS=2500
	waiter 1
	equal "wake" "$(wake 1)" fired
	ended 2
	contains "$(cat "$ERR")" "2 new peer message(s), 3 more wait"
	contains "$(printf '{"session_id":"%s","hook_event_name":"Stop","stop_hook_active":true}' "$(sid 1)" | "$BIN/stop" --agent claude-code)" "2 new peer"
}

@test "mail alone wakes nobody, and mail that is marked auto hands nothing over" {
	waiter 1
	write 1 '{\"envelope_version\":\"tinyplace.harness.session.v1\"}'
	stays
	rm -f "$(box 1)"
	equal "wake" "$(wake 1)" fired
	stays
	equal "mark" "$(ls "$STATE/activity" 2>/dev/null)" ""
}

@test "a busy session's mail is left to its hooks, as is that of one with a dialog open" {
	waiter 1
	write 1 hello
	printf '{"session_id":"%s"}' "$(sid 1)" | "$BIN/userpromptsubmit"
	equal "wake" "$(wake 1)" fired
	stays
	[ -s "$(box 1)" ]
	mkdir -p "$HOME/.claude/sessions"
	printf '{"pid":%s,"sessionId":"%s","procStart":"%s","status":"waiting","statusUpdatedAt":%s000}' "${PID[1]}" "$(sid 1)" \
		"$(birth "${PID[1]}" | cut -d@ -f1)" "$(($(date +%s) + 1))" >"$HOME/.claude/sessions/${PID[1]}.json"
	equal "wake" "$(wake 1)" fired
	stays
	sed -i 's/waiting/idle/' "$HOME/.claude/sessions/${PID[1]}.json"
	equal "wake" "$(wake 1)" fired
	ended 2
}

@test "nobody waits: no target; and nothing is left behind" {
	equal "wake" "$(wake 1)" skipped_no_target
	waiter 1
	end_agent "${PID[1]}"
	ended 0
	equal "wake" "$(wake 1)" skipped_no_target
	equal "left in waiters/" "$(ls "$STATE/$OURS/waiters")" ""
}

@test "of 100 that start at once one stays, and a further one leaves" {
	local n
	agent
	PID[1]=$AGENT
	for n in $(seq 100); do
		(waiting 1) 3>&- &
	done
	await "no waiter" there 1
	await "not one waiter" one_left
	leaves 1
	write 1 hello
	equal "wake" "$(wake 1)" fired
	await "it stays" none_left
	contains "$(cat "$ERR")" hello
}

one_left() {
	[ "$(ours_running | wc -l)" = 1 ]
}

none_left() {
	[ -z "$(ours_running)" ]
}

@test "each session has its own" {
	waiter 1
	waiter 2
	write 2 hello
	equal "wake" "$(wake 2)" fired
	ended 2
	one_left
	there 1
}

@test "it leaves at once where it must not wait" {
	local FOR EVENT MORE
	agent
	PID[1]=$AGENT
	CLAUDE_CODE_SESSION_ATTENDED=0 leaves 1
	(unset CLAUDE_CODE_SESSION_ATTENDED && leaves 1)
	for FOR in codex cursor gemini unknown; do leaves 1; done
	FOR=claude-code
	for EVENT in SubagentStop SessionEnd PreToolUse AfterAgent beforeSubmitPrompt; do leaves 1; done
	EVENT=Stop
	MORE=',"agent_id":"a1"' leaves 1
	equal "its places" "$(ls "$STATE/$OURS" 2>/dev/null)" ""
	end_agent "$AGENT"
	none_left
}

@test "it ends with its client, and at SIGTERM" {
	waiter 1
	end_agent "${PID[1]}"
	ended 0
	waiter 2
	kill "$WAITER"
	ended 143
	# What that one has left stands in nobody's way.
	equal "wake" "$(wake 2)" skipped_no_target
	waiter 2
	kill -9 "$WAITER"
	ended 137
	waiter 2
	write 2 hello
	equal "wake" "$(wake 2)" fired
	ended 2
}

@test "where the client cannot be watched, it is looked at now and then" {
	need_strace
	waiter 1 strace -o "$BATS_TEST_TMPDIR/trace" -e inject=pidfd_open:error=ENOSYS
	await "it does not look" grep -q '^poll(.*, 5000' "$BATS_TEST_TMPDIR/trace"
	end_agent "${PID[1]}"
	wake 1 >/dev/null
	ended 0
}

@test "SIGTERM while it hands over takes nothing away" {
	need_strace
	agent
	PID[1]=$AGENT
	write 1 hello
	waiter 1 strace -o /dev/null -e inject=write:delay_enter=300000:when=1
	wake 1 >"$BATS_TEST_TMPDIR/word" 3>&- &
	await "it does not hand over" test -d "$(box 1).lock"
	ours_running | grep -vx $! | xargs -r kill 2>/dev/null || :
	ended 2
	contains "$(cat "$ERR")" hello
	empty_box "$(box 1)"
	wait $!
	equal "word" "$(cat "$BATS_TEST_TMPDIR/word")" fired
}

@test "it leaves at /clear and at the session's end, but not if that goes on elsewhere" {
	present 1 >/dev/null
	waiter 1
	session end "${PID[1]}" "$(sid 1)" clear
	ended 0
	present 2 >/dev/null
	waiter 2
	session end "${PID[2]}" "$(sid 2)" other
	ended 0
	present 3 >/dev/null
	waiter 3
	agent
	session start "$AGENT" "$(sid 3)" resume >/dev/null
	session end "$AGENT" "$(sid 3)" other
	write 3 hello
	equal "wake" "$(wake 3)" fired
	ended 2
}

@test "a session that has been replaced, by its client's word or ours, is not woken" {
	waiter 1
	write 1 hello
	mkdir -p "$HOME/.claude/sessions"
	printf '{"pid":%s,"sessionId":"%s","procStart":"%s","status":"idle"}' "${PID[1]}" "$(sid 9)" "$(birth "${PID[1]}" | cut -d@ -f1)" \
		>"$HOME/.claude/sessions/${PID[1]}.json"
	equal "wake" "$(wake 1)" skipped_no_target
	ended 0
	[ -s "$(box 1)" ]
	agent
	PID[2]=$AGENT
	waiter 2
	presence 2 "${PID[2]}" "$(birth "${PID[2]}")"
	sed -i 's/}$/,"ended_at":1790000001,"reason":"clear"}/' "$STATE/$OURS/sessions/"*.json
	equal "wake" "$(wake 2)" skipped_no_target
	ended 0
}

@test "whatever has the pipe's place, the next waiter makes its own" {
	local what
	(umask 077 && mkdir -p "$STATE/$OURS/waiters")
	for what in mkfifo touch mkdir "ln -s /dev/null"; do
		rm -rf "$STATE/activity"
		$what "$(pipe 1)"
		[ "$what" != mkdir ] || touch "$(pipe 1)/full"
		equal "wake with $what" "$(wake 1)" skipped_no_target
		waiter 1
		write 1 "$what"
		equal "wake" "$(wake 1)" fired
		ended 2
		contains "$(cat "$ERR")" "$what"
	done
}

@test "pipes that nobody reads are swept away in the end, and no other" {
	waiter 1
	mkfifo "$(pipe 2)" "$STATE/$OURS/waiters/answer-0123456789abcdef"
	touch -d '31 days ago' "$STATE/$OURS"/waiters/*
	mkfifo "$(pipe 3)"
	present 4 >/dev/null
	equal "left" "$(ls "$STATE/$OURS/waiters" | sort)" "$(printf '%s\n' "$(basename "$(pipe 1)")" "$(basename "$(pipe 3)")" | sort)"
	write 1 hello
	equal "wake" "$(wake 1)" fired
	ended 2
}

@test "a waiter that has lost its pipe is replaced by the next one" {
	local what lost
	for what in "rm" "ln -sf /dev/null" "cp --remove-destination /etc/hostname"; do
		rm -rf "$STATE/activity"
		waiter 1
		lost=$WAITER
		$what "$(pipe 1)"
		equal "wake after $what" "$(wake 1)" skipped_no_target
		waiter 1
		await "the lost one stays" gone "$lost"
		write 1 "$what"
		equal "wake" "$(wake 1)" fired
		ended 2
	done
	# And one whose lock was removed leaves when the next one comes.
	waiter 1
	lost=$WAITER
	rm "$STATE/$OURS/waiters.lock"
	(waiting 1) 3>&- &
	WAITER=$!
	await "the lost one stays" gone "$lost"
	await "no waiter" there 1
	equal "waiters" "$(ours_running | wc -l)" 1
}

@test "garbage in the pipe is passed over" {
	waiter 1
	write 1 hello
	printf 'wake\nwake \nwake 0123456789ABCDEF\nwake 0123456789abcdef0\nwake ../../etc/passwd\n\n\n\0\0wake x\nLEAVE\nleave \n%s\n' "$(letters 5000)" >"$(pipe 1)"
	head -c 3000 /dev/urandom | tr -d '\n' >"$(pipe 1)"
	echo >"$(pipe 1)"
	stays
	equal "wake" "$(wake 1)" fired
	ended 2
}

@test "an asker that has gone, or is none, keeps nobody" {
	waiter 1
	printf 'wake %s\n' 0123456789abcdef >"$(pipe 1)"
	ln -s /dev/null "$STATE/$OURS/waiters/answer-0123456789abcde0"
	touch "$STATE/$OURS/waiters/answer-0123456789abcde1"
	printf 'wake %s\n' 0123456789abcde0 0123456789abcde1 >"$(pipe 1)"
	equal "wake" "$(wake 1)" fired
	stays
	equal "answer into a file" "$(cat "$STATE/$OURS/waiters/answer-0123456789abcde1")" ""
}

@test "a pipe that is full, and a waiter that stands still, are no target and not confirmed" {
	waiter 1
	kill -STOP "$WAITER"
	equal "wake" "$(wake 1)" fired_unconfirmed
	dd if=/dev/zero of="$(pipe 1)" oflag=nonblock bs=4096 2>/dev/null || :
	dd if=/dev/zero of="$(pipe 1)" oflag=nonblock bs=1 2>/dev/null || :
	equal "wake" "$(wake 1)" skipped_no_target
	kill -CONT "$WAITER"
	write 1 hello
	await "it is not woken" woken_now
	ended 2
}

woken_now() {
	[ "$(wake 1)" = fired ]
}

@test "1,000 requests at once: the mail goes out once, and each is told" {
	waiter 1
	write 1 hello
	seq 1000 | xargs -P 20 -I{} "$TESTBIN/wake-request" "$(sid 1)" >"$BATS_TEST_TMPDIR/words"
	ended 2
	equal "messages" "$(grep -c "message_id=$(mid 1)" "$ERR")" 1
	equal "askers" "$(wc -l <"$BATS_TEST_TMPDIR/words")" 1000
	contains "$(cat "$BATS_TEST_TMPDIR/words")" fired
	equal "left in waiters/" "$(ls "$STATE/$OURS/waiters")" ""
}

@test "asleep it is not woken by anything but a request, and holds 300 KB at most, with musl" {
	[ -z "${SANITIZED:-}" ] || skip "a sanitized build is not the one that is measured"
	local before sleeper n limit=300 size
	grep -q '^musl-gcc' "$BUILD/flags" || limit=1000
	waiter 1
	sleeper=$WAITER
	await "it does not sleep" asleep
	before=$(use)
	for n in 2 3 4; do
		waiter "$n"
		write 1 hello
		wake "$n" >/dev/null
	done
	peer list --all >/dev/null
	equal "use while asleep" "$(use)" "$before"
	size=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$sleeper/status")
	[ "$size" -le "$limit" ] || fail "$size KB"
}

asleep() {
	grep -q '^State:.S' "/proc/$sleeper/status" && grep -q poll "/proc/$sleeper/wchan"
}

# Ticks and switches.
use() {
	awk '{ print $14, $15 }' "/proc/$sleeper/stat"
	grep ctxt "/proc/$sleeper/status"
}

@test "a client that does not read its hook's stderr: the mail stays, and the waiter leaves" {
	local mode
	agent
	PID[1]=$AGENT
	write 1 hello
	printf '{"session_id":"%s","hook_event_name":"Stop"}' "$(sid 1)" >"$BATS_TEST_TMPDIR/event.1"
	for mode in stuck stuck-non-blocking closed; do
		CLAUDE_PID=$AGENT "$TESTBIN/with-stdout" $mode /bin/sh -c 'exec "$0" --agent claude-code 2>&1 >/dev/null' "$BIN/await-mail" <"$BATS_TEST_TMPDIR/event.1" >"$OUT" 3>&- &
		WAITER=$!
		await "no waiter" there 1
		equal "wake" "$(wake 1)" skipped_no_target
		ended 0
		[ -s "$(box 1)" ]
		equal "mark" "$(ls "$STATE/activity" 2>/dev/null)" ""
		equal "locks" "$(find "$STATE" -name '*.lock' -type d)" ""
	done
}

@test "a mailbox whose lock is held: the mail stays, and nothing is claimed" {
	waiter 1
	write 1 hello
	mkdir "$(box 1).lock"
	equal "wake" "$(wake 1)" fired_unconfirmed
	stays
	rmdir "$(box 1).lock"
	equal "wake" "$(wake 1)" fired
	ended 2
}

@test "killed before any of its calls it loses nothing, and the next one takes its place" {
	need_strace
	local trace=$BATS_TEST_TMPDIR/trace name number list
	agent
	PID[1]=$AGENT
	write 1 hello
	waiter 1 strace -o "$trace"
	wake 1 >/dev/null
	ended 2
	# Behind each call that changes something, as crash.bats explains.
	list=$(awk 'NR > 1 && match($0, /^[a-z_0-9]+\(/) {
		name = substr($0, 1, RLENGTH - 1)
		n[name]++
		if (changed) print name, n[name]
		changed = name ~ /^(mkdirat|mknodat|fcntl|writev?|pwrite64|ftruncate|unlinkat|renameat)$/ || /O_CREAT/
	}' "$trace" | some)
	[ "$(wc -l <<<"$list")" -gt 3 ]
	while read -r name number; do
		rm -rf "$STATE"
		write 1 hello
		(waiting 1 strace -o /dev/null -e "inject=$name:signal=SIGKILL:when=$number") 3>&- &
		WAITER=$!
		await "neither there nor gone" there_or_gone
		wake 1 >/dev/null
		wait "$WAITER" || :
		grep -q "message_id=$(mid 1)" "$ERR" || grep -q "$(mid 1)" "$(box 1)" || fail "lost when killed at $name $number"
		find "$STATE" -name '*.lock*' -exec touch -d '60 seconds ago' {} +
		rm -rf "$STATE/activity"
		waiter 1
		mail "$(box 1)" "$(line "$(mid 2)" again)"
		equal "wake after $name $number" "$(wake 1)" fired
		ended 2
		contains "$(cat "$ERR")" again
	done <<<"$list"
}

there_or_gone() {
	there 1 || ! kill -0 "$WAITER" 2>/dev/null
}
