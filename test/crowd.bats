# Many at once: waiters that are woken again and again, by senders that know nothing of each other.
#
# 50 waiters and 50 senders for a minute under `make soak`; a few for some seconds otherwise.
load test_helper
load session_helper

# as_client N: session N as its client keeps it: at each turn's end Stop, then a waiter, whose text begins the
# next turn, until the file `over` is there. All that its model is shown goes to shown.N.
as_client() {
	local event
	event=$(printf '{"session_id":"%s","cwd":"%s","hook_event_name":"Stop","stop_hook_active":false}' "$(sid "$1")" "$CWD")
	while [ ! -e over ]; do
		"$BIN/stop" --agent claude-code <<<"$event" >>"shown.$1"
		CLAUDE_PID=${PID[$1]} CLAUDE_CODE_SESSION_ATTENDED=1 "$BIN/await-mail" --agent claude-code <<<"$event" 2>>"shown.$1" || :
	done
}

# as_sender N: writes answers to the sessions, to one after the other, until the time is over. Their ids go to sent.N.
as_sender() {
	local to=$1 how=()
	while [ "$SECONDS" -lt "$END" ]; do
		to=$((to % CLIENTS + 1))
		# By the strict gate, and leniently.
		if [ "${#how[@]}" = 0 ]; then how=(--wake auto); else how=(); fi
		"$BIN/peer" send --from "$(sid $((1000 + $1)))" --reply-to "r-$1-$RANDOM$RANDOM" "${how[@]}" "$(sid "$to")" "for $to" >>"sent.$1"
	done
}

all_dismissed() {
	! grep -lzsx "HOME=$HOME" /proc/[0-9]*/environ | sed 's/environ/exe/' | xargs -r readlink | grep -q await-mail
}

@test "every answer is delivered once, whoever sleeps and whoever sends, and no waiter is left over" {
	local n
	CLIENTS=6 SENDERS=6 END=3
	[ -z "${THOROUGH:-}" ] || CLIENTS=50 SENDERS=50 END=60
	for n in $(seq "$CLIENTS"); do present "$n" >/dev/null; done
	cd "$CWD"
	for n in $(seq "$CLIENTS"); do as_client "$n" 3>&- & done
	SECONDS=0
	local senders=()
	for n in $(seq "$SENDERS"); do
		as_sender "$n" 3>&- &
		senders+=($!)
	done
	wait "${senders[@]}"
	: >over
	for n in $(seq "$CLIENTS"); do end_agent "${PID[$n]}"; done
	wait
	await "a waiter is left over" all_dismissed
	for n in $(seq "$CLIENTS"); do
		while [ -s "$(box "$n")" ]; do drained "$n" >>"shown.$n"; done
	done
	cut -d' ' -f1 sent.* | sort >ids.sent
	cat shown.* | grep -oE 'message_id=[0-9a-f]{16}' | cut -d= -f2 | sort >ids.shown
	echo "# $(wc -l <ids.sent) answers; $(cut -d' ' -f2 sent.* | sort | uniq -c | tr -s ' \n' ' ')" >&3
	[ -s ids.sent ]
	equal "ids" "$(diff ids.sent ids.shown)" ""
	for n in $(seq "$CLIENTS"); do
		equal "for another" "$(grep -oE 'for [0-9]+' "shown.$n" | sort -u)" "for $n"
	done
}
