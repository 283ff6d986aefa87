# What is left of sessions that are no more: empty boxes and ledgers are swept away, but nothing that
# anybody may need still.
load test_helper
load session_helper

# left FILE DAYS [TEXT]: a file that was changed so long ago.
left() {
	(umask 077 && mkdir -p "${1%/*}")
	printf '%s' "${3:-}" >"$1"
	touch -d "$2 days ago" "$1"
}

ledger() {
	printf '%s/received/%s.jsonl' "$STATE" "$(printf %s "$1" | sha256sum | cut -c1-32)"
}

# swept: until a sweep was not over before it was done, as on a machine that is busy: then it leaves no note.
swept() {
	local n
	rm -f "$STATE/$OURS/swept"
	for n in {1..100}; do
		session start "${PID[1]}" "$(sid 1)" resume >/dev/null
		[ ! -e "$STATE/$OURS/swept" ] || return 0
	done
	fail "no sweep is ever done"
}

owed() {
	line "$(mid 1)" work "$from_peer" | sed "s/}\$/,\"action_required\":true$1}/"
}

@test "empty boxes go after 7 days, ledgers after 30; younger ones and mail stay" {
	present 1 >/dev/null
	left "$(box 3)" 8
	left "$(box 4)" 6
	left "$(box 5)" 99 "$(line "$(mid 1)" x)"
	left "$(ledger "$(sid 3)")" 31 "$(line "$(mid 1)" x)"
	left "$(ledger "$(sid 4)")" 29 "$(line "$(mid 1)" x)"
	left "$MAILBOXES/notes" 99
	left "$MAILBOXES/4711.jsonl" 99
	swept
	equal "boxes" "$(ls "$MAILBOXES")" "$(printf '%s\n' 4711.jsonl notes "$(key "$(sid 4)").jsonl" "$(key "$(sid 5)").jsonl")"
	equal "ledgers" "$(ls "$STATE/received")" "$(basename "$(ledger "$(sid 4)")")"
}

@test "what belongs to a session that has a presence or an entry in the registry stays" {
	present 1 >/dev/null
	presence 3 999999991 "1@x"
	register 999999992 "$(sid 4)" keyed
	register 999999993 "$(sid 5)" keyed
	sed -i 's/"state": null,/"mailbox_key": "s-another-00000000",\n  "state": null,/' "$STATE/sessions/999999993.json"
	for n in 1 3 4; do
		left "$(box $n)" 60
		left "$(ledger "$(sid $n)")" 60
	done
	left "$MAILBOXES/s-another-00000000.jsonl" 60
	swept
	equal "left" "$(find "$MAILBOXES" "$STATE/received" -name "*.jsonl*" | wc -l)" 7
}

@test "a ledger with work that is open stays, one whose work is closed goes" {
	present 1 >/dev/null
	left "$(ledger "$(sid 3)")" 60 "$(owed)"
	left "$(ledger "$(sid 4)")" 60 "$(owed ',"obligation":{"state":"done","at":1790000000}')"
	swept
	equal "left" "$(ls "$STATE/received")" "$(basename "$(ledger "$(sid 3)")")"
}

@test "what is locked stays until another day, and no lock is left behind" {
	present 1 >/dev/null
	left "$(box 3)" 60
	left "$(ledger "$(sid 4)")" 60
	mkdir "$(box 3).lock" "$(ledger "$(sid 4)").lock"
	swept
	[ -e "$(box 3)" ] && [ -e "$(ledger "$(sid 4)")" ]
	rmdir "$(box 3).lock" "$(ledger "$(sid 4)").lock"
	swept
	equal "left" "$(find "$MAILBOXES" "$STATE/received" -name "*jsonl*")" ""
}
