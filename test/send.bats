# peer send: into the right mailbox, durably, or not at all.
load test_helper

# Sender and receivers work in one project.
setup() {
	isolate
	cd "$BATS_TEST_TMPDIR" || return
	CWD=$PWD
}

# sent BOX: the one line in a box.
sent() {
	cat "$1"
}

@test "the line is what the protocol says, key by key" {
	run "$BIN/peer" send --from "$PEER" --request-id q-1 --reply-to a_2 "$ME" 'It is "8080"	now
\o/ é 🦊'
	equal "status" "$status" 0
	[[ $output =~ ^([0-9a-f]{16})\ skipped_no_fresh_idle$ ]]
	[[ $(sent "$(session_box "$ME")") =~ ^'{"schema_version":1,"id":"'${BASH_REMATCH[1]}'","body":"It is \"8080\"\tnow\n\\o/ é 🦊","enqueued_at":'[0-9]{10}',"body_bytes":28,"origin":"peer","from_session_id":"'$PEER'","request_id":"q-1","reply_to":"a_2"}'$ ]]
	equal "mode" "$(stat -c %a "$(session_box "$ME")" "$MAILBOXES" "$STATE" | tr '\n' ' ')" "600 700 700 "
	equal "line feeds" "$(wc -l <"$(session_box "$ME")")" 1
}

@test "without a sender, and outside of any agent, from_session_id is left out" {
	"$BIN/peer" send "$ME" hello
	lacks "$(sent "$(session_box "$ME")")" from_session_id
}

