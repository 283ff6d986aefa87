# Hostile surroundings: odd input, closed and stuck descriptors, full disks, foreign files where ours
# should be. A hook ends with 0 and prints nothing or one JSON document; nothing is lost.
load test_helper

# one_message: mail of one message in the session box.
one_message() {
	mail "$(session_box "$ME")" "$(line "$(mid 1)" hello "$from_peer")"
}

still_there() {
	contains "$(cat "$(session_box "$ME")")" hello
	equal "locks" "$(find "$STATE" -name '*.lock*')" ""
	[ ! -e "$STATE/receipts/$(mid 1)" ]
}

# as_nobody COMMAND: without root's rights over files.
as_nobody() {
	[ "$(id -u)" = 0 ] || { "$@"; return; }
	chmod 755 "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR" 2>/dev/null || true
	chown -R 65534:65534 "$HOME"
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

@test "any bytes on standard input: status 0, and nothing or one valid document" {
	local hook payload
	one_message
	for hook in pretooluse stop userpromptsubmit; do
		for payload in '' '\n' '{' '}' '[]' 'null' '"x"' '\0' '\377\376' '{"session_id":"'$ME'"' \
			'{"session_id":"'$ME'",}' '{"session_id":"'$ME'"}x' "{'session_id':'$ME'}" \
			'{"session_id":["'$ME'"]}' '{"session_id":"'$ME'","a":"\\x"}' '\357\273\277{"session_id":"'$ME'"}'; do
			run "$BIN/$hook" < <(printf "$payload")
			equal "status and output of $hook for $payload" "$status$output" 0
		done
	done
	still_there
	equal "activity" "$(ls "$STATE/activity" 2>/dev/null)" ""
}

@test "random bytes and mutated payloads: the same, a thousand times" {
	"$TESTBIN/fuzz" event 1000 1 "$FIXTURES"/*/*.json
}

@test "random mailboxes: the envelope is one valid document with as many headers as messages" {
	"$TESTBIN/fuzz" mail 3000 1 "$FIXTURES"/mailbox/*.jsonl
}

@test "a payload nested as deep as is allowed, and deeper" {
	one_message
	local deep
	deep=$(letters 511 '[')$(letters 511 ']')
	run "$BIN/pretooluse" <<<"{\"tool_input\":[$deep],\"session_id\":\"$ME\"}"
	equal "too deep" "$status$output" 0
	run "$BIN/pretooluse" <<<"{\"tool_input\":$deep,\"session_id\":\"$ME\"}"
	contains "$output" hello
}

@test "a payload of 1 MB, also with the session id at its end, and one beyond 16 MB" {
	local big
	for big in "{\"session_id\":\"$ME\",\"hook_event_name\":\"PreToolUse\",\"tool_input\":\"BIG\"}" \
		"{\"tool_input\":\"BIG\",\"session_id\":\"$ME\"}"; do
		one_message
		run "$BIN/pretooluse" < <(printf '%s' "${big%BIG*}"; letters 1000000; printf '%s' "${big#*BIG}")
		contains "$output" hello
	done
	rm -r "$STATE"
	one_message
	run "$BIN/pretooluse" < <(printf '%s' "${big%BIG*}"; letters 17000000; printf '%s' "${big#*BIG}")
	equal "status and output" "$status$output" 0
	still_there
}

@test "all of standard input is read, so that its writer never meets a broken pipe" {
	local payload
	for payload in "{\"session_id\":\"$ME\",\"hook_event_name\":\"Stop\",\"stop_hook_active\":false,\"a\":\"" "nonsense "; do
		run bash -c 'set -o pipefail; { printf %s "$1"; head -c 20000000 /dev/zero | tr "\0" x; } | "$2"' - "$payload" "$BIN/stop"
		equal "status" "$status" 0
	done
}

@test "closed descriptors: nothing is lost, nothing runs into a file" {
	one_message
	local before
	before=$(cat "$(session_box "$ME")")
	"$BIN/pretooluse" <&-
	"$BIN/pretooluse" <"$FIXTURES/claude-code/PreToolUse.json" >&-
	"$BIN/pretooluse" <"$FIXTURES/claude-code/PreToolUse.json" >&- 2>&-
	"$BIN/pretooluse" <&- >&- 2>&-
	"$BIN/stop" <"$FIXTURES/claude-code/Stop.json" >&- 2>&-
	equal "mailbox" "$(cat "$(session_box "$ME")")" "$before"
	still_there
	"$BIN/peer" inbox --session "$ME" >&- || true
	"$BIN/peer" inbox --session "$ME" <&- >&- || true
	"$BIN/peer" inbox --session "$ME" <&- >&- 2>&- || true
	"$BIN/peer" inbox --session "$ME" >&- 2>&- || true
	equal "mailbox" "$(cat "$(session_box "$ME")")" "$before"
	still_there
	run "$BIN/pretooluse" <"$FIXTURES/claude-code/PreToolUse.json" 2>&-
	contains "$output" hello
}

@test "an alarm that was set before we were started does not end a hook" {
	need perl
	many "$(session_box "$ME")" 5 1000
	mkdir "$(session_box "$ME").lock"
	run perl -e 'alarm 1; select(undef, undef, undef, 0.8); exec @ARGV' "$BIN/pretooluse" <"$FIXTURES/claude-code/PreToolUse.json"
	equal "status and output" "$status$output" 0
}

@test "an output that nobody takes: full disk, broken pipe, stuck pipe" {
	one_message
	"$BIN/pretooluse" <"$FIXTURES/claude-code/PreToolUse.json" >/dev/full
	still_there
	local mode
	for mode in closed stuck stuck-non-blocking; do
		run "$TESTBIN/with-stdout" $mode "$BIN/pretooluse" <"$FIXTURES/claude-code/PreToolUse.json"
		equal "status with $mode" "$status" 0
		still_there
	done
	run "$TESTBIN/with-stdout" closed "$BIN/stop" <"$FIXTURES/claude-code/Stop.json"
	equal "mark" "$(mark)" idle
}

@test "a non-blocking output that is full for a while gets the whole envelope in the end" {
	many "$(session_box "$ME")" 20 1000
	run "$TESTBIN/with-stdout" slow "$BIN/pretooluse" <"$FIXTURES/claude-code/PreToolUse.json"
	contains "$(text_of "$output")" "20 new peer"
	empty_box "$(session_box "$ME")"
}

@test "SIGTERM while an envelope goes out leaves no lock" {
	one_message
	"$TESTBIN/with-stdout" stuck "$BIN/pretooluse" <"$FIXTURES/claude-code/PreToolUse.json" &
	local waiter=$! hook
	until [ -d "$(session_box "$ME").lock" ]; do kill -0 $waiter; done
	hook=$(cut -d. -f1 "$(session_box "$ME").lock.owner")
	kill -TERM "$hook"
	wait $waiter || true
	still_there
}

@test "a disk that is full: mail still comes out, and a sender is refused" {
	[ "$(id -u)" = 0 ] || skip "needs root, to mount a small file system"
	need unshare
	unshare -m true 2>/dev/null || skip "may not have mounts of its own here (a chroot, a container)"
	one_message
	run unshare -m bash -c '
		cp -a "$HOME" "$HOME.kept" && mount -t tmpfs -o size=64k,mode=700 none "$HOME" || exit 77
		cp -a "$HOME.kept/.oxtail" "$HOME" && head -c 1000000 /dev/zero >"$HOME/filler" 2>/dev/null
		head -c 8000 /dev/zero | tr "\0" x | "$BIN/peer" send "$ME" 2>"$HOME.error"; echo "send: $?"
		cat "$HOME.error"
		"$BIN/pretooluse" <"$FIXTURES/claude-code/PreToolUse.json"; echo "hook: $?"
		find "$HOME/.oxtail" -name "*.lock*"
		"$BIN/stop" <"$FIXTURES/claude-code/Stop.json"; echo "stop: $?"
		rm "$HOME/filler"; "$BIN/peer" send "$ME" afterwards'
	[ "$status" != 77 ] || skip "may not mount a file system here"
	contains "$output" "send: 1"
	contains "$output" "No space left on device; make room and try again"
	contains "$output" hello
	contains "$output" "hook: 0"
	contains "$output" "stop: 0"
	lacks "$output" .lock
	equal "status" "$status" 0
}

@test "a file size limit is an error, not a death" {
	one_message
	run bash -c 'ulimit -f 0; "$BIN/peer" send "$ME" text'
	equal "status" "$status" 1
	contains "$output" "peer send: cannot"
	still_there
}

@test "directories that may not be written: hooks are silent, nothing is lost, peer says so" {
	need setpriv
	one_message
	chmod 500 "$STATE" "$MAILBOXES"
	run as_nobody "$BIN/pretooluse" <"$FIXTURES/claude-code/PreToolUse.json"
	equal "status and output" "$status$output" 0
	run as_nobody "$BIN/stop" <"$FIXTURES/claude-code/Stop.json"
	equal "status and output" "$status$output" 0
	run as_nobody "$BIN/peer" send "$ME" text
	equal "status" "$status" 1
	contains "$output" "Permission denied"
	chmod 700 "$STATE" "$MAILBOXES"
	contains "$(cat "$(session_box "$ME")")" hello
}

@test "a mailbox that may not be read: silent, and the lock is given back" {
	need setpriv
	one_message
	chmod 000 "$(session_box "$ME")"
	run as_nobody "$BIN/pretooluse" <"$FIXTURES/claude-code/PreToolUse.json"
	equal "status and output" "$status$output" 0
	run as_nobody "$BIN/peer" inbox --session "$ME"
	equal "status" "$status" 1
	contains "$output" "peer inbox: cannot open a mailbox of $ME"
	equal "locks" "$(find "$STATE" -name '*.lock*')" ""
}

@test "a state directory that others may write to is not used" {
	local folder
	one_message
	for folder in "$STATE" "$MAILBOXES"; do
		chmod 777 "$folder"
		silent pretooluse
		run "$BIN/peer" send "$ME" text
		equal "status" "$status" 1
		[ "$(wc -l <<<"$output")" = 1 ]
		run "$BIN/peer" inbox --session "$ME"
		equal "status" "$status" 1
		chmod 700 "$folder"
		still_there
	done
	rm "$STATE/activity/$ME"
	chmod 777 "$STATE/activity"
	event userpromptsubmit
	[ ! -e "$STATE/activity/$ME" ]
}

@test "nor are receipts, the index and the backlog in a folder that others may write to" {
	local folder
	register 999999991 "$ME"
	sleep 0.15
	silent pretooluse
	ln -sfn "$(readlink "$STATE/peerhooks/boxes/$ME" | sed 's/999999991/999999992/')" "$STATE/peerhooks/boxes/$ME"
	mail "$MAILBOXES/999999992.jsonl" "$(line "$(mid 1)" "not mine")"
	mkdir -m 700 "$STATE/receipts" "$STATE/peerhooks/backlog"
	echo "9 1" >"$STATE/peerhooks/backlog/$ME"
	chmod 777 "$STATE/receipts" "$STATE/peerhooks/boxes" "$STATE/peerhooks/backlog"
	silent pretooluse
	mail "$(session_box "$ME")" "$(line "$(mid 2)" mine)"
	EVENT=claude-code/Stop.active silent stop
	contains "$(event pretooluse)" mine
	equal "receipts" "$(ls "$STATE/receipts")" ""
}

@test "what went wrong stands in the trace file, and nowhere else" {
	one_message
	mkdir "$(session_box "$ME").lock"
	PEERHOOKS_TRACE=$HOME/trace silent pretooluse
	[[ $(cat "$HOME/trace") =~ ^[0-9]{13}\ [0-9]+\ "mail stays: cannot read mailboxes/s-$ME-cf4c4732.jsonl: errno 110"$ ]]
	rmdir "$(session_box "$ME").lock"
	PEERHOOKS_TRACE=$HOME/trace event pretooluse >/dev/null
	contains "$(tail -n 1 "$HOME/trace")" "delivered mail to $ME"
	PEERHOOKS_TRACE=/nonexistent/trace silent pretooluse
}

@test "a state directory of somebody else is not used" {
	[ "$(id -u)" = 0 ] || skip "needs root, to give a directory away"
	one_message
	chown 65534 "$STATE"
	silent pretooluse
	run "$BIN/peer" send "$ME" text
	equal "status" "$status" 1
	contains "$output" "it is not yours"
}

@test "symbolic links in place of mailbox, mark and ledger are not followed" {
	local secret=$BATS_TEST_TMPDIR/secret
	state_dirs
	line "$(mid 1)" secret >"$secret"
	cp "$secret" "$secret.before"
	ln -s "$secret" "$(session_box "$ME")"
	mkdir -m 700 "$STATE/activity"
	ln -s "$secret" "$STATE/activity/$ME"
	silent pretooluse
	silent stop
	run "$BIN/peer" send "$ME" text
	equal "status" "$status" 1
	cmp "$secret" "$secret.before"
	equal "locks" "$(find "$STATE" -name '*.lock*')" ""
}

@test "a FIFO or a directory in place of a file: no hang" {
	state_dirs
	mkfifo "$(session_box "$ME")"
	mkdir -m 700 "$STATE/activity"
	mkfifo "$STATE/activity/$ME"
	silent pretooluse
	run "$BIN/peer" send "$ME" text
	equal "status" "$status" 1
	run "$BIN/peer" inbox --session "$ME"
	equal "status and output" "$status$output" 0
	rm "$(session_box "$ME")" "$STATE/activity/$ME"
	mkdir "$(session_box "$ME")" "$STATE/activity/$ME"
	silent stop
	run "$BIN/peer" send "$ME" text
	equal "status" "$status" 1
}

@test "files in place of the directories: silent, and peer says so" {
	local name
	for name in activity sessions mailboxes receipts peerhooks; do
		rm -rf "$STATE"
		mkdir -m 700 "$STATE"
		touch "$STATE/$name"
		silent pretooluse
		silent stop
	done
	rm -rf "$STATE"
	touch "$STATE"
	silent pretooluse
	run "$BIN/peer" send "$ME" text
	equal "status" "$status" 1
	contains "$output" "make it a directory"
}

@test "no HOME, or one that is no absolute path" {
	local home
	for home in "" relative; do
		run env HOME="$home" "$BIN/pretooluse" <"$FIXTURES/claude-code/PreToolUse.json"
		equal "status and output" "$status$output" 0
	done
	run env -u HOME "$BIN/peer" send "$ME" text
	equal "status" "$status" 1
	contains "$output" "HOME is not an absolute path"
}

@test "NUL bytes in a mailbox: that line is no message, the others are" {
	state_dirs
	{ line "$(mid 1)" one; printf '\0\0{"schema_version":1}\0\n\0'; printf '\n'; line "$(mid 2)" two; } >"$(session_box "$ME")"
	run event pretooluse
	contains "$output" one
	contains "$output" two
	empty_box "$(session_box "$ME")"
}

@test "a mailbox of 100 MB: the oldest come out within the budget, call by call, and all in the end stays in order" {
	local text box
	state_dirs
	box=$(session_box "$ME")
	line "$(mid 1)" first >"$box"
	line "$(mid 2)" "$(letters 8000)" >"$BATS_TEST_TMPDIR/line"
	for _ in $(seq 100); do cat "$BATS_TEST_TMPDIR/line"; done >"$BATS_TEST_TMPDIR/lines"
	for _ in $(seq 128); do cat "$BATS_TEST_TMPDIR/lines"; done >>"$box"
	line "$(mid 3)" last >>"$box"
	[ "$(stat -c %s "$box")" -gt 100000000 ]
	text=$(text_of "$(event pretooluse)")
	contains "$text" first
	contains "$text" "message_id=$(mid 2)"
	# Some 25 windows of 4 MB; in each, every copy but one is a second one.
	for _ in $(seq 40); do
		text=$(event pretooluse)
		case $text in *last*) break ;; esac
	done
	contains "$text" last
	empty_box "$box"
}

@test "a line longer than all that is read at once is garbage, and does not block what follows" {
	local text="" box
	state_dirs
	box=$(session_box "$ME")
	{ letters 20000000 x; echo; line "$(mid 1)" after; } >"$box"
	for _ in 1 2 3 4 5 6; do text+=$(event pretooluse); done
	contains "$text" after
	empty_box "$box"
}
