# Targets: whom a name stands for, and whom one may write to.
load test_helper
load session_helper

teardown() {
	[ -z "${AGENTS:-}" ] || kill -9 $AGENTS 2>/dev/null || :
	[ -z "${TMUX_TMPDIR:-}" ] || tmux kill-server 2>/dev/null || :
}

# two: sessions 1 and 2, in one project; 1 is the sender of what follows.
two() {
	present 1 >/dev/null
	present 2 >/dev/null
}

# from_1 ARGUMENT...: session 1 sends.
from_1() {
	"$BIN/peer" send --from "$(sid 1)" "$@"
}

# refused ARGUMENT...: session 1 may not; nothing is written.
refused() {
	local before
	before=$(cat "$MAILBOXES"/*.jsonl 2>/dev/null | sum)
	run from_1 "$@"
	equal "status of $*" "$status" 1
	equal "lines" "${#lines[@]}" 1
	equal "mail" "$(cat "$MAILBOXES"/*.jsonl 2>/dev/null | sum)" "$before"
	equal "held" "$(held_file)" ""
}

# working N DIRECTORY: session N appears, working there.
working() {
	CWD=$BATS_TEST_TMPDIR/$2 present "$1" >/dev/null
}

@test "a label, a session id, a unique beginning of one: each finds the session" {
	two
	from_1 claude:2 label
	from_1 "$(sid 2)" id
	from_1 00000002 beginning
	from_1 00000002-0000-4000 longer
	equal "mail" "$(bodies 2 | tr '\n' ' ')" "label id beginning longer "
	"$BIN/peer" label --session-id "$(sid 2)" reviewer >/dev/null
	from_1 reviewer chosen
	contains "$(bodies 2)" chosen
	refused claude:2 "its old one"
}

@test "--json says whom the name stood for" {
	two
	equal "answer" "$(from_1 --json claude:2 hello | jq -c '[.target_session_id, .label, .live, .held]')" "[\"$(sid 2)\",\"claude:2\",true,false]"
}

@test "a beginning that fits several sessions is ambiguous, and they are named" {
	two
	present 3 >/dev/null
	refused 0000000 hello
	contains "$output" "claude:2 ($(sid 2))"
	contains "$output" "claude:3 ($(sid 3))"
	contains "$output" "give the label or the whole id"
}

@test "a beginning of less than four characters is none" {
	printf '{"session_id":"abcdefgh","cwd":"%s","hook_event_name":"SessionStart","source":"startup"}' "$CWD" |
		"$BIN/session-start" --agent codex --quiet
	present 1 >/dev/null
	refused abc hello
	from_1 abcd hello >/dev/null
	contains "$(cat "$MAILBOXES"/*.jsonl)" hello
}

@test "an exact id is not ambiguous, though it is the beginning of another" {
	local id
	present 1 >/dev/null
	for id in abcde abcdefgh; do
		printf '{"session_id":"%s","cwd":"%s","hook_event_name":"SessionStart","source":"startup"}' "$id" "$CWD" |
			"$BIN/session-start" --agent codex --quiet
	done
	from_1 abcde hello >/dev/null
	contains "$(cat "$(session_box abcde)")" hello
	refused abcd hello
}

@test "a name that only stands inside of an id or a label finds nobody" {
	two
	refused laude:2 hello
	refused claude: hello
	refused 4000-8000 hello
	refused CLAUDE:2 hello
}

@test "an unknown name: the error names who is there, by label" {
	two
	present 10 >/dev/null
	refused nobody-here hello
	contains "$output" "live in this project: claude:2 ($(sid 2)), claude:3 ($(sid 10));"
	contains "$output" "--hold"
	end_agent "${PID[2]}"
	end_agent "${PID[10]}"
	refused nobody-here hello
	contains "$output" "live in this project: nobody"
}

@test "many candidates: the error stays one line, and says that there are more" {
	local n
	present 1 >/dev/null
	for n in $(seq 2 30); do presence "$n" "${PID[1]}" "$(birth "${PID[1]}")"; done
	refused nobody-here hello
	contains "$output" ", ..."
}

@test "a whole id that no live session has waits in its session box" {
	present 1 >/dev/null
	from_1 "$(sid 77)" later
	equal "mail" "$(bodies 77)" later
	equal "answer" "$(from_1 --json "$(sid 77)" again | jq -c '[.target_session_id, .label, .live, .held]')" "[\"$(sid 77)\",null,false,false]"
	present 77 >/dev/null
	contains "$(drained 77)" later
}

@test "a short unknown id is no whole one, unless it has been here" {
	present 1 >/dev/null
	refused thread-77 hello
	(umask 077 && mkdir -p "$STATE/activity")
	printf idle >"$STATE/activity/thread-77"
	from_1 thread-77 hello >/dev/null
	contains "$(cat "$(session_box thread-77)")" hello
}

@test "a killed session gets its mail when it comes back, by its id; its label finds nobody" {
	two
	end_agent "${PID[2]}"
	refused claude:2 hello
	from_1 "$(sid 2)" hello
	present 2 >/dev/null
	contains "$(drained 2)" hello
}

@test "a label comes before the beginning of an id" {
	two
	present 3 >/dev/null
	"$BIN/peer" label --session-id "$(sid 3)" 00000002 >/dev/null
	from_1 00000002 hello
	equal "mail" "$(bodies 3)$(bodies 2)" hello
}

@test "a label cannot stand in the way of a session id" {
	local id=abcd1234
	two
	printf '{"session_id":"%s","cwd":"%s","hook_event_name":"SessionStart","source":"startup"}' "$id" "$CWD" |
		"$BIN/session-start" --agent codex --quiet
	"$BIN/peer" label --session-id "$(sid 2)" "$id" >/dev/null
	from_1 "$id" hello
	equal "mail of the label's holder" "$(bodies 2)" ""
	contains "$(cat "$(session_box "$id")")" hello
}

@test "the name of a tmux session, as an oxtail server says" {
	present 1 >/dev/null
	register "$$" "$(sid 2)" keyed
	sed -i 's/"tmux_session": null/"tmux_session": "work"/' "$STATE/sessions/$$.json"
	from_1 work hello
	equal "mail" "$(bodies 2)" hello
	register "$PPID" "$(sid 3)" keyed
	sed -i 's/"tmux_session": null/"tmux_session": "work"/' "$STATE/sessions/$PPID.json"
	refused work hello
	contains "$output" "it may be each of"
}

# in_tmux SESSION N: session N appears, in a process in that tmux session.
in_tmux() {
	local pane
	tmux new-session -d -s "$1" 'sleep 1000' 3>&-
	pane=$(tmux list-panes -s -t "=$1" -F '#{pane_pid}')
	PID[$2]=$pane
	session start "$pane" "$(sid "$2")" startup >/dev/null
}

@test "the name of a tmux session, asked of tmux itself" {
	need tmux
	export TMUX_TMPDIR=$BATS_TEST_TMPDIR
	present 1 >/dev/null
	in_tmux work 2
	in_tmux workshop 3
	from_1 work hello
	from_1 workshop hi
	equal "mail" "$(bodies 2) $(bodies 3)" "hello hi"
	# Only the whole name.
	refused works hello
	refused wor hello
}

@test "labels trap 18: what tmux says is read to its end, however late it comes" {
	mkdir "$BATS_TEST_TMPDIR/path"
	two
	printf '#!/bin/sh\n(sleep 0.1; echo %s) &\n' "${PID[2]}" >"$BATS_TEST_TMPDIR/path/tmux"
	chmod +x "$BATS_TEST_TMPDIR/path/tmux"
	PATH=$BATS_TEST_TMPDIR/path:$PATH from_1 late hello
	equal "mail" "$(bodies 2)" hello
}

@test "a tmux that hangs is not waited for long, and is gone then" {
	mkdir "$BATS_TEST_TMPDIR/path"
	present 1 >/dev/null
	printf '#!/bin/sh\necho $$ >%s/pid\nexec sleep 1000\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/path/tmux"
	chmod +x "$BATS_TEST_TMPDIR/path/tmux"
	PATH=$BATS_TEST_TMPDIR/path:$PATH run timeout 10 "$BIN/peer" send --from "$(sid 1)" late hello
	equal "status" "$status" 1
	gone "$(cat "$BATS_TEST_TMPDIR/pid")"
}

@test "tmux is asked for names only, never for what would be an option or another target" {
	mkdir "$BATS_TEST_TMPDIR/path"
	two
	printf '#!/bin/sh\nprintf "%%s\\n" "$*" >>%s/asked\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/path/tmux"
	chmod +x "$BATS_TEST_TMPDIR/path/tmux"
	PATH=$BATS_TEST_TMPDIR/path:$PATH
	for name in claude:2 "$(sid 2)" 'a:b' 'a.b' 'a b' ';x' '$(x)' @all; do
		run from_1 "$name" hello
	done
	[ ! -e "$BATS_TEST_TMPDIR/asked" ] || equal "asked" "$(cat "$BATS_TEST_TMPDIR/asked")" ""
	run from_1 name hello
	equal "asked" "$(cat "$BATS_TEST_TMPDIR/asked")" "list-panes -s -F #{pane_pid} -t =name:"
}

@test "@all: one copy each with an id of its own, never to oneself, only in the project" {
	local n ids
	for n in 1 2 3 4; do present "$n" >/dev/null; done
	mkdir -p "$BATS_TEST_TMPDIR/elsewhere/.git"
	working 5 elsewhere
	end_agent "${PID[4]}"
	ids=$(from_1 @all hello)
	equal "ids" "$(sort -u <<<"$ids" | wc -l)" 2
	for n in 1 4 5; do equal "mail of $n" "$(bodies "$n")" ""; done
	for n in 2 3; do
		equal "mail of $n" "$(bodies "$n")" hello
		contains "$ids" "$(jq -r .id "$(box "$n")")"
	done
	equal "answers" "$(from_1 --json @all again | jq -r .label | tr '\n' ' ')" "claude:2 claude:3 "
}

@test "@all and nobody there: an error; with --hold it waits for all" {
	present 1 >/dev/null
	refused @all hello
	contains "$output" "no other session of this project is there"
	from_1 --hold @all hello >/dev/null
	present 2 >/dev/null
	equal "mail" "$(bodies 2)" hello
}

@test "@all from a person goes to every session of the project" {
	two
	peer send @all hello >/dev/null
	equal "mail" "$(bodies 1) $(bodies 2)" "hello hello"
}

@test "@any: the policies" {
	local n
	for n in 1 2 3; do present "$n" >/dev/null; done
	from_1 @any default >/dev/null
	from_1 --policy primary @any primary >/dev/null
	from_1 --policy broadcast @any broadcast >/dev/null
	run from_1 --policy drop @any dropped
	equal "status and output" "$status$output" 0
	TINYPLACE_UNROUTED_POLICY=broadcast from_1 @any by-environment >/dev/null
	TINYPLACE_UNROUTED_POLICY=nonsense from_1 @any nonsense >/dev/null
	TINYPLACE_UNROUTED_POLICY=drop from_1 --policy primary @any option-first >/dev/null
	run env TINYPLACE_UNROUTED_POLICY=drop "$BIN/peer" send --from "$(sid 1)" @any dropped
	equal "status and output" "$status$output" 0
	equal "mail of 2" "$(bodies 2 | tr '\n' ' ')" "default primary broadcast by-environment nonsense option-first "
	equal "mail of 3" "$(bodies 3 | tr '\n' ' ')" "broadcast by-environment "
	equal "mail of 1, and what is held" "$(bodies 1)$(held_file)" ""
	run from_1 --policy nonsense @any hello
	equal "status" "$status" 2
}

@test "@any: the primary is the lowest label of the others" {
	two
	"$BIN/peer" send --from "$(sid 2)" @any hello >/dev/null
	equal "mail" "$(bodies 1)" hello
}

@test "to oneself: refused by id, label, beginning and tmux name" {
	local name
	two
	for name in "$(sid 1)" claude:1 00000001 00000001-0000; do
		refused "$name" hello
		contains "$output" "that is the sender itself"
	done
	register "$$" "$(sid 3)" keyed
	sed -i 's/"tmux_session": null/"tmux_session": "work"/' "$STATE/sessions/$$.json"
	run "$BIN/peer" send --from "$(sid 3)" work hello
	equal "status" "$status" 1
	contains "$output" "that is the sender itself"
}

@test "two that run in one process are two targets; one that runs in two is one" {
	local id
	present 1 >/dev/null
	for id in thread-aa thread-bb; do
		printf '{"session_id":"%s","cwd":"%s","hook_event_name":"SessionStart","source":"startup"}' "$id" "$CWD" |
			"$BIN/session-start" --agent codex --quiet
	done
	from_1 codex:1 first
	from_1 codex:2 second
	equal "first" "$(jq -r .body "$(session_box thread-aa)")" first
	equal "second" "$(jq -r .body "$(session_box thread-bb)")" second
	present 2 >/dev/null
	present 2 >/dev/null
	from_1 00000002 once
	equal "by its second label" "$(from_1 --json claude:3 twice | jq -r .target_session_id)" "$(sid 2)"
	equal "copies for all" "$(from_1 @all x | wc -l)" 3
}

# may FROM TO, may_not FROM TO: sessions that work in these directories.
may() {
	working 1 "$1"
	working 2 "$2"
	from_1 "$(sid 2)" hello >/dev/null
	end_agent "${PID[1]}"
	end_agent "${PID[2]}"
}

may_not() {
	working 1 "$1"
	working 2 "$2"
	refused "$(sid 2)" hello
	contains "$output" "another project"
	refused @all hello
	end_agent "${PID[1]}"
	end_agent "${PID[2]}"
}

@test "the project: .git at or above both directories" {
	cd "$BATS_TEST_TMPDIR"
	mkdir -p a/.git a/one/deep a/two b/.git plain/sub/subsub plain2 a/inner/.git
	ln -s a link
	ln -s plain plain-link
	echo gitdir: elsewhere >b.git
	may a a
	may a/one/deep a/two
	may a a/one
	may link a/two
	may a link/one
	may_not a b
	may_not a plain
	may_not plain a
	# A project in a project is one of its own.
	may_not a a/inner
	# Neither has one: one lies in the other.
	may plain plain/sub/subsub
	may plain/sub plain
	may plain-link/sub plain
	may_not plain plain2
	may_not plain/sub plain2
}

@test "a .git that is a file, as in a worktree, counts; one that cannot be followed too does no harm" {
	cd "$BATS_TEST_TMPDIR"
	mkdir -p tree/one tree/two other
	echo "gitdir: /elsewhere" >tree/.git
	may tree/one tree/two
	may_not tree/one other
}

@test "directories that begin with the same letters are not under one another" {
	mkdir -p "$BATS_TEST_TMPDIR/app" "$BATS_TEST_TMPDIR/app-two"
	may_not app app-two
}

@test "a directory that is gone, or that is not known, harms nobody" {
	mkdir -p "$BATS_TEST_TMPDIR/gone"
	working 1 gone
	working 2 gone
	rmdir "$BATS_TEST_TMPDIR/gone"
	from_1 claude:2 hello >/dev/null
	register "$$" "$(sid 3)" keyed
	sed -i 's/"cwd": ".*"/"cwd": null/' "$STATE/sessions/$$.json"
	refused "$(sid 3)" hello
}

@test "--any-project is for people: refused in an agent, and nothing is sent" {
	mkdir -p "$BATS_TEST_TMPDIR/elsewhere/.git"
	present 1 >/dev/null
	working 2 elsewhere
	run peer send claude:2 hello
	equal "status" "$status" 1
	contains "$output" "a person may, with --any-project"
	peer send --any-project claude:2 person >/dev/null
	equal "mail" "$(bodies 2)" person
	CLAUDE_CODE_SESSION_ID=$(sid 1) run peer send --any-project claude:2 agent
	equal "status" "$status" 1
	contains "$output" "--any-project is for people"
	CLAUDE_CODE_SESSION_ID=$(sid 1) run peer send --any-project --from "$(sid 1)" claude:2 agent
	equal "status" "$status" 1
	CLAUDE_CODE_SESSION_ID=$(sid 1) run peer send --any-project --hold reviewer agent
	equal "status" "$status" 1
	equal "mail" "$(bodies 2)$(held_file)" person
}

@test "300 sessions: each can be written to by its label" {
	local n birth
	present 1 >/dev/null
	birth=$(birth "${PID[1]}")
	for n in $(seq 300); do
		printf '{"session_id":"many-%s","pid":%s,"birth":"%s","agent":"codex","cwd":"%s","started_at":1}\n' \
			"$n" "${PID[1]}" "$birth" "$CWD" >"$STATE/$OURS/sessions/many-$n.json"
		ln -s "${PID[1]} $birth many-$n" "$STATE/$OURS/labels/many:$n"
	done
	for n in 1 100 150 200 250 280 290 299 300; do
		equal "many:$n" "$(from_1 --json "many:$n" hello | jq -r .target_session_id)" "many-$n"
	done
}

# In each form of address.
addresses() {
	printf '%s\n' claude:2 "$(sid 2)" 00000002 @all @any
}

@test "labels trap 3: mail for a server that goes away comes out by every form of address" {
	local name n=0
	present 1 >/dev/null
	agent
	register "$AGENT" "$(sid 2)"
	sed -i 's/"tmux_session": null/"tmux_session": "work"/' "$STATE/sessions/$AGENT.json"
	for name in "$(sid 2)" 00000002 work @all @any; do
		n=$((n + 1))
		from_1 "$name" "text $n" >/dev/null
	done
	equal "pid box" "$(wc -l <"$MAILBOXES/$AGENT.jsonl")" "$n"
	end_agent "$AGENT"
	present 2 >/dev/null
	run drained 2
	for n in $(seq "$n"); do contains "$output" "text $n"; done
}

@test "labels trap 1: the id that the sender is given is the one that the receiver sees and answers to" {
	local name id answer
	two
	while read -r name; do
		id=$(from_1 --request-id "q-1" "$name" question | cut -d' ' -f1)
		run drained 2
		contains "$output" "message_id=$id "
		contains "$output" "request_id=q-1"
		answer=$("$BIN/peer" send --from "$(sid 2)" --reply-to q-1 claude:1 answer | cut -d' ' -f1)
		run drained 1
		contains "$output" "message_id=$answer "
		contains "$output" "reply_to=q-1"
	done < <(addresses)
	# Held, too.
	id=$(from_1 --hold later question | cut -d' ' -f1)
	"$BIN/peer" label --session-id "$(sid 2)" later >/dev/null
	contains "$(drained 2)" "message_id=$id "
}

@test "labels trap 4: a label never stands where an id belongs" {
	local name
	two
	while read -r name; do from_1 "$name" hello >/dev/null; done < <(addresses)
	from_1 --hold reviewer hello >/dev/null
	"$BIN/peer" label --session-id "$(sid 2)" reviewer >/dev/null
	equal "senders" "$(jq -r .from_session_id "$(box 2)" | sort -u)" "$(sid 1)"
	lacks "$(cat "$MAILBOXES"/*.jsonl)" claude:
	lacks "$(ls "$MAILBOXES" "$STATE/sessions")" claude:
	# And a session with such an id does not become one.
	printf '{"session_id":"claude:2","cwd":"%s","hook_event_name":"SessionStart","source":"startup"}' "$CWD" |
		"$BIN/session-start" --agent codex --quiet
	equal "sessions" "$("$BIN/peer" list --json | jq length)" 2
}

@test "labels trap 15: of two answers each says whose it is, so that only the addressed one counts" {
	two
	present 3 >/dev/null
	from_1 --request-id q-1 claude:2 question >/dev/null
	"$BIN/peer" send --from "$(sid 3)" --reply-to q-1 claude:1 foreign >/dev/null
	"$BIN/peer" send --from "$(sid 2)" --reply-to q-1 claude:1 own >/dev/null
	equal "answers" "$(text_of "$(drained 1)" | grep -A1 -- '^--- msg' |
		sed -nE 's/.*from_session_id=([^ ]*).*reply_to=q-1.*/\1/p; /^(foreign|own)$/p' | tr '\n' ' ')" \
		"$(sid 3) foreign $(sid 2) own "
}

@test "labels trap 16: the same options and the same answer on every way to send" {
	local name
	two
	for name in "$(sid 2)" claude:2 00000002 @all @any "$(sid 77)"; do
		from_1 --json --request-id r-1 --reply-to a-1 "$name" hello
	done >"$BATS_TEST_TMPDIR/answers"
	from_1 --json --hold --request-id r-1 --reply-to a-1 reviewer hello >>"$BATS_TEST_TMPDIR/answers"
	equal "answers" "$(jq -c keys_unsorted "$BATS_TEST_TMPDIR/answers" | sort | uniq -c | tr -s ' ')" \
		' 7 ["message_id","target_session_id","label","box","live","held","request_id","action_required","wake_status","wake_reason","wake_route"]'
	equal "lines" "$({ cat "$MAILBOXES"/*.jsonl; jq -c .message "$STATE/$OURS/held.jsonl"; } |
		jq -c '[.request_id, .reply_to, .from_session_id, .body, .origin]' | sort | uniq -c | tr -s ' ')" \
		" 7 [\"r-1\",\"a-1\",\"$(sid 1)\",\"hello\",\"peer\"]"
}

@test "labels trap 27: ids from elsewhere never become file names" {
	local id
	two
	for id in ../../x /tmp/x a/b .. "$(letters 300)" '\ud800' '' 'a\u0000b' 'a\nb'; do
		mail "$(box 2)" "$(line "$id" hello "\"request_id\":\"$id\",$from_peer")"
	done
	equal "shown" "$(drained 2 | grep -o -- '--- msg' | wc -l)" 9
	equal "files" "$(find "$HOME" "$BATS_TEST_TMPDIR" -name x -o -name '*%*' -o -name 'a' -o -name "$(letters 50)*")" ""
	equal "receipts" "$(ls "$STATE/receipts" 2>/dev/null)" ""
}

@test "labels trap 19: help names every option that a command takes, and no other" {
	local command source
	for command in $("$BIN/peer" help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
		source=$ROOT/peer/$command.c
		case $command in envelope | block) continue ;; esac	# without options; as done
		# --session-id is the same everywhere, and not repeated where another name is the usual one.
		equal "options of $command" \
			"$("$BIN/peer" "$command" --help | grep -E '^(usage:|  +-|  +\[-)' | grep -oE -- '--[a-z][a-z-]*' | grep -vx -- --session-id | sort -u)" \
			"$(grep -oE '\{ "[a-z-]+", *(NULL|&|json,)' "$source" | sed 's/{ "\([^"]*\)".*/--\1/' | grep -vx -- --session-id | sort -u)"
		contains "$(cat "$ROOT/man/peer.1")" "$command"
	done
}
