# What the files about sessions, labels and targets share: `load session_helper` after test_helper.
#
# Sessions are numbered: session N has the id `sid N`.

# Every session is in a project of the test's own, unless it says otherwise.
isolate_in_project() {
	need jq	# with which these files look at what is on disk
	isolate
	CWD=$BATS_TEST_TMPDIR/project
	mkdir -p "$CWD/.git"
}

# A file about waking has a setup of its own: looking for the pane of a session without a mark takes a
# third of the time of a test that sends.
setup() {
	isolate_in_project
	export OXTAIL_AUTOWAKE=off
}

OURS=peerhooks	# our own folder in the state directory

# birth PID: what a process's birth is in presence and labels: <start in ticks>@<boot>.
birth() {
	local stat
	stat=$(<"/proc/$1/stat")
	stat=${stat##*) }
	read -r -a stat <<<"$stat"
	printf '%s@%s' "${stat[19]}" "$(</proc/sys/kernel/random/boot_id)"
}

# peer ARGUMENT...: the command, run in the project of the tests.
peer() {
	(mkdir -p "${CWD:=$BATS_TEST_TMPDIR/project}" && cd "$CWD" && exec "$BIN/peer" "$@")
}

# present N: session N appears, in an agent of its own: PID[N]. Prints the greeting.
present() {
	agent
	PID[$1]=$AGENT
	session start "$AGENT" "$(sid "$1")" startup
}

# label_of N: the label that session N holds.
label_of() {
	"$BIN/peer" label --session-id "$(sid "$1")"
}

# holder LABEL: the session that its link names.
holder() {
	local link
	link=$(readlink "$STATE/$OURS/labels/$1")
	printf '%s\n' "${link##* }"
}

# labels: all that are taken, sorted.
labels() {
	ls "$STATE/$OURS/labels" | sort
}

# memory N: the label that session N had last, as it is remembered.
memory() {
	readlink "$STATE/$OURS/label-memory/$(key "$(sid "$1")")"
}

# key SESSION: its session key.
key() {
	basename "$(session_box "$1")" .jsonl
}

# link LABEL TEXT: forges a label's link.
link() {
	(umask 077 && mkdir -p "$STATE/$OURS/labels")
	ln -sfn -- "$2" "$STATE/$OURS/labels/$1"
}

# presence N PID BIRTH [CWD]: forges a record of presence.
presence() {
	(umask 077 && mkdir -p "$STATE/$OURS/sessions")
	printf '{"session_id":"%s","pid":%s,"birth":"%s","agent":"claude-code","cwd":"%s","started_at":1790000000}\n' \
		"$(sid "$1")" "$2" "$3" "${4:-$CWD}" >"$STATE/$OURS/sessions/$(key "$(sid "$1")").$2.json"
}

# dead_label LABEL N: a label that session N held in a process that is no more.
dead_label() {
	link "$1" "999999991 1@$(</proc/sys/kernel/random/boot_id) $(sid "$2")"
}

# held_file: what is held.
held_file() {
	cat "$STATE/$OURS/held.jsonl" 2>/dev/null || :
}

# box N: the session box of session N, as a path.
box() {
	session_box "$(sid "$1")"
}

# bodies N: the texts in the session box of session N, one a line, in order.
bodies() {
	[ ! -e "$(box "$1")" ] || "$TESTBIN/json-get" -l body <"$(box "$1")"
}

# drained N: what the next tool call of session N shows its model.
drained() {
	printf '{"session_id":"%s","cwd":"/","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{}}' "$(sid "$1")" |
		"$BIN/pretooluse" --agent claude-code
}

# labels_locked: somebody holds the lock of those who remove links.
labels_locked() {
	[ -e "$STATE/$OURS/labels.lock" ] && ! flock -n "$STATE/$OURS/labels.lock" true
}

# ours_running: processes of ours that belong to this test.
ours_running() {
	local process
	for process in $(grep -lzsx "HOME=$HOME" /proc/[0-9]*/environ); do
		process=${process%/environ}
		case $(readlink "$process/exe") in "$BIN"/*) echo "${process#/proc/}" ;; esac
	done
}
