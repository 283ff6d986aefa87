# The demo, which is also the first thing that a newcomer runs.
load test_helper

@test "the demo checks itself, and leaves nothing behind" {
	TMPDIR=$BATS_TEST_TMPDIR run "$ROOT/test/demo"
	equal "status" "$status" 0
	equal "last line" "${lines[-1]}" "demo: ok"
	equal "left behind" "$(find "$BATS_TEST_TMPDIR" -mindepth 1 -not -path "$HOME")" ""
}

@test "the demo fails if a hook does nothing" {
	mkdir -p "$BATS_TEST_TMPDIR/build/bin"
	cp "$BIN"/* "$BATS_TEST_TMPDIR/build/bin"
	cp "$(type -P true)" "$BATS_TEST_TMPDIR/build/bin/pretooluse"
	BUILD=$BATS_TEST_TMPDIR/build run "$ROOT/test/demo"
	equal "status" "$status" 1
	contains "$output" "demo: FAILED"
}
