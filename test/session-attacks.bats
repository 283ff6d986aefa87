# What attacks on sessions have found, each mended and kept as a case.
load test_helper
load session_helper


# in_codex: runs it in a shell whose parent, no shell, is the agent's process.
in_codex() {
	cat >"$BATS_TEST_TMPDIR/codex" <<-END
		load() { :; }
		BATS_TEST_DIRNAME=$BATS_TEST_DIRNAME BATS_TEST_TMPDIR=$BATS_TEST_TMPDIR
		. "$BATS_TEST_DIRNAME/test_helper.bash"; . "$BATS_TEST_DIRNAME/session_helper.bash"
		HOME=$HOME STATE=$STATE MAILBOXES=$MAILBOXES BIN=$BIN CWD=$CWD
		event() {
			local name=SessionStart member=source hook=session-start
			[ "\$1" = start ] || { name=SessionEnd member=reason hook=session-end; }
			mkdir -p "\${4:-\$CWD}"
			printf '{"session_id":"%s","cwd":"%s","hook_event_name":"%s","%s":"%s"}' "\$(sid "\$2")" "\${4:-\$CWD}" "\$name" "\$member" "\$3" |
				"\$BIN/\$hook" --agent codex >/dev/null
		}
		$(cat)
	END
	find "$HOME" -maxdepth 0 -exec bash "$BATS_TEST_TMPDIR/codex" \;
}

@test "mail that could not be moved at /clear comes along at the next start" {
	present 1 >/dev/null
	peer send claude:1 waiting >/dev/null
	mkdir "$(box 1).lock"
	session end "${PID[1]}" "$(sid 1)" clear
	session start "${PID[1]}" "$(sid 2)" clear
	equal "moved" "$(bodies 2)" ""
	rmdir "$(box 1).lock"
	session start "${PID[1]}" "$(sid 2)" compact
	equal "moved then" "$(bodies 2)" waiting
}

@test "mail that could never be moved is listed, as of a session that has ended, when the process ends" {
	present 1 >/dev/null
	peer send claude:1 waiting >/dev/null
	mkdir "$(box 1).lock"
	session end "${PID[1]}" "$(sid 1)" clear
	session start "${PID[1]}" "$(sid 2)" clear
	session end "${PID[1]}" "$(sid 2)" other
	equal "shown" "$(listed "$(sid 1)" lifecycle) $(listed "$(sid 1)" waiting)" "ended 1"
	equal "all that is listed" "$("$BIN/peer" list --all | wc -l)" 1
}

@test "at /clear all of a mailbox comes along, also what is beyond 4 MB" {
	present 1 >/dev/null
	many "$(box 1)" 700 8000
	session end "${PID[1]}" "$(sid 1)" clear
	session start "${PID[1]}" "$(sid 2)" clear
	equal "messages" "$(bodies 2 | wc -l)" 700
	empty_box "$(box 1)"
}

@test "senders by label while the session is cleared again and again: nothing is lost" {
	local n=1 sender pids=()
	present 1 >/dev/null
	cd "$CWD"
	for sender in 1 2 3; do
		for _ in $(seq 1 15); do
			# Between an end and the next start nobody has the label.
			until "$BIN/peer" send claude:1 "from $sender" 2>/dev/null; do :; done
		done >"$BATS_TEST_TMPDIR/sent.$sender" &
		pids+=($!)
	done
	while kill -0 "${pids[@]}" 2>/dev/null; do
		session end "${PID[1]}" "$(sid "$n")" clear
		n=$((n + 1))
		session start "${PID[1]}" "$(sid "$n")" clear
	done
	wait
	session start "${PID[1]}" "$(sid "$n")" compact
	cut -d' ' -f1 "$BATS_TEST_TMPDIR"/sent.* | sort >"$BATS_TEST_TMPDIR/announced"
	equal "announced" "$(wc -l <"$BATS_TEST_TMPDIR/announced")" 45
	equal "announced and not there" "$(jq -r .id "$(box "$n")" | sort | comm -23 "$BATS_TEST_TMPDIR/announced" -)" ""
}

@test "a start does not slow down with each /clear: the records of what was before are few" {
	local n
	present 1 >/dev/null
	for n in $(seq 1 30); do
		session end "${PID[1]}" "$(sid "$n")" clear
		session start "${PID[1]}" "$(sid $((n + 1)))" clear
	done
	[ "$(ls "$STATE/$OURS/sessions" | wc -l)" -le 10 ]
	peer send "$(sid 25)" "to one of the last" >/dev/null
	equal "reached" "$(bodies 31)" "to one of the last"
}

@test "the same session in two terminals: /clear in one does not take the other's mail" {
	present 1 >/dev/null
	agent
	session start "$AGENT" "$(sid 1)" resume >/dev/null
	peer send claude:2 "for the second terminal" >/dev/null
	session end "${PID[1]}" "$(sid 1)" clear
	session start "${PID[1]}" "$(sid 2)" clear >/dev/null
	equal "taken" "$(bodies 2)" ""
	contains "$(drained 1)" "for the second terminal"
	[ -e "$STATE/session-starts/$(sid 1)" ]
}

@test "in a process of many sessions an unrelated one takes neither label nor mail of one that was cleared" {
	in_codex <<-'END'
		event start 1 startup
		cd "$CWD"
		"$BIN/peer" send --from "$(sid 9)" "$(sid 1)" "secret" >/dev/null
		event end 1 clear
		event start 3 startup "$HOME/elsewhere"
		event start 2 clear
		echo "$(listed "$(sid 3)" label) $(listed "$(sid 2)" label)" >"$HOME/labels"
	END
	equal "labels of the unrelated one and of the next" "$(cat "$HOME/labels")" "codex:2 codex:1"
	equal "mail of the unrelated one" "$(bodies 3)" ""
	equal "mail of the next" "$(bodies 2)" secret
}

