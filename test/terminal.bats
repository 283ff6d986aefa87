# Typing into a terminal: real tmux servers, and a stand-in for an agent's client (test/unit/tui.c).
# No test comes near the developer's own tmux: every server has its socket in the test's own folder.
load test_helper
load session_helper

SENTENCE="oxtail msg: a peer has written to you. Run: peer inbox"

setup() {
	isolate_in_project
	need tmux
	export TMUX_TMPDIR=$BATS_TEST_TMPDIR LANG=C
	LOGS=$BATS_TEST_TMPDIR/logs
	MARK=$STATE/activity/$(sid 1)
	(umask 077 && mkdir -p "$LOGS" "$STATE/activity" "$HOME/.claude/sessions")
}

teardown() {
	local socket
	[ -z "${AGENTS:-}" ] || kill -9 $AGENTS 2>/dev/null || :
	for socket in "$BATS_TEST_TMPDIR"/tmux-*/* "$BATS_TEST_TMPDIR"/elsewhere; do
		[ ! -S "$socket" ] || tmux -S "$socket" kill-server 2>/dev/null || :
	done
}

# tmux_new SESSION COMMAND...: a session on the server SERVER (default: "default").
tmux_new() {
	tmux -L "${SERVER:-default}" -f /dev/null new-session -d -s "$1" -x 80 -y 24 "${@:2}" 3>&-
}

there() { [ -e "$1" ]; }

# first_of SESSION: the first process of its pane.
first_of() {
	tmux -L "${SERVER:-default}" list-panes -s -t "=$1" -F '#{pane_pid}' | head -n 1
}

# tui NAME [OPTION...]: the stand-in, in a tmux session of that name; sets TUI to its pid.
tui() {
	tmux_new "$1" "$TESTBIN/tui" "$LOGS/$1" "${@:2}"
	await "$1 does not start" there "$LOGS/$1"
	TUI=$(first_of "$1")
}

# wake [PID [AGENT]]: types to session 1, which is in that process (default: TUI).
wake() {
	"$TESTBIN/terminal" "$(sid 1)" "${1:-$TUI}" "$(birth "${1:-$TUI}")" "${2-claude-code}" "$SENTENCE"
}

# wake_server PID: the same for a session that only an oxtail server stands for.
wake_server() {
	"$TESTBIN/terminal" "$(sid 1)" "$1" "" claude-code "$SENTENCE"
}

# untouched NAME: not one byte has come to that stand-in. The one that is sent now comes after all others.
untouched() {
	tmux -L "${SERVER:-default}" send-keys -t "=$1:" -l '|'
	await "$1 reads nothing" [ -s "$LOGS/$1" ]
	equal "what came to $1" "$(cat "$LOGS/$1")" "|"
	[ ! -e "$LOGS/$1.prompts" ] && [ ! -e "$LOGS/$1.approved" ]
}

# submitted NAME: it got the sentence and Enter, and nothing else.
submitted() {
	equal "what came to $1" "$(tr '\r' '!' <"$LOGS/$1")" "$SENTENCE!"
	equal "prompts of $1" "$(cat "$LOGS/$1.prompts")" "$SENTENCE"
}

# client_says PID SESSION STATUS [FILE]: Claude Code's own status file.
client_says() {
	local birth
	birth=$(birth "$1")
	printf '{"pid":%s,"sessionId":"%s","procStart":"%s","status":"%s","statusUpdatedAt":%s}' \
		"$1" "$2" "${birth%@*}" "$3" "$(date +%s%3N)" >"${4:-$HOME/.claude/sessions/$1.json}"
}

@test "screens of the real clients: an empty composer, a draft, and what is neither" {
	local file agent seen
	cd "$FIXTURES/screens"
	for file in */*.txt; do
		agent=${file%/*}
		seen=$("$TESTBIN/composer" "$agent" <"$file")
		case $file in
		*/empty* | */conversation* | */narrow-empty* | */placeholder*) equal "$file" "$seen" empty ;;
		*/draft-two-lines*) equal "$file" "$seen" "draft fixtheparserandthenthetests" ;;
		*/draft-empty-line*) equal "$file" "$seen" "draft belowanemptyline" ;;
		*/draft*) equal "$file" "$seen" "draft fixtheparser" ;;
		*/sentence* | */narrow-sentence*) equal "$file" "$seen" "draft ${SENTENCE// /}" ;;
		*/resized* | */shell-mode*) equal "$file" "$seen" unseen ;;
		*/menu* | */picker* | */dialog*) [ "$seen" != empty ] || fail "$file is seen as empty" ;;
		*) fail "$file is of no known kind" ;;
		esac
	done
	[ "$(ls -d */ | wc -l)" -ge 5 ]
}

