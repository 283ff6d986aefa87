# Crashes: our processes killed with SIGKILL between any two of their system calls, and what the next
# ones find. Every message comes out, at most once more and then with the same id.
#
# Two kills leave the same state behind if no call between them changes a file or writes anything:
# so the kills are made at the first call, and right behind each call that does change something: at
# every eighth of these, and at all with `make soak`.
load test_helper

setup() {
	isolate
	need_strace
	TRACE=$BATS_TEST_TMPDIR/trace
	TEMPLATE=$BATS_TEST_TMPDIR/template
	OUT=$BATS_TEST_TMPDIR/out
}

# calls COMMAND: its system calls after execve, each with its number among those of the same name,
# and whether it changes anything.
calls() {
	"${PREPARE:-true}"
	rm -rf "$TEMPLATE"
	[ ! -d "$STATE" ] || cp -a "$STATE" "$TEMPLATE"
	strace -o "$TRACE" "$@" <"$INPUT" >"$OUT"
	awk 'NR > 1 && match($0, /^[a-z_0-9]+\(/) {
		name = substr($0, 1, RLENGTH - 1)
		changes = name ~ /^(mkdirat|writev?|pwrite64|ftruncate|unlinkat|renameat|fsync)$/ || /O_CREAT/
		print name, ++n[name], changes ? "changes" : "looks"
	}' "$TRACE"
}

# kill_points COMMAND: those calls before which a kill leaves a state of its own.
kill_points() {
	calls "$@" | awk 'NR == 1 || before == "changes" { print $1, $2 } { before = $3 }' | some
}

# as_prepared: the state as it was before the calls were listed.
as_prepared() {
	rm -rf "$STATE"
	[ ! -d "$TEMPLATE" ] || cp -a "$TEMPLATE" "$STATE"
}

# killed_at NAME NUMBER COMMAND: runs it until it is about to make that call.
killed_at() {
	as_prepared
	strace -o /dev/null -e "inject=$1:signal=SIGKILL:when=$2" "${@:3}" <"$INPUT" >"$OUT" 2>/dev/null || true
}

# The 30 s that a lock of a dead process stands are over.
locks_go_stale() {
	find "$STATE" -name '*.lock*' -exec touch -d '60 seconds ago' {} +
}

# twice TEXT: the message ids that stand more than once in it.
twice() {
	local word seen=" "
	for word in $1; do
		case $word in message_id=*) ;; *) continue ;; esac
		case $seen in *" $word "*) echo "$word" ;; esac
		seen+="$word "
	done
}

# Everything that hooks still deliver, until they are silent.
rest() {
	local text
	locks_go_stale
	while text=$(event pretooluse) && [ -n "$text" ]; do
		printf '%s\n' "$text" | "$TESTBIN/json-get" hookSpecificOutput.additionalContext || fail "not whole: $text"
	done
}

# each_id_survives COUNT CONTEXT: ids 1 to COUNT stand in what came before the kill or after it.
each_id_survives() {
	local before after n
	before=$("$TESTBIN/json-get" "$MEMBER" <"$OUT" 2>/dev/null) || before=""
	after=$(rest)
	for n in $(seq "$1"); do
		contains "$before$after" "message_id=$(mid "$n")" || fail "lost $(mid "$n") when killed at $2"
	done
	# Nothing comes twice after the crash, and nothing that was not there.
	equal "ids after the kill at $2" "$(twice "$after")" ""
	equal "boxes after the kill at $2" "$(find "$MAILBOXES" -name '*.jsonl' -size +0 | wc -l)" 0
}

two_boxes() {
	register 999999991 "$ME"
	mail "$MAILBOXES/999999991.jsonl" "$(line "$(mid 1)" one)" "$(line "$(mid 2)" two)"
	mail "$(session_box "$ME")" "$(line "$(mid 2)" two)" "$(line "$(mid 3)" three)" garbage "$(line "$(mid 4)" four)"
	touch -d '1 minute ago' "$STATE/sessions"
}

# deaths HOOK FIXTURE MEMBER COUNT PREPARE: kills the hook at each of its calls.
deaths() {
	local name number list
	INPUT=$FIXTURES/claude-code/$2.json MEMBER=$3 PREPARE=$5
	list=$(kill_points "$BIN/$1")
	[ "$(wc -l <<<"$list")" -gt 3 ]
	while read -r name number; do
		killed_at "$name" "$number" "$BIN/$1"
		each_id_survives "$4" "$name $number"
	done <<<"$list"
}

@test "pretooluse killed before any of its calls loses nothing" {
	deaths pretooluse PreToolUse hookSpecificOutput.additionalContext 4 two_boxes
}

@test "stop killed before any of its calls loses nothing" {
	deaths stop Stop reason 4 two_boxes
}

more_than_fits() {
	many "$(session_box "$ME")" 5 1000
}

@test "a hook that leaves mail for the budget loses nothing when it is killed" {
	export OXTAIL_HOOK_MAX_BODY_CHARS=2500
	deaths stop Stop reason 5 more_than_fits
}

one_to_cut() {
	mail "$(session_box "$ME")" "$(line "$(mid 1)" "$(letters 5000)")" "$(line "$(mid 2)" two)"
}

