# What all bats files share: `load test_helper`. Every test gets a HOME of its own and an environment
# without any agent in it.

ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
BUILD=${BUILD:-$ROOT/build}
BIN=$BUILD/bin	# the executables
TESTBIN=$BUILD/test	# test programs, from test/unit and test/bench
FIXTURES=$ROOT/test/fixtures	# payloads recorded from the real agents
ME=11111111-2222-4333-8444-555555555555	# the session of Claude Code's fixtures
PEER=22222222-3333-4444-5555-666666666666
export ROOT BUILD BIN TESTBIN FIXTURES ME PEER

isolate() {
	# bats traces each command, which makes up half of the time; only in the test itself, where the line
	# of a failure comes from, is that worth it. TRACED=1: in what it calls too.
	[ -n "${TRACED:-}" ] || set +T
	# By their beginnings, without a process: this is done a thousand times.
	unset CLAUDECODE OPENCODE TMUX ${!OXTAIL_@} ${!PEERHOOKS_@} ${!SYNTAUR_@} ${!CLAUDE_@} ${!CODEX_@} ${!OPENCODE_@} ${!PI_@} \
		${!GEMINI_@} ${!CURSOR_@} ${!TINYPLACE_@} ${!TMUX_@}
	export HOME=$BATS_TEST_TMPDIR/home TMUX_TMPDIR=$BATS_TEST_TMPDIR	# and not the developer's panes
	STATE=$HOME/.oxtail
	MAILBOXES=$STATE/mailboxes
	mkdir -p "$HOME"
}

setup() {
	isolate
}

# need COMMAND: skips the test where it is not installed.
need() {
	command -v "$1" >/dev/null || skip "needs $1, which is not installed"
}

# Skips where strace is missing or may not trace (some containers).
need_strace() {
	need strace
	strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
}

# own_calls TRACE: how many system calls a program has made since its execve, but for those that libc makes
# in each (with musl 3, with glibc 13), as one that only returns 0 shows.
own_calls() {
	strace -o "$1.return0" "$TESTBIN/return0"
	echo $(($(grep -c '^[a-z]' "$1") - $(grep -c '^[a-z]' "$1.return0")))
}

# some: of the lines of standard input the first, every eighth after it, and the last; with THOROUGH=1, as
# `make soak` has it, all. For what is tried at each system call.
some() {
	awk -v every="${THOROUGH:+1}" '
		{ line[NR] = $0 }
		END {
			every = every ? every : 8
			for (n = 1; n <= NR; n += every) print line[n]
			if (NR && (NR - 1) % every) print line[NR]
		}'
}

# rounds N: how often something is tried that depends on luck: N times with THOROUGH=1, else a sixth of it.
rounds() {
	if [ -n "${THOROUGH:-}" ]; then echo "$1"; else echo $((($1 + 5) / 6)); fi
}

fail() {
	printf '%.2000s\n' "$*" >&2
	return 1
}

# equal WHAT IS EXPECTED
equal() {
	[ "$2" = "$3" ] || fail "$1 is: $2
expected: $3"
}

contains() {
	case $1 in *"$2"*) ;; *) fail "not found: $2
in: $1" ;; esac
}

lacks() {
	case $1 in *"$2"*) fail "found: $2
in: $1" ;; esac
}

# session_box ID: the path of its session box.
session_box() {
	local hash
	hash=$(printf %s "$1" | sha256sum)
	printf '%s/s-%s-%s.jsonl' "$MAILBOXES" "${1:0:40}" "${hash:0:8}"
}

state_dirs() {
	(umask 077 && mkdir -p "$STATE/sessions" "$MAILBOXES")
}

# line ID BODY [MORE]: a mailbox line; BODY is JSON-escaped, MORE are further members.
line() {
	printf '{"schema_version":1,"id":"%s","body":"%s","enqueued_at":1790000000,"body_bytes":1,"origin":"peer"%s}\n' \
		"$1" "$2" "${3:+,$3}"
}

from_peer="\"from_session_id\":\"$PEER\""

# mail BOX LINE...: appends lines to a box (path).
mail() {
	state_dirs
	printf '%s\n' "${@:2}" >>"$1"
}

# mid N: a message id.
mid() {
	printf '%016x' "$1"
}

# letters N [CHARACTER]: that many of it.
letters() {
	head -c "$1" /dev/zero | tr '\0' "${2:-x}"
}

# many BOX COUNT SIZE: that many messages of SIZE letters, ids 1, 2, ...
many() {
	state_dirs
	awk -v count="$2" -v body="$(letters "$3")" -v more="$from_peer" 'BEGIN {
		for (n = 1; n <= count; n++)
			printf "{\"schema_version\":1,\"id\":\"%016x\",\"body\":\"%s\",\"enqueued_at\":1790000000,\"body_bytes\":1,\"origin\":\"peer\",%s}\n", n, body, more
	}' >>"$1"
}

