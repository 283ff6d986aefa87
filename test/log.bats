# peer log: what happened to messages on this machine, from the journal, receipts, marks and trace.
load test_helper
load session_helper

setup() {
	need jq
	isolate
	export TZ=UTC
	OUT=$BATS_TEST_TMPDIR/out
	JOURNAL=$STATE/$OURS/journal.jsonl
	(umask 077 && mkdir -p "$STATE/$OURS/seen" "$STATE/receipts")
}

teardown() {
	[ -z "${AGENTS:-}" ] || kill -9 $AGENTS 2>/dev/null || :
	ours_running | xargs -r kill -9 2>/dev/null || :
}

log() {
	"$BIN/peer" log "$@" 3>&-
}

AT=1790000000	# 2026-09-21 14:13:20 UTC

# journal MS WHAT MEMBERS: a line of the journal; MS after AT.
journal() {
	printf '{"at":%s,"what":"%s"%s}\n' "$((AT * 1000 + $1))" "$2" "${3:+,$3}" >>"$JOURNAL"
}

# receipt N MS [VIA]: of message N.
receipt() {
	printf '{"schema_version":1,"message_id":"%s","delivered_at":%s,"via":"%s","recipient_session_id":"%s"}' \
		"$(mid "$1")" "$((AT + $2 / 1000))" "${3:-hook}" "$ME" >"$STATE/receipts/$(mid "$1")"
	touch -d "@$(awk -v at=$AT -v ms="$2" 'BEGIN { printf "%d.%03d", at + ms / 1000, ms % 1000 }')" "$STATE/receipts/$(mid "$1")"
}

# seen N SECONDS: message N was seen.
seen() {
	printf '%s' "$((AT + $2))" >"$STATE/$OURS/seen/$(mid "$1")"
	touch -d "@$((AT + $2))" "$STATE/$OURS/seen/$(mid "$1")"
}

story() {
	journal 100 sent "\"message_id\":\"$(mid 1)\",\"session_id\":\"$ME\",\"from\":\"$PEER\",\"status\":\"fired\",\"detail\":\"await-mail\""
	journal 300 wake "\"message_id\":\"$(mid 1)\",\"session_id\":\"$ME\",\"status\":\"skipped_busy\""
	receipt 1 200
	seen 1 2
	journal 3000 refused "\"from\":\"$PEER\",\"detail\":\"another project\""
	journal 3500 "put back" "\"message_id\":\"$(mid 2)\",\"session_id\":\"$ME\""
}

@test "nothing has happened: nothing is printed, and no file is made" {
	rm -r "$STATE"
	run log
	equal "status and output" "$status$output" 0
	equal "files" "$(find "$STATE" -mindepth 1)" ""
}

@test "all that happened, merged by time, the newest last" {
	story
	equal "log" "$(log)" "2026-09-21 14:13:20 sent $(mid 1) from $PEER to $ME: fired (await-mail)
2026-09-21 14:13:20 handed over $(mid 1) by hook to $ME
2026-09-21 14:13:20 wake $(mid 1) to $ME: skipped_busy
2026-09-21 14:13:22 seen $(mid 1)
2026-09-21 14:13:23 refused from $PEER (another project)
2026-09-21 14:13:23 put back $(mid 2) for $ME"
	equal "elsewhere" "$(TZ=XYZ-3:30 log | head -n 1 | cut -c1-19)" "2026-09-21 17:43:20"
}

