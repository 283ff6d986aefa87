# peer wait: sleeps until there is mail, says which, and takes nothing.
load test_helper
load session_helper

setup() {
	isolate
	OUT=$BATS_TEST_TMPDIR/out
	BOX=$(session_box "$ME")
}

teardown() {
	[ -z "${AGENTS:-}" ] || kill -9 $AGENTS 2>/dev/null || :
	ours_running | xargs -r kill -9 2>/dev/null || :
}

waits() {
	"$BIN/peer" wait --session-id "$ME" "$@" 3>&-
}

# waiting ARGUMENT...: in the background, asleep; output in $OUT, its process is WAITER.
waiting() {
	waits "$@" >"$OUT" &
	WAITER=$!
	await "it does not sleep" asleep
}

asleep() {
	WAITER=$(ours_running | head -n 1)
	[ -n "$WAITER" ] && [ "$(cut -d' ' -f3 "/proc/$WAITER/stat")" = S ] && [ -e "$MAILBOXES" ]
}

lines() {
	wc -l <"$OUT"
}

has_lines() {
	[ "$(lines)" = "$1" ]
}

@test "mail that is there: one line for each, nothing is taken" {
	mail "$BOX" "$(line "$(mid 1)" one "$from_peer,\"reply_to\":\"r-1\"")" garbage "$(line "$(mid 2)" two)"
	before=$(cat "$BOX")
	run waits
	equal "status" "$status" 0
	equal "output" "$output" "$(mid 1) $PEER r-1
$(mid 2) - -"
	equal "box" "$(cat "$BOX")" "$before"
	equal "files" "$(find "$STATE" -type f)" "$BOX"
}

