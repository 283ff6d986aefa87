# An agent in its terminal, beside another who answers it. Sourced by test/e2e/run.

WAKE_GAP=5 # seconds: answers within 4 s of another wake nobody
draft='please leave this half sentence as'

# ---- Answers ----

# What the agent's shell tool runs: it writes to the sender, who answers later.
make_questions() {
	make_script question "session=\$(jq -r 'select(.hook == \"session-start\" and .agent == \"$(name_of "$agent")\").event.session_id' $lab/calls | tail -1)" \
		"for n in \"\$@\"; do $peer send --json --from \"\$session\" --request-id \"request-\$n\" $sender \"question \$n\" >$lab/question-\$n; done"
}

# answer N: prints what `peer reply` says.
answer() {
	printf 'this is answer %s of the peer' "$1" >"$lab/body-$1"
	outside "$peer" reply --json --session-id $sender "$(jq -r .message_id "$lab/question-$1")" - <"$lab/body-$1" 2>&1 | tee "$lab/answer-$1"
}

expected_route() {
	case $(name_of "$1") in
	codex) echo codex-queue ;;
	gemini) echo tmux ;;
	*) echo await-mail ;;
	esac
}

# wrong_answer N STATUS, which is a pattern
wrong_answer() {
	local status route
	status=$(jq -r .wake_status "$lab/answer-$1") route=$(jq -r .wake_route "$lab/answer-$1")
	[[ "$status $route" =~ ^$2\ $(expected_route "$agent")$ ]] || echo "$status by '$route': $(cat "$lab/answer-$1")"
}

# wrong_requests N: in each request that has the body, it stands once, with its id.
wrong_requests() {
	local id
	id=$(jq -ser '.[].message_id' "$lab/answer-$1") || { echo "answer $1 has no id: $(cat "$lab/answer-$1")"; return; }
	wait_for $TURN_LIMIT reached "$lab/body-$1" || { echo "answer $1 reached no request"; return; }
	jq -nr --rawfile body "$lab/body-$1" --arg id "message_id=$id" "$requests_of"' | [.[] | select(times($body) > 0)] |
		if any(times($body) > 1) then "a request has answer " + $body + " \(map(times($body)) | max) times"
		elif any(times($id) == 0) then "a request has it without its id" else empty end' "$lab/requests" ||
		echo "the requests cannot be read"
}

wrong_wake() {
	[[ $agent != codex-daemon || $(processes_of_lab) == *app-server-daemon* ]] || echo "it has no daemon"
	answer 1 >/dev/null
	# By tmux it is confirmed by the mark of the turn that begins, for which a slow machine may take too long;
	# that the answer comes, once, is looked at below.
	wrong_answer 1 "fired$([ "$(expected_route "$agent")" != tmux ] || echo "(_unconfirmed)?")"
	wrong_requests 1
	wait_for $TURN_LIMIT is_idle "$agent" || echo "not idle after it: $(mark_of "$agent")"
}

# ---- A new session in the same terminal ----

new_session() { [ "$(session_of "$agent")" != "$1" ]; }
listed() { outside "$peer" list --json | jq -r --arg id "$1" '.[] | select(.session_id == $id) | "\(.label) \(.waiting)"'; }

# Claude Code, Gemini and Pi say that the old session is over; a Codex without its daemon runs one session. Codex's
# daemon and OpenCode keep it: it can be gone back to, and so it keeps its label and its mail, and the new one is
# another peer.
wrong_clear() {
	local old
	old=$(session_of "$agent")
	[ "$(listed "$old")" = "tester 0" ] || echo "it is listed as '$(listed "$old")' and not tester"
	printf 'mail that waits for the next session' >"$lab/waiting"
	outside "$peer" send --from $sender --wake off tester - <"$lab/waiting" >/dev/null || echo "cannot be sent"
	terminal_type "$agent" "$new"
	terminal_key "$agent" Enter
	sleep 1
	turn "$agent" hello || echo "no turn in the new session: $(screen_of "$agent")"
	new_session "$old" || { echo "the session is the old one: $(screen_of "$agent")"; return; }
	case $agent in
	codex-daemon | opencode) wrong_new_peer "$old" ;;
	*) wrong_successor "$old" ;;
	esac
}
wrong_new_peer() {
	[[ "$(listed "$(session_of "$agent")")" == "$(name_of "$agent"):1 0" ]] || echo "the new session is listed as '$(listed "$(session_of "$agent")")'"
	[ "$(listed "$1")" = "tester 1" ] || echo "the old session is listed as '$(listed "$1")'"
	unreached "$lab/waiting" || echo "another session's mail reached a request"
}
wrong_successor() {
	[ "$(listed "$(session_of "$agent")")" = "tester 0" ] || echo "the new session is listed as '$(listed "$(session_of "$agent")")'"
	[ -z "$(listed "$1")" ] || echo "the old session is still there as '$(listed "$1")'"
	wait_for $TURN_LIMIT reached "$lab/waiting" || echo "what waited reached no request"
	[ "$(times_at_most "$lab/waiting")" = 1 ] || echo "what waited stands $(times_at_most "$lab/waiting") times in a request"
}

