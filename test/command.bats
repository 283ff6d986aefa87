# Running a program without a shell, with a limit; and `codex queue`, which is run so.
load test_helper

# ran ARGUMENT...: what test/unit/command.c says of it.
ran() {
	"$TESTBIN/command" "$@"
}

script() { # NAME: from standard input, on PATH
	mkdir -p "$BATS_TEST_TMPDIR/path"
	cat >"$BATS_TEST_TMPDIR/path/$1"
	chmod +x "$BATS_TEST_TMPDIR/path/$1"
	[[ $PATH == $BATS_TEST_TMPDIR/path:* ]] || PATH=$BATS_TEST_TMPDIR/path:$PATH
}

@test "a program's exit status and output are known; without output only its status" {
	equal "echo" "$(ran 2000 free 100 echo a b)" "0 a b"
	equal "status" "$(ran 2000 free 100 sh -c 'echo x; exit 3')" "3 x"
	equal "quiet" "$(ran 2000 free quiet sh -c 'echo x; exit 3')" "3 "
	equal "cat" "$(echo mine | ran 2000 free 100 cat)" "0 "
	equal "its errors" "$(ran 2000 free 100 sh -c 'echo x >&2' 2>&1)" "0 "
}

@test "a program that is not there, cannot be run or is killed has not run" {
	printf nothing >"$BATS_TEST_TMPDIR/file"
	equal "absent" "$(ran 2000 free 100 no-such-program)" "-1 "
	equal "no program" "$(ran 2000 free 100 "$BATS_TEST_TMPDIR/file")" "-1 "
	equal "killed" "$(ran 2000 free 100 sh -c 'kill -9 $$')" "-1 "
}

@test "what does not fit is passed over, and the program ends as it would" {
	equal "cut" "$(ran 5000 free 5 sh -c 'head -c 3000000 /dev/zero | tr "\0" x; exit 4')" "4 xxxxx"
}

@test "a program that takes too long is killed with what it has started" {
	script slow <<-END
		#!/bin/sh
		sleep 1000 &
		echo \$! >$BATS_TEST_TMPDIR/child
		echo early
		exec sleep 1000
	END
	equal "hangs" "$(ran 300 free 100 slow)" "-1 early"
	await "its child lives on" gone "$(cat "$BATS_TEST_TMPDIR/child")"
	equal "quiet" "$(ran 200 free quiet sleep 1000)" "-1 "
}

@test "who keeps the output open does not keep us, and lives on if the program itself has ended" {
	equal "status" "$(ran 300 free 100 sh -c "sleep 1000 & echo \$! >$BATS_TEST_TMPDIR/child; echo out; exit 5")" "5 out"
	[ -d "/proc/$(cat "$BATS_TEST_TMPDIR/child")" ]
	kill "$(cat "$BATS_TEST_TMPDIR/child")"
}

@test "it has none of our descriptors, and signals as they were before we held them" {
	local ignored
	exec 7</dev/null
	# 3 is the directory that ls reads.
	equal "descriptors" "$(ran 2000 held 100 ls /proc/self/fd | tr '\n' ' ')" "0 0 1 2 3  "
	equal "none open at all" "$(ran 2000 free 100 ls /proc/self/fd 0<&- 2>&- | tr '\n' ' ')" "0 0 1 2 3  "
	equal "blocked" "$(ran 2000 held 100 sed -n 's/SigBlk:.//p' /proc/self/status)" "0 0000000000000000"
	ignored=$(ran 2000 held 100 sed -n 's/SigIgn:.//p' /proc/self/status)
	equal "SIGPIPE and SIGXFSZ ignored" "$((0x${ignored#0 } & 0x1001000))" 0
}

@test "a starter that ignores its children's end does no harm" {
	equal "status" "$(trap '' CHLD; exec "$TESTBIN/command" 2000 free 100 sh -c 'exit 6')" "6 "
}

# ---- codex queue ----

queue() {
	"$TESTBIN/codex-queue" "${1-$ME}" "a sentence; \$(touch $BATS_TEST_TMPDIR/shell)"
}

@test "codex queue: its exit status is the fact, and it gets the sentence as one word" {
	script codex <<-END
		#!/bin/sh
		printf '%s\n' "\$#" "\$@" >$BATS_TEST_TMPDIR/asked
		head -c 1000000 /dev/zero
		exit \$(cat $BATS_TEST_TMPDIR/status)
	END
	echo 0 >"$BATS_TEST_TMPDIR/status"
	equal "queued" "$(queue)" fired
	equal "asked" "$(cat "$BATS_TEST_TMPDIR/asked")" "5
queue
--thread
$ME
--message
a sentence; \$(touch $BATS_TEST_TMPDIR/shell)"
	[ ! -e "$BATS_TEST_TMPDIR/shell" ]
	echo 1 >"$BATS_TEST_TMPDIR/status"
	equal "refused" "$(queue)" skipped_no_target
	rm "$BATS_TEST_TMPDIR/path/codex"
	equal "absent" "$(PATH=$BATS_TEST_TMPDIR/path queue)" skipped_no_target
}

@test "codex queue is not run for what is no session id" {
	local id
	script codex <<-END
		#!/bin/sh
		touch $BATS_TEST_TMPDIR/ran
	END
	for id in '' -x --help a/b 'a b' '$(x)' "$(letters 257)" "a
b"; do
		equal "status of $id" "$(queue "$id")" skipped_no_target
	done
	[ ! -e "$BATS_TEST_TMPDIR/ran" ]
}

@test "codex queue that hangs is given up, and gone then" {
	script codex <<-END
		#!/bin/sh
		echo \$\$ >$BATS_TEST_TMPDIR/pid
		exec sleep 1000
	END
	equal "status" "$(queue)" skipped_no_target
	gone "$(cat "$BATS_TEST_TMPDIR/pid")"
}
