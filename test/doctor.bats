# peer doctor: what is well and what is not. For each finding: a case that produces it, the command that
# mends it is run, and it is gone.
load test_helper
load session_helper

setup() {
	isolate_in_project
	export PATH=$BIN:$PATH EDITOR=true
	touch "$BATS_TEST_TMPDIR/began"
}

# checked [AGENT...]: runs it; REPORT is what it says, a finding a line. Codex stands for nobody: it is not
# found. (No jq at each of a hundred runs: it takes ten times as long as what is tested.)
checked() {
	local problems
	set +e
	"$BIN/peer" doctor --json "${@:-codex}" >"$BATS_TEST_TMPDIR/report"
	STATUS=$?
	set -e
	REPORT=$(<"$BATS_TEST_TMPDIR/report")
	"$TESTBIN/json-check" "$BATS_TEST_TMPDIR/report" || fail "no JSON: $REPORT"
	problems=0
	! [[ $REPORT == *'","state":"problem",'* ]] || problems=1
	[[ $STATUS$problems$REPORT == 00*'"well":true}' || $STATUS$problems$REPORT == 11*'"well":false}' ]] ||
		fail "status $STATUS of: $REPORT"
}

# finding LINE: takes it apart: CHECK, STATE, WHAT, MEND.
finding() {
	[[ $1 =~ ^\{\"check\":\"([^\"]*)\",\"state\":\"([^\"]*)\",\"agent\":[^,]*,\"what\":\"(.*)\",\"mend\":(null|\"(.*)\")\},?$ ]] || return
	CHECK=${BASH_REMATCH[1]} STATE_OF=${BASH_REMATCH[2]}
	printf -v WHAT %b "${BASH_REMATCH[3]//\\\"/\"}"
	printf -v MEND %b "${BASH_REMATCH[5]//\\\"/\"}"
}

# says CHECK STATE TEXT: there is such a finding; MEND is its command.
says() {
	local line
	while read -r line; do
		finding "$line" && [ "$CHECK $STATE_OF" = "$1 $2" ] && [[ $WHAT == *"$3"* ]] && return
	done <<<"$REPORT"
	fail "no $2 of $1 with: $3
in: $REPORT"
}

# silent_on CHECK: it finds nothing, or all well.
silent_on() {
	local line
	while read -r line; do
		! finding "$line" || [ "$CHECK" != "$1" ] || [ "$STATE_OF" = ok ] || fail "$STATE_OF of $1: $WHAT"
	done <<<"$REPORT"
}

# all_mends CHECK: the commands of all its findings become MEND.
all_mends() {
	local line all=""
	while read -r line; do
		! finding "$line" || [ "$CHECK" != "$1" ] || [ -z "$MEND" ] || all=$all$MEND$'\n'
	done <<<"$REPORT"
	MEND=$all
}

# mended CHECK [AGENT...]: the command is run as it stands, and what it was for is gone.
mended() {
	[ -n "$MEND" ] || fail "no command mends $1"
	eval "$MEND" || fail "this fails: $MEND"
	checked "${@:2}"
	silent_on "$1"
}

# thrown_away: no HOME of a trial is left, but what was there before; another test may just have one.
thrown_away() {
	[ -z "$(find /tmp -maxdepth 1 -name 'peerhooks-doctor-*' -newer "$BATS_TEST_TMPDIR/began" 2>/dev/null)" ]
}

# listing: all files of the home, what they are and when they were changed.
listing() {
	find "$HOME" -printf '%p %y %m %u %s %T@ %C@\n' | sort
}

state_made() {
	(umask 077 && mkdir -p "$STATE/$1")
}

old() { # FILE...
	touch -hd '2 hours ago' "$@"
}

@test "a fresh home: all is well, and nothing is made in it" {
	checked
	equal "status" "$STATUS" 0
	says home ok "not there yet"
	equal "home" "$(ls -A "$HOME")" ""
	run "$BIN/peer" doctor codex
	equal "status" "$status" 0
	contains "${lines[-1]}" "all is well, 1 note"
}

@test "a person is told the same as a program, one line each" {
	state_made mailboxes
	chmod g+w "$STATE/mailboxes"
	checked
	run "$BIN/peer" doctor codex
	equal "status" "$status" 1
	# Times and room differ.
	equal "lines" "$(head -n -1 <<<"$output" | grep -v ' are free ')" "$(jq -r '.findings[] | select(.check != "disk") |
		(.state + "         ")[:9] + ((.agent // "machine") + "             ")[:13] + .what + if .mend then "; mend: " + .mend else "" end' <<<"$REPORT")"
	contains "${lines[-1]}" "1 problem, "
	equal "counted" "$(jq -c '[.problems, .notes]' <<<"$REPORT")" \
		"$(jq -c '[([.findings[] | select(.state == "problem")] | length), ([.findings[] | select(.state == "note")] | length)]' <<<"$REPORT")"
	equal "members" "$(jq -c '[.findings[] | keys_unsorted] | unique' <<<"$REPORT")" '[["check","state","agent","what","mend"]]'
}

@test "wrong usage: status 2" {
	local arguments
	for arguments in nobody --nope "claude codex gemini cursor pi opencode codex"; do
		# shellcheck disable=SC2086 # several words
		run "$BIN/peer" doctor $arguments
		equal "status of $arguments" "$status" 2
	done
}

@test "HOME is not an absolute path" {
	local home=$HOME
	HOME=here checked
	says home problem "absolute"
	contains "$MEND" "export HOME="
	(unset HOME && checked && says home problem "absolute" && eval "$MEND" && [[ $HOME == /* ]])
	HOME=$home checked
	silent_on home
}

@test "~/.oxtail: of others, writable by others, a file, a link to nowhere, without permissions" {
	state_made .
	checked
	says home ok "yours alone"
	chmod g+w "$STATE"
	checked
	says home problem "written to by others"
	mended home
	chmod 0500 "$STATE"
	checked
	says home problem "by its owner"
	mended home
	if [ "$(id -u)" = 0 ]; then
		chown 65534 "$STATE"
		checked
		says home problem "belongs to another user"
		mended home
	fi
	rmdir "$STATE"
	echo mine >"$STATE"
	checked
	says home problem "not a folder"
	mended home
	equal "put aside" "$(cat "$STATE-aside")" mine
	ln -s nowhere "$STATE"
	checked
	says home problem "leads nowhere"
	mended home
}

# folders: all that the layout knows of.
folders() {
	grep -v SWEPT "$ROOT/lib/store/layout.h" | sed -n 's/^#define LAYOUT_[A-Z_]* "\([a-z/-]*[a-z]\)".*/\1/p'
}

@test "every folder in it" {
	local folder wrong
	for folder in $(folders); do
		state_made "$folder"
		chmod o+w "$STATE/$folder"
		wrong=${wrong:-}$folder$'\n'
	done
	checked
	equal "folders" "$(jq -r '.findings[] | select(.check == "folders") | .what' <<<"$REPORT" |
		sed 's/ may be.*//' | sort)" "$(sed "/^$/d;s|^|$STATE/|" <<<"$wrong" | sort -u)"
	all_mends folders
	mended folders
	says folders ok "yours alone"
	rmdir "$STATE/receipts"
	mkfifo "$STATE/receipts"
	checked
	says folders problem "not a folder"
	mended folders
}

@test "syntaur's markers" {
	(umask 077 && mkdir -p "$HOME/.syntaur/runtime/sessions" "$HOME/.syntaur/runtime/cursor-nonces")
	checked
	says markers ok "yours alone"
	chmod o+w "$HOME"/.syntaur/runtime/*
	checked
	all_mends markers
	equal "both" "$(grep -c . <<<"$MEND")" 2
	mended markers
}

@test "a file system that is full, without room for files, or read-only" {
	unshare -rm true 2>/dev/null || skip "may not mount here"
	state_made .
	export -f checked finding says silent_on mended fail
	export STATE
	unshare -rm bash -euc '
		mount -t tmpfs -o size=4m,mode=700 none "$STATE"
		checked; says disk ok " MB are free"
		head -c 3500000 /dev/zero >"$STATE/fill" || :
		checked; says disk problem "is full"
		rm "$STATE/fill"
		checked; silent_on disk
		mount -o remount,ro "$STATE"
		checked; says disk problem "read-only"
		mended disk
		umount "$STATE"
		mount -t tmpfs -o size=4m,mode=700,nr_inodes=3 none "$STATE"
		touch "$STATE/one" "$STATE/two" || :
		checked; says disk problem "no more files"
		rm "$STATE/one"
		checked; silent_on disk'
}

@test "stale locks, and what is left of one" {
	state_dirs
	mkdir "$MAILBOXES/1.jsonl.lock"
	touch "$MAILBOXES/1.jsonl.lock.owner"
	checked
	silent_on locks
	old "$MAILBOXES/1.jsonl.lock"*
	mkdir "$MAILBOXES/2.jsonl.lock.steal"
	touch -d '+1 hours' "$MAILBOXES/2.jsonl.lock.steal"
	checked
	equal "status" "$STATUS" 0
	says locks note "2 locks ("
	lacks "$REPORT" "lock's owner"
	rmdir "$MAILBOXES/1.jsonl.lock"
	checked
	says locks note "1 lock (~/.oxtail/mailboxes/2.jsonl.lock.steal)"
	says locks note "1 lock's owner (~/.oxtail/mailboxes/1.jsonl.lock.owner)"
	rm -r "$MAILBOXES/2.jsonl.lock.steal" "$MAILBOXES/1.jsonl.lock.owner"
	# A kernel's lock is a file that stays.
	state_made peerhooks
	touch "$STATE/peerhooks/labels.lock"
	old "$STATE/peerhooks/labels.lock"
	checked
	says locks ok "no lock is stale"
}

@test "mailboxes: cut off, too large, no file, for nobody" {
	present 1 >/dev/null
	mail "$(box 1)" "$(line "$(mid 1)" one)"
	checked
	says mail ok "1 mailbox"
	printf '{"schema' >>"$(box 1)"
	checked
	says mail note "1 mailbox (~/.oxtail/mailboxes/s-00000001"
	says mail note "cut off"
	lacks "$REPORT" "whole, and"
	# The next who writes mends it.
	peer send "$(sid 1)" two >/dev/null
	checked
	silent_on mail
	truncate -s 5M "$(box 1)"
	checked
	says mail note "more than 4 MB"
	rm "$(box 1)"
	mkfifo "$(box 1)"
	checked
	says mail problem "no file"
	mended mail
	mail "$(box 2)" "$(line "$(mid 3)" three)"
	printf '\n\n' >"$(box 3)"
	checked
	says mail note "1 mailbox (~/.oxtail/mailboxes/s-00000002"
	says mail note "gone"
	# A server's mailbox, as long as it lives.
	rm "$(box 2)"
	agent
	register "$AGENT" "$(sid 4)"
	mail "$MAILBOXES/$AGENT.jsonl" "$(line "$(mid 4)" four)"
	checked
	silent_on mail
	end_agent "$AGENT"
	checked
	says mail note "$AGENT.jsonl"
}

@test "what killed writers left, with a name that is none for a terminal" {
	local left
	state_made activity
	left=$STATE/activity/.tmp.1.$'\e[31m\n'"'x"
	touch "$left" "$STATE/activity/.tmp.2.new"
	checked
	silent_on leftovers
	old "$left"
	checked
	equal "status" "$STATUS" 0
	says leftovers note ".tmp.1."
	run "$BIN/peer" doctor codex
	lacks "$output" $'\e'
	equal "lines" "${#lines[@]}" "$(($(jq '.findings | length' <<<"$REPORT") + 1))"
	mended leftovers
	[ -e "$STATE/activity/.tmp.2.new" ]
}

@test "files of the future" {
	state_made activity
	state_made receipts
	touch "$STATE/receipts/a"
	checked
	says times ok "no file"
	touch -d '+3 hours' "$STATE/receipts/a" "$STATE/activity/x"
	checked
	says times problem "2 files ("
	says times problem "by up to 10"
	mended times
}

@test "sessions that were killed" {
	present 1 >/dev/null
	present 2 >/dev/null
	checked
	says presence ok "2 live sessions"
	end_agent "${PID[1]}"
	checked
	says presence note "1 live session; 1 killed session and 1 label of those"
	session end "${PID[2]}" "$(sid 2)" logout
	checked
	says presence note "0 live sessions; 1 killed session and 1 label"
}

# waiting N: await-mail waits for session N.
waiting() {
	printf '{"session_id":"%s","hook_event_name":"Stop"}' "$(sid "$1")" |
		CLAUDE_PID=${PID[$1]} CLAUDE_CODE_SESSION_ATTENDED=1 "$BIN/await-mail" --agent claude-code 3>&- >/dev/null 2>&1 &
	disown
	await "no waiter" test -p "$STATE/peerhooks/waiters/$(key "$(sid "$1")")"
}

@test "an idle session that nothing would wake" {
	present 1 >/dev/null
	state_made activity
	printf busy >"$STATE/activity/$(sid 1)"
	checked
	silent_on waiters
	printf idle >"$STATE/activity/$(sid 1)"
	checked
	says waiters note "claude:1 ($(sid 1))"
	waiting 1
	checked
	says waiters ok "no idle session"
}

@test "wakes that pile up" {
	local n
	state_made pending-wake
	touch "$STATE/pending-wake"/w-{1,2}
	checked
	says wakes ok "2 wakes"
	touch "$STATE/pending-wake"/w-{3,4,5}
	checked
	says wakes note "5 wakes"
}

@test "peer on PATH: missing, another copy, another version, one that hangs" {
	local other=$BATS_TEST_TMPDIR/other
	checked
	says path ok "$BIN/peer"
	PATH=/usr/bin:/bin checked
	says path problem "not on PATH"
	(export PATH=/usr/bin:/bin && mended path)
	mkdir "$other"
	cp "$BIN/peer" "$other"
	PATH=$other:$PATH checked
	says path note "another copy"
	(export PATH="$other:$PATH" && mended path)
	printf '#!/bin/sh\necho peerhooks 0.0.1\n' >"$other/peer"
	PATH=$other:$PATH checked
	says path problem "another version"
	(export PATH="$other:$PATH" && mended path)
	printf '#!/bin/sh\nexec sleep 1000\n' >"$other/peer"
	PATH=$other:$PATH checked
	says path problem "another version"
}

@test "a clock that is behind" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	cp "$BIN/peer" "$BIN/install-hook" "$BATS_TEST_TMPDIR/bin"
	touch -d '+2 days' "$BATS_TEST_TMPDIR/bin/peer"
	BIN=$BATS_TEST_TMPDIR/bin checked
	says clock problem "behind"
	contains "$MEND" timedatectl
	checked
	says clock ok "later"
}

@test "tmux: missing, outside, answering, gone, hanging" {
	local fake=$BATS_TEST_TMPDIR/fake server=$BATS_TEST_TMPDIR/tmux name
	need tmux
	checked
	says tmux ok "outside"
	mkdir "$fake"
	for name in jq env; do ln -s "$(command -v "$name")" "$fake"; done
	PATH=$BIN:$fake checked
	equal "status" "$STATUS" 0
	says tmux note "no tmux"
	tmux -S "$server" -f /dev/null new-session -d 'sleep 1000' 3>&-
	TMUX=$server,1,0 checked
	says tmux ok "answers"
	tmux -S "$server" kill-server
	TMUX=$server,1,0 checked
	says tmux problem "does not answer"
	(export TMUX=$server,1,0 && mended tmux)
	cat >"$fake/tmux" <<-'END'
	#!/bin/sh
	[ "$1" = -V ] || exec /bin/sleep 1000
	END
	chmod +x "$fake/tmux"
	[ -S "$server" ] || python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$server"
	PATH=$BIN:$fake TMUX=$server,1,0 checked
	says tmux problem "does not answer"
}

@test "nothing is changed, in a home with all of that in it" {
	local before
	present 1 >/dev/null
	present 2 >/dev/null
	present 3 >/dev/null
	mail "$(box 1)" "$(line "$(mid 1)" one)"
	mail "$(box 9)" "$(line "$(mid 2)" two)"
	peer send --hold tester "three" >/dev/null
	drained 2 >/dev/null
	end_agent "${PID[3]}"
	mkdir "$MAILBOXES/1.jsonl.lock"
	state_made pending-wake
	touch "$STATE/pending-wake/w-1" "$STATE/activity/.tmp.1.x" "$STATE/activity/later"
	old "$MAILBOXES/1.jsonl.lock" "$STATE/pending-wake/w-1" "$STATE/activity/.tmp.1.x"
	touch -d '+3 hours' "$STATE/activity/later"
	mkfifo "$MAILBOXES/77.jsonl" "$STATE/sessions/88.json" "$STATE/activity/fifo"
	before=$(listing)
	checked
	jq -e . <<<"$REPORT" >/dev/null
	equal "problems" "$(jq -r '[.findings[] | select(.state == "problem") | .check] | join(" ")' <<<"$REPORT")" "mail times"
	equal "home" "$(listing)" "$before"
	await "a HOME of ours is left in /tmp" thrown_away
}

@test "a home whose name a shell would act on" {
	export HOME="$BATS_TEST_TMPDIR/it's \$(touch oops) \"here\""$'\n'"and there"
	mkdir -p "$HOME"
	STATE=$HOME/.oxtail
	state_made activity
	chmod g+w "$STATE/activity"
	checked
	says folders problem "written to"
	mended folders
	chmod g+w "$STATE"
	checked
	says home problem "written to"
	mended home
	[ ! -e oops ] && [ ! -e "$HOME/oops" ]
}

@test "thousands of files take no longer than a moment" {
	local count=${THOROUGH:+100000}
	state_made activity
	(cd "$STATE/activity" && seq -f 'session-%.0f' "${count:-5000}" | xargs touch)
	checked
	equal "status" "$STATUS" 0
	says locks ok "no lock"
}

@test "more files than can be looked at in time: it says so, and ends" {
	need_strace
	state_made activity
	(cd "$STATE/activity" && seq -f 'session-%.0f' 80 | xargs touch)
	strace -o /dev/null -e inject=newfstatat:delay_enter=30000 "$BIN/peer" doctor --json codex >"$BATS_TEST_TMPDIR/slow"
	REPORT=$(<"$BATS_TEST_TMPDIR/slow")
	says locks note "too many files"
}

# installed: copies all of it to a prefix of the test's own, so that it can be damaged, and takes that.
installed() {
	local prefix=$BATS_TEST_TMPDIR/prefix agent
	LIBEXEC=$prefix/libexec/peerhooks
	mkdir -p "$prefix/bin" "$LIBEXEC"
	cp "$BIN"/* "$LIBEXEC"
	mv "$LIBEXEC/peer" "$prefix/bin"
	for agent in opencode pi; do
		mkdir -p "$prefix/share/peerhooks/$agent"
		cp "$ROOT/platforms/$agent/peerhooks.js" "$prefix/share/peerhooks/$agent"
	done
	BIN=$prefix/bin
	PATH=$BIN:$PATH
}

# program NAME TEXT: a program on PATH that runs as this shell script.
program() {
	mkdir -p "$BATS_TEST_TMPDIR/agents"
	printf '#!/bin/sh\n%s\n' "$2" >"$BATS_TEST_TMPDIR/agents/$1"
	chmod +x "$BATS_TEST_TMPDIR/agents/$1"
	[[ $PATH == "$BATS_TEST_TMPDIR"/agents:* ]] || PATH=$BATS_TEST_TMPDIR/agents:$PATH
}

# registered AGENT...: its hooks are.
registered() {
	local agent
	for agent in "$@"; do "$LIBEXEC/install-hook" "$agent" >/dev/null; done
}

# changed FILTER: Claude Code's settings are passed through jq.
changed() {
	jq "$1" "$HOME/.claude/settings.json" >"$BATS_TEST_TMPDIR/changed"
	cp "$BATS_TEST_TMPDIR/changed" "$HOME/.claude/settings.json"
}

@test "an agent is found by its folder or its program; another is only spoken of by its name" {
	run env PATH="$BATS_TEST_TMPDIR" "$BIN/peer" doctor --json
	equal "agents" "$(jq -c '[.findings[] | select(.agent)]' <<<"$output")" "[]"
	contains "$output" "no agent was found"
	PATH=$BIN:/usr/bin:/bin checked claude
	says found note "not found: no claude on PATH, and no $HOME/.claude"
	mkdir "$HOME/.claude"
	run env PATH="$BATS_TEST_TMPDIR" "$BIN/peer" doctor --json
	contains "$output" "$HOME/.claude; claude is not on PATH"
	rmdir "$HOME/.claude"
	program claude 'echo "2.1.329 (Claude Code)"'
	checked claude
	says found ok "$BATS_TEST_TMPDIR/agents/claude"
	says version ok "Claude Code 2.1.329"
}

@test "versions are asked for at once, and an agent that does not answer is not waited for long" {
	local began=$SECONDS
	mkfifo "$BATS_TEST_TMPDIR/other"
	# Each waits for the other.
	program claude "echo >'$BATS_TEST_TMPDIR/other'; echo claude 1.2.3"
	program codex "read -r line <'$BATS_TEST_TMPDIR/other'; echo codex 1.2.3"
	checked claude codex
	equal "versions" "$(jq -r '.findings[] | select(.check == "version") | .what' <<<"$REPORT")" $'Claude Code 1.2.3\nCodex 1.2.3'
	program claude 'exec sleep 1000'
	program codex 'exit 1'
	checked claude codex
	equal "versions" "$(jq -r '.findings[] | select(.check == "version") | .state + .what' <<<"$REPORT")" \
		$'noteClaude Code did not say its version\nnoteCodex did not say its version'
	[ $((SECONDS - began)) -lt 60 ]
}

@test "registrations: none, some, all, doubled, besides others'" {
	installed
	mkdir "$HOME/.claude"
	checked claude
	says registration problem "no hook is registered"	# nor with anybody else
	mkdir "$HOME/.codex"
	registered codex
	checked claude codex
	says registration note "no hook is registered"	# a folder that was left behind
	rm -r "$HOME/.codex"
	program claude 'echo 2.1.329'
	checked claude
	says registration problem "no hook is registered in $HOME/.claude/settings.json"
	mended registration claude
	says registration ok "12 hooks registered"
	changed '.hooks.Stop[0].hooks[0].timeout = 77'
	checked claude
	says registration problem "other than they should be"
	mended registration claude
	changed 'del(.hooks.SessionEnd)'
	checked claude
	says registration problem "11 hooks"
	mended registration claude
	changed '.hooks.Stop += .hooks.Stop'
	checked claude
	says registration problem "registered twice"
	mended registration claude
	changed '.hooks.Stop += [{"hooks": [{"type": "command", "command": "/x/other"}]}]'
	checked claude
	silent_on registration
	says registration ok "besides 1 of others"
}

@test "registrations: of another installation that runs: its folder, and nothing that takes them away from it" {
	local agent other=$BATS_TEST_TMPDIR/other/libexec/peerhooks
	mkdir -p "$HOME"/{.claude,.codex,.pi/agent}
	installed
	mkdir -p "${other%/*}"
	mv "$LIBEXEC" "$other"
	cp -r "$BATS_TEST_TMPDIR/prefix/share" "$BATS_TEST_TMPDIR/other"
	"$other/install-hook" >/dev/null
	cp -r "$other" "$LIBEXEC"
	for agent in claude codex pi; do
		checked $agent
		says registration note " from $other, and this peer belongs to $LIBEXEC"
		lacks "$(jq -r '.findings[].mend' "$BATS_TEST_TMPDIR/report")" install-hook
	done
	# A link on the way there is the same folder.
	mv "$BATS_TEST_TMPDIR/prefix/libexec" "$BATS_TEST_TMPDIR/real"
	ln -s ../real "$BATS_TEST_TMPDIR/prefix/libexec"
	"$LIBEXEC/install-hook" claude >/dev/null
	checked claude
	says registration ok "12 hooks registered in "
}

@test "registrations: in the settings of the project, too" {
	local agent
	installed
	mkdir -p "$BATS_TEST_TMPDIR/project" && cd "$BATS_TEST_TMPDIR/project"
	for agent in codex gemini cursor opencode claude; do
		registered "$agent"
		"$LIBEXEC/install-hook" --project "$PWD" "$agent" >/dev/null
		checked "$agent"
		if [ "$agent" = claude ]; then
			silent_on registration	# it runs the same command once
			continue
		fi
		says registration note "ours stand in $PWD/."
		mended registration "$agent"
		silent_on registration
	done
	cd "$HOME"
	checked codex
	silent_on registration
	ln -s "$HOME" "$BATS_TEST_TMPDIR/link"
	HOME=$BATS_TEST_TMPDIR/link checked codex	# the very same file: taking ours out there is no advice
	silent_on registration
}

@test "registrations: oxtail's own, and hooks that are switched off" {
	installed
	mkdir "$HOME/.claude"
	registered claude
	changed '.hooks.Stop += [{"hooks": [{"type": "command", "command": "/usr/lib/node_modules/oxtail/hooks/stop.sh"}]}]'
	checked claude
	says registration problem "1 hook of oxtail's own"
	contains "$MEND" "--replace-oxtail claude-code"
	mended registration claude
	changed '.disableAllHooks = true'
	checked claude
	says registration problem "switched off"
	program editor "sed -i '/disableAllHooks/s/true/false/' \"\$1\""
	EDITOR=editor mended registration claude
}

@test "registrations: settings that do not parse, and that cannot be read" {
	installed
	mkdir "$HOME/.claude"
	registered claude
	printf '{\n  "hooks": {,\n}}\n' >"$HOME/.claude/settings.json"
	checked claude
	says registration problem "$HOME/.claude/settings.json:2:13: "
	program editor "[ \"\$1\" = +2 ] && exec '$LIBEXEC/install-hook' claude >/dev/null"
	EDITOR=editor
	rm "$HOME/.claude/settings.json"
	mended registration claude
	rm "$HOME/.claude/settings.json"
	mkfifo "$HOME/.claude/settings.json"
	checked claude
	says registration problem "cannot read $HOME/.claude/settings.json"
	if [ "$(id -u)" != 0 ]; then
		rm "$HOME/.claude/settings.json"
		registered claude
		chmod 0 "$HOME/.claude/settings.json"
		checked claude
		says registration problem "Permission denied"
		mended registration claude
	fi
}

@test "registrations: an executable that is not there, or may not be run" {
	installed
	registered claude
	chmod -x "$LIBEXEC/stop"
	checked claude
	says registration problem "$LIBEXEC/stop is registered, and may not be run by you"
	mended registration claude
	mv "$LIBEXEC/stop" "$LIBEXEC/stop-away"
	checked claude
	says registration problem "$LIBEXEC/stop is needed, and is not there: run ./install.sh"
	mv "$LIBEXEC/stop-away" "$LIBEXEC/stop"
	checked claude
	silent_on registration
	mv "$LIBEXEC" "$LIBEXEC-away"
	checked claude
	says path problem "hooks are neither"
	mv "$LIBEXEC-away" "$LIBEXEC"
	checked claude
	silent_on path
}

@test "registrations: an executable that its owner may run and we may not; one on a noexec file system" {
	need_strace
	need unshare
	installed
	registered claude
	strace -f -o /dev/null -P "$LIBEXEC/stop" -e inject=access,faccessat,faccessat2:error=EACCES \
		"$BIN/peer" doctor --json claude >"$BATS_TEST_TMPDIR/report" || :
	REPORT=$(<"$BATS_TEST_TMPDIR/report")
	says registration problem "$LIBEXEC/stop is registered, and may not be run by you"
	equal "mend" "$MEND" "chmod a+rx $LIBEXEC/stop"
	mv "$LIBEXEC/stop" "$BATS_TEST_TMPDIR/stop"
	mkdir "$BATS_TEST_TMPDIR/noexec"
	ln -s "$BATS_TEST_TMPDIR/noexec/stop" "$LIBEXEC/stop"
	unshare -rm true || skip "no name space of our own here"
	unshare -rm sh -c 'mount -t tmpfs -o noexec none "$1/noexec" && cp -p "$1/stop" "$1/noexec" &&
		{ "$2/peer" doctor --json claude || :; }' - "$BATS_TEST_TMPDIR" "$BIN" >"$BATS_TEST_TMPDIR/report"
	REPORT=$(<"$BATS_TEST_TMPDIR/report")
	says registration problem "$LIBEXEC/stop cannot be run: its file system is mounted noexec; as root"
	contains "$MEND" "mount -o remount,exec"
}

@test "registrations: plugins, and what is in their place" {
	local plugin
	installed
	mkdir -p "$HOME/.config/opencode" "$HOME/.pi/agent"
	checked opencode pi
	says registration problem "extensions/peerhooks.js"
	registered opencode pi
	checked opencode pi
	silent_on registration
	for plugin in "$HOME/.config/opencode/plugins/peerhooks.js" "$HOME/.pi/agent/extensions/peerhooks.js"; do
		echo '// new' >>"$plugin"
		checked opencode pi
		says registration problem "outdated plugin is installed: $plugin"
		mended registration opencode pi
		echo '// somebody' >"$plugin"
		checked opencode pi
		says registration problem "$plugin is not our plugin"
		eval "$MEND"
		checked opencode pi
		says registration note "no hook is registered in $plugin"
		mended registration opencode pi
	done
}

# tried_well: on a machine that has much else to do, slowly.
tried_well() {
	says trial ok "8 hooks run here: session-start " 2>/dev/null || says trial note "8 hooks run here, but slowly: session-start "
}

@test "a trial: each executable runs once, in a HOME that is thrown away" {
	local before
	installed
	registered claude
	checked claude
	tried_well
	cat >"$LIBEXEC/stop" <<-END
	#!/bin/sh
	{ echo "\$@"; pwd; env; cat; } >'$BATS_TEST_TMPDIR/seen'
	mkdir -p "\$HOME/a/b/c" && touch "\$HOME/a/b/c/d" "\$HOME/a/e"
	END
	before=$(listing)
	CLAUDE_ENV_FILE=$HOME/environment PEERHOOKS_TRACE=$HOME/trace SYNTAUR_RUNTIME_SESSIONS_DIR=$HOME/markers checked claude
	tried_well
	equal "home" "$(listing)" "$before"
	contains "$(cat "$BATS_TEST_TMPDIR/seen")" "--agent claude-code"
	contains "$(cat "$BATS_TEST_TMPDIR/seen")" "HOME=/tmp/peerhooks-doctor-"
	contains "$(cat "$BATS_TEST_TMPDIR/seen")" '"hook_event_name":"Stop"'
	lacks "$(cat "$BATS_TEST_TMPDIR/seen")" "CLAUDE_ENV_FILE"
	[ ! -e "$(sed -n 2p "$BATS_TEST_TMPDIR/seen")" ]
}

@test "a trial: what one that was killed has left goes after an hour" {
	local mark=/tmp/peerhooks-doctor-0123456789abcdef-$BASHPID left new
	installed
	registered claude
	mkdir -p "$mark-old/a/b" "$mark-new"
	touch "$mark-old/a/b/c"
	[ "$(id -u)" != 0 ] || { mkdir "$mark-other" && chown 12345 "$mark-other"; }
	ln -s "$HOME" "$mark-link"
	old "$mark"-*
	touch "$mark-new"
	checked claude
	left=$(cd /tmp && ls -d "$mark"-*)
	rm -rf "$mark"-*
	[ "$(id -u)" != 0 ] || new=$mark-other
	equal "left" "$left" "$mark-link
$mark-new${new:+
$new}"
	[ -d "$HOME/.claude" ]
}

@test "a trial: not without a place for that HOME" {
	unshare -rm true 2>/dev/null || skip "may not mount here"
	[[ $BATS_TEST_TMPDIR != /tmp/* ]] || skip "the test itself is in /tmp"
	installed
	registered claude
	unshare -rm bash -euc 'mount -t tmpfs -o ro none /tmp && "$0" doctor --json claude' "$BIN/peer" >"$BATS_TEST_TMPDIR/report"
	REPORT=$(<"$BATS_TEST_TMPDIR/report")
	says trial note "/tmp cannot be written to"
}

@test "a trial: of what does not run, fails, is killed, hangs, is slow" {
	local stop
	installed
	registered claude
	stop=$LIBEXEC/stop
	cp "$stop" "$stop-good"
	printf '\177ELFnonsense' >"$stop"
	checked claude
	says trial problem "$stop cannot be started: Exec format error"
	printf '#!/nowhere\n' >"$stop"
	checked claude
	says trial problem "cannot be started: No such file"
	printf '#!/bin/sh\nexit 3\n' >"$stop"
	checked claude
	says trial problem "ends with status 3"
	equal "tried" "$(jq '[.findings[] | select(.check == "trial")] | length' <<<"$REPORT")" 1
	printf '#!/bin/sh\nkill -11 $$\n' >"$stop"
	checked claude
	says trial problem "is killed by signal 11"
	printf '#!/bin/sh\nsleep 1000 & echo $! >%s\nwait\n' "$BATS_TEST_TMPDIR/child" >"$stop"
	checked claude
	says trial problem "does not end"
	await "its child is still there" gone "$(cat "$BATS_TEST_TMPDIR/child")"
	printf '#!/bin/sh\nsleep 0.15\n' >"$stop"
	checked claude
	equal "status" "$STATUS" 0
	says trial note "but slowly"
	cp "$stop-good" "$stop"
	checked claude
	tried_well
}

# ran HOOK MILLISECONDS: a minute and a half ago, for so long.
ran() {
	local end=$(($(date +%s) - 90))
	state_made peerhooks/runs
	touch -d "@$end.5" "$STATE/peerhooks/runs/claude-code.$1"
	touch -ad "@$((end - ($2 > 500))).$(printf %06d $(((1500000 - $2 * 1000) % 1000000)))" "$STATE/peerhooks/runs/claude-code.$1"
}

@test "hooks that run without being registered: as a plugin" {
	installed
	program claude 'echo 2.1.329'
	checked claude
	says registration problem "no hook is registered"
	ran session-start 3
	checked claude
	equal "status" "$STATUS" 0
	says registration note "(--plugin-dir), and with that they must not be registered"
	touch -ad '3 days ago' "$STATE/peerhooks/runs/claude-code.session-start"
	touch -md '2 days ago' "$STATE/peerhooks/runs/claude-code.session-start"
	checked claude
	says registration problem "no hook is registered"
}

@test "when the hooks ran last, and how long it took" {
	installed
	checked claude
	equal "not registered" "$(jq '[.findings[] | select(.check == "runs")] | length' <<<"$REPORT")" 0
	registered claude
	checked claude
	equal "status" "$STATUS" 0
	says runs note "no hook ran since they were registered"
	ran session-start 3
	checked claude
	says runs note "session-start 1m ago (3.0 ms); those of each turn never ran"
	ran stop 4
	ran userpromptsubmit 2
	checked claude
	says runs ok "stop 1m ago (4.0 ms)"
	ran pretooluse 250
	checked claude
	says runs note "pretooluse 1m ago (250 ms)"
	says runs note "slow"
}

@test "Codex: hooks that wait for their person's review" {
	installed
	program codex "exec '$LIBEXEC/install-hook' --trust codex >/dev/null 2>&1"
	registered codex
	checked codex
	says trust problem "6 hooks of 6 wait for your review"
	mended trust codex
	says trust ok "6 hooks trusted"
}

@test "Codex: hooks that their person has switched off" {
	local config=$HOME/.codex/config.toml
	installed
	program codex "sed -i '/^enabled/d' '$config'"
	"$LIBEXEC/install-hook" --trust codex >/dev/null
	sed -i '2s/^/enabled = false\n/' "$config"
	checked codex
	says trust problem "1 hook of 6 switched off (enabled = false in $config)"
	lacks "$REPORT" "wait for your review"
	mended trust codex
	says trust ok "6 hooks trusted"
	sed -i '2s/.*/enabled = false/' "$config"
	sed -i '5s/"sha256:../"sha256:zz/' "$config"
	checked codex
	says trust problem "1 hook of 6 wait for your review"
	says trust problem "1 hook of 6 switched off"
}

@test "Codex: a config.toml that cannot be read, and one that is not there" {
	local config=$HOME/.codex/config.toml reason
	installed
	registered codex
	program codex 'echo codex-cli 0.169.0'
	checked codex
	lacks "$REPORT" "cannot read"
	says trust problem "6 hooks of 6 wait for your review"
	for reason in "Invalid argument" "No such file or directory" "Permission denied"; do
		rm -f "$config"
		case $reason in
		I*) mkfifo "$config" ;;
		N*) ln -s "$HOME/not/there" "$config" ;;
		P*) [ "$(id -u)" != 0 ] || continue; touch "$config"; chmod 0 "$config" ;;
		esac
		checked codex
		says trust problem "cannot read $config: $reason"
	done
	[ "$(id -u)" = 0 ] || contains "$MEND" "chmod u+rw "
	rm -f "$config"
	mkdir "$config"
	checked codex
	says trust problem "cannot read $config: Invalid argument"
	lacks "$REPORT" "wait for your review"
}

@test "Codex: settings of which it reads nothing" {
	installed
	program codex 'echo codex-cli 0.169.0'
	registered codex
	sed -i '1i // mine' "$HOME/.codex/hooks.json"
	checked codex
	says registration problem "Codex reads nothing of $HOME/.codex/hooks.json"
	program editor 'sed -i "1d" "$1"'
	EDITOR=editor mended registration codex
}

@test "who reads it may go at any moment" {
	installed
	registered claude codex gemini
	run bash -c "'$BIN/peer' doctor | head -n 1"
	equal "lines" "${#lines[@]} ${lines[0]%% *}" "1 ok"
	await "a HOME of ours is left in /tmp" thrown_away
}
