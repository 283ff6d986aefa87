# Handed over is not seen: the transcript proves it, and what the client has dropped comes again, once.
load test_helper

setup() {
	need jq
	isolate
	T=$HOME/transcript.jsonl
	BOX=$(session_box "$ME")
	RECORDS=$STATE/peerhooks/unproven/$ME.jsonl
	AGENT_NAME=claude-code
}

# hook NAME [TOOL] [MORE]: runs it with the transcript in its event. MORE: further members.
hook() {
	local name
	case $1 in
	pretooluse) name=PreToolUse ;;
	stop) name=Stop ;;
	*) name=UserPromptSubmit ;;
	esac
	printf '{"session_id":"%s","transcript_path":"%s","hook_event_name":"%s"%s%s}' "$ME" "$T" "$name" \
		"${2:+,\"tool_use_id\":\"$2\"}" "${3:+,$3}" | "$BIN/$1" --agent "$AGENT_NAME"
}

# unproven N AT TOOL [LOOKED]: writes the record that message N was handed over.
unproven() {
	(umask 077 && mkdir -p "${RECORDS%/*}" "$MAILBOXES")
	printf '[%s,%s,%s,0,"%s",%s]\n' "$(stat -c %i "$T")" "${4:-$(stat -c %s "$T")}" "$2" "$3" \
		"$(line "$(mid "$1")" text)" >>"$RECORDS"
}

seen() {
	[ -s "$STATE/peerhooks/seen/$(mid "$1")" ]
}

# fate N: seen, put back, or open.
fate() {
	if seen "$1"; then
		echo seen
	elif grep -qs "$(mid "$1")" "$BOX"; then
		echo put back
	elif grep -qs "$(mid "$1")" "$RECORDS"; then
		echo open
	else
		echo none
	fi
}

# Claude Code's entries. result TOOL; word; shown N; ended
result() {
	printf '{"type":"user","timestamp":"%s","message":{"content":[{"tool_use_id":"%s","type":"tool_result"}]}}\n' "$(stamp)" "$1"
}
word() {
	printf '{"type":"assistant","timestamp":"%s","message":{}}\n' "$(stamp)"
}
shown() {
	printf '{"type":"attachment","attachment":{"type":"%s","content":["\\n--- msg 1 | message_id=%s | from ---\\nx"]},"timestamp":"%s"}\n' "${2:-hook_additional_context}" "$(mid "$1")" "$(stamp)"
}
ended() {
	printf '{"type":"system","subtype":"stop_hook_summary","timestamp":"%s"}\n' "${1:-$(stamp)}"
}
stamp() {
	date -u -d "${1:-now}" +%Y-%m-%dT%H:%M:%S.%3NZ
}

# handed_over N TOOL: message N comes in and goes out to a tool call.
handed_over() {
	[ -e "$T" ] || word >"$T"
	mail "$BOX" "$(line "$(mid "$1")" text)"
	contains "$(hook pretooluse "$2")" "message_id=$(mid "$1")"
}

