# The received ledger: all mail that was sent to a session, and what became of the work asked for with it.
load test_helper

FROM="\"from_session_id\":\"$PEER\""
WORK='"action_required":true'

setup() {
	need jq
	isolate
	(umask 077 && mkdir -p "$STATE")
	LEDGER=$STATE/received/$(printf %s "$ME" | sha256sum | cut -c1-32).jsonl
}

g() {
	"$TESTBIN/gate" "$@"
}

# recorded LINE...
recorded() {
	local line
	for line; do
		equal "record" "$(g record "$ME" "$line")" ok
	done
}

# numbered FROM TO [MORE]: lines of those numbers.
numbered() {
	local n
	for n in $(seq "$1" "$2"); do line "$(mid "$n")" "text $n" "${3:-}"; done
}

# given LINE...: a ledger of these lines.
given() {
	(umask 077 && mkdir -p "$STATE/received" && printf '%s\n' "$@" >"$LEDGER")
}

ids() {
	jq -r .id "$LEDGER" | sed 's/^0*//' | tr '\n' ' '
}

@test "what is sent is recorded as it stands in the mailbox, in order" {
	recorded "$(line "$(mid 1)" one)" "$(line "$(mid 2)" '\"two\" é🦊' "$FROM")"
	equal "ledger" "$(cat "$LEDGER")" "$(line "$(mid 1)" one)
$(line "$(mid 2)" '\"two\" é🦊' "$FROM")"
	equal "modes" "$(stat -c %a "$LEDGER" "$STATE/received" | tr '\n' ' ')" "600 700 "
	equal "nothing else" "$(ls -A "$STATE/received" | wc -l)" 1
}

@test "a line with the same id is replaced, and its obligation carried over" {
	local closed='"obligation":{"state":"done","at":1795218784,"note":"result text"}'
	given "$(line "$(mid 1)" old "$WORK,$closed")" "$(line "$(mid 2)" two)" "" "$(line "$(mid 1)" again)"
	recorded "$(line "$(mid 1)" new "$WORK")"
	equal "ledger" "$(cat "$LEDGER")" "$(line "$(mid 2)" two)
$(line "$(mid 1)" new "$WORK,$closed")"
	recorded "$(line "$(mid 2)" three)"
	equal "the other" "$(tail -n 1 "$LEDGER")" "$(line "$(mid 2)" three)"
}

@test "over the cap the oldest go, but no open obligation, and not the new one" {
	export OXTAIL_RECEIVED_MAX=4
	given "$(line "$(mid 1)" one)" "$(line "$(mid 2)" two "$WORK")" garbage \
		"$(line "$(mid 3)" three "$WORK,\"obligation\":{\"state\":\"blocked\",\"at\":1}")"
	recorded "$(line "$(mid 4)" four)"
	equal "lines" "$(wc -l <"$LEDGER")" 4
	lacks "$(cat "$LEDGER")" "$(mid 1)"
	recorded "$(numbered 5 5)"
	lacks "$(cat "$LEDGER")" garbage
	equal "ids" "$(ids)" "2 3 4 5 "
	recorded "$(numbered 6 6)"
	equal "ids" "$(ids)" "2 4 5 6 "
	OXTAIL_RECEIVED_MAX=1 recorded "$(numbered 7 7 "$WORK")" "$(numbered 8 8)"
	equal "ids" "$(ids)" "2 7 8 "
}

@test "the cap is 1,000 lines unless a number above 0 is set" {
	local value
	(umask 077 && mkdir -p "$STATE/received")
	seq 1001 2000 | awk '{ printf "{\"schema_version\":1,\"id\":\"%016x\",\"body\":\"b\"}\n", $1 }' >"$LEDGER"
	recorded "$(numbered 1 1)"
	equal "lines" "$(wc -l <"$LEDGER") $(ids | cut -d' ' -f1)" "1000 3ea"
	for value in 0 -1 x ""; do
		OXTAIL_RECEIVED_MAX=$value recorded "$(numbered 1 1)"
		equal "lines with '$value'" "$(wc -l <"$LEDGER")" 1000
	done
}

