# session-end: takes away what is provably the session's, and nothing else.
load test_helper

setup() {
	need jq
	isolate
}

A=$(sid 1)
B=$(sid 2)

# What stands for sessions, but for what is to stay (label memory, marks, locks).
standing() {
	(cd "$HOME" && find .oxtail/sessions .oxtail/session-starts .oxtail/peerhooks/sessions .oxtail/peerhooks/labels \
		.syntaur/runtime/sessions ! -type d 2>/dev/null | sort)
}

@test "all that stood for the session is gone, and its label is free; what is another's stays" {
	local others
	agent && session start "$AGENT" "$B" startup
	others=$(standing)
	agent && session start "$AGENT" "$A" startup >/dev/null
	[ "$(standing | wc -l)" = $(($(wc -l <<<"$others") * 2)) ]
	run session end "$AGENT" "$A" prompt_input_exit
	equal "status" "$status" 0
	equal "output" "$output" ""
	equal "what stands" "$(standing)" "$others"
	agent && session start "$AGENT" "$(sid 3)" startup >/dev/null
	equal "label of the next" "$(listed "$(sid 3)" label)" claude:2
}

@test "every recorded SessionEnd of Claude Code, Codex and Gemini is understood" {
	local fixture agent id
	for fixture in "$FIXTURES"/*/SessionEnd*.json; do
		agent=$(basename "$(dirname "$fixture")")
		id=$(jq -r .session_id "$fixture")
		agent
		jq -c '.hook_event_name = "SessionStart"' "$fixture" | CLAUDE_PID=$AGENT "$BIN/session-start" --agent "$agent"
		equal "lifecycle before $fixture" "$(listed "$id" lifecycle)" started
		CLAUDE_PID=$AGENT "$BIN/session-end" --agent "$agent" <"$fixture"
		case $fixture in
		*clear* | *resume*) equal "lifecycle after $fixture" "$(listed "$id" lifecycle)" ended ;;
		*) equal "lifecycle after $fixture" "$(listed "$id" lifecycle)" "" ;;
		esac
	done
}

@test "reasons clear and resume: the session has ended, its label waits in its process for the next" {
	local reason
	for reason in clear resume; do
		rm -rf "$STATE" "$HOME/.syntaur"
		agent && session start "$AGENT" "$A" startup
		session end "$AGENT" "$A" "$reason"
		equal "shown" "$("$BIN/peer" list)" ""
		equal "lifecycle" "$(listed "$A" lifecycle)" ended
		equal "label" "$(listed "$A" label)" claude:1
		equal "markers" "$(ls -A "$HOME/.syntaur/runtime/sessions") $(ls -A "$STATE/session-starts")" " "
		session start "$AGENT" "$B" "$reason"
		equal "label then" "$(listed "$B" label)" claude:1
		equal "all that is listed" "$("$BIN/peer" list --all | wc -l)" 1
	done
}

@test "mail that is left stays, and is reported by the list" {
	agent && session start "$AGENT" "$A" startup
	mail "$(session_box "$A")" "$(line "$(mid 1)" one "$from_peer")" "$(line "$(mid 2)" two "$from_peer")"
	PEERHOOKS_TRACE=$BATS_TEST_TMPDIR/trace session end "$AGENT" "$A" other
	equal "list" "$("$BIN/peer" list)" ""
	contains "$("$BIN/peer" list --all)" "ended"
	contains "$("$BIN/peer" list --all)" "2 waiting"
	contains "$(cat "$BATS_TEST_TMPDIR/trace")" "ended with mail in its boxes: $A"
	agent && session start "$AGENT" "$A" resume
	contains "$("$BIN/peer" list)" "2 waiting"
	equal "all that is listed" "$("$BIN/peer" list --all | wc -l)" 1
}

@test "mail of an old sender in the process's own box goes into the session's, where it is found again" {
	agent && session start "$AGENT" "$ME" startup
	mail "$MAILBOXES/$AGENT.jsonl" "$(line "$(mid 1)" kept "$from_peer")"
	session end "$AGENT" "$ME" other
	empty_box "$MAILBOXES/$AGENT.jsonl"
	[ ! -e "$STATE/sessions/$AGENT.json" ]
	contains "$(event pretooluse --agent claude-code)" kept
}

@test "the same session in a second process: the end of one leaves the other's alone" {
	local first
	agent && first=$AGENT && session start "$first" "$A" startup
	agent && session start "$AGENT" "$A" resume
	equal "labels" "$(listed "$A" label | sort | tr '\n' ' ')" "claude:1 claude:2 "
	session end "$AGENT" "$A" other
	equal "label" "$(listed "$A" label)" claude:1
	equal "pid" "$(listed "$A" pid)" "$first"
}

@test "an end from a process that is not the session's, or of an unsafe id, takes nothing away" {
	local before
	agent && session start "$AGENT" "$A" startup
	before=$(standing)
	agent && session end "$AGENT" "$A" other
	session end "$AGENT" "../$A" other
	equal "what stands" "$(standing)" "$before"
}

@test "the scalar of a context file may tell the dashboard, and take nothing away" {
	local before
	agent && session start "$AGENT" "$A" startup
	mkdir -p "$CWD/.syntaur"
	echo "{\"sessionId\":\"$A\"}" >"$CWD/.syntaur/context.json"
	before=$(standing)
	CLAUDE_PID=$AGENT SYNTAUR_DASHBOARD_PORT=1 "$BIN/session-end" --agent claude-code <<<"{\"cwd\":\"$CWD\"}"
	equal "what stands" "$(standing)" "$before"
}

@test "a session whose process was killed is cleared away by its end, wherever that runs" {
	local dead
	agent && dead=$AGENT && session start "$AGENT" "$A" startup
	end_agent "$dead"
	agent && session end "$AGENT" "$A" other
	equal "what stands" "$(standing)" ""
}

@test "locks that others hold: it ends, and what they keep stays for the next to come" {
	need flock
	agent && session start "$AGENT" "$A" startup
	mail "$(session_box "$A")" "$(line "$(mid 1)" one "$from_peer")"
	mail "$MAILBOXES/$AGENT.jsonl" "$(line "$(mid 2)" two "$from_peer")"
	mkdir "$(session_box "$A").lock" "$MAILBOXES/$AGENT.jsonl.lock"
	flock -F "$STATE/peerhooks/labels.lock" sleep 1000 3>&- &
	disown
	AGENTS+=" $!"
	await "the lock" lock_held
	session end "$AGENT" "$A" other
	[ -s "$(session_box "$A")" ] && [ -s "$MAILBOXES/$AGENT.jsonl" ]
	# The entry leads to the box whose mail could not be moved.
	[ -e "$STATE/sessions/$AGENT.json" ]
	[ -L "$STATE/peerhooks/labels/claude:1" ]
}

lock_held() {
	! flock -n "$STATE/peerhooks/labels.lock" true
}

@test "a broken or foreign world: exit 0 and silence" {
	local payload
	agent
	for payload in '' x '[]' '{}' "{\"session_id\":\"$A\"}" "{\"session_id\":\"$A\",\"cwd\":\"/nowhere\"}" \
		"{\"session_id\":\"$A\",\"cwd\":\"/tmp\",\"hook_event_name\":\"Stop\"}"; do
		CLAUDE_PID=$AGENT run "$BIN/session-end" <<<"$payload"
		equal "status for $payload" "$status" 0
		equal "output for $payload" "$output" ""
	done
}

@test "killed before any of its calls: nothing of another session is touched, and mail stays" {
	need_strace
	local n calls others
	agent && session start "$AGENT" "$B" startup
	others=$(standing)
	agent
	end_event() {
		printf '{"session_id":"%s","cwd":"%s","hook_event_name":"SessionEnd","reason":"other"}' "$A" "$CWD"
	}
	session start "$AGENT" "$A" startup >/dev/null
	end_event >"$BATS_TEST_TMPDIR/event"
	export CLAUDE_PID=$AGENT
	strace -o "$BATS_TEST_TMPDIR/trace" "$BIN/session-end" --agent claude-code <"$BATS_TEST_TMPDIR/event"
	calls=$(grep -c '^[a-z]' "$BATS_TEST_TMPDIR/trace")
	[ "$calls" -gt 30 ]
	for n in $(seq 1 3 "$calls" | some); do
		session start "$AGENT" "$A" startup >/dev/null
		state_dirs
		: >"$MAILBOXES/$AGENT.jsonl"
		mail "$MAILBOXES/$AGENT.jsonl" "$(line "$(mid 1)" one "$from_peer")"
		: >"$(session_box "$A")"
		strace -qq -o /dev/null -e inject=all:signal=KILL:when="$n" "$BIN/session-end" --agent claude-code \
			<"$BATS_TEST_TMPDIR/event" >/dev/null 2>&1 || :
		contains "$(cat "$MAILBOXES/$AGENT.jsonl" "$(session_box "$A")")" "$(mid 1)"
		rm -rf "$MAILBOXES"/*.lock*
		"$BIN/session-end" --agent claude-code <"$BATS_TEST_TMPDIR/event"
		equal "what stands, killed before call $n" "$(standing | grep -v "$AGENT")" "$others"
	done
}

@test "who writes to a session after /clear reaches the one that took its place, however often" {
	local reader
	agent && reader=$AGENT && session start "$reader" "$A" startup
	session end "$reader" "$A" clear
	session start "$reader" "$B" clear
	session end "$reader" "$B" clear
	session start "$reader" "$(sid 3)" clear
	cd "$CWD"
	"$BIN/peer" send "$A" "to the first id"
	"$BIN/peer" send "$B" "to the second"
	equal "waiting" "$(listed "$(sid 3)" waiting)" 2
	equal "all that is listed" "$("$BIN/peer" list --all | wc -l)" 1
	# A session that was left by /resume and is somebody's again is itself.
	agent && session start "$AGENT" "$A" resume >/dev/null
	"$BIN/peer" send "$A" "to the first itself"
	equal "waiting" "$(listed "$A" waiting) $(listed "$(sid 3)" waiting)" "1 2"
	# With the process all of it is over.
	session end "$reader" "$(sid 3)" other
	equal "what stands of it" "$(standing | grep -c "\.$reader\.")" 1	# its mail is left
}

@test "mail that is sent while its session is cleared is found by the one that comes" {
	local n id=1
	agent && session start "$AGENT" "$(sid 1)" startup
	cd "$CWD"
	for n in $(seq 1 15); do
		"$BIN/peer" send "$(sid "$id")" "message $n" >/dev/null &
		session end "$AGENT" "$(sid "$id")" clear
		id=$((id + 1))
		session start "$AGENT" "$(sid "$id")" clear >/dev/null
		wait
	done
	equal "messages" "$("$BIN/peer" inbox --peek --session "$(sid "$id")" | grep -c '^message ')" 15
}

# What follows: a message was handed over at the last Stop, and the transcript T tells of it.
handed_over() {
	T=$HOME/transcript.jsonl
	agent && session start "$AGENT" "$A" startup >/dev/null
	echo '{"type":"assistant"}' >"$T"
	mail "$(session_box "$A")" "$(line "$(mid 1)" text)"
	printf '{"session_id":"%s","transcript_path":"%s","hook_event_name":"Stop"}' "$A" "$T" |
		"$BIN/stop" --agent claude-code >/dev/null
	printf '{"session_id":"%s","transcript_path":"%s","cwd":"%s","hook_event_name":"SessionEnd","reason":"other"}' \
		"$A" "$T" "$CWD" >"$BATS_TEST_TMPDIR/event"
	SHOWN="{\"type\":\"attachment\",\"attachment\":{\"type\":\"hook_blocking_error\",\"content\":\"\\n--- msg 1 | message_id=$(mid 1) | from ---\"}}"
}

ends() {
	CLAUDE_PID=$AGENT "$BIN/session-end" --agent claude-code <"$BATS_TEST_TMPDIR/event"
}

ending() {
	[ "/proc/$1/exe" -ef "$BIN/session-end" ]
}

@test "what was handed over at the last Stop is proven at the session's end, also by a transcript that comes late" {
	local late
	for late in "" late; do
		rm -rf "$STATE"
		handed_over
		if [ "$late" ]; then
			(CLAUDE_PID=$AGENT exec "$BIN/session-end" --agent claude-code <"$BATS_TEST_TMPDIR/event" 3>&-) &
			await "it does not wait" ending $!
			echo "$SHOWN" >>"$T"
			wait $!
		else
			echo "$SHOWN" >>"$T"
			ends
		fi
		[ -s "$STATE/peerhooks/seen/$(mid 1)" ] || fail "not proven $late"
	done
}

@test "it waits 300 ms for a proof, and not at all if nothing is awaited" {
	need_strace
	local began ms
	handed_over
	began=${EPOCHREALTIME/./}
	ends
	ms=$(((${EPOCHREALTIME/./} - began) / 1000))
	[ "$ms" -ge 300 ] && [ "$ms" -lt 1500 ] || fail "it took $ms ms"
	[ ! -e "$STATE/peerhooks/seen/$(mid 1)" ]
	echo "$SHOWN" >>"$T"
	CLAUDE_PID=$AGENT strace -o "$BATS_TEST_TMPDIR/trace" "$BIN/session-end" --agent claude-code <"$BATS_TEST_TMPDIR/event"
	[ -s "$STATE/peerhooks/seen/$(mid 1)" ]
	lacks "$(cat "$BATS_TEST_TMPDIR/trace")" nanosleep
}
