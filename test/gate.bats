# The gate that decides whether a message wakes its receiver, the records that it keeps, and the healing
# of wakes that were missed. Each rule is tried on both sides of its boundary, at a made-up moment NOW.
load test_helper
load session_helper

NOW=1790000000123	# ms since 1970
R=9f8e7d6c5b4a3921	# a request
M=0123456789abcdef	# a message

setup() {
	isolate_in_project
	(umask 077 && mkdir -p "$STATE")
}

g() {
	"$TESTBIN/gate" "$@"
}

# ago MS: that long before NOW, as touch wants it; negative: after.
ago() {
	local at=$((NOW - $1))
	printf '@%d.%03d' $((at / 1000)) $((at % 1000))
}

# aged FILE MS: the file's time becomes so long before NOW.
aged() {
	touch -d "$(ago "$2")" "$1"
}

# marked WORD MS [SESSION]
marked() {
	local file=$STATE/activity/${3:-$ME}
	(umask 077 && mkdir -p "$STATE/activity")
	printf %s "$1" >"$file"
	aged "$file" "$2"
}

# time_of FILE: its mtime in ms since 1970.
time_of() {
	local at
	at=$(stat -c %.Y "$1")
	printf '%s%s' "${at%.*}" "$(printf %s "${at#*.}" | cut -c1-3)"
}

hash_of() {
	printf %s "$1" | sha256sum | cut -c1-32
}

pair_hash() { # A B, that need no escapes
	hash_of "[\"$1\",\"$2\"]"
}

dedupe() {
	printf '%s/autowake/d-%s' "$STATE" "$(pair_hash "$ME" "$R")"
}

rate() {
	printf '%s/autowake/r-%s' "$STATE" "$(hash_of "$ME")"
}

pending_ask() {
	printf '%s/pending-ask/p-%s' "$STATE" "$(pair_hash "$ME" "${1:-$R}")"
}

pending_wake() { # [SESSION [MESSAGE]]
	printf '%s/pending-wake/w-%s' "$STATE" "$(pair_hash "${1:-$ME}" "${2:-$M}")"
}

# put FILE MS: an empty record of that age.
put() {
	(umask 077 && mkdir -p "${1%/*}" && : >"$1")
	aged "$1" "$2"
}

# reply [MODE]: a reply to the request, to a session.
reply() {
	g pass "$ME" "${REQUEST:-$R}" "${1:--}" - "$NOW"
}

# becomes WHAT EXPECTED COMMAND...
becomes() {
	equal "$1" "$("${@:3}")" "$2"
}

# stated N WORD MS: Claude Code's own status file, as of so long ago.
stated() {
	mkdir -p "$HOME/.claude/sessions"
	printf '{"pid":%s,"sessionId":"%s","cwd":"/x","procStart":"%s","status":"%s","statusUpdatedAt":%s}' \
		"${PID[$1]}" "$(sid "$1")" "$(birth "${PID[$1]}" | cut -d@ -f1)" "$2" $((NOW - $3)) \
		>"$HOME/.claude/sessions/${PID[$1]}.json"
}

@test "a mark is freshly idle for 5 minutes and freshly busy for 10, and in no case from the future" {
	local word age expected
	while read -r word age expected; do
		marked "$word" "$age"
		becomes "$word of $age ms" "$expected" g activity "$ME" "$NOW"
	done <<-END
		idle 0 idle
		idle 299999 idle
		idle 300000 unknown
		idle -1 unknown
		idle -60000 unknown
		busy 0 busy
		busy 599999 busy
		busy 600000 unknown
		busy -1 unknown
		nonsense 0 unknown
	END
	rm "$STATE/activity/$ME"
	becomes "without a mark" "unknown unmarked" g activity "$ME" "$NOW"
}

@test "words of a mark may have blanks around; an empty mark is one" {
	marked $' idle\n' 0
	becomes "idle" idle g activity "$ME" "$NOW"
	marked $'\tbusy \r\n' 0
	becomes "busy" busy g activity "$ME" "$NOW"
	marked "" 0
	becomes "empty" unknown g activity "$ME" "$NOW"
}

@test "how long a mark is fresh may be set; what is no number above 0 changes nothing" {
	local value
	marked idle 999
	OXTAIL_AUTOWAKE_FRESH_IDLE_MS=1000 becomes "within" idle g activity "$ME" "$NOW"
	OXTAIL_AUTOWAKE_FRESH_IDLE_MS=" 9.99e2 " becomes "after" unknown g activity "$ME" "$NOW"
	for value in 0 -5 x "" 1x; do
		OXTAIL_AUTOWAKE_FRESH_IDLE_MS=$value becomes "'$value'" idle g activity "$ME" "$NOW"
	done
	marked busy 1000
	OXTAIL_ACTIVITY_BUSY_TTL_MS=1000 becomes "after" unknown g activity "$ME" "$NOW"
}

@test "what Claude Code's own file says counts where it is newer than the mark" {
	local mark mark_age status status_age expected
	present 1 >/dev/null
	while read -r mark mark_age status status_age expected; do
		marked "$mark" "$mark_age" "$(sid 1)"
		stated 1 "$status" "$status_age"
		becomes "$mark of $mark_age, $status of $status_age" "$expected" g activity "$(sid 1)" "$NOW"
	done <<-END
		busy 5000 idle 4000 idle
		busy 4000 idle 5000 busy
		idle 5000 busy 4000 busy
		idle 4000 busy 5000 idle
		idle 5000 waiting 4000 busy
		idle 9000000 waiting 8000000 busy
		idle 9000000 busy 8000000 busy
		busy 9000000 idle 299999 idle
		busy 9000000 idle 300000 unknown
		idle 1000 idle 300000 idle
		busy 5000 something-new 4000 busy
	END
	rm "$STATE/activity/$(sid 1)"
	stated 1 idle 1000
	becomes "without a mark" "idle unmarked" g activity "$(sid 1)" "$NOW"
	marked busy 5000 "$(sid 1)"
	end_agent "$AGENT"
	becomes "of a dead process" busy g activity "$(sid 1)" "$NOW"
}

@test "a reply wakes a session that is freshly idle, and is recorded" {
	marked idle 1000
	becomes "status" "fire reply" reply
	equal "d-" "$(cat "$(dedupe)")" "{\"sessionId\":\"$ME\",\"replyTo\":\"$R\",\"at\":$NOW}"
	equal "r-" "$(cat "$(rate)")" "$NOW"
	equal "times" "$(time_of "$(dedupe)") $(time_of "$(rate)")" "$NOW $NOW"
	equal "modes" "$(stat -c %a "$(dedupe)" "$(rate)" "$STATE/autowake" | tr '\n' ' ')" "600 600 700 "
}

@test "a reply does not wake who is busy, not freshly idle, or has no mark or session" {
	marked busy 0
	becomes "busy" "skipped_no_fresh_idle reply" reply
	marked idle 300000
	becomes "idle too long" "skipped_no_fresh_idle reply" reply
	marked idle -1
	becomes "of the future" "skipped_no_fresh_idle reply" reply
	rm "$STATE/activity/$ME"
	becomes "no mark" "skipped_no_fresh_idle reply" reply
	becomes "no session" "skipped_no_fresh_idle reply" g pass - "$R" - - "$NOW"
	becomes "no valid session" "skipped_no_fresh_idle reply" g pass ../x "$R" - - "$NOW"
	[ ! -e "$STATE/autowake" ] || fail "something was recorded"
}

@test "OXTAIL_AUTOWAKE is off in any case and with blanks around" {
	local value
	marked idle 0
	for value in off OFF Off ' off ' $'oFF\t\n'; do
		OXTAIL_AUTOWAKE=$value becomes "'$value'" "disabled reply" reply
	done
	[ ! -e "$STATE/autowake" ]
	REQUEST=0
	for value in on "" 0 offf of 'o ff'; do
		REQUEST=$((REQUEST + 1))
		rm -f "$(rate)"
		OXTAIL_AUTOWAKE=$value becomes "'$value'" "fire reply" reply
	done
}

@test "one answer wakes once in 60 minutes; a record of the future counts" {
	local age expected
	while read -r age expected; do
		rm -rf "$STATE/autowake"
		marked idle 0
		put "$(dedupe)" "$age"
		becomes "record of $age ms" "$expected reply" reply
	done <<-END
		0 skipped_deduped
		3599999 skipped_deduped
		3600000 fire
		9999999 fire
		-1 skipped_deduped
		-9999999 skipped_deduped
	END
	REQUEST=another
	rm -f "$(rate)"
	becomes "another answer" "fire reply" reply
	rm -rf "$STATE/autowake"
	put "$(dedupe)" 1000
	OXTAIL_AUTOWAKE_DEDUPE_TTL_MS=1000 becomes "an hour that is a second" "fire reply" reply
}

@test "a reply within 4 s of another does not wake" {
	local age expected
	while read -r age expected; do
		rm -rf "$STATE/autowake"
		marked idle 0
		put "$(rate)" "$age"
		becomes "record of $age ms" "$expected reply" reply
	done <<-END
		0 skipped_rate_limited
		3999 skipped_rate_limited
		4000 fire
		-1 skipped_rate_limited
	END
	rm -rf "$STATE/autowake"
	put "$(rate)" 1000
	OXTAIL_AUTOWAKE_MIN_INTERVAL_MS=1000 becomes "4 s that are one" "fire reply" reply
	[ ! -e "$STATE/pending-ask" ]
}

@test "of several reasons against a wake the first in the documented order is told" {
	put "$(dedupe)" 0
	put "$(rate)" 0
	marked busy 0
	OXTAIL_AUTOWAKE=off becomes "1" "disabled reply" reply
	OXTAIL_AUTOWAKE=off becomes "1, without a session" "disabled reply" g pass - "$R" - - "$NOW"
	becomes "3" "skipped_no_fresh_idle reply" reply
	marked idle 0
	becomes "5" "skipped_deduped reply" reply
	rm "$(dedupe)"
	becomes "6" "skipped_rate_limited reply" reply
	[ ! -e "$(dedupe)" ] || fail "a refused reply was recorded"
	rm -rf "$STATE/autowake"
	: >"$STATE/autowake"
	marked busy 0
	becomes "3, with a broken store" "skipped_no_fresh_idle reply" reply
}

@test "a wake that is looked into takes records of 60 minutes away, and no younger ones" {
	marked idle 0
	put "$STATE/autowake/d-old" 3600000
	put "$STATE/autowake/r-old" 9999999
	put "$STATE/autowake/d-young" 3599999
	put "$STATE/autowake/x-old" 9999999
	becomes "status" "fire reply" reply
	equal "left" "$(cd "$STATE/autowake" && echo *-old *-young)" "x-old d-young"
}

@test "a store that is no folder of ours, or cannot be written, is an error of the store" {
	marked idle 0
	: >"$STATE/autowake"
	becomes "a file" "skipped_store_error reply" reply
	rm "$STATE/autowake"
	mkdir -m 770 "$STATE/autowake"
	becomes "writable by a group" "skipped_store_error reply" reply
	rmdir "$STATE/autowake"
	ln -s /nonexistent "$STATE/autowake"
	becomes "a link to nowhere" "skipped_store_error reply" reply
	rm "$STATE/autowake"
	mkdir -m 700 "$STATE/autowake"
	mkdir "$(dedupe)"
	becomes "a folder in the claim's place" "skipped_deduped reply" reply
	rmdir "$(dedupe)"
	mkdir "$(rate)"
	becomes "no stamp: that does not matter" "fire reply" reply
	rmdir "$(rate)"
	rm "$(dedupe)"
	REQUEST=$(letters 2000)
	becomes "a request too long for any store" "skipped_store_error reply" reply
}

@test "a claim that fails is an error of the store, and leaves nothing" {
	need_strace
	[ -z "${SANITIZED:-}" ] || skip "the sanitizers' own calls would fail too"
	local error
	marked idle 0
	for error in write:error=ENOSPC utimensat:error=EACCES; do
		becomes "$error" "skipped_store_error reply" strace -qqo /dev/null -e "inject=$error:when=1" \
			"$TESTBIN/gate" pass "$ME" "$R" - - "$NOW"
		[ ! -e "$(dedupe)" ] || fail "a claim is left after $error"
	done
	becomes "afterwards" "fire reply" reply
}

@test "exactly one of two processes gets a claim, also of a record that has just expired" {
	local what
	export OXTAIL_AUTOWAKE_DEDUPE_TTL_MS=2000
	for what in claim claim-expired; do
		becomes "$what" "0 wrong" g race "$what" 1000
	done
}

@test "exactly one of two processes passes a throttle, and takes a pending ask" {
	local what
	for what in throttle throttle-expired consume; do
		becomes "$what" "0 wrong" g race "$what" 1000
	done
}

@test "a pending ask is written as documented, once, with its creation as its time" {
	becomes "first" ok g ask "$ME" "$R" "$NOW" "$PEER" "$M" 1790000000
	becomes "second" exists g ask "$ME" "$R" "$NOW" - - 0
	equal "record" "$(cat "$(pending_ask)")" "{\"sessionId\":\"$ME\",\"requestId\":\"$R\",\"at\":$NOW,\"target\":\"$PEER\",\"messageId\":\"$M\",\"ownerEpoch\":1790000000,\"attempts\":0,\"lastRepokeAt\":null}"
	equal "time, mode" "$(time_of "$(pending_ask)") $(stat -c %a "$(pending_ask)")" "$NOW 600"
	g ask "$ME" other "$NOW" - - 0
	equal "nulls" "$(cat "$(pending_ask other)")" "{\"sessionId\":\"$ME\",\"requestId\":\"other\",\"at\":$NOW,\"target\":null,\"messageId\":null,\"ownerEpoch\":null,\"attempts\":0,\"lastRepokeAt\":null}"
}

@test "a pending ask is taken once, and counts for 60 minutes" {
	local age expected
	becomes "none" none g consume "$ME" "$R" "$NOW"
	while read -r age expected; do
		put "$(pending_ask)" "$age"
		becomes "ask of $age ms" "$expected" g consume "$ME" "$R" "$NOW"
		becomes "again" none g consume "$ME" "$R" "$NOW"
	done <<-END
		0 won
		3599999 won
		3600000 expired
		-1000 won
	END
	put "$(pending_ask)" 1000
	OXTAIL_PENDING_ASK_TTL_MS=1000 becomes "a short hour" expired g consume "$ME" "$R" "$NOW"
}

@test "a late answer wakes leniently, before all else, and is recorded" {
	put "$(pending_ask)" 0
	marked idle 9999999
	put "$(rate)" 0
	becomes "long idle, rate" "fire late_reply_to_pending" reply
	equal "claim" "$(cat "$(dedupe)")" "{\"sessionId\":\"$ME\",\"replyTo\":\"$R\",\"at\":$NOW}"
	[ ! -e "$(pending_ask)" ]
	marked idle 0
	becomes "the next answer" "skipped_deduped reply" reply
	put "$(pending_ask)" 0
	becomes "deduped" "fire late_reply_to_pending" reply
	marked busy 0
	put "$(pending_ask)" 0
	becomes "busy" "skipped_busy late_reply_to_pending" reply
	rm "$STATE/activity/$ME"
	put "$(pending_ask)" 0
	becomes "no mark" "fire late_reply_to_pending" reply
	put "$(pending_ask)" 3600000
	becomes "an expired one" "skipped_no_fresh_idle reply" reply
}

@test "a late answer is taken whatever is said about waking" {
	marked idle 0
	put "$(pending_ask)" 0
	becomes "off" "none late_reply_to_pending_suppressed" reply off
	[ ! -e "$(pending_ask)" ] && [ ! -e "$(dedupe)" ]
	put "$(pending_ask)" 0
	OXTAIL_AUTOWAKE=off becomes "switched off" "disabled late_reply_to_pending" reply
	[ ! -e "$(pending_ask)" ]
	put "$(pending_ask)" 0
	OXTAIL_AUTOWAKE=off becomes "switched off, auto" "fire late_reply_to_pending" reply auto
	put "$(pending_ask)" 0
	rm -rf "$STATE/autowake"
	: >"$STATE/autowake"
	becomes "with a broken store" "fire late_reply_to_pending" reply
}

@test "--wake auto: unless it is freshly busy; no switch, no dedupe, no rate" {
	marked idle 9999999
	put "$(dedupe)" 0
	put "$(rate)" 0
	OXTAIL_AUTOWAKE=off becomes "idle" "fire auto" reply auto
	becomes "no reply" "fire auto" g pass "$ME" - auto - "$NOW"
	marked busy 599999
	becomes "busy" "skipped_busy auto" reply auto
	marked busy 600000
	becomes "busy no longer" "fire auto" reply auto
	marked busy -1
	becomes "busy in the future" "fire auto" reply auto
	becomes "without a session" "fire auto" g pass - - auto - "$NOW"
}

@test "--wake off: none" {
	marked idle 0
	becomes "reply" "none " reply off
	becomes "delegation" "none " g pass "$ME" - off action "$NOW"
	rm "$STATE/activity/$ME"
	becomes "no mark" "none " g pass "$ME" - off - "$NOW"
}

@test "a delegation wakes as --wake auto does" {
	marked idle 9999999
	becomes "idle" "fire auto" g pass "$ME" - - action "$NOW"
	marked busy 0
	becomes "busy" "skipped_busy auto" g pass "$ME" - - action "$NOW"
	becomes "also a reply" "skipped_busy auto" g pass "$ME" "$R" - action "$NOW"
}

@test "any other message wakes only who has no mark at all" {
	becomes "no mark" "fire hookless_default" g pass "$ME" - - - "$NOW"
	marked idle 9999999
	becomes "a mark" "none " g pass "$ME" - - - "$NOW"
	marked "" 0
	becomes "an empty mark" "none " g pass "$ME" - - - "$NOW"
	becomes "no session" "none " g pass - - - - "$NOW"
	present 1 >/dev/null
	stated 1 busy 0
	becomes "no mark, but the client is busy" "skipped_busy hookless_default" g pass "$(sid 1)" - - - "$NOW"
}

@test "an open dialog holds back every wake" {
	present 1 >/dev/null
	marked idle 1000 "$(sid 1)"
	stated 1 waiting 0
	becomes "reply" "skipped_no_fresh_idle reply" g pass "$(sid 1)" "$R" - - "$NOW"
	becomes "auto" "skipped_busy auto" g pass "$(sid 1)" - auto - "$NOW"
}

@test "the gate says and records what the independent counterpart of the protocol does" {
	need node
	TMPDIR=$BATS_TEST_TMPDIR node "$BATS_TEST_DIRNAME/interop/gate-differential.mjs" "$TESTBIN/gate" "$(rounds 800)" 7
}

@test "a pending wake is written as documented, once, with its creation as its time" {
	becomes "first" ok g wake "$ME" "$M" - "$NOW"
	becomes "second" exists g wake "$ME" "$M" "$PEER" "$NOW"
	equal "record" "$(cat "$(pending_wake)")" "{\"recipientSessionId\":\"$ME\",\"messageId\":\"$M\",\"senderSessionId\":null,\"sentAt\":$NOW,\"attempts\":0,\"lastAttemptAt\":null}"
	equal "time, mode" "$(time_of "$(pending_wake)") $(stat -c %a "$(pending_wake)")" "$NOW 600"
	g wake "$ME" "$(mid 2)" "$PEER" "$NOW"
	contains "$(cat "$(pending_wake "$ME" "$(mid 2)")")" "\"senderSessionId\":\"$PEER\""
}

# missed MS [SESSION [MESSAGE]]: a wake that was missed so long ago.
missed() {
	g wake "${2:-$ME}" "${3:-$M}" "$PEER" $((NOW - $1)) >/dev/null
}

heal() {
	g heal "${1:--}" "$NOW" "${2:--}"
}

@test "a missed wake is due after 15 s, for a session that is idle, however long" {
	missed 14999
	marked idle 9999999
	becomes "too young" nothing heal
	rm -r "$STATE/pending-wake"
	missed 15000
	marked busy 9999999
	becomes "not idle" nothing heal
	marked idle -1
	becomes "idle in the future" nothing heal
	[ ! -e "$STATE/self-wake" ] || fail "throttled without a wake"
	marked idle 9999999
	becomes "another session's wakes" nothing heal "$PEER"
	becomes "now" "$ME 1 missed" heal
	becomes "again" nothing heal
	equal "throttle" "$(time_of "$STATE/self-wake/$(hash_of "$ME")")" "$NOW"
}

@test "wakes of a session are 60 s apart, and three at most; each counts for all its records" {
	local throttle
	throttle=$STATE/self-wake/$(hash_of "$ME")
	marked idle 0
	missed 20000
	missed 30000 "$ME" "$(mid 2)"
	missed 1000 "$ME" "$(mid 3)"
	becomes "first" "$ME 2 missed" heal - tried
	equal "record" "$(cat "$(pending_wake)")" "{\"recipientSessionId\":\"$ME\",\"messageId\":\"$M\",\"senderSessionId\":\"$PEER\",\"sentAt\":$((NOW - 20000)),\"attempts\":1,\"lastAttemptAt\":$NOW}"
	equal "its time" "$(time_of "$(pending_wake)")" "$((NOW - 20000))"
	contains "$(cat "$(pending_wake "$ME" "$(mid 3)")")" '"attempts":0'
	aged "$throttle" 59999
	becomes "too soon" nothing heal
	NOW=$((NOW + 1))
	becomes "second" "$ME 2 missed" heal - tried
	NOW=$((NOW + 60000))
	rm "$(pending_wake "$ME" "$(mid 3)")"
	becomes "third" "$ME 2 missed" heal - tried
	NOW=$((NOW + 60000))
	becomes "no fourth" nothing heal
	equal "nothing left behind" "$(find "$STATE/pending-wake" -type f ! -name 'w-*')" ""
}

@test "a receipt ends a pending wake, and so do 60 minutes" {
	marked idle 0
	missed 20000
	(umask 077 && mkdir -p "$STATE/receipts")
	: >"$STATE/receipts/$M"
	becomes "handed over" nothing heal
	[ ! -e "$(pending_wake)" ] || fail "it is still there"
	missed 3600000 "$ME" "$(mid 2)"
	becomes "too old" nothing heal
	[ ! -e "$(pending_wake "$ME" "$(mid 2)")" ] || fail "it is still there"
}

@test "healing is switched off by OXTAIL_SELF_WAKE or OXTAIL_AUTOWAKE, and its bounds may be set" {
	marked idle 0
	missed 5000
	export OXTAIL_SELF_WAKE_GRACE_MS=5000 OXTAIL_SELF_WAKE_THROTTLE_MS=10 OXTAIL_SELF_WAKE_CAP=1
	OXTAIL_SELF_WAKE=off becomes "off" nothing heal
	OXTAIL_AUTOWAKE=Off becomes "off" nothing heal
	becomes "on" "$ME 1 missed" heal - tried
	NOW=$((NOW + 10))
	becomes "cap" nothing heal
	OXTAIL_SELF_WAKE_CAP=2 becomes "more" "$ME 1 missed" heal
}

@test "a waiter is told when its session's next wake may be due" {
	becomes "no records" -1 g heal-at "$ME" "$NOW"
	missed 1000
	missed 3000 "$ME" "$(mid 2)"
	missed 9000 "$PEER"
	becomes "the first" $((NOW + 12000)) g heal-at "$ME" "$NOW"
	put "$STATE/self-wake/$(hash_of "$ME")" 1000
	becomes "throttled" $((NOW + 59000)) g heal-at "$ME" "$NOW"
	OXTAIL_SELF_WAKE=off becomes "off" -1 g heal-at "$ME" "$NOW"
}

@test "a throttle of a time that is further ahead than it holds is none" {
	local file
	file=$STATE/self-wake/$(hash_of "$ME")
	missed 20000
	put "$file" -60000
	becomes "60 s ahead" wait g throttle self-wake "$ME" 60000 "$NOW"
	becomes "the next wake then" $((NOW + 120000)) g heal-at "$ME" "$NOW"
	aged "$file" -60001
	becomes "the next wake" $((NOW - 5000)) g heal-at "$ME" "$NOW"
	becomes "more than 60 s ahead" pass g throttle self-wake "$ME" 60000 "$NOW"
	equal "time" "$(time_of "$file")" "$NOW"
	becomes "at once again" wait g throttle self-wake "$ME" 60000 "$NOW"
}

# asked MS: the session asked PEER, and gave up waiting so long ago.
asked() {
	g ask "$ME" "${2:-$R}" $((NOW - $1)) "$PEER" "$M" 0 >/dev/null
}

@test "who was asked is woken for it after 4 minutes, 90 s apart, three times at most" {
	asked 239999
	becomes "too young" nothing heal
	rm -r "$STATE/pending-ask"
	asked 240000
	becomes "not the one who asked" nothing heal "$ME"
	marked busy 599999 "$PEER"
	becomes "busy" nothing heal
	[ ! -e "$STATE/waiter-wake" ] || fail "throttled without a wake"
	marked busy 600000 "$PEER"
	becomes "first" "$PEER 1 asked" heal "$PEER" tried
	equal "record" "$(cat "$(pending_ask)")" "{\"sessionId\":\"$ME\",\"requestId\":\"$R\",\"at\":$((NOW - 240000)),\"target\":\"$PEER\",\"messageId\":\"$M\",\"ownerEpoch\":null,\"attempts\":1,\"lastRepokeAt\":$NOW}"
	equal "its time" "$(time_of "$(pending_ask)")" "$((NOW - 240000))"
	NOW=$((NOW + 89999))
	becomes "too soon" nothing heal
	NOW=$((NOW + 1))
	becomes "second" "$PEER 1 asked" heal - tried
	NOW=$((NOW + 90000))
	becomes "third" "$PEER 1 asked" heal - tried
	NOW=$((NOW + 90000))
	becomes "no fourth" nothing heal
}

@test "an answer in the ledger ends a pending ask; a receipt leaves it, and nobody is woken" {
	asked 300000
	asked 300000 other
	g record "$ME" "$(line "$(mid 7)" answer "\"reply_to\":\"$R\"")" >/dev/null
	(umask 077 && mkdir -p "$STATE/receipts")
	: >"$STATE/receipts/$M"
	becomes "nothing to do" nothing heal
	[ ! -e "$(pending_ask)" ] || fail "the answered one is still there"
	[ -e "$(pending_ask other)" ] || fail "the delivered one is gone"
	rm "$STATE/receipts/$M"
	becomes "not delivered" "$PEER 1 asked" heal
}

