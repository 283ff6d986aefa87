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

@test "a file in place of the lock's folder is a held lock, then a stale one that cannot be cleared" {
	box_with_mail
	touch "$BOX.lock"
	silent pretooluse
	old "$BOX.lock"
	silent pretooluse
	contains "$(cat "$BOX")" hello
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
	contains "$output" "its mailbox is locked by another program; send again"
	lacks "$(cat "$BOX")" text
}

@test "mail that is appended while our lock is lost is not emptied away" {
	need_strace
	box_with_mail
	# The machine slept: between reading and emptying another program took over and appended.
	strace -o /dev/null -e inject=ftruncate:delay_enter=300000 "$BIN/pretooluse" <"$FIXTURES/claude-code/PreToolUse.json" >/dev/null &
	until [ -e "$STATE/receipts/$(mid 1)" ]; do kill -0 $!; done
	wait
	box_with_mail
	strace -o /dev/null -e inject=write:delay_enter=300000 "$BIN/pretooluse" <"$FIXTURES/claude-code/PreToolUse.json" >/dev/null &
	until [ -s "$BOX.lock.owner" ]; do kill -0 $!; done
	line "$(mid 2)" "came meanwhile" >>"$BOX"
	wait
	contains "$(event pretooluse)" "came meanwhile"
}