@test "a torn last line is healed, whether a line is added or all are written anew" {
	(umask 077 && mkdir -p "$STATE/received")
	printf '%s\n{"torn' "$(numbered 1 1)" >"$LEDGER"
	recorded "$(numbered 2 2)"
	equal "added" "$(cat "$LEDGER")" "$(numbered 1 1)
{\"torn
$(numbered 2 2)"
	truncate -s -1 "$LEDGER"
	recorded "$(numbered 1 1)"
	equal "anew" "$(cat "$LEDGER")" "{\"torn
$(numbered 2 2)
$(numbered 1 1)"
}

@test "a ledger of more than 4 MB is kept as any other" {
	(umask 077 && mkdir -p "$STATE/received")
	many "$LEDGER" 600 8000
	recorded "$(numbered 1 1 "$WORK")" "$(numbered 700 700 "$WORK")"
	equal "lines" "$(wc -l <"$LEDGER")" 601
	contains "$(g find "$ME" "$(mid 1)")" "text 1"
	contains "$(g find "$ME" "$(mid 700)")" "text 700"
	equal "stamp" "$(g stamp "$ME" "$(mid 700)" "done" x)" ok
	OXTAIL_RECEIVED_MAX=10 recorded "$(numbered 701 701)"
	equal "lines" "$(wc -l <"$LEDGER")" 10
}

@test "of lines with one id the last is found; what is no message is not" {
	given "$(line "$(mid 1)" first)" "$(line "$(mid 1)" second "$WORK")" '{"schema_version":2,"id":"'"$(mid 1)"'","body":"x"}' \
		'{"schema_version":1,"id":"'"$(mid 1)"'","body":7}'
	equal "found" "$(g find "$ME" "$(mid 1)")" "$(mid 1) open - second"
	equal "another" "$(g find "$ME" "$(mid 2)")" none
	equal "another session's" "$(g find "$PEER" "$(mid 1)")" none
}

EXAMPLE_OPEN='{"schema_version":1,"id":"2a2338662d82b516","body":"hi","enqueued_at":1795218784,"body_bytes":2,"origin":"peer","from_session_id":"22222222-3333-4444-5555-666666666666","request_id":"r","action_required":true}'

@test "a closed obligation has the documented bytes, in its place" {
	local before after
	recorded "$(numbered 1 1)" "$EXAMPLE_OPEN" "$(numbered 2 2)"
	before=$(date +%s)
	equal "stamp" "$(g stamp "$ME" 2a2338662d82b516 "done" "result text")" ok
	after=$(jq -r 'select(.id == "2a2338662d82b516").obligation.at' "$LEDGER")
	[ "$after" -ge "$before" ] && [ "$after" -le "$(date +%s)" ]
	equal "ledger" "$(cat "$LEDGER")" "$(numbered 1 1)
${EXAMPLE_OPEN%\}},\"obligation\":{\"state\":\"done\",\"at\":$after,\"note\":\"result text\"}}
$(numbered 2 2)"
	equal "mode" "$(stat -c %a "$LEDGER")" 600
	equal "found" "$(g find "$ME" 2a2338662d82b516)" "2a2338662d82b516 done at hi"
}

@test "an obligation is closed once, and only if it is one" {
	recorded "$(line "$(mid 1)" work "$WORK")" "$(line "$(mid 2)" mail)" "$(line "$(mid 3)" more "$WORK")"
	equal "first" "$(g stamp "$ME" "$(mid 1)" blocked -)" ok
	cp "$LEDGER" "$BATS_TEST_TMPDIR/before"
	equal "second" "$(g stamp "$ME" "$(mid 1)" "done" x)" already
	equal "mail" "$(g stamp "$ME" "$(mid 2)" "done" x)" none
	equal "unknown" "$(g stamp "$ME" "$(mid 9)" "done" x)" none
	equal "no ledger" "$(g stamp "$PEER" "$(mid 1)" "done" x)" none
	cmp "$LEDGER" "$BATS_TEST_TMPDIR/before"
	equal "no note" "$(jq -c 'select(.id == "'"$(mid 1)"'").obligation | keys' "$LEDGER")" '["at","state"]'
	equal "all" "$(g walk | cut -d' ' -f2 | tr '\n' ' ')" "blocked none open "
	equal "files" "$(ls -A "$STATE/received" | wc -l)" 1
}

# note TEXT: what is kept of it.
note() {
	rm -f "$LEDGER"
	recorded "$(line "$(mid 1)" work "$WORK")"
	g stamp "$ME" "$(mid 1)" "done" "$1" >/dev/null
	jq -r .obligation.note "$LEDGER"
}

@test "a note is cut at 280 UTF-16 units, and never inside a pair" {
	equal "280" "$(note "$(letters 280)")" "$(letters 280)"
	equal "281" "$(note "$(letters 281)")" "$(letters 280)"
	equal "a pair that fits" "$(note "$(letters 278)🦊x")" "$(letters 278)🦊"
	equal "half a pair" "$(note "$(letters 279)🦊x")" "$(letters 279)"
	equal "é is one" "$(note "$(letters 279)éx")" "$(letters 279)é"
	equal "escapes" "$(note $'"\\\n\x01')" $'"\\\n\x01'
}

