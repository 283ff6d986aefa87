# The bench runs and says everything it is to say. What its numbers are is no matter of a test.
load test_helper

@test "bench: every scenario, table and target is there" {
	local out=$BATS_TEST_TMPDIR/out summary=$BATS_TEST_TMPDIR/summary text target
	"$ROOT/test/bench/run" --quick --markdown "$BUILD" >"$summary" 2>"$out" || fail "$(cat "$out")"
	for text in "JSON, GB/s" "pretooluse, no mail (" "stop, no mail (" "userpromptsubmit, no mail (" \
		"among strangers" "1 message of 40 bytes, on" "1 message of 40 bytes at the end of the turn" \
		"20 messages of 1 KB" "50 messages of 1 KB" "a payload of 1 MB" "peer send" "peer ask, answered by another process" \
		"session-start, on" "session-end, on" "a dashboard that hangs" "stand-ins of our own" "just after sessions/ has changed" "system calls after execve" \
		"size of the executables" "from a wake request to the envelope"; do
		contains "$(cat "$out")" "$text"
	done
	for target in "<= 1.35 x" "<= 1.2 x" "<= 20 calls" "<= 3 x" "<= 8 x" "<= 2 x" "<= 4 x" "<= 100000 us"; do
		contains "$(cat "$summary")" "| $target |"
	done
	equal "lines of the summary that are no row of the table" "$(grep -vc '^| .* |$' "$summary")" 0
}

@test "bench: says so if there is no build, or no such option" {
	run "$ROOT/test/bench/run" "$BATS_TEST_TMPDIR/none"
	equal status "$status" 1
	contains "$output" "run make"
	run "$ROOT/test/bench/run" --slow "$BUILD"
	equal status "$status" 2
}

@test "spawn: a run that is not what it should be ends it all" {
	run "$TESTBIN/spawn" -n 2 quiet:silent /bin/true -- loud:silent /bin/echo hello
	equal status "$status" 1
	contains "$output" "loud: 6 bytes on stdout, but it was to be silent"
	run "$TESTBIN/spawn" -n 2 mute:delivers /bin/true
	equal status "$status" 1
	contains "$output" "mute: nothing on stdout, but it was to deliver"
	run "$TESTBIN/spawn" -n 2 broken /bin/false
	equal status "$status" 1
	contains "$output" "broken: exit status 1"
}

@test "spawn: it writes the payload, refills and empties before each run" {
	local mail=$BATS_TEST_TMPDIR/mail box=$BATS_TEST_TMPDIR/box spent=$BATS_TEST_TMPDIR/spent
	echo "a message" >"$mail"
	mkdir "$spent"
	touch "$spent/receipt"
	# shellcheck disable=SC2016 # for the inner shell to expand
	run "$TESTBIN/spawn" -n 3 -w 0 -i "$mail" -r "$mail:$box" -e "$spent" \
		payload:delivers /bin/cat -- mailbox:delivers WORD=yes /bin/sh -c \
		'cat "$0" && : >"$0" && test "$WORD" = yes && test ! -e "$1/receipt" && touch "$1/receipt"' \
		"$box" "$spent"
	equal status "$status" 0
	contains "$output" "payload"
	equal "stdout of the last run of each" "$(awk 'NR > 1 { print $NF }' <<<"$output" | xargs)" "10 10"
}