@test "--json: one object a line with what is known" {
	story
	equal "log" "$(log --json)" "{\"at\":${AT}100,\"what\":\"sent\",\"message_id\":\"$(mid 1)\",\"session_id\":\"$ME\",\"from\":\"$PEER\",\"status\":\"fired\",\"detail\":\"await-mail\"}
{\"at\":${AT}200,\"what\":\"handed over\",\"message_id\":\"$(mid 1)\",\"session_id\":\"$ME\",\"via\":\"hook\"}
{\"at\":${AT}300,\"what\":\"wake\",\"message_id\":\"$(mid 1)\",\"session_id\":\"$ME\",\"status\":\"skipped_busy\"}
{\"at\":$((AT + 2))000,\"what\":\"seen\",\"message_id\":\"$(mid 1)\"}
{\"at\":$((AT + 3))000,\"what\":\"refused\",\"from\":\"$PEER\",\"detail\":\"another project\"}
{\"at\":$((AT + 3))500,\"what\":\"put back\",\"message_id\":\"$(mid 2)\",\"session_id\":\"$ME\"}"
}

@test "sessions are named by their labels, where one is known" {
	local label
	agent
	session start "$AGENT" "$ME" startup >/dev/null
	story
	label=$("$BIN/peer" label --session-id "$ME")
	contains "$(log)" "sent $(mid 1) from $PEER to $label ($ME): fired"
	equal "labels" "$(log --json | jq -r 'select(.what == "sent") | .label, .from_label')" "$label
null"
}

@test "a delivery by a hook and one by peer inbox, as they really happen" {
	mail "$(session_box "$ME")" "$(line "$(mid 1)" one)"
	event pretooluse >/dev/null
	mail "$(session_box "$ME")" "$(line "$(mid 2)" two)"
	"$BIN/peer" inbox --session "$ME" >/dev/null
	equal "log" "$(log | cut -d' ' -f3-)" "handed over $(mid 1) by hook to $ME
handed over $(mid 2) by read_my_messages to $ME"
}

@test "what the trace says stands among it" {
	export PEERHOOKS_TRACE=$BATS_TEST_TMPDIR/trace
	printf '%s 4711 no receipt for %s: errno 28\n' "${AT}150" "$(mid 1)" >"$PEERHOOKS_TRACE"
	printf 'no line of ours\n%s 12\n%s x y\n%s 1 cut off' "${AT}160" "${AT}170" "${AT}180" >>"$PEERHOOKS_TRACE"
	story
	equal "second line" "$(log | sed -n 2p)" "2026-09-21 14:13:20 trace 4711 no receipt for $(mid 1): errno 28"
	equal "as JSON" "$(log --json | sed -n 2p)" "{\"at\":${AT}150,\"what\":\"trace\",\"pid\":4711,\"detail\":\"no receipt for $(mid 1): errno 28\"}"
	equal "lines" "$(log | wc -l)" 7
	PEERHOOKS_TRACE=/nowhere/trace log | wc -l
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	equal "lines" "$(PEERHOOKS_TRACE=$BATS_TEST_TMPDIR/pipe log | wc -l)" 6
}

@test "what is noted in two places is told once" {
	journal 100 "handed over" "\"message_id\":\"$(mid 1)\",\"session_id\":\"$ME\",\"detail\":\"await-mail\""
	receipt 1 150
	journal 2000 seen "\"message_id\":\"$(mid 1)\",\"session_id\":\"$ME\""
	seen 1 2
	equal "log" "$(log | cut -d' ' -f3-)" "handed over $(mid 1) to $ME (await-mail)
seen $(mid 1) by $ME"
}

@test "how many lines: 50, or as many as are asked for, up to 1000" {
	local n
	awk -v at=$AT 'BEGIN { for (n = 1; n <= 1200; n++) printf "{\"at\":%d%03d,\"what\":\"sent\",\"message_id\":\"%016x\"}\n", at + n / 1000, n % 1000, n }' >"$JOURNAL"
	equal "lines" "$(log | wc -l)" 50
	equal "last" "$(log | tail -n 1 | cut -d' ' -f4)" "$(mid 1200)"
	equal "two" "$(log -n 2 | cut -d' ' -f4 | xargs)" "$(mid 1199) $(mid 1200)"
	equal "all" "$(log --lines 1000 | cut -d' ' -f4 | sed -n '1p;$p' | xargs)" "$(mid 201) $(mid 1200)"
	for n in 0 1001 -1 x "" 1x; do
		run log --lines="$n"
		equal "status of $n" "$status" 2
	done
	run log -n
	equal "status" "$status" 2
}

@test "the journal before this one counts too, in whatever order the times are" {
	journal 300 sent "\"detail\":\"third\""
	mv "$JOURNAL" "$STATE/$OURS/journal.1.jsonl"
	journal 400 sent "\"detail\":\"fourth\""
	journal 200 sent "\"detail\":\"second\""
	journal 200 sent "\"detail\":\"second too\""
	journal -1000 sent "\"detail\":\"first\""
	equal "order" "$(log | sed 's/.*(//')" $'first)\nsecond)\nsecond too)\nthird)\nfourth)'
}

@test "5,000 receipts: the newest are read, and no others" {
	need_strace
	local n
	cd "$STATE/receipts"
	receipt 0 0
	awk 'BEGIN { for (n = 1; n <= 5000; n++) printf "%016x\n", n }' >"$OUT"
	xargs -n 1000 touch <"$OUT"
	head -n 4000 "$OUT" | xargs -n 1000 touch -d "@$AT"
	for n in 1 2 3; do receipt "$n" "$((n * 1000))"; done
	strace -o "$BATS_TEST_TMPDIR/calls" -e trace=openat "$BIN/peer" log -n 1000 >"$OUT" 3>&-
	equal "lines" "$(wc -l <"$OUT")" 1000
	equal "receipts read" "$(grep -c '"receipts/' "$BATS_TEST_TMPDIR/calls")" 1000
	rm "$STATE"/receipts/*
	for n in 1 2 3; do receipt "$n" "$((n * 1000))"; done
	equal "the newest" "$(log -n 1 | cut -d' ' -f5)" "$(mid 3)"
}

@test "a receipt that was copied happened when it says" {
	receipt 1 1000
	receipt 2 2000
	touch "$STATE/receipts/$(mid 1)"
	equal "order" "$(log | cut -d' ' -f1,2,5)" "2026-09-21 14:13:21 $(mid 1)
2026-09-21 14:13:22 $(mid 2)"
}

@test "what others wrote is harmless: broken lines and files, control characters, texts of any length" {
	printf 'garbage\n{"at":1}\n[]\n{"at":"x","what":7}\n\n' >>"$JOURNAL"
	journal 0 '\u001b[2J\nnext' "\"session_id\":\"\\u0007../x\",\"detail\":\"$(letters 3000)\",\"from\":\"$(letters 400 é)\""
	printf '{"half":' >"$STATE/receipts/$(mid 1)"
	touch -d "@$AT" "$STATE/receipts/$(mid 1)"
	ln -s /etc/passwd "$STATE/receipts/$(mid 2)"
	printf x >"$STATE/receipts/none"
	mkdir "$STATE/$OURS/seen/$(mid 4)"
	printf 'x' >"$STATE/$OURS/seen/$(mid 5)"
	run log
	equal "status" "$status" 0
	contains "$output" '\u001b[2J\u000anext'
	contains "$output" '\u0007../x'
	contains "$output" "$(letters 500))"
	lacks "$output" "$(letters 520)"
	log --json | jq -e . >/dev/null
	chmod g+w "$STATE/receipts"
	lacks "$(log)" "handed over"
}

@test "--follow prints what is new, each once, from all sources" {
	export PEERHOOKS_TRACE=$BATS_TEST_TMPDIR/trace
	story
	log --follow -n 1 >"$OUT" &
	await "not the last of before" has_lines 1
	journal 5000 sent "\"message_id\":\"$(mid 3)\""
	await "no line of the journal" has_lines 2
	receipt 3 5500
	await "no receipt" has_lines 3
	seen 3 6
	await "no mark" has_lines 4
	mv "$JOURNAL" "$STATE/$OURS/journal.1.jsonl"
	journal 7000 wake "\"message_id\":\"$(mid 3)\""
	await "nothing of the new journal" has_lines 5
	echo "$((AT + 8))000 12 traced it" >>"$PEERHOOKS_TRACE"
	await "no line of the trace" has_lines 6
	equal "what" "$(cut -d' ' -f3 "$OUT" | xargs)" "put sent handed seen wake trace"
	equal "each once" "$(sort "$OUT" | uniq -d)" ""
}

has_lines() {
	[ "$(wc -l <"$OUT")" = "$1" ]
}

@test "--follow keeps up with a journal that is full, and is renamed" {
	local n
	for n in $(seq 1100); do journal "$n" sent "\"detail\":\"before\""; done
	log --follow -n 1 >"$OUT" &
	await "not the last of before" has_lines 1
	for n in $(seq 500); do
		journal "$((5000 + n))" sent "\"detail\":\"$n\""
		[ $((n % 200)) != 0 ] || mv "$JOURNAL" "$STATE/$OURS/journal.1.jsonl"
	done
	await "not all: $(wc -l <"$OUT")" has_lines 501
	equal "each" "$(sed 1d "$OUT" | sed 's/.*(\(.*\))/\1/' | sort -n)" "$(seq 500)"
}

@test "--follow ends when nobody reads any more" {
	mkfifo "$OUT.pipe"
	(status=0; log --follow >"$OUT.pipe" || status=$?; echo $status >"$OUT.status") &
	exec 4<"$OUT.pipe"
	exec 4<&-
	wait
	equal "status" "$(cat "$OUT.status")" 0
}

@test "an output that cannot be written to: status 1" {
	story
	run bash -c '"$BIN/peer" log >/dev/full'
	equal "status" "$status" 1
	contains "$output" "cannot write to standard output"
}

@test "what was held, and whom it went to, as they really happen" {
	local id
	present 1 >/dev/null
	id=$(peer send --from "$(sid 1)" --hold tester hello | cut -d' ' -f1)
	equal "held" "$(log | cut -d' ' -f3-)" "held $id from claude:1 ($(sid 1)) (tester)"
	present 2 >/dev/null
	peer label --session-id "$(sid 2)" tester >/dev/null
	contains "$(log | cut -d' ' -f3-)" "sent $id from claude:1 ($(sid 1)) to tester ($(sid 2)) (was held)"
}