@test "all ledgers are walked, and nothing that is none" {
	recorded "$(line "$(mid 1)" one "$WORK")"
	g record "$PEER" "$(line "$(mid 2)" two "$WORK")" >/dev/null
	cp "$LEDGER" "$LEDGER.tmp.1.0123456789ab"
	cp "$LEDGER" "$STATE/received/.tmp.1.01234567"
	cp "$LEDGER" "$STATE/received/0123456789abcdef.jsonl"
	ln -s "$LEDGER" "$STATE/received/$(letters 32 a).jsonl"
	equal "messages" "$(g walk | sort)" "$(mid 1) open - one
$(mid 2) open - two"
}

@test "a ledger that another holds is waited for, and then left as it is" {
	recorded "$(numbered 1 1)"
	mkdir "$LEDGER.lock"
	equal "record" "$(g record "$ME" "$(numbered 2 2)")" timeout
	equal "ids" "$(ids)" "1 "
	touch -d '60 seconds ago' "$LEDGER.lock"
	recorded "$(numbered 2 2)"
	equal "ids" "$(ids)" "1 2 "
	equal "locks" "$(find "$STATE/received" -name '*.lock*')" ""
}

@test "a folder that is not ours alone is neither written nor read" {
	recorded "$(numbered 1 1)"
	chmod 770 "$STATE/received"
	equal "record" "$(g record "$ME" "$(numbered 2 2)")" failed
	equal "find" "$(g find "$ME" "$(mid 1)")" none
	chmod 700 "$STATE/received"
	equal "ids" "$(ids)" "1 "
}

# deaths COMMAND...: runs it on the ledger that is there, killed in front of every eighth call (all with
# THOROUGH=1) of those that follow a change; the ledger is then that of before or that of after.
deaths() {
	local name number list trace=$BATS_TEST_TMPDIR/trace dir=$BATS_TEST_TMPDIR
	cp "$LEDGER" "$dir/before"
	strace -o "$trace" "$@" >/dev/null
	cp "$LEDGER" "$dir/after"
	list=$(awk 'NR > 1 && match($0, /^[a-z_0-9]+\(/) {
		name = substr($0, 1, RLENGTH - 1)
		print name, ++n[name]
	}' "$trace" | some)
	[ "$(wc -l <<<"$list")" -gt 3 ]
	while read -r name number; do
		cp "$dir/before" "$LEDGER"
		strace -o /dev/null -e "inject=$name:signal=SIGKILL:when=$number" "$@" >/dev/null 2>&1 || :
		cmp -s "$LEDGER" "$dir/before" || sed 's/"at":[0-9]*/"at":0/' "$LEDGER" | cmp -s - <(sed 's/"at":[0-9]*/"at":0/' "$dir/after") ||
			fail "neither old nor new when killed at $name $number: $(cat "$LEDGER")"
		find "$STATE/received" -name '*.lock*' -prune -exec rm -rf {} +
	done <<<"$list"
	cp "$dir/before" "$LEDGER"
}

@test "killed between any two calls: the ledger is the old one or the new one" {
	need_strace
	recorded "$(numbered 1 1)" "$EXAMPLE_OPEN" "$(numbered 2 2)"
	deaths "$TESTBIN/gate" record "$ME" "$(numbered 3 3)"
	deaths "$TESTBIN/gate" record "$ME" "$(line "$(mid 1)" new)"
	export OXTAIL_RECEIVED_MAX=3
	deaths "$TESTBIN/gate" record "$ME" "$(numbered 3 3)"
	deaths "$TESTBIN/gate" stamp "$ME" 2a2338662d82b516 "done" "result text"
}

@test "a disk that is full, or fails: the ledger stays as it was" {
	need_strace
	[ -z "${SANITIZED:-}" ] || skip "the sanitizers' own calls would fail too"
	local error
	recorded "$(numbered 1 1)" "$(numbered 2 2)"
	cp "$LEDGER" "$BATS_TEST_TMPDIR/before"
	for error in writev:error=ENOSPC:when=1 fsync:error=EIO:when=1; do
		equal "$error" "$(strace -o /dev/null -e "inject=$error" "$TESTBIN/gate" record "$ME" "$(numbered 3 3)")" failed
		cmp "$LEDGER" "$BATS_TEST_TMPDIR/before"
		equal "$error" "$(strace -o /dev/null -e "inject=$error" "$TESTBIN/gate" record "$ME" "$(numbered 1 1)")" failed
		cmp "$LEDGER" "$BATS_TEST_TMPDIR/before"
		equal "files" "$(ls -A "$STATE/received" | wc -l)" 1
	done
}
