# Locks: they exclude, they go stale, they are given back; with oxtail's of both generations.
load test_helper

box_with_mail() {
	BOX=$(session_box "$ME")
	mail "$BOX" "$(line "$(mid 1)" hello)"
}

# locked [OWNER]: somebody holds the box's lock.
locked() {
	mkdir "$BOX.lock"
	[ -z "${1:-}" ] || printf %s "$1" >"$BOX.lock.owner"
}

old() {
	touch -d '31 seconds ago' "$@"
}

no_locks() {
	equal "locks" "$(find "$STATE" -name '*.lock*')" ""
}

@test "many processes at once: no two hold the lock" {
	"$TESTBIN/lock-hammer" 8 150
	no_locks
}

@test "many processes that all find a stale lock: only one clears it, no two get in" {
	mkdir -m 700 "$STATE"
	mkdir "$STATE/counter.lock"
	printf 1.dead >"$STATE/counter.lock.owner"
	old "$STATE/counter.lock"
	"$TESTBIN/lock-hammer" 8 50
	no_locks
}

@test "while a hook holds the lock the token stands beside it" {
	box_with_mail
	"$TESTBIN/with-stdout" stuck "$BIN/pretooluse" <"$FIXTURES/claude-code/PreToolUse.json" &
	until [ -s "$BOX.lock.owner" ]; do kill -0 $!; done
	[[ $(cat "$BOX.lock.owner") =~ ^[0-9]+\.[0-9a-f]{16}$ ]]
	equal "mode" "$(stat -c %a "$BOX.lock" "$BOX.lock.owner" | tr '\n' ' ')" "700 600 "
	equal "in the folder" "$(ls -A "$BOX.lock")" ""
	wait
	no_locks
}

@test "a held lock: the hook gives up within its patience, mail and lock stay" {
	box_with_mail
	locked 1.holder
	local begun
	begun=$(date +%s%N)
	silent pretooluse
	[ $((($(date +%s%N) - begun) / 1000000)) -ge 500 ]
	equal "owner" "$(cat "$BOX.lock.owner")" 1.holder
	contains "$(cat "$BOX")" hello
}

@test "a held lock that is given back meanwhile: the hook goes on" {
	box_with_mail
	locked
	(sleep 0.1; rmdir "$BOX.lock") &
	contains "$(event pretooluse)" hello
	wait
}

@test "a lock of just under 30 s is not stale" {
	box_with_mail
	locked
	touch -d '28 seconds ago' "$BOX.lock"
	silent pretooluse
	[ -d "$BOX.lock" ]
}

@test "a stale lock is cleared, with an owner file, without one, and with things inside" {
	local owner
	for owner in "" 1.dead; do
		box_with_mail
		locked "$owner"
		old "$BOX.lock"
		contains "$(event pretooluse)" hello
		no_locks
	done
	box_with_mail
	locked
	touch "$BOX.lock/thing"
	mkdir "$BOX.lock/folder"
	old "$BOX.lock"
	contains "$(event pretooluse)" hello
	no_locks
}

@test "a stale lock whose clearer is at work is left to it; a stale clearer is cleared too" {
	box_with_mail
	locked
	old "$BOX.lock"
	mkdir "$BOX.lock.steal"
	silent pretooluse
	[ -d "$BOX.lock" ] && [ -d "$BOX.lock.steal" ]
	old "$BOX.lock.steal" "$BOX.lock"
	contains "$(event pretooluse)" hello
	no_locks
}

@test "a file in place of the lock's folder is a held lock, and when it is stale it goes" {
	box_with_mail
	touch "$BOX.lock"
	silent pretooluse
	old "$BOX.lock"
	contains "$(event pretooluse)" hello
	no_locks
}

@test "a lock that was lost to another program is not given back by us" {
	box_with_mail
	"$TESTBIN/with-stdout" stuck "$BIN/pretooluse" <"$FIXTURES/claude-code/PreToolUse.json" &
	until [ -s "$BOX.lock.owner" ]; do kill -0 $!; done
	printf 2.other >"$BOX.lock.owner"
	wait
	[ -d "$BOX.lock" ]
	equal "owner" "$(cat "$BOX.lock.owner")" 2.other
}

@test "peer send waits longer than a hook, then says that it gave up" {
	box_with_mail
	locked
	run "$BIN/peer" send "$ME" text
	equal "status" "$status" 1
	contains "$output" "its mailbox is locked by another program; try again"
	lacks "$(cat "$BOX")" text
}

# stalled CALL: a hook that stands still before a system call, long enough for all that follows here.
stalled() {
	need_strace
	rm -f "$BATS_TEST_TMPDIR/stalled"
	strace -o "$BATS_TEST_TMPDIR/stalled" -e "inject=$1:delay_enter=700000" "$BIN/pretooluse" \
		<"$FIXTURES/claude-code/PreToolUse.json" >"$BATS_TEST_TMPDIR/out" &
	until [ -s "$BOX.lock.owner" ]; do kill -0 $!; done
}

@test "mail that is appended without the lock while we hold it is not emptied away" {
	box_with_mail
	stalled write:when=3
	line "$(mid 2)" "came meanwhile" >>"$BOX"
	wait
	contains "$(event pretooluse)" "came meanwhile"
}

@test "after a stall in which another took the lock over, nothing of its mailbox is touched" {
	local size
	box_with_mail
	size=$(stat -c %s "$BOX")
	stalled write:when=3
	old "$BOX.lock"
	contains "$(event pretooluse)" hello
	# As long as the one before it, so that the size tells nothing.
	line "$(mid 2)" "howdy" >>"$BOX"
	equal "size" "$(stat -c %s "$BOX")" "$size"
	wait
	contains "$(event pretooluse)" howdy
}

@test "after a stall in which the mailbox was replaced by rename, the new one is not touched" {
	box_with_mail
	stalled write:when=3
	line "$(mid 2)" "howdy" >"$BOX.new"
	mv "$BOX.new" "$BOX"
	wait
	contains "$(event pretooluse)" howdy
}