@test "records of others that are broken, or under another's name, are passed by" {
	(umask 077 && mkdir -p "$STATE/pending-wake" "$STATE/pending-ask")
	marked idle 0
	printf '{"recipientSessionId":"%s","messageId":"%s","sentAt":1,"attempts":0}' "$ME" "$M" >"$STATE/pending-wake/w-$(hash_of x)"
	printf '{' >"$(pending_wake "$ME" "$(mid 1)")"
	printf '{"recipientSessionId":"%s","messageId":"../%s","attempts":0}' "$ME" "$M" >"$(pending_wake "$ME" "../$M")"
	printf '{"recipientSessionId":"a/b","messageId":"%s","attempts":0}' "$M" >"$(pending_wake a/b)"
	ln -s /dev/zero "$STATE/pending-wake/w-$(hash_of y)"
	printf '{"sessionId":"%s","requestId":"%s","target":"%s","messageId":"%s"}' "$ME" "$R" "$PEER" "$M" >"$STATE/pending-ask/p-$(hash_of x)"
	for file in "$STATE"/pending-*/[wp]-*; do [ -L "$file" ] || aged "$file" 300000; done
	becomes "due" nothing heal
	becomes "asks" "" g asks "$NOW"
	# An old server's record has the first three keys only.
	printf '{"sessionId":"%s","requestId":"%s","at":1}' "$ME" "$R" >"$(pending_ask)"
	aged "$(pending_ask)" 300000
	becomes "asks" "$ME $R 0" g asks "$NOW"
	becomes "due" nothing heal
}