@test "the sender is the agent we run in; of two at once the first, if the processes above do not tell (see whoami.bats)" {
	CLAUDE_CODE_SESSION_ID=$PEER "$BIN/peer" send "$ME" one
	CODEX_THREAD_ID=thread-1 "$BIN/peer" send "$ME" two
	CODEX_SESSION_ID=root-1 CODEX_THREAD_ID=subagent-1 "$BIN/peer" send "$ME" three
	CLAUDE_CODE_SESSION_ID='a b' "$BIN/peer" send "$ME" four
	CLAUDE_CODE_SESSION_ID=$PEER PI_SESSION_ID=pi-1 "$BIN/peer" send "$ME" five
	equal "senders" "$(grep -oE '"from_session_id":"[^"]*"' "$(session_box "$ME")" | cut -d'"' -f4 | tr '\n' ' ')" "$PEER thread-1 root-1 $PEER "
}

@test "the text comes from standard input for - and for nothing, byte for byte" {
	printf 'a\n' | "$BIN/peer" send "$ME" -
	printf 'b\n\0' | "$BIN/peer" send "$ME"
	contains "$(sent "$(session_box "$ME")")" '"body":"a\n"'
	contains "$(sent "$(session_box "$ME")")" '"body":"b\n\u0000"'
	"$BIN/peer" send "$ME" -- --dashes
	contains "$(sent "$(session_box "$ME")")" '"body":"--dashes"'
}

@test "--json prints one object" {
	run "$BIN/peer" send --json "$ME" hello
	[[ $output =~ ^'{"message_id":"'[0-9a-f]{16}'","target_session_id":"'$ME'","label":null,"box":"s-'$ME'-cf4c4732","live":false,"held":false,"request_id":null,"action_required":false,"wake_status":"skipped_no_target","wake_reason":"hookless_default","wake_route":null}'$ ]]
	register $$ "$ME"
	run "$BIN/peer" send --json "$ME" hello
	contains "$output" "\"box\":\"$$\",\"live\":true,\"held\":false,"
}

@test "1 to 8192 bytes of valid UTF-8, or nothing is written" {
	local text
	letters 8192 | "$BIN/peer" send "$ME"
	letters 1 | "$BIN/peer" send "$ME"
	printf '🦊%.0s' $(seq 2048) | "$BIN/peer" send "$ME"
	equal "lines" "$(wc -l <"$(session_box "$ME")")" 3
	for text in '' "$(letters 8193)" "$(printf '🦊%.0s' $(seq 2048))x" "$(printf 'a\xff')" \
		"$(printf '\xed\xa0\xbd')" "$(printf '\xc0\x80')" "$(printf '\xf4\x90\x80\x80')" "$(printf '\xe2\x82')"; do
		run "$BIN/peer" send "$ME" < <(printf %s "$text")
		equal "status" "$status" 1
		[ "$(wc -l <<<"$output")" = 1 ]
		contains "$output" "nothing was sent"
	done
	equal "lines" "$(wc -l <"$(session_box "$ME")")" 3
	rm -rf "$STATE"
	run "$BIN/peer" send "$ME" ''
	[ ! -e "$STATE" ]
}

@test "a body that JSON must escape in every byte still fits its line" {
	head -c 8192 /dev/zero | tr '\0' '\1' | "$BIN/peer" send "$ME"
	contains "$(text_of "$(event pretooluse)")" "$(head -c 100 /dev/zero | tr '\0' '\1')"
}

@test "routing: the session box of a live server that drains it, else that server's pid box" {
	register $$ "$ME" keyed
	"$BIN/peer" send "$ME" one
	[ -s "$(session_box "$ME")" ]
	register $$ "$ME"
	"$BIN/peer" send "$ME" two
	contains "$(cat "$MAILBOXES/$$.jsonl")" two
	lacks "$(cat "$(session_box "$ME")")" two
}

@test "routing: no live entry, and the mail waits in the session box" {
	register 999999991 "$ME"
	"$BIN/peer" send "$ME" one
	contains "$(cat "$(session_box "$ME")")" one
	[ ! -e "$MAILBOXES/999999991.jsonl" ]
}

@test "routing: an entry whose start signature is another process's is not alive" {
	register $$ "$ME"
	sed -i 's/"started_at"/"proc_sig": "Thu Jan  1 00:00:00 1970",\n  "started_at"/' "$STATE/sessions/$$.json"
	"$BIN/peer" send "$ME" one
	[ -s "$(session_box "$ME")" ]
	need ps
	register $$ "$ME"
	sed -i "s/\"started_at\"/\"proc_sig\": \"$(ps -o lstart= -p $$ | sed 's/ *$//')\",\n  \"started_at\"/" "$STATE/sessions/$$.json"
	"$BIN/peer" send "$ME" two
	contains "$(cat "$MAILBOXES/$$.jsonl")" two
}

@test "routing: of two live entries the one that started last; one that lies about its pid is none" {
	register $$ "$ME"
	register $PPID "$ME"
	sed -i 's/1790000000/1790000009/' "$STATE/sessions/$PPID.json"
	"$BIN/peer" send "$ME" one
	[ -s "$MAILBOXES/$PPID.jsonl" ]
	sed -i "s/\"server_pid\": $PPID/\"server_pid\": 1/" "$STATE/sessions/$PPID.json"
	"$BIN/peer" send "$ME" two
	contains "$(cat "$MAILBOXES/$$.jsonl")" two
}

@test "routing: entries that are broken, null, huge or no entries harm nobody" {
	state_dirs
	register $$ "$ME"
	cd "$STATE/sessions"
	echo null >1.json
	echo '{' >2.json
	: >3.json
	echo '{"client":null}' >4.json
	letters 100000 >5.json
	echo x >6.json.77.tmp
	mkdir 7.json
	ln -s /etc/passwd 8.json
	mkfifo 9.json
	"$BIN/peer" send "$ME" one
	[ -s "$MAILBOXES/$$.jsonl" ]
	mail "$(session_box "$ME")" "$(line "$(mid 1)" hello)"
	contains "$(event pretooluse)" hello
}

@test "routing: a server that goes away while we write: one copy, and in the session box" {
	need_strace
	register $$ "$ME"
	strace -o /dev/null -e inject=fsync:delay_enter=300000 "$BIN/peer" send "$ME" one &
	until [ -s "$MAILBOXES/$$.jsonl" ]; do kill -0 $!; done
	rm "$STATE/sessions/$$.json"
	wait
	empty_box "$MAILBOXES/$$.jsonl"
	contains "$(cat "$(session_box "$ME")")" one
}

@test "a torn last line is healed before the new one" {
	state_dirs
	printf 'torn' >"$(session_box "$ME")"
	"$BIN/peer" send "$ME" hello
	equal "first line" "$(head -n 1 "$(session_box "$ME")")" torn
	equal "lines" "$(wc -l <"$(session_box "$ME")")" 2
}

@test "mailbox and ledger, when they are new their folders too, are synced before it is announced" {
	need_strace
	strace -o "$BATS_TEST_TMPDIR/trace" "$BIN/peer" send "$ME" hello
	equal "calls" "$(grep -oE '^(fsync|write\(1)' "$BATS_TEST_TMPDIR/trace" | tr '\n' ' ')" "$(printf 'fsync %.0s' {1..10})write(1 "
	strace -o "$BATS_TEST_TMPDIR/trace" "$BIN/peer" send "$ME" again
	equal "calls" "$(grep -oE '^(fsync|write\(1)' "$BATS_TEST_TMPDIR/trace" | tr '\n' ' ')" "fsync fsync write(1 "
}

@test "to oneself: refused" {
	run "$BIN/peer" send --from "$ME" "$ME" hello
	equal "status" "$status" 1
	contains "$output" "that is the sender itself"
	[ ! -e "$(session_box "$ME")" ]
}

@test "wrong usage: status 2, and one line that says where to look" {
	local arguments
	while read -r arguments; do
		run eval "\"$BIN/peer\" $arguments </dev/null"
		equal "status of $arguments" "$status" 2
		equal "lines of $arguments" "$(wc -l <<<"$output")" 1
		contains "$output" "'peer "
	done <<-'END'

	nonsense
	send
	send --nonsense x y
	send -x y z
	send --from
	send --from 'a b' x y
	send --request-id 'a b' x y
	send --reply-to '' x y
	send 'a b' text
	send ../x text
	send x two texts
	inbox
	inbox x
	inbox --session 'a b'
	inbox --nonsense
	help nonsense
	END
	# The folder itself may be there: whom a name stands for was looked up in it.
	equal "files" "$(find "$HOME" -type f)" ""
	[ ! -e "$MAILBOXES" ]
}

@test "an error is one line and harmless to a terminal, whatever the arguments hold" {
	run "$BIN/peer" send $'a\nb\e[31m' x
	equal "status" "$status" 2
	equal "output" "$output" "peer send: not a session id (1 to 256 of A-Z a-z 0-9 _ -) and not a label (1 to 32, : too): a\\x0ab\\x1b[31m; see 'peer send --help'"
	run "$BIN/peer" send "$(letters 100000 /)" x
	contains "$output" "///...; see 'peer send --help'"
}

@test "help for peer and for each command, and the version" {
	run "$BIN/peer" help
	equal "status" "$status" 0
	contains "$output" "send "
	contains "$output" "inbox "
	local command
	for command in send inbox; do
		run "$BIN/peer" $command --help
		equal "status" "$status" 0
		contains "$output" "usage: peer $command"
		equal "help" "$("$BIN/peer" help $command)" "$output"
	done
	equal "version" "$("$BIN/peer" --version)" "peerhooks $(sed -n 's/^VERSION := //p' "$ROOT/Makefile")"
}

@test "an output that cannot be written is an error, and says what was done" {
	run bash -c '"$BIN/peer" send "$ME" hello >/dev/full'
	equal "status" "$status" 1
	contains "$output" "cannot write to standard output"
	[ -s "$(session_box "$ME")" ]
}

@test "many senders at once: every message that was announced is there, whole" {
	local n
	for n in $(seq 8); do
		for _ in $(seq 25); do "$BIN/peer" send --from "sender-$n" "$ME" "$(letters 2000 "$n")"; done >"$BATS_TEST_TMPDIR/$n" &
	done
	wait
	equal "lines" "$(wc -l <"$(session_box "$ME")")" 200
	equal "ids" "$(grep -oE '"id":"[0-9a-f]{16}"' "$(session_box "$ME")" | cut -d'"' -f4 | sort)" "$(cut -d' ' -f1 "$BATS_TEST_TMPDIR"/[1-8] | sort)"
}
