# The agents in their terminals: each is a session of a tmux server that lies in the throw-away directory.
# Sourced by test/e2e/run.

tmux=(tmux -L peerhooks-e2e -f /dev/null)

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

# terminal_open AGENT: leaves in `dialog` what its question to its person says, and in `new` its command
# for a new session.
terminal_open() {
	local command ready
	"terminal_$1"
	export -f start
	export lab agent_path outer AGENT_LIMIT
	export TMUX_TMPDIR=$lab/tmux
	unset TMUX
	"${tmux[@]}" new-session -d -s "$(terminal_name "$1")" -x 120 -y 40 \
		"bash -c $(printf '%q' "start TERM=tmux-256color COLORTERM=truecolor $(printf '%q ' "${command[@]}")")"
	wait_for $TURN_LIMIT screen_shows "$1" "$ready" || say "$1 does not show '$ready': $(screen_of "$1")"
	sleep 2 # what is typed at once may be lost
}

terminals_close() {
	[ ! -e "$lab/tmux" ] || TMUX_TMPDIR=$lab/tmux "${tmux[@]}" kill-server 2>/dev/null || true
}

# submit AGENT TEXT: after the space no list of files is open, which `@` opens. A program that is still
# starting may lose the first Enter.
submit() {
	local before
	before=$(count_of userpromptsubmit "$1")
	terminal_type "$1" "$2 "
	terminal_key "$1" Enter
	wait_for 10 called_more userpromptsubmit "$1" "$before" || terminal_key "$1" Enter
}

# turn AGENT PROMPT: a whole turn, as its person would have it.
turn() {
	local before
	before=$(count_of stop "$1")
	submit "$1" "$2"
	wait_for $TURN_LIMIT called_more stop "$1" "$before" || true
	wait_for $TURN_LIMIT is_idle "$1"
}
count_of() { calls_of "$1" "$(name_of "$2")" | wc -l; }
called_more() { [ "$(count_of "$1" "$2")" -gt "$3" ]; }