@test "an outbox record is written as documented, and the first one stands" {
	becomes "record" "$M 1795218784 [$ME] 22640 [$PEER]" g outbox "$M" 1795218784 "$ME" 22640 "$PEER"
	equal "content" "$(cat "$STATE/outbox/$M")" "{\"schema_version\":1,\"message_id\":\"$M\",\"enqueued_at\":1795218784,\"target_session_id\":\"$ME\",\"target_server_pid\":22640,\"from_session_id\":\"$PEER\"}"
	equal "mode" "$(stat -c %a "$STATE/outbox/$M")" 600
	becomes "the second" "$M 1795218784 [$ME] 22640 [$PEER]" g outbox "$M" 1 "$ME" 1 -
	becomes "nulls" "$(mid 2) 1 [] 0 []" g outbox "$(mid 2)" 1 - 0 -
	contains "$(cat "$STATE/outbox/$(mid 2)")" '"target_session_id":null,"target_server_pid":0,"from_session_id":null}'
}

@test "a receipt is read, and one that is broken still says that there is one" {
	(umask 077 && mkdir -p "$STATE/receipts")
	becomes "none" none g receipt "$M"
	printf '{"schema_version":1,"message_id":"%s","delivered_at":1790000001,"via":"hook","recipient_session_id":"%s"}' "$M" "$ME" >"$STATE/receipts/$M"
	becomes "ours" "1790000001 hook [$ME]" g receipt "$M"
	printf '{"schema_version":1,"message_id":"%s","delivered_at":1790000001,"via":"ask_peer_reply","recipient_session_id":null}' "$M" >"$STATE/receipts/$M"
	becomes "of nobody" "1790000001 ask_peer_reply []" g receipt "$M"
	: >"$STATE/receipts/$M"
	becomes "broken" failed g receipt "$M"
}