@test "a marker that names none, since its process ran several, goes with the last of them" {
	in_codex <<-'END'
		event start 1 startup
		event start 2 startup
		ls "$HOME/.syntaur/runtime/sessions" >"$HOME/markers"
		event end 1 other
		event end 2 other
	END
	equal "markers while they ran" "$(wc -l <"$HOME/markers")" 1
	equal "markers" "$(ls "$HOME/.syntaur/runtime/sessions")" ""
}

@test "a pid that is used again: the dead one's entry goes, its mail goes to the dead one's session" {
	local stale="Mon Jan  1 00:00:00 2001"
	agent
	register "$AGENT" "$(sid 7)"
	sed -i "s/  \"started_at\"/  \"proc_sig\": \"$stale\",\n&/" "$STATE/sessions/$AGENT.json"
	mail "$MAILBOXES/$AGENT.jsonl" "$(line "$(mid 1)" "for the dead" "$from_peer")"
	session start "$AGENT" "$(sid 1)" startup
	equal "entry" "$(jq -r .client.session_id "$STATE/sessions/$AGENT.json")" "$(sid 1)"
	equal "mail of the new one" "$(drained 1)" ""
	equal "mail of the dead one" "$(bodies 7)" "for the dead"
}

@test "--any-project is not for what runs below an agent, even if it cannot tell which session it is" {
	local other=$BATS_TEST_TMPDIR/other
	mkdir -p "$other/.git"
	present 1 >/dev/null
	cd "$other"
	"$BIN/peer" send --any-project claude:1 "from a person" >/dev/null
	in_codex <<-END
		event start 2 startup "$other"
		event start 3 startup "$other"
		cd "$other"
		"\$BIN/peer" send --any-project claude:1 "from an agent" 2>"\$HOME/error" || echo refused >>"\$HOME/error"
	END
	contains "$(cat "$HOME/error")" "--any-project is for people"
	equal "mail" "$(bodies 1)" "from a person"
}

@test "@all goes on after a mailbox that is locked, and says so" {
	present 1 >/dev/null
	present 2 >/dev/null
	present 3 >/dev/null
	state_dirs
	mkdir "$(box 1).lock"
	run peer send --from "$(sid 9)" @all hello
	equal "status" "$status" 1
	contains "$output" "cannot send to claude:1"
	equal "others" "$(bodies 2) $(bodies 3)" "hello hello"
}

@test "a session without a label signs no envelope with another's" {
	present 1 >/dev/null
	peer send --envelope --from "$(sid 9)" claude:1 hello >/dev/null
	equal "fromSession" "$(bodies 1 | jq -c '[.tp.from_session, .tp.to_session, .message.role]')" '[null,"claude:1","agent"]'
	peer send --envelope claude:1 hello >/dev/null
	equal "of a person" "$(bodies 1 | tail -n 1 | jq -c '[.tp.from_session, .message.role]')" '[null,"user"]'
}

@test "what looks like an id but is none that anybody has is an error, not mail that nobody reads" {
	local name
	for name in integration-test-runner reviewer-of-the-backend "$(sid 1)-x" aaaaaaaa-0000-4000-8000-0000000001; do
		run peer send "$name" hello
		equal "status for $name" "$status" 1
		equal "boxes for $name" "$(find "$STATE/mailboxes" -name '*.jsonl' 2>/dev/null)" ""
	done
}

@test "a greeting that nobody reads neither holds the agent up nor ends the hook" {
	local status=0
	present 1 >/dev/null
	agent
	mkdir -p "$CWD/.syntaur"
	echo '{}' >"$CWD/.syntaur/context.json"
	SYNTAUR_DASHBOARD_PORT=1 session start "$AGENT" "$(sid 2)" startup > >(exec <&-) || status=$?
	equal "status" "$status" 0
	equal "context" "$(jq -r .sessionId "$CWD/.syntaur/context.json")" "$(sid 2)"
}

@test "a signal leaves no lock behind" {
	need_strace
	local n
	present 1 >/dev/null
	peer send claude:1 waiting >/dev/null
	for n in 1 2 3 4; do
		session end "${PID[1]}" "$(sid 1)" clear
		CLAUDE_PID=${PID[1]} strace -qq -f -o /dev/null -e "inject=mkdirat:signal=TERM:when=$n" \
			"$BIN/session-start" --agent claude-code \
			<<<"{\"session_id\":\"$(sid 2)\",\"cwd\":\"$CWD\",\"hook_event_name\":\"SessionStart\",\"source\":\"clear\"}" || :
		equal "locks, signal at mkdir $n" "$(find "$STATE" -name '*.lock' -type d)" ""
		session end "${PID[1]}" "$(sid 2)" other
		session start "${PID[1]}" "$(sid 1)" startup
		peer send claude:1 again >/dev/null
	done
}

@test "a lock of labels that somebody keeps: a session gets another label, not none" {
	need flock
	present 1 >/dev/null
	dead_label claude:2 7
	flock -F "$STATE/$OURS/labels.lock" sleep 1000 3>&- &
	disown
	AGENTS+=" $!"
	await "the lock" labels_locked
	present 3 >/dev/null
	equal "label" "$(label_of 3)" claude:3
}
