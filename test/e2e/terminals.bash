# The agents in their terminals, woken by answers. Sourced by test/e2e/run, which says what is looked at.
#
# Each terminal is a session of a tmux server that lies in the throw-away directory. What a person would
# call from another terminal, `outside` calls.

WAKE_GAP=5 # seconds: answers within 4 s of another wake nobody
tmux=(tmux -L peerhooks-e2e -f /dev/null)
draft='please leave this half sentence as'

# ---- Terminals ----

# terminal_program AGENT: sets `command` to what is started in its terminal, and `ready` to what is on the
# screen when it may be typed to.
terminal_program() {
	case $1 in
	claude-code)
		ready='manual mode'
		command=(ANTHROPIC_BASE_URL="$model" ANTHROPIC_API_KEY="$claude_key" CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1
			DISABLE_AUTOUPDATER=1 "$(program claude-code claude)" --permission-mode default --allowedTools Bash)
		;;
	codex)
		ready='Ask Codex'
		command=("$(program codex codex)" --no-daemon --dangerously-bypass-hook-trust --dangerously-bypass-approvals-and-sandbox)
		;;
	codex-daemon)
		ready='Hooks need review'
		command=("$(program codex codex)")
		;;
	opencode) # the registry is the mock, which answers 404 at once: OpenCode looks for a package of its own there
		ready='Ask anything'
		command=(OPENCODE_DISABLE_MODELS_FETCH=1 npm_config_registry="$model" "$(program opencode opencode)")
		;;
	pi-*)
		ready='mock-model'
		command=(PI_OFFLINE=1 "$(program "$1" pi)" --provider mock --model mock-model)
		;;
	gemini)
		ready='Type your message'
		command=(GOOGLE_GEMINI_BASE_URL="$model" GEMINI_API_KEY=x GEMINI_CLI_TRUST_WORKSPACE=true
			"$(program gemini gemini)" --model gemini-2.5-pro --yolo)
		;;
	esac
}

# A dot would part the pane's name from its session's.
terminal_name() { echo "${1//./}"; }

screen_of() { "${tmux[@]}" capture-pane -p -t "$(terminal_name "$1")"; }
screen_shows() { [[ $(screen_of "$1") == *"$2"* ]]; }
terminal_gone() { ! "${tmux[@]}" has-session -t "$(terminal_name "$1")"; }
terminal_key() { "${tmux[@]}" send-keys -t "$(terminal_name "$1")" "$2"; }

# The pause is a person's: an Enter that comes at once is no submission to some.
terminal_type() {
	"${tmux[@]}" send-keys -t "$(terminal_name "$1")" -l "$2"
	sleep 1
}

terminal_open() {
	local command ready
	terminal_program "$1"
	export -f start
	export lab agent_path outer AGENT_LIMIT
	export TMUX_TMPDIR=$lab/tmux
	unset TMUX
	"${tmux[@]}" new-session -d -s "$(terminal_name "$1")" -x 120 -y 40 \
		"bash -c $(printf '%q' "start TERM=tmux-256color COLORTERM=truecolor $(printf '%q ' "${command[@]}")")"
	wait_for $TURN_LIMIT screen_shows "$1" "$ready" || say "$1 does not show '$ready': $(screen_of "$1")"
	[ "$1" != codex-daemon ] || trust_hooks
	sleep 2 # what is typed at once may be lost
}

# The second choice of the dialog is to trust them all.
trust_hooks() {
	terminal_key codex-daemon Down
	sleep 0.5
	terminal_key codex-daemon Enter
	wait_for $TURN_LIMIT screen_shows codex-daemon 'Ask Codex' || true
}

terminals_close() { "${tmux[@]}" kill-server 2>/dev/null || true; }

# ---- Sessions ----

# As which --agent the hooks know it.
name_of() {
	local name=${1%%-0.*}
	echo "${name%-daemon}"
}

session_of() { jq -r --arg name "$(name_of "$1")" 'select(.hook == "session-start" and .agent == $name).event.session_id' "$lab/calls" | tail -1; }
mark_of() { cat "$lab/home/.oxtail/activity/$(session_of "$1")" 2>/dev/null; }
is_idle() { [ -n "$(session_of "$1")" ] && [ "$(mark_of "$1")" = idle ]; }

# turn AGENT PROMPT: a whole turn, as its person would have it.
turn() {
	local before
	before=$(calls_of stop | wc -l)
	terminal_type "$1" "$2 " # after the space no list of files is open, which `@` opens
	terminal_key "$1" Enter
	wait_for $TURN_LIMIT stops_at_least $((before + 1)) || true
	wait_for $TURN_LIMIT is_idle "$1"
}

outside() {
	(cd "$lab/project" && env -i HOME="$lab/home" PATH="$agent_path:$PATH" TMUX_TMPDIR="$lab/tmux" "$bin/peer" "$@")
}

# ---- Waking ----

# What the agent's shell tool runs: it writes to the sender, who answers later.
make_question() {
	cat >"$lab/question" <<-END
		#!/bin/bash
		session=\$(jq -r 'select(.hook == "session-start" and .agent == "$(name_of "$agent")").event.session_id' $lab/calls)
		$bin/peer send --json --from "\$session" --request-id "request-\$1" $sender "question \$1" >$lab/question-\$1
	END
	chmod +x "$lab/question"
}