@test "records whose time is over are swept, and no others" {
	local file
	(umask 077 && mkdir -p "$STATE/peerhooks")
	for file in pending-ask/p-1 pending-wake/w-1 autowake/d-1 autowake/r-1 pending-ask/.tmp.1.2 peerhooks/waiters/answer-1; do
		put "$STATE/$file" 0
		touch -d '3700 seconds ago' "$STATE/$file"
		put "$STATE/$file-young" 0
		touch -d '3500 seconds ago' "$STATE/$file-young"
	done
	for file in self-wake/1 waiter-wake/1; do
		put "$STATE/$file" 0
		touch -d '25 hours ago' "$STATE/$file"
		put "$STATE/$file-young" 0
		touch -d '23 hours ago' "$STATE/$file-young"
	done
	for file in outbox/1 receipts/1 peerhooks/seen/1 peerhooks/unproven/1; do
		put "$STATE/$file" 0
		touch -d '170 hours ago' "$STATE/$file"
		put "$STATE/$file-young" 0
		touch -d '160 hours ago' "$STATE/$file-young"
	done
	put "$STATE/peerhooks/waiters/s-young" 0
	touch -d '30 days ago' "$STATE/peerhooks/waiters/s-young"
	g sweep
	equal "left over" "$(find "$STATE" -type f ! -name '*-young' ! -name swept)" ""
	equal "young ones" "$(find "$STATE" -name '*-young' | wc -l)" 13
}
