# cursor-nonce: the handshake of syntaur.md section 6, and that the answer comes whatever happens.
load test_helper

CONVERSATION=dddddddd-0000-4000-8000-00000000000d
ALLOW='{"permission":"allow"}'

setup() {
	isolate
	NONCES=$HOME/.syntaur/runtime/cursor-nonces
	export CONVERSATION
}

# payload COMMAND [MORE]: an event; COMMAND is JSON-escaped.
payload() {
	printf '{"conversation_id":"%s","generation_id":"g","hook_event_name":"beforeShellExecution","command":"%s","cwd":"/w"%s}' "$CONVERSATION" "$1" "${2:-}"
}

# answers COMMAND...: with the one line and status 0, and not a word on standard error.
answers() {
	local all
	all=$("$@" 2>&1; echo "status $?")
	equal "answer" "$all" "$ALLOW"$'\n'"status 0"
}

# given TEXT: the hook on this standard input.
given() {
	answers "$BIN/cursor-nonce" < <(printf '%s' "$1")
}

# left NONCE...: these files are there, with the id, and no other.
left() {
	local nonce
	equal "files" "$(ls -A "$NONCES" 2>/dev/null)" "$(printf '%s.json\n' "$@" | sort)"
	for nonce in "$@"; do
		equal "file" "$(cat "$NONCES/$nonce.json")" "{\"sessionId\":\"$CONVERSATION\"}"
	done
}

nothing() {
	equal "files" "$(find "$HOME/.syntaur" -type f 2>/dev/null)" ""
}

@test "the id is left under the nonce before the answer, and the command takes it, once" {
	given "$(payload 'peer whoami --session-nonce abc-DEF_9')"
	left abc-DEF_9
	equal "id" "$("$BIN/peer" whoami --session-nonce abc-DEF_9)" "$CONVERSATION"
	equal "files" "$(ls -A "$NONCES")" ""
	run "$BIN/peer" whoami --session-nonce abc-DEF_9
	equal "status" "$status" 1
}

@test "file 0600, folders 0700, whatever the umask" {
	umask 0
	given "$(payload '--session-nonce abcdefgh')"
	equal "modes" "$(stat -c %a "$NONCES/abcdefgh.json" "$NONCES" "$HOME/.syntaur/runtime" "$HOME/.syntaur" | tr '\n' ' ')" "600 700 700 700 "
}