# answer N: prints what `peer reply` says.
answer() {
	outside reply --json --session-id $sender "$(jq -r .message_id "$lab/question-$1")" "$(body_of "$1")" 2>&1 | tee "$lab/answer-$1"
}
body_of() { echo "this is answer $1 of the peer"; }
reached() { grep -q "$(body_of "$1")" "$lab/requests"; }

expected_route() {
	case $1 in
	codex*) echo codex-queue ;;
	gemini) echo tmux ;;
	*) echo await-mail ;;
	esac
}

# wrong_answer N STATUS
wrong_answer() {
	local status route
	status=$(jq -r .wake_status "$lab/answer-$1") route=$(jq -r .wake_route "$lab/answer-$1")
	[ "$status $route" = "$2 $(expected_route "$agent")" ] || echo "$status by '$route': $(cat "$lab/answer-$1")"
}

# wrong_requests N: in each request that has the body, it stands once, with its id.
wrong_requests() {
	local id
	wait_for $TURN_LIMIT reached "$1" || { echo "the answer reached no request"; return; }
	id=$(jq -r .message_id "$lab/answer-$1")
	jq -r --arg id "$id" --arg body "$(body_of "$1")" '.body | tostring | select(contains($body)) |
		if (split($body) | length) != 2 then "a request has it \(split($body) | length - 1) times"
		elif contains("message_id=" + $id) | not then "a request has it without its id" else empty end' "$lab/requests" | sort | uniq -c
}

wrong_wake() {
	[[ $agent != codex-daemon || $(processes_of_lab) == *app-server-daemon* ]] || echo "it has no daemon"
	answer 1 >/dev/null
	wrong_answer 1 fired
	wrong_requests 1
	wait_for $TURN_LIMIT is_idle "$agent" || echo "not idle after it: $(mark_of "$agent")"
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
	! grep -q "$draft" "$lab/requests" || echo "it was sent"
}

# ---- Asking ----

answerer_of() { if [ "$1" = claude-code ]; then echo codex; else echo claude-code; fi; }
path_of() {
	case $1 in
	claude-code) echo '/messages$' ;;
	codex*) echo '/responses$' ;;
	gemini) echo 'enerateContent$' ;;
	*) echo '/completions$' ;;
	esac
}

# Gemini's shell tool does not say whose it is.
make_ask() {
	local label=claude:1 who=
	[ "$(answerer_of "$agent")" = claude-code ] || label=codex:1
	[ "$agent" != gemini ] || who="--session-id $(session_of gemini)"
	cat >"$lab/ask" <<-END
		#!/bin/bash
		$bin/peer ask --wake auto --timeout 30 $who $label "Which port? @@reply:the port is 4711@@" 2>&1 | tee $lab/asked
		echo "\${PIPESTATUS[0]}" >$lab/ask-status
	END
	chmod +x "$lab/ask"
}

# A request of the asker's has the answer as what its tool said: the asker's prompt does not have it.
wrong_ask() {
	make_ask
	turn "$agent" "Please @@sh:$lab/ask@@" || echo "no turn"
	[ "$(cat "$lab/ask-status" 2>/dev/null)" = 0 ] || echo "exit status $(cat "$lab/ask-status" 2>/dev/null || echo unknown)"
	[ "$(cat "$lab/asked" 2>/dev/null)" = 'the port is 4711' ] || echo "it printed: $(cat "$lab/asked" 2>/dev/null)"
	[ -n "$(jq -r --arg path "$(path_of "$agent")" 'select(.path | test($path)) | .body | tostring | select(contains("the port is 4711")) | "x"' \
		"$lab/requests")" ] || echo "the answer is in no request of the asker's"
}

# ---- After it ----

# pid and name of each process that came from this directory's agents
processes_of_lab() {
	local folder
	for folder in /proc/[0-9]*; do
		! grep -qzx "HOME=$lab/home" "$folder/environ" 2>/dev/null || echo "${folder#/proc/} $(readlink "$folder/exe")"
	done
}
ours_left() { processes_of_lab | grep "$bin/"; }
nobody_left() { [ -z "$(processes_of_lab)" ]; }
none_left() { ! ours_left; }

wrong_left() {
	terminals_close
	wait_for 5 none_left || ours_left
}

# The agents' own daemons would outlive us.
end_rest() {
	local pid name
	! wait_for 5 nobody_left || return 0
	processes_of_lab | while read -r pid name; do
		say "still running, ended: $name"
		kill "$pid" 2>/dev/null || true
	done
	wait_for 5 nobody_left || true
}

in_terminal() {
	local answerer
	answerer=$(answerer_of "$agent")
	command -v tmux >/dev/null || { skip_all "needs tmux"; return; }
	set_up
	"register_$agent"
	make_question
	terminal_open "$agent"
	if turn "$agent" "Please @@sh:$lab/question 1@@ @@sh:$lab/question 2@@"; then
		judge wake "$(wrong_wake)"
	else
		report FAIL wake "no first turn: $(screen_of "$agent")"
	fi
	if has "$answerer"; then
		"register_$answerer"
		terminal_open "$answerer"
		turn "$answerer" hello || true # Codex says only then that the session is there
		judge ask "$(wrong_ask)"
	else
		skip "$answerer, which is to answer, could not be fetched" ask
	fi
	sleep $WAKE_GAP
	judge draft "$(wrong_draft)"
	judge left "$(wrong_left)"
	end_rest
	tear_down
}
