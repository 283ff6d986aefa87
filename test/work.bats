# Delegations: work that one session asks another for is open until it is closed, and its end is told.
load test_helper
load session_helper

# delegate N M TEXT [OPTION...]: session N asks session M for work. Sets ID.
delegate() {
	ID=$(peer send --from "$(sid "$1")" --action-required "${@:4}" "$(sid "$2")" "$3")
	ID=${ID%% *}
}

# as N COMMAND...: peer, as session N.
as() {
	peer "$2" --session-id "$(sid "$1")" "${@:3}"
}

two_sessions() {
	present 1 >/dev/null
	present 2 >/dev/null
}

# request: that of the message ID.
request() {
	jq -r --arg id "$ID" 'select(.id == $id).request_id' "$STATE"/received/*.jsonl
}

@test "work is listed by who owes it and by who is owed it, until it is done" {
	two_sessions
	delegate 1 2 "Run the soak test"
	equal "owed" "$(as 2 work --json | jq -c '[.owed_by, .message_id, .peer_session_id, .body]')" "[\"me\",\"$ID\",\"$(sid 1)\",\"Run the soak test\"]"
	equal "due" "$(as 1 work --json | jq -c '[.owed_by, .message_id, .peer_session_id]')" "[\"peer\",\"$ID\",\"$(sid 2)\"]"
	contains "$(as 2 work)" "I owe   $ID  to claude:1 ($(sid 1))  since 0 min  Run the soak test"
	contains "$(as 1 work)" "I am owed   $ID  by claude:2 ($(sid 2))  since"
	as 2 "done" "$ID" "all green" >/dev/null
	equal "owed" "$(as 2 work)" ""
	equal "due" "$(as 1 work)" ""
}

@test "the envelope says how to close it" {
	two_sessions
	delegate 1 2 "Run the soak test"
	contains "$(drained 2)" "action_required: close with peer done message_id, or peer block message_id REASON"
}

@test "done tells who asked, under the id that is its own, then stamps the ledger" {
	two_sessions
	ID=00000000000000c1
	delegate 1 2 "Run the soak test"
	run as 2 "done" "$ID" "all green"
	equal "status" "$status" 0
	local completion
	completion=$(printf 'oxtail-complete:%s' "$ID" | sha256sum | cut -c1-16)
	equal "line" "$(jq -c '[.id, .body, .reply_to, .source_message_id, .action_required]' "$(box 1)")" \
		"[\"$completion\",\"all green\",\"$(request)\",\"$ID\",null]"
	equal "stamp" "$(jq -c --arg id "$ID" 'select(.id == $id).obligation | [.state, .note]' "$STATE"/received/*.jsonl)" '["done","all green"]'
	run as 2 "done" "$ID"
	equal "again" "$status" 1
	contains "$output" "it is closed already"
	equal "told once" "$(wc -l <"$(box 1)")" 1
}

@test "block tells the reason, and closes" {
	two_sessions
	delegate 1 2 "Run the soak test"
	as 2 block "$ID" "no disk" >/dev/null
	equal "body" "$(bodies 1)" "[blocked] no disk"
	equal "state" "$(jq -r --arg id "$ID" 'select(.id == $id).obligation.state' "$STATE"/received/*.jsonl)" blocked
	run as 2 block "$ID"
	equal "status" "$status" 2
}

@test "killed between telling and stamping it is told again under the same id, and delivered once" {
	need_strace
	two_sessions
	delegate 1 2 "Run the soak test"
	cd "$CWD"
	# The first rename is that of the ledger.
	strace -f -o /dev/null -e inject=renameat:signal=KILL:when=1 "$BIN/peer" "done" --session-id "$(sid 2)" "$ID" "all green" || :
	equal "told" "$(wc -l <"$(box 1)")" 1
	touch -d '1 minute ago' "$STATE"/received/*.lock
	as 2 "done" "$ID" "all green" >/dev/null
	equal "envelopes" "$(drained 1 | grep -o '\-\-\- msg' | wc -l)" 1
	equal "closed" "$(as 2 work)" ""
}

@test "once the end was delivered, closing again only stamps" {
	two_sessions
	delegate 1 2 "Run the soak test"
	cp -r "$STATE/received" "$BATS_TEST_TMPDIR/before"
	as 2 "done" "$ID" >/dev/null
	drained 1 >/dev/null
	rm -r "$STATE/received"
	cp -r "$BATS_TEST_TMPDIR/before" "$STATE/received"
	as 2 "done" "$ID" >/dev/null
	equal "nothing more" "$(bodies 1)" ""
	equal "closed" "$(as 2 work)" ""
}

@test "what is no work, or another's, cannot be closed; it is answered" {
	two_sessions
	ID=$(peer send --from "$(sid 1)" "$(sid 2)" hello | cut -d' ' -f1)
	run as 2 "done" "$ID"
	equal "status" "$status" 1
	contains "$output" "it asks for no work; answer it with 'peer reply'"
	run as 1 "done" "$ID"
	equal "status" "$status" 1
	run as 1 block 0123456789abcdef why
	equal "status" "$status" 1
}

@test "a plain answer does not close work" {
	two_sessions
	delegate 1 2 "Run the soak test"
	as 2 reply "$ID" "on it" >/dev/null
	contains "$(as 2 work)" "$ID"
}

@test "work goes along with its session at /clear" {
	two_sessions
	delegate 1 2 "Run the soak test"
	session end "${PID[2]}" "$(sid 2)" clear
	session start "${PID[2]}" "$(sid 3)" clear >/dev/null
	contains "$(as 3 work)" "I owe   $ID"
	as 3 "done" "$ID" >/dev/null
	equal "told" "$(bodies 1)" "done"
}

@test "a person's work is closed without telling anybody" {
	two_sessions
	ID=$(peer send --action-required "$(sid 2)" "please" | cut -d' ' -f1)
	contains "$(as 2 work)" "a person"
	as 2 "done" "$ID"
	equal "closed" "$(as 2 work)" ""
}

@test "who cannot keep work gets an ordinary message, and the sender is told so" {
	present 1 >/dev/null
	agent
	register "$AGENT" "$(sid 2)" keyed
	run peer send --from "$(sid 1)" --action-required "$(sid 2)" please
	equal "status" "$status" 0
	contains "$output" " not_tracked"
	equal "line" "$(jq -c .action_required "$(box 2)")" null
	equal "no record" "$(ls "$STATE/pending-ask" 2>/dev/null)" ""
}

@test "its end is awaited from the beginning, and wakes" {
	two_sessions
	delegate 1 2 "Run the soak test"
	equal "record" "$(jq -c '[.sessionId, .requestId, .target, .messageId, .ownerEpoch, .attempts, .lastRepokeAt]' "$STATE"/pending-ask/p-*)" \
		"[\"$(sid 1)\",\"$(request)\",\"$(sid 2)\",\"$ID\",$(jq .started_at "$STATE/$OURS/sessions/"*"$(sid 1)"*),0,null]"
	equal "reason" "$(as 2 "done" --json "$ID" | jq -r .wake_reason)" late_reply_to_pending
	equal "consumed" "$(ls "$STATE/pending-ask")" ""
	delegate 1 2 "Again" --wake off
	equal "off" "$(ls "$STATE/pending-ask")" ""
}

@test "work that was held is awaited from when it goes out, unless it was to wake nobody" {
	local WAKE
	two_sessions
	for WAKE in auto off; do
		ID=$(peer send --from "$(sid 1)" --hold --action-required --wake "$WAKE" "held-$WAKE" please | cut -d' ' -f1)
		equal "not yet" "$(ls "$STATE/pending-ask" 2>/dev/null)" ""
		peer label --session-id "$(sid 2)" "held-$WAKE" >/dev/null
		contains "$(as 2 work)" "$ID"
		case $WAKE in
		auto) equal "record" "$(jq -c '[.sessionId, .requestId, .target, .messageId, .ownerEpoch]' "$STATE"/pending-ask/p-*)" \
			"[\"$(sid 1)\",\"$(request)\",\"$(sid 2)\",\"$ID\",$(jq .started_at "$STATE/$OURS/sessions/"*"$(sid 1)"*)]" ;;
		off) equal "no record" "$(ls "$STATE/pending-ask")" "" ;;
		esac
		as 2 "done" "$ID" >/dev/null
	done
}

@test "without the ledger no work is asked for" {
	two_sessions
	: >"$STATE/received.file"
	[ ! -e "$STATE/received" ] || mv "$STATE/received" "$STATE/received.away"
	ln -s nowhere "$STATE/received"
	run peer send --from "$(sid 1)" --action-required "$(sid 2)" please
	equal "status" "$status" 1
	equal "nothing" "$(bodies 2)" ""
	equal "no record" "$(ls "$STATE/pending-ask" 2>/dev/null)" ""
	run peer send --from "$(sid 1)" "$(sid 2)" hello
	equal "ordinary mail goes" "$status $(bodies 2)" "0 hello"
}