@test "written whole: to another name, renamed, and before the answer" {
	need_strace
	local log=$BATS_TEST_TMPDIR/log
	payload '--session-nonce abcdefgh' | strace -e trace=openat,open,write,rename,renameat,renameat2 -o "$log" "$BIN/cursor-nonce" >/dev/null
	lacks "$(grep -E 'open.*abcdefgh' "$log" || true)" abcdefgh
	equal "order" "$(grep -oE '^write\([0-9]+, ".{6}|^rename' "$log" | sed 's/^write([0-9]*, "//; s/\\//g' | cut -c1-4 | tr '\n' ' ')" '{"se rena {"pe '
}

@test "a command of tool_input, if there is none at the top" {
	given "{\"conversation_id\":\"$CONVERSATION\",\"tool_input\":{\"command\":\"x --session-nonce abcdefgh\"}}"
	left abcdefgh
	given "{\"conversation_id\":\"$CONVERSATION\",\"tool_input\":{\"command\":\"--session-nonce ijklmnop\"},\"command\":\"--session-nonce qrstuvwx\"}"
	left abcdefgh qrstuvwx
}

@test "one blank, at least 8 characters, the longest run" {
	local command
	for command in '--session-nonce=abcdefgh' '--session-nonce  abcdefgh' '--session-nonce\tabcdefgh' '--session-nonce abcdefg' \
		'--session-nonce \"abcdefgh\"' '--session-nonce' 'abcdefgh' '--session-nonce abc/defgh' ''; do
		given "$(payload "$command")"
		nothing
	done
	given "$(payload 'x --session-nonce abcdefgh;y')"
	left abcdefgh
}

@test "the last occurrence wins; one nonce also of two lines" {
	given "$(payload 'a --session-nonce abcdefgh b --session-nonce ijklmnop c')"
	left ijklmnop
	given "$(payload 'a --session-nonce abcdefgh\nb --session-nonce qrstuvwx\n')"
	left ijklmnop qrstuvwx
	given "$(payload 'a --session-nonce yzabcdef b --session-nonce short')"
	left ijklmnop qrstuvwx yzabcdef
}

@test "a path can never be built: the run stops at the first other character" {
	given "$(payload 'x --session-nonce abcdefgh/../x')"
	left abcdefgh
	given "$(payload 'x --session-nonce ../../../../abcdefgh')"
	left abcdefgh
	given "$(payload 'x --session-nonce ijklmnop\u0000.json')"
	left abcdefgh ijklmnop
}

@test "a nonce of 128 characters counts, one of 129 does not" {
	given "$(payload "--session-nonce $(letters 129)")"
	nothing
	given "$(payload "--session-nonce $(letters 128)")"
	left "$(letters 128)"
}

@test "the command is a JSON string, and is decoded" {
	given "$(payload 'peer\u0020--session\u002dnonce\u0020abcd\u0065fgh\u0020\"x\"')"
	left abcdefgh
	given "$(payload '\u00e9 \ud83e\udd8a \ud83e \\--session-nonce ijklmnop\\')"
	left abcdefgh ijklmnop
}

@test "an unsafe id is not written: quotes, paths, blanks, a final newline, 257 characters; nor none" {
	local id
	for id in '' .. a/b 'a b' a.b a:b 'a\n' 'a\"' 'a\u0000' "$(letters 257)"; do
		CONVERSATION=$id given "$(CONVERSATION=$id payload '--session-nonce abcdefgh')"
		nothing
	done
	given '{"command":"--session-nonce abcdefgh"}'
	given '{"conversation_id":7,"command":"--session-nonce abcdefgh"}'
	given "{\"conversation_id\":\"$CONVERSATION\",\"command\":[\"--session-nonce abcdefgh\"]}"
	given "{\"conversation_id\":\"$CONVERSATION\",\"tool_input\":\"--session-nonce abcdefgh\"}"
	nothing
	CONVERSATION=$(letters 256)
	given "$(payload '--session-nonce abcdefgh')"
	left abcdefgh
}

@test "always allowed: empty, broken, no object, anything" {
	local text
	for text in '' ' ' '{' '}' '[]' 'null' '"x"' '{"conversation_id":' "$(payload '--session-nonce abcdefgh')x" "$(payload '\x')"; do
		given "$text"
	done
	answers "$BIN/cursor-nonce" < <(printf '\0\377\376')
	answers "$BIN/cursor-nonce" --agent cursor </dev/null
	nothing
}

@test "always allowed: standard input closed, a folder, /dev/null" {
	answers bash -c '"$BIN/cursor-nonce" <&-'
	answers "$BIN/cursor-nonce" </
	answers "$BIN/cursor-nonce" </dev/null
	nothing
}

@test "always allowed: a terminal as standard input is not waited for" {
	need script
	# A terminal at which nobody types, for as long as the hook runs.
	mkfifo "$BATS_TEST_TMPDIR/typed"
	run timeout 10 script -qec "$BIN/cursor-nonce" /dev/null 0<>"$BATS_TEST_TMPDIR/typed"
	equal "status" "$status" 0
	contains "$output" "$ALLOW"
}

@test "always allowed: a payload up to 16 MB is understood, and one of 20 MB is read to its end" {
	answers "$BIN/cursor-nonce" < <(printf '{"conversation_id":"%s","x":"' "$CONVERSATION"; letters 15000000; printf '","command":"--session-nonce abcdefgh"}')
	left abcdefgh
	answers "$BIN/cursor-nonce" < <(payload "--session-nonce ijklmnop $(letters 100)" ',"x":"' | head -c -1; letters 20000000; printf '"}')
	left abcdefgh
	run bash -c 'set -o pipefail; { printf "{\"x\":\""; head -c 20000000 /dev/zero | tr "\0" x; } | "$BIN/cursor-nonce"'
	equal "status and output" "$status$output" "0$ALLOW"
}

@test "always allowed: a command of 16 MB, with the nonce at its end" {
	answers "$BIN/cursor-nonce" < <(printf '{"conversation_id":"%s","command":"' "$CONVERSATION"; letters 16000000; printf ' --session-nonce abcdefgh"}')
	left abcdefgh
}

@test "always allowed: no HOME, a relative one, one that is too long" {
	local text
	text=$(payload '--session-nonce abcdefgh')
	answers env -u HOME "$BIN/cursor-nonce" <<<"$text"
	answers env HOME=relative "$BIN/cursor-nonce" <<<"$text"
	answers env HOME="/$(letters 5000)" "$BIN/cursor-nonce" <<<"$text"
	answers env HOME=/dev/null "$BIN/cursor-nonce" <<<"$text"
	[ ! -e relative ]
}

@test "always allowed: a folder that cannot be written to, or is none" {
	local text user=()
	text=$(payload '--session-nonce abcdefgh')
	mkdir -p "$HOME/.syntaur/runtime"
	touch "$NONCES"
	answers "$BIN/cursor-nonce" <<<"$text"
	rm "$NONCES"
	mkdir -p "$NONCES/abcdefgh.json"
	answers "$BIN/cursor-nonce" <<<"$text"
	equal "files" "$(find "$NONCES" -type f)" ""
	rm -r "$NONCES"
	mkdir "$NONCES"
	chmod 500 "$NONCES"
	if [ "$(id -u)" = 0 ]; then
		need setpriv
		chmod 755 "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR" 2>/dev/null || true
		chown -R 65534:65534 "$HOME"
		user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	fi
	answers "${user[@]}" "$BIN/cursor-nonce" <<<"$text"
	nothing
}

@test "always allowed: a full disk, and nothing half is left" {
	unshare -m true 2>/dev/null || skip "may not mount"
	mkdir -p "$NONCES"
	run unshare -m bash -c 'mount -t tmpfs -o size=4k,nr_inodes=100 none "$1" 2>/dev/null || exit 9; head -c 8192 /dev/zero >"$1/fill" 2>/dev/null
		printf %s "$2" | "$BIN/cursor-nonce"; echo $?; ls -A "$1"' - "$NONCES" "$(payload '--session-nonce abcdefgh')"
	[ "$status" != 9 ] || skip "may not mount"
	equal "output" "$output" "$ALLOW"$'\n0\nfill'
}

@test "always allowed: a limit on the size of files does not end it" {
	[ -z "${SANITIZED:-}" ] || skip "the sanitizers need more"
	answers bash -c 'ulimit -f 0; printf %s "$1" | "$BIN/cursor-nonce" | cat' - "$(payload '--session-nonce abcdefgh')"
	nothing
}

@test "always allowed: no memory for a large payload" {
	[ -z "${SANITIZED:-}" ] || skip "the sanitizers need more"
	answers bash -c 'ulimit -v 8000; exec "$BIN/cursor-nonce"' <<<"$(payload '--session-nonce abcdefgh')"
	nothing
}

@test "status 0 also when nobody takes the answer: closed, full, stuck; and the nonce is left" {
	local text=$BATS_TEST_TMPDIR/text mode
	payload '--session-nonce abcdefgh' >"$text"
	"$BIN/cursor-nonce" <"$text" >&-
	"$BIN/cursor-nonce" <"$text" >&- 2>&-
	"$BIN/cursor-nonce" <"$text" >/dev/full
	for mode in closed stuck stuck-non-blocking; do
		run timeout 20 "$TESTBIN/with-stdout" $mode "$BIN/cursor-nonce" <"$text"
		equal "status with $mode" "$status" 0
	done
	left abcdefgh
	run "$TESTBIN/with-stdout" slow "$BIN/cursor-nonce" <"$text"
	equal "status and output" "$status$output" "0$ALLOW"
}

@test "the same nonce again: the last session counts; a link in its place is replaced, not followed" {
	mkdir -p "$NONCES"
	echo keep >"$HOME/other"
	ln -s "$HOME/other" "$NONCES/abcdefgh.json"
	CONVERSATION=first given "$(CONVERSATION=first payload '--session-nonce abcdefgh')"
	given "$(payload '--session-nonce abcdefgh')"
	left abcdefgh
	equal "what the link named" "$(cat "$HOME/other")" keep
	[ ! -L "$NONCES/abcdefgh.json" ]
}

@test "what is older than an hour is swept, and nothing else" {
	mkdir -p "$NONCES/old-folder.json"
	touch -d '61 minutes ago' "$NONCES/old-nonce.json" "$NONCES/.tmp.1.abcdef01" "$NONCES/README" "$NONCES/short.json" "$NONCES/old-folder.json"
	touch -d '59 minutes ago' "$NONCES/new-nonce.json" "$NONCES/.tmp.2.abcdef01"
	given "$(payload 'no nonce here')"
	[ -e "$NONCES/old-nonce.json" ]
	given "$(payload '--session-nonce abcdefgh')"
	equal "files" "$(LC_ALL=C ls -A "$NONCES" | tr '\n' ' ')" ".tmp.2.abcdef01 README abcdefgh.json new-nonce.json old-folder.json short.json "
}

@test "one sweep looks at 256 files, the next goes on" {
	mkdir -p "$NONCES"
	(cd "$NONCES" && touch -d '2 hours ago' old-nonce-{1..600}.json)
	given "$(payload '--session-nonce abcdefgh')"
	local n
	n=$(find "$NONCES" -type f | wc -l)
	[ "$n" -ge $((601 - 256)) ] && [ "$n" -le $((601 - 255)) ] || fail "$n files are left"
	given "$(payload '--session-nonce abcdefgh')"
	given "$(payload '--session-nonce abcdefgh')"
	left abcdefgh
}

@test "trouble goes to the trace, and nowhere else" {
	export PEERHOOKS_TRACE=$BATS_TEST_TMPDIR/trace
	mkdir -p "$NONCES/abcdefgh.json"
	given "$(payload '--session-nonce abcdefgh')"
	contains "$(cat "$PEERHOOKS_TRACE")" "cannot leave the session for nonce abcdefgh"
}

@test "what is registered with Cursor is JSON, and names this executable" {
	"$TESTBIN/json-check" "$ROOT/platforms/cursor/hooks.json"
	contains "$(cat "$ROOT/platforms/cursor/hooks.json")" '"/usr/local/libexec/peerhooks/cursor-nonce"'
	contains "$(cat "$ROOT/platforms/cursor/hooks.json")" '"beforeShellExecution"'
}