@test "a hook that cuts a body has it whole in the ledger whenever it is killed" {
	local name number list ledger
	export OXTAIL_HOOK_MAX_BODY_CHARS=100
	INPUT=$FIXTURES/claude-code/PreToolUse.json PREPARE=one_to_cut
	ledger=$STATE/received/$(printf %s "$ME" | sha256sum | cut -c1-32).jsonl
	list=$(kill_points "$BIN/pretooluse")
	while read -r name number; do
		killed_at "$name" "$number" "$BIN/pretooluse"
		if ! grep -qs "$(letters 5000)" "$(session_box "$ME")"; then
			contains "$(cat "$ledger")" "$(letters 5000)"
		fi
	done <<<"$list"
}

existing_mail() {
	mail "$(session_box "$ME")" "$(line "$(mid 1)" one)"
	printf '{"schema_version":1,"id":"torn' >>"$(session_box "$ME")"
}

@test "peer send killed before any of its calls: what it announced is there, what was there stays" {
	local name number list prepare delivered
	INPUT=/dev/null
	for prepare in true existing_mail; do
		PREPARE=$prepare
		rm -rf "$STATE"
		list=$(kill_points "$BIN/peer" send --from "$PEER" "$ME" "the text")
		while read -r name number; do
			killed_at "$name" "$number" "$BIN/peer" send --from "$PEER" "$ME" "the text"
			[ ! -d "$STATE" ] || locks_go_stale
			"$BIN/peer" send --from "$PEER" "$ME" "another" >"$BATS_TEST_TMPDIR/second"
			delivered=$(rest)
			[ "$prepare" = true ] || contains "$delivered" "message_id=$(mid 1)"
			contains "$delivered" "message_id=$(cut -d' ' -f1 "$BATS_TEST_TMPDIR/second")"
			[ ! -s "$OUT" ] || contains "$delivered" "message_id=$(cut -d' ' -f1 "$OUT")"
			[ "$(grep -o 'the text' <<<"$delivered" | wc -l)" -le 1 ]
		done <<<"$list"
	done
}

@test "peer inbox killed before any of its calls loses nothing" {
	local name number list n after
	INPUT=/dev/null PREPARE=two_boxes
	list=$(kill_points "$BIN/peer" inbox --session "$ME")
	while read -r name number; do
		killed_at "$name" "$number" "$BIN/peer" inbox --session "$ME"
		after=$(rest)
		for n in 1 2 3 4; do contains "$(cat "$OUT")$after" "message_id=$(mid "$n")"; done
	done <<<"$list"
}

@test "a mark is busy, idle or not there, whenever its writer is killed" {
	local name number list prepare
	INPUT=$FIXTURES/claude-code/UserPromptSubmit.json
	for PREPARE in true idle_before; do
		list=$(kill_points "$BIN/userpromptsubmit")
		while read -r name number; do
			killed_at "$name" "$number" "$BIN/userpromptsubmit"
			[ -e "$STATE/activity/$ME" ] || continue
			[[ $(mark) =~ ^(busy|idle)$ ]] || fail "mark is '$(mark)' after a kill at $name $number"
		done <<<"$list"
	done
}

idle_before() {
	event stop
}

@test "a writer that may not write is told so, and no half line stays" {
	local error
	for error in ENOSPC EDQUOT EIO; do
		rm -rf "$STATE"
		existing_mail
		cp "$(session_box "$ME")" "$BATS_TEST_TMPDIR/before"
		run strace -o /dev/null -e "inject=writev:error=$error" "$BIN/peer" send "$ME" text
		equal "status" "$status" 1
		contains "$output" "peer send: cannot write to the mailbox of $ME in $STATE/mailboxes: "
		cmp "$(session_box "$ME")" "$BATS_TEST_TMPDIR/before"
		run strace -o /dev/null -e "inject=fsync:error=$error" "$BIN/peer" send "$ME" text
		equal "status" "$status" 1
		cmp "$(session_box "$ME")" "$BATS_TEST_TMPDIR/before"
		equal "locks" "$(find "$STATE" -name '*.lock*')" ""
	done
}

@test "any single call of a hook that fails: status 0, nothing or one document, nothing lost" {
	[ -z "${SANITIZED:-}" ] || skip "the sanitizers' own calls would fail too"
	local name number effect list error
	INPUT=$FIXTURES/claude-code/PreToolUse.json MEMBER=hookSpecificOutput.additionalContext PREPARE=two_boxes
	list=$(calls "$BIN/pretooluse" | some)
	while read -r name number effect; do
		case $name in exit_group | arch_prctl | set_tid_address | brk | rt_sig* | getpid | geteuid | munmap) continue ;; esac
		error=EIO
		[ "$effect" = looks ] || error=ENOSPC
		as_prepared
		strace -o /dev/null -e "inject=$name:error=$error:when=$number" "$BIN/pretooluse" <"$INPUT" >"$OUT" ||
			fail "status $? when $name $number failed with $error"
		[ ! -s "$OUT" ] || "$TESTBIN/json-check" "$OUT" || fail "output when $name $number failed: $(cat "$OUT")"
		each_id_survives 4 "$name $number failed with $error"
	done <<<"$list"
}