@test "--json: objects of what is valid" {
	mail "$BOX" "$(line "$(mid 1)" one "$from_peer,\"reply_to\":\"r\",\"request_id\":\"q_1\",\"action_required\":true")" \
		"$(line 'x y' two '"from_session_id":"../x","reply_to":"\u001b[2J"')" "$(line 'é' three '"from_session_id":7')"
	run waits --json
	equal "output" "$output" "{\"message_id\":\"$(mid 1)\",\"from_session_id\":\"$PEER\",\"request_id\":\"q_1\",\"reply_to\":\"r\",\"action_required\":true}
{\"message_id\":null,\"from_session_id\":null,\"request_id\":null,\"reply_to\":null,\"action_required\":false}
{\"message_id\":null,\"from_session_id\":null,\"request_id\":null,\"reply_to\":null,\"action_required\":false}"
	equal "without --json" "$(waits | tail -n 2)" $'- - -\n- - -'
}

@test "it sleeps until mail comes" {
	waiting
	"$BIN/peer" send --from "$PEER" --reply-to r-1 "$ME" hello | cut -d' ' -f1 >"$OUT.id"
	wait
	equal "output" "$(cat "$OUT")" "$(cat "$OUT.id") $PEER r-1"
}

@test "mail in the box of a server that comes meanwhile" {
	state_dirs
	waiting
	register 999999991 "$ME"
	line "$(mid 1)" one >"$MAILBOXES/999999991.jsonl"
	wait
	equal "output" "$(cat "$OUT")" "$(mid 1) - -"
}

@test "no mail in time: status 3" {
	run waits --timeout 0.1
	equal "status and output" "$status$output" 3
	run waits --timeout 0 --follow
	equal "status and output" "$status$output" 3
	mail "$BOX" "$(line "$(mid 1)" one)"
	run waits --timeout 0
	equal "status and output" "$status$output" "0$(mid 1) - -"
	run waits --timeout 0.1 --follow
	equal "status and output" "$status$output" "0$(mid 1) - -"
	run waits --timeout nan
	equal "status" "$status" 2
}

@test "--follow prints each message when it comes, and once, wherever it goes" {
	mail "$BOX" "$(line "$(mid 1)" one)"
	waiting --follow
	await "not the first" has_lines 1
	"$BIN/peer" send "$ME" two >/dev/null
	await "not the second" has_lines 2
	# Taken, put back, moved to another box, rewritten by rename.
	cp "$BOX" "$OUT.box"
	: >"$BOX"
	register 999999991 "$ME"
	cp "$OUT.box" "$MAILBOXES/999999991.jsonl"
	mv "$OUT.box" "$BOX"
	"$BIN/peer" send "$ME" three | cut -d' ' -f1 >"$OUT.id"
	await "not the third" has_lines 3
	equal "the last" "$(tail -n 1 "$OUT")" "$(cat "$OUT.id") - -"
	equal "each once" "$(sort "$OUT" | uniq -d)" ""
	kill "$WAITER"
}

@test "--follow tells of 300 messages of 6 senders, each once" {
	local n
	waiting --follow
	for n in 1 2 3 4 5 6; do
		(for _ in $(seq 50); do "$BIN/peer" send "$ME" "$n"; done | cut -d' ' -f1 >"$OUT.$n") &
		SENDERS="${SENDERS:-} $!"
	done
	wait $SENDERS
	await "not all" has_lines 300
	equal "ids" "$(cut -d' ' -f1 "$OUT" | sort)" "$(sort "$OUT".[1-6])"
	kill "$WAITER"
}

@test "more than can be remembered: what waits is printed once, as far as there is room" {
	many "$BOX" 30000 10
	run bash -c 'set -o pipefail; "$BIN/peer" wait --session-id "$ME" --follow --timeout 0.3 | sort | uniq -c | sort -rn | awk "NR == 1 { print \$1 } END { print NR }"' 3>&-
	equal "most often, how many" "$output" "1
24576"
	: >"$BOX"
	waiting --follow
	many "$BOX" 24000 10
	await "not all" has_lines 24000
	: >"$BOX"
	awk 'BEGIN { for (n = 1; n <= 2000; n++) printf "{\"schema_version\":1,\"id\":\"%016x\",\"body\":\"\"}\n", n + 1000000 }' >>"$BOX"
	await "not all of the next" has_lines 26000
	equal "each once" "$(sort "$OUT" | uniq -d)" ""
	kill "$WAITER"
}

@test "it ends when nobody reads any more, also while no mail comes" {
	local how
	mkfifo "$OUT.pipe"
	for how in "" --follow; do
		(status=0; waits $how >"$OUT.pipe" 2>/dev/null || status=$?; echo $status >"$OUT.status") &
		exec 4<"$OUT.pipe"
		await "it does not sleep" asleep
		exec 4<&-
		wait
		equal "status" "$(cat "$OUT.status")" "$([ -n "$how" ] && echo 0 || echo 1)"
	done
}

@test "an output that cannot be written to: status 1" {
	mail "$BOX" "$(line "$(mid 1)" one)"
	run bash -c '"$BIN/peer" wait --session-id "$ME" --follow >/dev/full'
	equal "status" "$status" 1
	run "$TESTBIN/with-stdout" closed "$BIN/peer" wait --session-id "$ME"
	equal "status" "$status" 1
	contains "$(cat "$BOX")" one
}

@test "asleep it makes less than 20 system calls in a second" {
	need_strace
	waiting --follow
	run timeout -s INT 1 strace -p "$WAITER" -o "$OUT.calls"
	[ "$(grep -c '(' "$OUT.calls")" -lt 20 ] || fail "$(cat "$OUT.calls")"
	kill "$WAITER"
}

@test "without inotify it looks, and sees mail all the same" {
	need_strace
	local error
	for error in inotify_init1:error=EMFILE inotify_add_watch:error=ENOSPC; do
		rm -rf "$MAILBOXES"
		strace -f -o /dev/null -e "inject=$error" "$BIN/peer" wait --session-id "$ME" >"$OUT" 3>&- &
		await "not there" asleep
		"$BIN/peer" send "$ME" hello >/dev/null
		wait
		equal "lines with $error" "$(lines)" 1
	done
}

@test "whose mail: that of the agent we run in" {
	run "$BIN/peer" wait --timeout 0
	equal "status" "$status" 2
	mail "$BOX" "$(line "$(mid 1)" one)"
	CLAUDE_CODE_SESSION_ID=$ME run "$BIN/peer" wait
	equal "output" "$output" "$(mid 1) - -"
}