# times_at_most FILE [CONDITION]: the most times that its text stands in one request.
times_at_most() { jq -n --rawfile body "$1" "$requests_of | map(select(${2:-true}) | times(\$body)) | max" "$lab/requests"; }

# ---- A subagent ----

# The child's second tool call would take the mail that came during its first, if it were not the child's.
make_child() {
	printf 'mail while a subagent works' >"$lab/for-parent"
	make_script child-1 "$peer send --from $sender $(session_of "$agent") - <$lab/for-parent"
	make_script child-2 "$peer list >$lab/child-done"
}

# The parent's requests, and no others, tell of a task.
wrong_subagent() {
	local child="(.body | tostring | contains(\"sh:$lab/child-1\")) and (.body | tostring | contains(\"@@task:\") | not)"
	[ -e "$lab/child-done" ] || { echo "the subagent did not do it"; return; }
	wait_for $TURN_LIMIT reached "$lab/for-parent" || { echo "it reached no request"; return; }
	wait_for $TURN_LIMIT is_idle "$agent" || echo "not idle after it"
	[ "$(times_at_most "$lab/for-parent" "$child")" = 0 ] || echo "it stands in a request of the subagent's"
	[ "$(times_at_most "$lab/for-parent" "$child | not")" = 1 ] || echo "it stands $(times_at_most "$lab/for-parent" "$child | not") times in a request of the parent's"
	[ "$(jq -n "$requests_of | map(select($child)) | length" "$lab/requests")" -ge 3 ] || echo "the subagent's requests cannot be told"
}

look_at_subagent() {
	case $agent in
	pi-*) rest SKIP "it has no subagents" subagent; return ;;
	esac
	make_child
	turn "$agent" "Please @@task:$lab/child-1|$lab/child-2@@" || true
	wait_for $TURN_LIMIT test -e "$lab/child-done" || true
	judge subagent wrong_subagent
}

# ---- A dialog ----

dialog_open() { screen_shows "$agent" "$dialog"; }
dialog_file() { echo "$lab/project/written"; }

# The second answer comes as if the session were idle, which a dialog may look like to us.
wrong_dialog() {
	submit "$agent" "Please @@write:$(dialog_file)@@"
	wait_for $TURN_LIMIT dialog_open || { echo "no dialog: $(screen_of "$agent")"; return; }
	answer 3 >/dev/null
	printf idle >"$lab/home/.oxtail/activity/$(session_of "$agent")"
	answer 4 >/dev/null
	case $(expected_route "$agent") in
	tmux) wrong_answer 4 'refused_(dialog|unseen)' ;;
	*) wrong_answer 4 fired ;;
	esac
	sleep 2 # in which it might be answered
	dialog_open || echo "it is gone: $(screen_of "$agent")"
	[ ! -e "$(dialog_file)" ] || echo "it was answered: $(cat "$lab/answer-3" "$lab/answer-4")"
	unreached "$lab/body-3" || echo "answer 3 reached a request before the person answered"
	terminal_key "$agent" Enter
	wait_for $TURN_LIMIT test -e "$(dialog_file)" || echo "the person cannot answer it any more: $(screen_of "$agent")"
	wait_for $TURN_LIMIT is_idle "$agent" || echo "not idle after it"
	[ "$(expected_route "$agent")" != tmux ] || turn "$agent" 'any mail?' || true
	wrong_requests 3
	wrong_requests 4
}