# register PID SESSION [session_keyed]: an entry of the registry, laid out as oxtail does. CWD: where it works.
register() {
	local keyed=""
	state_dirs
	[ -z "${3:-}" ] || keyed=',
      "session_keyed": true'
	cat >"$STATE/sessions/.new" <<-END
	{
	  "server_pid": $1,
	  "started_at": 1790000000,
	  "client": {
	    "type": "claude-code",
	    "session_id": "$2",
	    "transcript_path": null,
	    "session_id_source": "env",
	    "cwd": "${CWD:-/tmp}"
	  },
	  "tmux_pane": null,
	  "tmux_session": null,
	  "state": null,
	  "capabilities": {
	    "mailbox": {
	      "reply_to": true$keyed
	    }
	  }
	}
	END
	mv "$STATE/sessions/.new" "$STATE/sessions/$1.json"
}

# event HOOK [ARGUMENT...]: runs a hook on its recorded event (EVENT: another fixture).
event() {
	local hook=$1 name
	case $hook in
	pretooluse) name=PreToolUse ;;
	stop) name=Stop ;;
	userpromptsubmit) name=UserPromptSubmit ;;
	esac
	"$BIN/$hook" "${@:2}" <"$FIXTURES/${EVENT:-claude-code/$name}.json"
}

# text_of OUTPUT: what the model is shown of a hook's output, in whatever form it came.
text_of() {
	local member
	for member in hookSpecificOutput.additionalContext reason followup_message; do
		printf '%s' "$1" | "$TESTBIN/json-get" "$member" 2>/dev/null && return
	done
	fail "no text in: $1"
}

# silent HOOK [ARGUMENT...]: the hook ends with 0 and prints nothing at all.
silent() {
	run event "$@"
	equal "status" "$status" 0
	equal "output" "$output" ""
}

empty_box() {
	[ -f "$1" ] && [ ! -s "$1" ] || fail "not an empty box: $1"
}

mark() {
	cat "$STATE/activity/${1:-$ME}"
}

# agent: starts a process that stands for an agent's, and sets AGENT to its pid. It ends with the test.
agent() {
	sleep 1000 3>&- &
	AGENT=$!
	disown
	AGENTS="${AGENTS:-} $AGENT"
}

# await WHAT COMMAND...: until the command succeeds, for 10 s at most.
await() {
	local n nap
	# Of a pipe that nobody writes to: a process less than `sleep`, a hundred times a second.
	[ -p "$BATS_TEST_TMPDIR/.nap" ] || mkfifo "$BATS_TEST_TMPDIR/.nap"
	exec {nap}<>"$BATS_TEST_TMPDIR/.nap"
	for ((n = 0; n < 1000; n++)); do
		"${@:2}" && { exec {nap}>&-; return; }
		read -r -t 0.01 -u "$nap" || :
	done
	exec {nap}>&-
	fail "waited in vain: $1"
}

gone() { # PID
	[ ! -d "/proc/$1" ]
}

# over PID: it is gone, or a zombie, which is for bash to take note of, however late, and dead for us.
over() {
	local stat
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	case ${stat##*) } in [ZX]*) return 0 ;; esac
	LEFT=$stat
	return 1
}

# end_agent PID: kills it, and waits until it is no more.
end_agent() {
	kill -9 "$1"
	await "process $1 is still there" over "$1" || fail "as this: $LEFT"
}

# Ends what `agent` has started. A file that defines its own teardown calls it there.
teardown() {
	[ -z "${AGENTS:-}" ] || kill -9 $AGENTS 2>/dev/null || :
}

# session EVENT PID SESSION REASON [ARGUMENT...]: runs session-start or session-end, as Claude Code does
# from the process PID, in the directory CWD (default: a project of the test's own).
session() {
	local hook=$1 pid=$2 id=$3 reason=$4 name=SessionStart member=source
	[ "$hook" = start ] || name=SessionEnd member=reason
	CWD=${CWD:-$BATS_TEST_TMPDIR/project}
	mkdir -p "$CWD"
	printf '{"session_id":"%s","transcript_path":"%s/.claude/projects/-p/%s.jsonl","cwd":"%s","hook_event_name":"%s","%s":"%s"}\n' \
		"$id" "$HOME" "$id" "$CWD" "$name" "$member" "$reason" |
		CLAUDE_PID=$pid "$BIN/session-$hook" --agent claude-code "${@:5}"
}

# sid N: a session id.
sid() {
	printf '%08x-0000-4000-8000-000000000000' "$1"
}

# listed SESSION MEMBER: what `peer list --json --all` says of it.
listed() {
	local line
	"$BIN/peer" list --json --all | while read -r line; do
		[[ $line != *"\"session_id\":\"$1\""* ]] || "$TESTBIN/json-get" -l "$2" <<<"${line%[],]}"
	done
}