@test "screens: the composer of one client is not taken for another's, nor any when it is unknown" {
	local agent
	cd "$FIXTURES/screens"
	for agent in cursor unknown ''; do
		equal "$agent" "$("$TESTBIN/composer" "$agent" <claude-code/empty.txt)" unseen
	done
	equal "Codex" "$("$TESTBIN/composer" codex <claude-code/empty.txt)" unseen
	equal "Claude Code" "$("$TESTBIN/composer" claude-code <codex/empty.txt)" unseen
	equal "a shell" "$(printf 'cursor 0\n$ \n' | "$TESTBIN/composer" claude-code)" unseen
	equal "nothing" "$(printf 'cursor 0\n' | "$TESTBIN/composer" codex)" unseen
	equal "the cursor elsewhere" "$(sed '1s/.*/cursor 1/' claude-code/empty.txt | "$TESTBIN/composer" claude-code)" unseen
}

# drawn SGR: what is seen of a composer with a text after that sequence.
drawn() {
	local rule=────────
	printf 'cursor 1\n%s\n❯ %btext%b\n%s\n' $rule "$1" '\033[0m' $rule | "$TESTBIN/composer" claude-code
}

@test "screens: only a dim text is no draft, whatever else it is" {
	local sgr
	for sgr in 2 '1;2' '0;2' '38;5;240;2' '4:3;2' '2;4:2'; do
		equal "$sgr" "$(drawn "\\033[${sgr}m")" empty
	done
	for sgr in '' 0 1 '2;0' '2;22' '4:2' '38;5;2' '38;2;2;2;2' '48;5;2' '58;5;2' '58;2;2;2;2' '38;2;128;128;128' 22 '?2' 99999999999999999999 ';' ':2'; do
		equal "$sgr" "$(drawn "\\033[${sgr}m")" "draft text"
	done
	equal "a cursor on it" "$(drawn '\033[7mT\033[0;2mry ')" empty
	equal "a cursor on a draft" "$(drawn '\033[7mT\033[0mry ')" "draft Trytext"
	equal "a link" "$(drawn '\033]8;;http://x/\033\\')" "draft text"
	equal "an end too early" "$(printf 'cursor 1\n────\n❯ x\n────\n\033[' | "$TESTBIN/composer" claude-code)" "draft x"
}

@test "an idle agent gets the sentence and Enter; its mark says that it is busy" {
	tui one "busy=$MARK"
	equal "status" "$(wake)" fired
	submitted one
}

@test "what its own status file says counts too" {
	tui one deaf=1
	client_says "$TUI" "$(sid 1)" idle
	(
		await "Enter does not come" grep -q $'\r' "$LOGS/one"
		client_says "$TUI" "$(sid 1)" busy
	) 3>&- &
	equal "status" "$(wake)" fired
}

@test "nothing is claimed when nothing answers, whatever an old mark says" {
	tui one deaf=1
	printf busy >"$MARK"
	touch -d '1 second ago' "$MARK"
	equal "status" "$(wake)" fired_unconfirmed
	equal "what came" "$(tr '\r' '!' <"$LOGS/one")" "$SENTENCE!"
}

@test "a placeholder is no draft; a client that draws late is waited for" {
	tui one "busy=$MARK" 'placeholder=Try "fix the tests"'
	equal "placeholder" "$(wake)" fired
	submitted one
	tui two "busy=$MARK" slow=200
	equal "late" "$(wake)" fired
	submitted two
}

@test "a draft is neither sent nor changed: of one line, of several, of one letter, a slash" {
	local draft n=0
	for draft in "fix the parser" $'two\nlines' $'\n\nbelow' x / "$SENTENCE"; do
		n=$((n + 1))
		tui "s$n" "draft=$draft"
		equal "draft $draft" "$(wake)" refused_draft
		untouched "s$n"
	done
}

@test "a dialog is never answered: the client's status says so, or the screen" {
	tui said
	client_says "$TUI" "$(sid 1)" waiting
	equal "said" "$(wake)" refused_dialog
	untouched said
	tui shown dialog=1
	equal "shown" "$(wake)" refused_unseen
	untouched shown
	tui both dialog=1
	client_says "$TUI" "$(sid 1)" waiting
	equal "both" "$(wake)" refused_dialog
	untouched both
}

@test "what a person types between text and Enter is not sent" {
	tui one inject=' and delete it' "busy=$MARK"
	equal "behind" "$(wake)" refused_draft
	equal "what came" "$(cat "$LOGS/one")" "$SENTENCE"
	[ ! -e "$LOGS/one.prompts" ]
}

@test "of two who would type at once, one does" {
	local other
	tui one "busy=$MARK" slow=400
	"$TESTBIN/terminal" "$(sid 1)" "$TUI" "$(birth "$TUI")" claude-code "$SENTENCE" >"$BATS_TEST_TMPDIR/other" 3>&- &
	other=$!
	wake >"$BATS_TEST_TMPDIR/this"
	wait "$other"
	equal "both" "$(sort "$BATS_TEST_TMPDIR/this" "$BATS_TEST_TMPDIR/other" | tr '\n' ' ')" "fired refused_draft "
	submitted one
	exec 8<"$(tmux list-panes -s -t =one -F '#{pane_tty}')"
	flock -n 8
	: >"$LOGS/one"
	rm "$LOGS/one.prompts"
	equal "locked" "$(wake 8<&-)" refused_draft
	untouched one
	exec 8<&-
}

@test "a dialog that opens between text and Enter is not answered" {
	local name
	: >"$BATS_TEST_TMPDIR/status.new"
	tui one "dialog-after=$BATS_TEST_TMPDIR/status"
	equal "shown" "$(wake)" refused_draft
	# shellcheck disable=SC2016 # its own pid
	tmux_new two bash -c 'exec "$0" "$1" "dialog-after=$HOME/.claude/sessions/$$.json"' "$TESTBIN/tui" "$LOGS/two"
	await "it does not start" there "$LOGS/two"
	TUI=$(first_of two)
	client_says "$TUI" "$(sid 1)" waiting "$HOME/.claude/sessions/$TUI.json.new"
	equal "said" "$(wake)" refused_dialog
	for name in one two; do
		equal "what came to $name" "$(cat "$LOGS/$name")" "$SENTENCE"
		[ ! -e "$LOGS/$name.approved" ]
	done
}

@test "copy mode, synchronized panes, input that is off: refused" {
	tui one
	tmux copy-mode -t =one:
	equal "copy mode" "$(wake)" refused_mode
	tmux send-keys -t =one: -X cancel
	tmux select-pane -d -t =one:
	equal "input off" "$(wake)" refused_mode
	tmux select-pane -e -t =one:
	tmux split-window -d -t =one: sleep 1000 3>&-
	tmux set-option -w -t =one: synchronize-panes on
	equal "synchronized" "$(wake)" refused_mode
	tmux set-option -w -t =one: synchronize-panes off
	untouched one
}

# in_shell NAME: an interactive shell in a session of that name.
in_shell() {
	tmux_new "$1" env PS1='$ ' bash --norc --noprofile -i
	SHELL_PID=$(first_of "$1")
}

state() { # PID: T if it is stopped, Z if it has ended and tmux has not noticed (it may be late)
	local stat
	stat=$(cat "/proc/$1/stat" 2>/dev/null)
	stat=${stat##*) }
	echo "${stat%% *}"
}

stopped() { [ "$(state "$1")" = T ]; }
ended() { case $(state "$1") in '' | Z) ;; *) return 1 ;; esac }

@test "a shell in the foreground: the agent is suspended, or in the background, or is a shell" {
	need ps
	in_shell one
	tmux send-keys -t =one: -l "$TESTBIN/tui $LOGS/one"
	tmux send-keys -t =one: Enter
	await "the stand-in does not start" there "$LOGS/one"
	TUI=$(pgrep -P "$SHELL_PID")
	tmux send-keys -t =one: -l x
	await "x does not come" [ -s "$LOGS/one" ]
	: >"$LOGS/one"
	kill -TSTP "$TUI"
	await "it does not stop" stopped "$TUI"
	equal "suspended" "$(wake)" refused_foreground
	in_shell two
	tmux send-keys -t =two: -l "sleep 1000 &"
	tmux send-keys -t =two: Enter
	await "no sleep" pgrep -P "$SHELL_PID"
	equal "background" "$(wake "$(pgrep -P "$SHELL_PID")")" refused_foreground
	equal "its server" "$(wake_server "$(pgrep -P "$SHELL_PID")")" refused_foreground
	equal "a shell" "$(wake "$SHELL_PID")" refused_foreground
	lacks "$(tmux capture-pane -p -t =one: && tmux capture-pane -p -t =two:)" oxtail
	equal "what came" "$(cat "$LOGS/one")" ""
}

@test "an agent that a shell runs in its own group is typed to" {
	need ps
	tmux_new one "$TESTBIN/tui $LOGS/one busy=$MARK; true"
	await "it does not start" there "$LOGS/one"
	TUI=$(pgrep -P "$(first_of one)")
	equal "status" "$(wake)" fired
	submitted one
}

@test "a pid that is used again, one that has ended, one in no pane: nobody is typed to" {
	tui one
	equal "another birth" "$("$TESTBIN/terminal" "$(sid 1)" "$TUI" "1@$(</proc/sys/kernel/random/boot_id)" claude-code "$SENTENCE")" \
		skipped_no_target
	equal "no birth that could be" "$("$TESTBIN/terminal" "$(sid 1)" "$TUI" "nonsense" claude-code "$SENTENCE")" skipped_no_target
	agent
	equal "in no pane" "$(wake "$AGENT")" skipped_no_target
	equal "a server in no pane" "$(wake_server "$AGENT")" skipped_no_target
	equal "a server that is no more" "$(wake_server 999999991)" skipped_no_target
	equal "init" "$(wake_server 1)" skipped_no_target
	client_says "$TUI" "$(sid 2)" idle
	equal "it runs another session by now" "$(wake)" skipped_no_target
	untouched one
}

@test "the pane of an agent that has ended is left alone" {
	local birth
	tui one
	tmux set-option -w -t =one: remain-on-exit on
	birth=$(birth "$TUI")
	kill -9 "$TUI"
	await "it lives on" ended "$TUI"
	equal "dead pane" "$("$TESTBIN/terminal" "$(sid 1)" "$TUI" "$birth" claude-code "$SENTENCE")" skipped_no_target
	tmux respawn-pane -k -t =one: "$TESTBIN/tui" "$LOGS/next" 3>&-
	await "the next does not start" there "$LOGS/next"
	equal "another is in it" "$("$TESTBIN/terminal" "$(sid 1)" "$TUI" "$birth" claude-code "$SENTENCE")" skipped_no_target
	equal "what came" "$(cat "$LOGS/next")" ""
}

@test "an oxtail server stands for its session: the agent above it is typed to" {
	need ps
	tmux_new one bash -c "sleep 1000 & exec '$TESTBIN/tui' '$LOGS/one' 'busy=$MARK'"
	await "it does not start" there "$LOGS/one"
	TUI=$(first_of one)
	await "no server" pgrep -P "$TUI"
	equal "status" "$(wake_server "$(pgrep -P "$TUI")")" fired
	submitted one
}

@test "a forged entry: a stranger's pid, the agent's own, the server of another session" {
	need ps
	tmux_new one bash -c "sleep 1000 & exec '$TESTBIN/tui' '$LOGS/one'"
	await "it does not start" there "$LOGS/one"
	TUI=$(first_of one)
	await "no server" pgrep -P "$TUI"
	client_says "$TUI" "$(sid 2)" idle
	equal "of another session" "$(wake_server "$(pgrep -P "$TUI")")" skipped_no_target
	equal "no server" "$(wake_server "$TUI")" refused_foreground
	register "$TUI" "$(sid 1)"
	sed -i 's/"tmux_pane": null/"tmux_pane": "%0"/' "$STATE/sessions/$TUI.json"
	agent
	equal "of a stranger" "$(wake_server "$AGENT")" skipped_no_target
	untouched one
}

@test "a client whose composer is not known is not typed to" {
	local agent
	tui one
	for agent in cursor codex gemini opencode '' made-up; do
		equal "$agent" "$(wake "$TUI" "$agent")" refused_unseen
	done
	untouched one
}

@test "several servers: the pane is found on its own, though another has one of the same number" {
	SERVER=other tui two
	tui one "busy=$MARK"
	equal "ids" "$(tmux list-panes -a -F '#{pane_id}')" "$(tmux -L other list-panes -a -F '#{pane_id}')"
	equal "status" "$(wake)" fired
	submitted one
	SERVER=other untouched two
}

@test "sockets without a server, and what is no socket, are passed over" {
	local folder n
	folder=$BATS_TEST_TMPDIR/tmux-$(id -u)
	for n in 1 2 3; do
		SERVER=dead$n tmux_new x sleep 1000
		kill -9 "$(tmux -L dead$n display-message -p '#{pid}')"
	done
	mkdir "$folder/directory"
	mkfifo "$folder/pipe"
	echo text >"$folder/file"
	ln -s file "$folder/link"
	tui one "busy=$MARK"
	equal "status" "$(wake)" fired
	submitted one
}

@test "a server elsewhere is asked if we are in it; one in a folder that others may write to is not" {
	tui one "busy=$MARK"
	chmod 777 "$BATS_TEST_TMPDIR/tmux-$(id -u)"
	equal "others may write" "$(wake)" skipped_no_target
	equal "but we are in it" "$(TMUX=$BATS_TEST_TMPDIR/tmux-$(id -u)/default,1,0 wake)" fired
	submitted one
	tmux -S "$BATS_TEST_TMPDIR/elsewhere" -f /dev/null new-session -d -x 80 -y 24 "$TESTBIN/tui" "$LOGS/two" "busy=$MARK" 3>&-
	await "it does not start" there "$LOGS/two"
	TUI=$(tmux -S "$BATS_TEST_TMPDIR/elsewhere" list-panes -F '#{pane_pid}')
	equal "elsewhere" "$(wake)" skipped_no_target
	equal "in it" "$(TMUX=$BATS_TEST_TMPDIR/elsewhere,1,0 wake)" fired
	submitted two
}

attached() { # SERVER: somebody looks at it
	[ -n "$(tmux -L "$1" list-clients)" ]
}

@test "tmux in tmux: the inner pane is the one" {
	SERVER=inner tui one "busy=$MARK"
	tmux_new outer env -u TMUX tmux -L inner attach
	await "it is not attached" attached inner
	equal "status" "$(wake)" fired
	submitted one
}

@test "names of sessions, windows and panes are never taken for anything" {
	local name="%0;kill-server '\$(touch $LOGS/shell)'"
	tmux_new "$name" "$TESTBIN/tui" "$LOGS/one" "busy=$MARK"
	await "it does not start" there "$LOGS/one"
	TUI=$(tmux list-panes -a -F '#{pane_pid}')
	tmux rename-window -t %0 -- '-l %9 1 /dev/null 0 0000'
	tmux select-pane -t %0 -T "%0 $TUI /dev/pts/0 0 0000"
	equal "status" "$(wake)" fired
	submitted one
	[ ! -e "$LOGS/shell" ]
}

@test "without tmux there is no such route" {
	tui one
	equal "status" "$(PATH=/nowhere "$TESTBIN/terminal" "$(sid 1)" "$TUI" "$(birth "$TUI")" claude-code "$SENTENCE")" skipped_no_target
}