# ---- A draft ----

wrong_draft() {
	terminal_type "$agent" "$draft"
	screen_shows "$agent" "$draft" || { echo "cannot be typed: $(screen_of "$agent")"; return; }
	answer 2 >/dev/null
	if [ "$(expected_route "$agent")" = tmux ]; then
		wrong_answer 2 refused_draft
	else
		wrong_answer 2 fired
		wrong_requests 2
		wait_for $TURN_LIMIT is_idle "$agent" || true
	fi
	sleep 1 # in which it might be sent
	screen_shows "$agent" "$draft" || echo "no longer there: $(screen_of "$agent")"
	[ "$(grep -c "$draft" "$lab/requests")" = 0 ] || echo "it was sent"
}

# ---- Asking ----

answerer_of() { if [ "$(name_of "$1")" = claude-code ]; then echo codex; else echo claude-code; fi; }
path_of() {
	case $(name_of "$1") in
	claude-code) echo '/messages$' ;;
	codex) echo '/responses$' ;;
	gemini) echo 'enerateContent$' ;;
	*) echo '/completions$' ;;
	esac
}

# Gemini's shell tool does not say whose it is.
make_ask() {
	local label=claude:1 who=
	[ "$(answerer_of "$agent")" = claude-code ] || label=codex:1
	[ "$agent" != gemini ] || who="--session-id $(session_of gemini)"
	make_script ask "$peer ask --wake auto --timeout 30 $who $label 'Which port? @@reply:the port is 4711@@' 2>&1 | tee $lab/asked" \
		"echo \"\${PIPESTATUS[0]}\" >$lab/ask-status"
}

# A request of the asker's has the answer as what its tool said: the asker's prompt does not have it.
wrong_ask() {
	make_ask
	turn "$agent" "Please @@sh:$lab/ask@@" || echo "no turn"
	[ "$(cat "$lab/ask-status" 2>/dev/null)" = 0 ] || echo "exit status $(cat "$lab/ask-status" 2>/dev/null || echo unknown)"
	[ "$(cat "$lab/asked" 2>/dev/null)" = 'the port is 4711' ] || echo "it printed: $(cat "$lab/asked" 2>/dev/null)"
	jq -en --arg path "$(path_of "$agent")" 'any(inputs; (.path | test($path)) and (.body | tostring | contains("the port is 4711")))' \
		"$lab/requests" >/dev/null || echo "the answer is in no request of the asker's"
}

# ---- After it ----

wrong_left() {
	terminals_close
	wait_for 5 none_left || ours_left
	end_rest
	[ "$(outside "$peer" list --json)" = "[]" ] || echo "peer list: $(outside "$peer" list 2>&1)"
}

in_terminal() {
	local answerer dialog new
	answerer=$(answerer_of "$agent")
	[ "$agent" != claude-plugin ] || return 0
	command -v tmux >/dev/null || { skip_all "needs tmux"; return; }
	set_up
	install_agents "$agent" "$answerer"
	make_questions
	make_script label "$peer label --session-id \"\$(jq -r 'select(.hook == \"session-start\").event.session_id' $lab/calls | tail -1)\" tester >$lab/labelled 2>&1"
	terminal_open "$agent"
	if ! turn "$agent" "Please @@sh:$lab/label@@"; then
		report FAIL clear "no first turn: $(screen_of "$agent")"
	else
		judge clear wrong_clear
		turn "$agent" "Please @@sh:$lab/question 1 2 3 4@@" || true
		judge wake wrong_wake
		look_at_subagent
		if [ -z "$dialog" ]; then rest SKIP "it asks its person nothing" dialog; else judge dialog wrong_dialog; fi
		if fetched "$answerer"; then
			terminal_open "$answerer"
			turn "$answerer" hello || true # Codex says only then that the session is there
			judge ask wrong_ask
		else
			rest SKIP "$answerer, which is to answer, could not be fetched" ask
		fi
		sleep $WAKE_GAP
		judge draft wrong_draft
	fi
	judge left wrong_left
	judge uninstall wrong_uninstall "$agent" "$answerer"
	tear_down
}
