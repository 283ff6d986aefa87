# Which boxes are a session's: found in the registry once, then known as long as it is unchanged.
load test_helper

index() {
	readlink "$STATE/peerhooks/boxes/$ME"
}

# aged: the registry changed long enough ago for the index to be kept.
aged() {
	sleep 0.15
	event pretooluse >/dev/null
}

@test "the registry is read once, and not again while it is unchanged" {
	need_strace
	register 999999991 "$ME"
	aged
	contains "$(index)" " 999999991 "
	strace -o "$BATS_TEST_TMPDIR/trace" "$BIN/pretooluse" <"$FIXTURES/claude-code/PreToolUse.json"
	lacks "$(cat "$BATS_TEST_TMPDIR/trace")" getdents
	lacks "$(cat "$BATS_TEST_TMPDIR/trace")" 999999991.json\"
}

@test "a new entry, a changed one and one that goes are seen at once" {
	register 999999991 "$PEER"
	aged
	register 999999992 "$ME"
	mail "$MAILBOXES/999999992.jsonl" "$(line "$(mid 1)" new)"
	contains "$(event pretooluse)" new
	aged
	register 999999991 "$ME"
	mail "$MAILBOXES/999999991.jsonl" "$(line "$(mid 2)" changed)"
	contains "$(event pretooluse)" changed
	aged
	rm "$STATE/sessions/999999991.json"
	mail "$MAILBOXES/999999991.jsonl" "$(line "$(mid 3)" gone)"
	silent pretooluse
}

@test "changes in quick succession, within one tick of file times" {
	local n
	for n in $(seq "$(rounds 40)"); do
		register 999999991 "$PEER"
		silent pretooluse
		register 999999991 "$ME"
		mail "$MAILBOXES/999999991.jsonl" "$(line "$(mid "$n")" "mail-$n")"
		contains "$(event pretooluse)" "mail-$n"
	done
}

@test "an index that is broken, foreign or made up is no index" {
	local content
	register 999999991 "$ME"
	aged
	local good
	good=$(index)
	for content in x "1 " "${good% .}" "$good x" "1${good#2}" "${good/999999991/..\/..\/x}" "${good/ 999999991 / }x"; do
		ln -sfn "$content" "$STATE/peerhooks/boxes/$ME"
		mail "$MAILBOXES/999999991.jsonl" "$(line "$(mid 1)" hello)"
		contains "$(event pretooluse)" hello
	done
	rm "$STATE/peerhooks/boxes/$ME"
	echo "$good" >"$STATE/peerhooks/boxes/$ME"
	mail "$MAILBOXES/999999991.jsonl" "$(line "$(mid 1)" hello)"
	contains "$(event pretooluse)" hello
}

@test "a registry that could not be read whole for a moment makes no index" {
	register 999999991 "$ME"
	sleep 0.15
	# The sanitizers need descriptors of their own.
	[ -n "${SANITIZED:-}" ] || for n in 4 5; do
		(exec <"$FIXTURES/claude-code/PreToolUse.json"; ulimit -n $n; "$BIN/pretooluse")
	done
	need_strace
	local call
	for call in getdents64 openat:when=3 openat:when=4 openat:when=5; do
		strace -o /dev/null -e "inject=${call%:*}:error=EIO$([[ $call = *:* ]] && echo ":${call#*:}")" "$BIN/pretooluse" <"$FIXTURES/claude-code/PreToolUse.json"
	done
	mail "$MAILBOXES/999999991.jsonl" "$(line "$(mid 1)" hello)"
	contains "$(event pretooluse)" hello
}

@test "each session has an index of its own" {
	register 999999991 "$ME"
	register 999999992 "$PEER"
	aged
	"$BIN/pretooluse" <<<"{\"session_id\":\"$PEER\"}"
	mail "$MAILBOXES/999999992.jsonl" "$(line "$(mid 1)" hello)"
	silent pretooluse
	contains "$("$BIN/pretooluse" <<<"{\"session_id\":\"$PEER\"}")" hello
}

@test "more boxes of one session than are looked into: the others' mail waits, the session box does not" {
	local n
	for n in $(seq 70); do register "$((999999000 + n))" "$ME"; done
	mail "$(session_box "$ME")" "$(line "$(mid 1)" hello)"
	contains "$(event pretooluse)" hello
}
