# Runs: when each hook ran last and for how long (runs.h), as peer doctor reads it.
load test_helper

A=$ME
RUNS=.oxtail/peerhooks/runs

# times AGENT.HOOK: beginning and end, in seconds with their fractions.
times() {
	stat -c '%x %y' "$HOME/$RUNS/$1"
}

# last AGENT HOOK: what runs_last says.
last() {
	"$TESTBIN/runs" "$1" "$2"
}

begun() {
	agent
	session start "$AGENT" "$A" startup --quiet
}

@test "a session's start makes the file of each hook of its agent, 0600, with no run noted but its own" {
	begun
	equal "files" "$(ls "$HOME/$RUNS" | tr '\n' ' ')" "$(cd "$ROOT/hooks" && printf '%s\n' *.c | sed -n '/^cursor-nonce/!s/^\(.*\)\.c$/claude-code.\1/p' | tr '\n' ' ')"
	equal "modes and sizes" "$(stat -c '%a %s' "$HOME/$RUNS"/* | sort -u)" "600 0"
	equal "mode of the folder" "$(stat -c %a "$HOME/$RUNS")" 700
	equal "of a hook that did not run" "$(last claude-code stop)" "never"
	[[ $(last claude-code session-start) =~ ^ran\ [1-9][0-9]*$ ]] || fail "$(last claude-code session-start)"
}

@test "every hook notes its run: when, to the millisecond, and how long it took" {
	local hook before after at us
	begun
	for hook in pretooluse posttooluse userpromptsubmit stop pre-compact subagent-start await-mail session-start session-end; do
		before=$(date +%s%3N)
		CLAUDE_PID=$AGENT "$BIN/$hook" --agent claude-code <<<"{\"session_id\":\"$A\",\"cwd\":\"$CWD\"}" >/dev/null
		after=$(date +%s%3N)
		at=$(times "claude-code.$hook" | awk '{ print $4 " " $5 }')
		at=$(date -d "$at" +%s%3N)
		us=$(last claude-code "$hook" | cut -d' ' -f2)
		[ "$at" -ge "$before" ] && [ "$at" -le "$after" ] || fail "$hook: $at, not $before to $after"
		[ "$us" -ge 5 ] && [ "$us" -le $(((after - before + 1) * 1000)) ] || fail "$hook took $us us of $((after - before)) ms"
	done
}

@test "a hook without its file, of an agent that nobody named, or with a broken folder: no file, no word" {
	local way
	run "$BIN/pretooluse" --agent claude-code <"$FIXTURES/claude-code/PreToolUse.json"
	equal "status and output" "$status$output" 0
	[ ! -e "$HOME/$RUNS" ]
	begun
	rm "$HOME/$RUNS/claude-code.pretooluse"
	silent pretooluse --agent claude-code
	silent pretooluse
	[ ! -e "$HOME/$RUNS/claude-code.pretooluse" ]
	equal "nothing is known" "$(last claude-code pretooluse)" unknown
	for way in 'rm -r' 'chmod 777' 'chmod 0'; do
		(umask 077 && mkdir -p "$HOME/$RUNS")
		$way "$HOME/$RUNS"
		silent pretooluse --agent claude-code
		equal "said after $way" "$(last claude-code stop)" unknown
		chmod 700 "$HOME/$RUNS" 2>/dev/null && rm -r "${HOME:?}/$RUNS"
	done
}

@test "a link in a file's place is not followed, and a clock that was set back is no negative time" {
	begun
	: >"$HOME/other"
	touch -d '2001-01-01' "$HOME/other"
	ln -sf "$HOME/other" "$HOME/$RUNS/claude-code.pretooluse"
	silent pretooluse --agent claude-code
	equal "the other file" "$(stat -c %Y "$HOME/other")" "$(date -d 2001-01-01 +%s)"
	touch -a -d '2026-01-02' "$HOME/$RUNS/claude-code.stop"
	touch -m -d '2026-01-01' "$HOME/$RUNS/claude-code.stop"
	equal "set back" "$(last claude-code stop)" "ran 0"
}