@test "what the real clients write proves what they passed on, and only that" {
	local file before lines at tool outcome
	while read -r file before lines at tool outcome; do
		rm -rf "$STATE"
		AGENT_NAME=${file%/*}
		[ "$tool" != - ] || tool=""
		head -n "$before" "$FIXTURES/transcripts/$file.jsonl" >"$T"
		unproven 1 "$at" "$tool"
		head -n "$lines" "$FIXTURES/transcripts/$file.jsonl" | tail -n +$((before + 1)) >>"$T"
		equal "output" "$(hook userpromptsubmit)" ""
		equal "$file after $lines lines" "$(fate 1)" "$outcome"
	done <<-END
		claude-code/seen-pretooluse 1 3 1795247473163 toolu_mock_1 open
		claude-code/seen-pretooluse 1 4 1795247473163 toolu_mock_1 open
		claude-code/seen-pretooluse 1 7 1795247473163 toolu_mock_1 seen
		claude-code/dropped-pretooluse 3 5 1795247473452 toolu_mock_1 open
		claude-code/dropped-pretooluse 3 6 1795247473452 toolu_mock_1 put back
		claude-code/seen-parallel 3 5 1795247828791 toolu_mock_1_2 open
		claude-code/seen-parallel 3 9 1795247828791 toolu_mock_1_2 seen
		claude-code/seen-stop 1 2 1795247474121 - open
		claude-code/seen-stop 1 8 1795247474121 - seen
		claude-code/dropped-stop 1 2 1795247834265 - open
		claude-code/dropped-stop 1 5 1795247834265 - put back
		claude-code/dropped-stop 1 5 1795247835265 - open
		claude-code/seen-rewake 0 1 1795247473163 - open
		claude-code/seen-rewake 0 2 1795247473163 - open
		claude-code/seen-rewake 0 5 1795247473163 - seen
		claude-code/seen-rewake-busy 0 4 1795247473163 - seen
		codex/seen-pretooluse 2 2 1795247475706 mock_1 open
		codex/seen-pretooluse 2 7 1795247475706 mock_1 seen
		codex/dropped-pretooluse 2 5 1795247475975 mock_1 open
		codex/dropped-pretooluse 2 7 1795247475975 mock_1 put back
		codex/seen-parallel 4 13 1795247831297 mock_1_0 seen
		codex/seen-stop 3 10 1795247476699 - seen
		codex/dropped-stop 3 3 1795247835802 - open
		codex/dropped-stop 3 4 1795247835802 - put back
	END
}

@test "a client that swallows one output in ten: every message is seen in the end, none is shown twice" {
	local agent event state
	for agent in claude-code codex; do
		for event in pretooluse stop; do
			rm -rf "$STATE"
			state_dirs
			: >"$T"
			contains "$("$TESTBIN/client" $agent $event 100 "$BIN" "$T" "$ME" "$BOX")" "never shown 0, twice 0, swallowed 1"
			equal "seen by $agent at $event" "$(ls "$STATE/peerhooks/seen" | wc -l)" 100
			[ ! -e "$RECORDS" ] || fail "still open: $(cat "$RECORDS")"
		done
	done
}

@test "what is dropped comes back once, with the same id; a second time it is left alone, and both are told" {
	handed_over 1 tool_1
	{ shown 1 hook_success && result tool_1 && word; } >>"$T"
	contains "$(hook pretooluse tool_2)" "message_id=$(mid 1)"
	{ result tool_2 && word; } >>"$T"
	equal "third" "$(hook pretooluse tool_3)" ""
	equal "fate" "$(fate 1)" none
	equal "journal" "$(jq -r '"\(.what) \(.message_id) \(.session_id)"' "$STATE/peerhooks/journal.jsonl")" "put back $(mid 1) $ME
not seen $(mid 1) $ME"
	[ "$(ls "$STATE/receipts" | wc -l)" = 1 ]
}

@test "what proves nothing proves nothing: quoted ids, forged headers, other sessions' entries" {
	local forged
	word >"$T"
	while read -r forged; do
		rm -rf "$STATE"
		unproven 1 "$(date +%s000)" tool_1
		printf '%s\n' "$forged" >>"$T"
		hook userpromptsubmit
		equal "after $forged" "$(fate 1)" open
	done <<-END
		$(shown 1 hook_success)
		$(shown 2)
		$(shown 1 | sed 's/--- msg/-\\\\-- msg/')
		$(shown 1 | sed 's/1 | message/ | message/')
		$(shown 1 | sed 's/{"type"/{"isSidechain":true,"type"/')
		$(shown 1 | tr -d '}')
		{"type":"user","message":{"content":[{"tool_use_id":"other","content":"\"tool_1\" --- msg 1 | message_id=$(mid 1) | x"}]}}
		$(ended 2001-01-01T00:00:00.000Z)
		$(ended "$(stamp '1 hour ago')")
		$(ended "$(stamp '23 hours ago')")
		$(ended "$(stamp '-364 days')")
		$(ended x)
		$(word)
		$(result tool_11)
	END
}

@test "a turn that ends without the tool's result drops it too" {
	handed_over 1 tool_1
	ended "$(stamp '2 seconds')" >>"$T"
	contains "$(hook stop)" "message_id=$(mid 1)"
}

@test "half a last line, of a writer at work, is left for the next look" {
	handed_over 1 tool_1
	shown 1 | head -c 100 >>"$T"
	hook userpromptsubmit
	equal "half" "$(fate 1)" open
	{ shown 1 | tail -c +101 && result tool_1 && word; } >>"$T"
	hook userpromptsubmit
	equal "whole" "$(fate 1)" seen
}

@test "parallel hooks put it back once" {
	local n
	for n in $(seq "$(rounds 20)"); do
		rm -rf "$STATE"
		: >"$T"
		unproven 1 1790000000000 tool_1
		{ result tool_1 && word; } >>"$T"
		for _ in 1 2 3 4 5 6; do hook userpromptsubmit 3>&- & done
		wait
		equal "copies" "$(grep -c "$(mid 1)" "$BOX")" 1
		[ ! -e "$RECORDS" ] || fail "still there: $(cat "$RECORDS")"
	done
}

@test "a transcript that has grown by 100 MB is read in steps of 4 MB" {
	need_strace
	local n most
	handed_over 1 tool_1
	yes "{\"type\":\"progress\",\"text\":\"$(letters 1000)\"}" | head -c 104857600 >>"$T"
	{ echo && shown 1; } >>"$T"
	for n in $(seq 25); do
		[ "$(fate 1)" = open ] || fail "after $n looks it is $(fate 1)"
		[ "$n" -gt 1 ] || strace -o "$BATS_TEST_TMPDIR/trace" -e trace=read "$BIN/userpromptsubmit" --agent claude-code \
			<<<"{\"session_id\":\"$ME\",\"transcript_path\":\"$T\",\"hook_event_name\":\"UserPromptSubmit\"}"
		hook userpromptsubmit
	done
	equal "fate" "$(fate 1)" seen
	most=$(grep -o '= [0-9]*$' "$BATS_TEST_TMPDIR/trace" | awk '$2 > most { most = $2 } END { print most }')
	[ "$most" -le 4194304 ]
}

@test "the rest of a transcript that one look does not reach the end of is read, though it is as it was" {
	handed_over 1 tool_1
	yes "{\"type\":\"progress\",\"text\":\"$(letters 1000)\"}" | head -c 5000000 >>"$T"
	{ echo && shown 1; } >>"$T"
	touch -d '1 minute ago' "$T"
	hook userpromptsubmit
	equal "first" "$(fate 1)" open
	hook userpromptsubmit
	equal "second" "$(fate 1)" seen
}

@test "a line that is longer than one look is passed by" {
	handed_over 1 tool_1
	{ printf '{"type":"x","text":"' && letters 9000000 && echo '"}' && shown 1; } >>"$T"
	for _ in 1 2 3; do hook userpromptsubmit; done
	equal "fate" "$(fate 1)" seen
}

@test "a transcript that was replaced is looked at from its start, and can prove only that it was seen" {
	handed_over 1 tool_1
	{ result tool_1 && word && ended "$(stamp '2 seconds')"; } >"$T.new"
	mv "$T.new" "$T"
	hook userpromptsubmit
	equal "without it" "$(fate 1)" open
	{ word && shown 1 && word; } >"$T.new"
	mv "$T.new" "$T"
	hook userpromptsubmit
	equal "with it" "$(fate 1)" seen
}

@test "a transcript that is no regular file of ours is not read, and blocks nobody" {
	local kind
	handed_over 1 tool_1
	{ shown 1; } >>"$T"
	mv "$T" "$HOME/real"
	for kind in link pipe zero folder gone foreign; do
		rm -rf "$T"
		case $kind in
		link) ln -s "$HOME/real" "$T" ;;
		pipe) mkfifo "$T" ;;
		zero) ln -s /dev/zero "$T" ;;
		folder) mkdir "$T" ;;
		foreign) cp "$HOME/real" "$T" && chown 65534 "$T" 2>/dev/null || continue ;;
		esac
		timeout 5 "$BIN/userpromptsubmit" --agent claude-code \
			<<<"{\"session_id\":\"$ME\",\"transcript_path\":\"$T\",\"hook_event_name\":\"UserPromptSubmit\"}"
		equal "with a $kind" "$(fate 1)" open
	done
}

@test "nothing is expected of a client without proofs, in a subagent, or without a transcript" {
	word >"$T"
	mail "$BOX" "$(line "$(mid 1)" text)"
	AGENT_NAME=gemini hook pretooluse tool_1
	AGENT_NAME=opencode hook stop
	mail "$BOX" "$(line "$(mid 2)" text)"
	event pretooluse >/dev/null
	[ ! -e "$RECORDS" ]
	handed_over 3 tool_3
	{ result tool_3 && word; } >>"$T"
	hook pretooluse tool_4 '"agent_id":"a"'
	equal "in a subagent" "$(fate 3)" open
}

@test "a payload of more than 64 KB names its transcript too" {
	word >"$T"
	mail "$BOX" "$(line "$(mid 1)" text)"
	hook pretooluse "" "\"tool_input\":\"$(letters 70000)\",\"tool_use_id\":\"late\"" >/dev/null
	equal "expected" "$(fate 1)" open
	shown 1 >>"$T"
	hook pretooluse "" "\"tool_input\":\"$(letters 70000)\""
	equal "looked at" "$(fate 1)" seen
}

@test "what may be seen later or not is given up at a turn's end more than 5 minutes later, and the journal says so" {
	local at
	word >"$T"
	at=$(date +%s%3N)
	unproven 1 "$at" tool_1
	printf '{"type":"queue-operation","content":"--- msg 1 | message_id=%s | from ---"}\n' "$(mid 1)" >>"$T"
	ended "$(stamp "@$((at / 1000 + 300)).$(printf %03d $((at % 1000)))")" >>"$T"
	hook userpromptsubmit
	equal "after 5 minutes" "$(fate 1)" open
	ended "$(stamp "@$((at / 1000 + 301))")" >>"$T"
	hook userpromptsubmit
	equal "later" "$(fate 1)" none
	equal "journal" "$(jq -r '"\(.what) \(.message_id)"' "$STATE/peerhooks/journal.jsonl")" "not seen $(mid 1)"
}

@test "while the transcript is gone, or as it was, what is awaited costs each hook two calls at most" {
	need_strace
	[ -z "${SANITIZED:-}" ] || skip "the sanitizers' own calls count too"
	local quiet
	sight_calls() {
		printf '{"session_id":"%s","transcript_path":"%s","hook_event_name":"UserPromptSubmit"}' "$ME" "$T" >"$BATS_TEST_TMPDIR/event"
		strace -o "$BATS_TEST_TMPDIR/trace" "$BIN/userpromptsubmit" --agent claude-code <"$BATS_TEST_TMPDIR/event"
		grep -c '^[a-z]' "$BATS_TEST_TMPDIR/trace"
	}
	word >"$T"
	hook userpromptsubmit
	quiet=$(sight_calls)
	touch -d '1 minute ago' "$T"
	unproven 1 "$(date +%s000)" tool_1
	equal "as it was" "$(sight_calls)" $((quiet + 1))
	mv "$T" "$T.old"
	equal "gone" "$(sight_calls)" $((quiet + 1))
	mv "$T.old" "$T"
	shown 1 >>"$T"
	hook userpromptsubmit
	equal "then" "$(fate 1)" seen
}

@test "what stays open is swept after a week, and so is what was seen" {
	local folder=$STATE/peerhooks
	handed_over 1 tool_1
	shown 1 >>"$T"
	hook userpromptsubmit
	unproven 2 1790000000000 tool_2
	unproven 2 1790000000000 tool_2
	(umask 077 && echo 1790000000 >"$folder/unproven/$(mid 3)")
	touch -d '6 days ago' "$folder/seen/$(mid 1)" "$RECORDS"
	touch -d '8 days ago' "$folder/unproven/$(mid 3)"
	agent
	session start "$AGENT" "$ME" startup >/dev/null
	[ -e "$folder/seen/$(mid 1)" ] && [ -e "$RECORDS" ] && [ ! -e "$folder/unproven/$(mid 3)" ]
	touch -d '8 days ago' "$folder/seen/$(mid 1)" "$RECORDS" "$folder/swept"
	session start "$AGENT" "$ME" startup >/dev/null
	[ ! -e "$folder/seen/$(mid 1)" ] && [ ! -e "$RECORDS" ]
}

@test "two sessions' records stay apart, and a second delivery joins the first" {
	handed_over 1 tool_1
	handed_over 2 tool_2
	equal "awaited" "$(wc -l <"$RECORDS")" 2
	{ shown 2 && shown 1; } >>"$T"
	ME=$PEER hook userpromptsubmit
	equal "after the other session's hook" "$(fate 1)" open
	hook userpromptsubmit
	equal "first" "$(fate 1)" seen
	equal "second" "$(fate 2)" seen
}

@test "a box that is locked keeps nothing from coming back later, and nobody waits for it" {
	: >"$T"
	unproven 1 1790000000000 tool_1
	{ result tool_1 && word; } >>"$T"
	mkdir "$BOX.lock"
	hook userpromptsubmit
	equal "while it is locked" "$(fate 1)" open
	rmdir "$BOX.lock"
	word >>"$T"
	hook userpromptsubmit
	equal "afterwards" "$(fate 1)" "put back"
}

# ---- Killed at any call ----

# dropped_before: message 1 was handed over and dropped, message 2 was shown.
dropped_before() {
	rm -rf "$STATE"
	: >"$T"
	unproven 1 1790000000000 tool_1
	unproven 2 1790000000000 tool_1
	{ shown 2 && result tool_1 && word; } >>"$T"
}

# mail_before: message 1 waits, to be handed over.
mail_before() {
	rm -rf "$STATE"
	word >"$T"
	mail "$BOX" "$(line "$(mid 1)" one)"
}

# calls: those of HOOK, each with its number among those of the same name.
calls() {
	strace -o "$BATS_TEST_TMPDIR/trace" "$BIN/$HOOK" --agent claude-code <"$BATS_TEST_TMPDIR/event" >/dev/null
	awk 'NR > 1 && match($0, /^[a-z_0-9]+\(/) { name = substr($0, 1, RLENGTH - 1); print name, ++n[name] }' \
		"$BATS_TEST_TMPDIR/trace" | some
}

# killed CALL NUMBER: before that call. What it has printed is dropped, as the clients do.
killed() {
	strace -o /dev/null -e "inject=$1:signal=SIGKILL:when=$2" "$BIN/$HOOK" --agent claude-code \
		<"$BATS_TEST_TMPDIR/event" >/dev/null 2>&1 || :
	find "$STATE" -name '*.lock*' -exec touch -d '60 seconds ago' {} +
}

@test "a hook that is killed at any call loses nothing, whether it looks or hands over" {
	need_strace
	local prepare name number text
	for prepare in dropped_before mail_before; do
		HOOK=pretooluse
		[ $prepare = mail_before ] || HOOK=userpromptsubmit
		printf '{"session_id":"%s","transcript_path":"%s","hook_event_name":"PreToolUse","tool_use_id":"tool_1"}' \
			"$ME" "$T" >"$BATS_TEST_TMPDIR/event"
		$prepare
		while read -r name number; do
			$prepare
			killed "$name" "$number"
			{ result tool_1 && word; } >>"$T"
			# On a busy machine a stale lock may not be cleared in the little time that a look has.
			text=$(hook pretooluse tool_2)
			[ -n "$text" ] || text=$(hook pretooluse tool_3)
			contains "$text" "message_id=$(mid 1)" || fail "when killed at $prepare $name $number"
			equal "copies when killed at $prepare $name $number" "$(grep -o "message_id=$(mid 1)" <<<"$text" | wc -l)" 1
			[ $prepare = mail_before ] || seen 2 || fail "not seen when killed at $name $number"
			lacks "$(cat "$STATE/peerhooks/journal.jsonl" 2>/dev/null)" "not seen"
		done <<<"$(calls)"
	done
}

@test "looking costs one call while nothing is open, also behind records that are empty" {
	[ -z "${SANITIZED:-}" ] || skip "a sanitized build makes calls of its own"
	need_strace
	local quiet
	word >"$T"
	printf '{"session_id":"%s","transcript_path":"%s","hook_event_name":"PreToolUse","tool_use_id":"tool_1"}' \
		"$ME" "$T" >"$BATS_TEST_TMPDIR/event"
	quiet() {
		"$BIN/pretooluse" --agent claude-code <"$BATS_TEST_TMPDIR/event"
		strace -o "$BATS_TEST_TMPDIR/trace" "$BIN/pretooluse" --agent claude-code <"$BATS_TEST_TMPDIR/event"
		own_calls "$BATS_TEST_TMPDIR/trace"
	}
	[ -n "${SANITIZED:-}" ] || [ "$(quiet)" -le 17 ] || fail "$(quiet) calls"
	equal "of the records" "$(grep -c unproven "$BATS_TEST_TMPDIR/trace")" 1
	unproven 1 1790000000000 tool_1
	: >"$RECORDS"
	quiet >/dev/null
	equal "behind empty ones" "$(grep -c unproven "$BATS_TEST_TMPDIR/trace")" 1
}
