# install.sh: what it installs, registers, says, and takes back. It runs in a small clone with few files, with a stand-in for
# install-hook, which has its own tests; the real files: build.bats.
load test_helper

setup() {
	isolate
	CLONE=$BATS_TEST_TMPDIR/clone
	FROM=$CLONE/build
	CALLS=$BATS_TEST_TMPDIR/calls
	mkdir -p "$CLONE"/{hooks,man,completions,platforms/codex,platforms/claude-code/hooks} "$FROM/bin"
	cp "$ROOT/install.sh" "$CLONE"
	touch "$CLONE"/hooks/{stop,install-hook}.c "$CLONE"/completions/{peer.bash,_peer,peer.fish}
	echo page >"$CLONE/man/peer.1"
	echo '{}' | tee "$CLONE"/platforms/{codex/hooks.json,claude-code/hooks/hooks.json} >"$CLONE/platforms/README.md"
	ln -s "$BIN/peer" "$BIN/stop" "$FROM/bin"
	standin
	PREFIX=$HOME/.local
	PATH=$PREFIX/bin:$PATH
	export SHELL=/bin/bash
}

# standin [STATUS]: an install-hook that notes how it was called and adds a line to the settings, or takes it out.
standin() {
	cat >"$FROM/bin/install-hook" <<-END
	#!/bin/sh
	echo "\$* | \$(umask)" >>"$CALLS"
	file=\$HOME/.claude/settings.json
	case " \$* " in
	*" nobody "*) exit 2 ;;
	" --check " | " --check --trust ") [ -d "\$HOME/.claude" ] || PATH=/nowhere exec "$BIN/install-hook" --check ;;
	esac
	case " \$* " in
	*" --check "*) echo "claude-code: looked at"; [ -f "\$file" ] && grep -q ours "\$file"; exit ;;
	*" --print "*) echo "+ours" ;;
	*" --uninstall "*) [ ! -f "\$file" ] || sed -i /ours/d "\$file" ;;
	*) [ ! -f "\$file" ] || grep -q ours "\$file" || echo ours >>"\$file" ;;
	esac
	exit ${1:-0}
	END
	chmod +x "$FROM/bin/install-hook"
}

# install [OPTION...]: from what is built.
install() {
	timeout 60 ${WITH:-sh} "$CLONE/install.sh" --from "$FROM" "$@" </dev/null
}

installed() { # what is installed, by a command of its own
	"$PREFIX/share/peerhooks/install.sh" "$@" </dev/null
}

# everything [FOLDER]: each file, folder and link in it, with its mode and what is in it.
everything() {
	(cd "${1:-$HOME}" && find . -printf '%M %p %l\n' | sort && find . -type f -exec sha256sum {} + | sort)
}

agents_home() {
	mkdir -p "$HOME"/{.claude,.codex,.gemini} "$HOME/.local/share"
	printf '{\n\t// mine\n}\n' >"$HOME/.claude/settings.json"
}

shells() {
	echo sh
	! command -v dash >/dev/null || echo dash
	! command -v busybox >/dev/null || echo busybox sh
	echo bash
}

@test "install, again, uninstall: the whole home is as before, in each shell that is here" {
	local before after
	agents_home
	before=$(everything)
	while read -r WITH; do
		install --yes >/dev/null
		after=$(everything)
		contains "$(cat "$HOME/.claude/settings.json")" ours
		equal "version" "$(peer --version)" "$("$BIN/peer" --version)"
		cmp "$BIN/stop" "$PREFIX/libexec/peerhooks/stop"
		[ "$PREFIX/share/peerhooks/claude-code/libexec/stop" -ef "$PREFIX/libexec/peerhooks/stop" ]
		install --yes >/dev/null
		equal "after once more, $WITH" "$(everything)" "$after"
		install --uninstall >/dev/null
		equal "after uninstall, $WITH" "$(everything)" "$before"
	done < <(shells)
}

@test "a home without .local, and no agent: nothing is left" {
	local before
	before=$(everything)
	install --yes >/dev/null
	installed --uninstall >/dev/null
	equal "home" "$(everything)" "$before"
}

@test "nothing of the clone is needed to uninstall, and uninstalling twice says so" {
	local before
	before=$(everything)
	install --agents none >/dev/null
	rm -r "$CLONE"
	run installed --uninstall
	equal "status" "$status" 0
	contains "$output" "peerhooks is gone"
	equal "home" "$(everything)" "$before"
	cp "$ROOT/install.sh" "$BATS_TEST_TMPDIR"
	run "$BATS_TEST_TMPDIR/install.sh" --uninstall
	equal "status and output" "$status $output" "0 Nothing of peerhooks is installed in $PREFIX."
}

@test "a prefix with blanks, quotes, a dollar and a star" {
	local before command
	PREFIX="$HOME/a b\"c'\$d*[e]"
	agents_home
	before=$(everything)
	run install --prefix "$PREFIX"
	equal "status" "$status" 0
	# What it says is read back by a shell as it was meant.
	command=$(sed -n 's/.*To register the hooks: //p' <<<"$output")
	eval "$command"
	contains "$(cat "$HOME/.claude/settings.json")" ours
	eval "$(sed -n 's/^  export/export/p' <<<"$output")"
	equal "peer" "$(type -P peer)" "$PREFIX/bin/peer"
	(cd "$HOME" && install --yes --prefix="${PREFIX##*/}/" >/dev/null)
	installed --uninstall >/dev/null
	equal "home" "$(everything)" "$before"
}

@test "without a terminal and without --yes the settings stay, and it says how to register" {
	agents_home
	run install --trust --replace-oxtail --agents claude-code,codex
	equal "status" "$status" 0
	lacks "$(cat "$HOME/.claude/settings.json")" ours
	contains "$output" "To register the hooks: $PREFIX/libexec/peerhooks/install-hook --trust --replace-oxtail claude-code codex"
}

@test "in a terminal it asks once; d shows the differences" {
	need script
	agents_home
	local answer
	for answer in n d/n y; do
		tr / '\n' <<<"$answer" | timeout 60 script -qec "sh $CLONE/install.sh --from $FROM" /dev/null >"$BATS_TEST_TMPDIR/said"
		contains "$(cat "$BATS_TEST_TMPDIR/said")" "Register the hooks in these?"
		equal "differences for $answer" "$(grep -c '+ours' "$BATS_TEST_TMPDIR/said")" "$(grep -c d <<<"$answer")"
		equal "registered for $answer" "$(grep -c ours "$HOME/.claude/settings.json")" "$(grep -c y <<<"$answer")"
	done
	timeout 60 script -qec "sh $CLONE/install.sh --from $FROM" /dev/null </dev/null >"$BATS_TEST_TMPDIR/said"
	lacks "$(cat "$BATS_TEST_TMPDIR/said")" "Register the hooks in these?"
}

@test "options are passed on, under the person's own umask; a name that is no agent's is refused before anything is done" {
	agents_home
	(umask 077 && install --yes --trust --replace-oxtail --agents claude-code,codex >/dev/null)
	equal "last call" "$(tail -n 1 "$CALLS")" "--trust --replace-oxtail claude-code codex | 0077"
	install --uninstall >/dev/null
	equal "last call" "$(tail -n 1 "$CALLS")" "--uninstall | 0022"
	local option
	for option in --yes --dry-run; do
		run install $option --agents nobody
		equal "status with $option" "$status" 2
		lacks "$output" "Would"
		[ ! -e "$PREFIX/bin" ]
	done
}

@test "where no agent is found it says so, and tells nobody to start one anew" {
	local option
	for option in --yes --trust; do
		run install $option
		equal "status with $option" "$status" 0
		contains "$output" "No agent was found here"
		contains "$output" "$PREFIX/libexec/peerhooks/install-hook"
		lacks "$output" "anew"
		lacks "$output" "untouched"
	done
	equal "calls" "$(cut -d'|' -f1 "$CALLS" | sort -u | xargs)" "--check --check --trust"
	agents_home
	run install --yes
	lacks "$output" "No agent"
	contains "$output" "start agents anew"
}

@test "--dry-run changes nothing, and says what it would do" {
	local before
	agents_home
	before=$(everything)
	run install --dry-run --yes
	equal "status" "$status" 0
	contains "$output" "$PREFIX/libexec/peerhooks/stop"
	contains "$output" "+ours"
	equal "home" "$(everything)" "$before"
	install --yes >/dev/null
	before=$(everything)
	run install --uninstall --dry-run
	contains "$output" "  libexec/peerhooks/stop"
	equal "home" "$(everything)" "$before"
	run install --dry-run
	contains "$output" "(0 of "
}

@test "--dry-run fails where install-hook could not do it, before the first installation and after it" {
	agents_home
	install --agents none >/dev/null
	standin 1
	run install --dry-run
	equal "status" "$status" 1
	rm -r "$PREFIX"
	run install --dry-run
	equal "status before the first installation" "$status" 1
	contains "$output" "+ours"
}

@test "--dry-run leaves no temporary folder, ended by a signal neither" {
	local signal pid
	agents_home
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
	install --dry-run >/dev/null
	equal "left" "$(ls "$TMPDIR")" ""
	sed -i '2i case " $* " in *" --print "*) sleep 30 ;; esac' "$FROM/bin/install-hook"
	while read -r WITH; do
		for signal in INT TERM HUP; do
			# It hands each signal on to all that it has started, as a terminal does.
			timeout 60 $WITH "$CLONE/install.sh" --from "$FROM" --dry-run >/dev/null 3>&- &
			pid=$!
			await "temporary folder" compgen -G "$TMPDIR/*$PREFIX/libexec/peerhooks/install-hook" >/dev/null
			kill -s $signal $pid
			status=0
			wait $pid || status=$?
			equal "status after $signal, $WITH" "$status" $((128 + $(kill -l $signal)))
			equal "left after $signal, $WITH" "$(ls "$TMPDIR")" ""
		done
	done < <(shells)
}

@test "with the real install-hook: shown, registered in every agent, and taken back, byte for byte" {
	local before shown
	with_real
	agents_home
	mkdir -p "$HOME"/{.cursor,.config/opencode,.pi/agent}
	printf '{"hooks":{"Stop":[]},\r\n "x":1}' >"$HOME/.codex/hooks.json"
	PREFIX="$HOME/a \"b\\c"
	before=$(everything)
	run install --prefix "$PREFIX" --dry-run
	equal "status" "$status" 0
	contains "$output" "$HOME/a \\\"b\\\\c/libexec/peerhooks/session-start"
	shown=$(grep -ho '"command".*' <<<"$output" | sort)
	lacks "$output" "${TMPDIR:-/tmp}/tmp."
	equal "home" "$(everything)" "$before"
	run install --prefix "$PREFIX" --yes --trust
	equal "status" "$status" 0
	equal "check" "$("$PREFIX/libexec/peerhooks/install-hook" --check | grep -c ': installed: ')" 6
	equal "commands" "$(grep -ho '"command".*' "$HOME"/{.claude/settings,.codex/hooks,.cursor/hooks,.gemini/settings}.json | sort)" "$shown"
	run install --prefix "$PREFIX" --dry-run
	equal "last line" "${lines[-1]}" "Would change in the agents' settings:"
	"$PREFIX/libexec/peerhooks/install-hook" --project "$CLONE" claude-code codex opencode >/dev/null
	run installed --uninstall
	contains "$output" "Not looked at: settings of projects"
	contains "$output" "build/bin/install-hook --uninstall --project DIR, in a clone"
	[ -e "$CLONE/.codex/hooks.json" ]
	# And so it is, as the clone itself says in full.
	install --agents none >/dev/null
	run install --uninstall
	eval "$(sed -n 's|.* these: \(.*\) --project DIR.*|\1 --project "$CLONE"|p' <<<"$output")" >/dev/null
	equal "left in the project" "$(cd "$CLONE" && find .claude .codex .opencode -type f)" ""
	rm -r "$HOME/.oxtail"
	equal "home" "$(everything)" "$before"
}

@test "--uninstall says which settings it has not looked at, and a dry run of it how to take hooks out of them first" {
	agents_home
	install --yes >/dev/null
	run install --uninstall --dry-run
	contains "$output" "these: $PREFIX/libexec/peerhooks/install-hook --uninstall --project DIR"
	run install --uninstall --agents none
	equal "last line" "${lines[-1]}" "Not looked at: agents' settings. To take hooks out of these: $FROM/bin/install-hook --uninstall"
}

# killing N COMMAND...: kills the shell that runs it with its Nth cp, mv, mkdir or rm, before or after that is done.
killing() {
	local tool tools=$BATS_TEST_TMPDIR/tools
	mkdir -p "$tools"
	for tool in cp mv mkdir rm; do
		cat >"$tools/$tool" <<-END
		#!/bin/sh
		echo >>$tools/count
		[ \$((\$(wc -l <$tools/count) * 2 - 1)) != "\$KILL_AT" ] || { kill -9 \$PPID; exit; }
		$(type -P $tool) "\$@"
		status=\$?
		[ \$((\$(wc -l <$tools/count) * 2)) != "\$KILL_AT" ] || kill -9 \$PPID
		exit \$status
		END
		chmod +x "$tools/$tool"
	done
	: >"$tools/count"
	KILL_AT=$1 PATH=$tools:$PATH "${@:2}" >/dev/null 2>&1
}

# whole: each executable that is there is the old one or the new one.
whole() {
	local name
	for name in "$PREFIX/bin/peer" "$PREFIX/libexec/peerhooks/stop"; do
		[ ! -e "$name" ] || cmp -s "$name" "$BIN/${name##*/}" || equal "half of it? $name" "$(cat "$name")" old
	done
}

@test "killed at any step, nothing is half there; the next run completes it; uninstall finds all" {
	local n goal calls
	killing 0 install --agents none
	calls=$(wc -l <"$BATS_TEST_TMPDIR/tools/count")
	goal=$(everything "$PREFIX")
	for n in $(seq $((calls * 2)) | some); do
		install --uninstall --agents none >/dev/null
		# An earlier version, of which a file is there no more.
		(cd "$HOME" && mkdir -p .local/libexec/peerhooks .local/bin .local/share/peerhooks && echo old | tee .local/libexec/peerhooks/{stop,earlier} >.local/bin/peer)
		printf '%s\n' bin/peer libexec/peerhooks/{stop,earlier} share/peerhooks/manifest >"$PREFIX/share/peerhooks/manifest"
		# It has fewer folders to make than the first one.
		! killing "$n" install --agents none || [ "$n" -gt $(($(wc -l <"$BATS_TEST_TMPDIR/tools/count") * 2)) ] || fail "not killed at $n"
		whole
		install --yes >/dev/null
		equal "what is there after a kill at $n" "$(everything "$PREFIX" | grep -v manifest)" "$(grep -v manifest <<<"$goal")"
		killing "$n" install --uninstall --agents none || :
		install --uninstall >/dev/null
		equal "files left after a kill at $n" "$(find "$PREFIX" ! -type d 2>/dev/null)" ""
		rm -rf "$PREFIX"
	done
}

@test "a full disk: what was there stays, and the next run completes it" {
	local before
	install --agents none >/dev/null
	before=$(sha256sum "$PREFIX/bin/peer")
	rm "$FROM/bin/peer"
	head -c 300000 /dev/zero >"$FROM/bin/peer"
	chmod +x "$FROM/bin/peer"
	# Of a limit on sizes, which a program meets in the same place.
	run bash -c "ulimit -f 64; trap '' XFSZ; sh '$CLONE/install.sh' --from '$FROM' --agents none"
	equal "status" "$status" 1
	contains "$output" "cannot write $PREFIX/bin/peer"
	equal "peer" "$(sha256sum "$PREFIX/bin/peer")" "$before"
	equal "temporary files" "$(find "$PREFIX" -name '.peerhooks-new*')" ""
}

@test "a place that is not writable, or not of ours, is named" {
	mkdir -p "$PREFIX/bin"
	echo mine >"$PREFIX/bin/peer"
	run install --yes
	equal "status" "$status" 1
	contains "$output" "$PREFIX/bin/peer is there already, and not of peerhooks"
	equal "peer" "$(cat "$PREFIX/bin/peer")" mine
	equal "files" "$(find "$HOME" -type f)" "$PREFIX/bin/peer"
	rm "$PREFIX/bin/peer"
	mkdir "$PREFIX/bin/peer"
	run install --yes
	contains "$output" "is a folder"
	echo >"$HOME/file"
	run install --yes --prefix "$HOME/file"
	equal "status" "$status" 1
	contains "$output" "cannot write $HOME/file/share/peerhooks/manifest"
}

@test "what came into a place of a later version since is not ours" {
	install --agents none >/dev/null
	cp "$BIN/stop" "$PREFIX/libexec/peerhooks/pretooluse"
	sed -i /fish/d "$PREFIX/share/peerhooks/manifest"
	echo mine >"$PREFIX/share/fish/vendor_completions.d/peer.fish"
	run install --agents none
	equal "status" "$status" 1
	contains "$output" "peer.fish is there already, and not of peerhooks"
	equal "theirs" "$(cat "$PREFIX/share/fish/vendor_completions.d/peer.fish")" mine
}

@test "what another run is just writing stays, what a killed one has left goes" {
	local dead folder
	sh -c : & dead=$!
	wait $dead
	install --agents none >/dev/null
	for folder in bin share/peerhooks share/man/man1 libexec/peerhooks; do
		touch "$PREFIX/$folder/.peerhooks-new."{$$,$dead}
	done
	install --agents none >/dev/null
	equal "left" "$(find "$PREFIX" -name '.peerhooks-new.*' -printf '%f\n' | uniq -c | xargs)" "4 .peerhooks-new.$$"
	# A killed one that had the number of this.
	sh -c "mkdir -p '$PREFIX/bin/.peerhooks-new.'\$\$/x; exec sh '$CLONE/install.sh' --from '$FROM' --agents none" >/dev/null
	equal "left" "$(find "$PREFIX/bin" -name '.peerhooks-new.*' -printf '%f\n')" ".peerhooks-new.$$"
}

# with_real: the clone has all hooks and plugins, and the real install-hook.
with_real() {
	local hook
	for hook in "$ROOT"/hooks/*.c; do
		touch "$CLONE/hooks/${hook##*/}"
		ln -sf "$BIN/$(basename "$hook" .c)" "$FROM/bin"
	done
	cp -r "$ROOT"/platforms/{opencode,pi} "$CLONE/platforms"
	mkdir -p "$HOME"/{.claude,.codex,.pi/agent}
}

@test "folders that are links: the command that was printed finds all, and touches nothing else" {
	local link name before undo
	with_real
	for link in .local/share .local/libexec .local/share/peerhooks .local/bin .local ''; do
		rm -rf "${HOME:?}" "$BATS_TEST_TMPDIR/data"
		mkdir -p "$HOME"/{.claude,.codex,.pi/agent} "$BATS_TEST_TMPDIR"/data/bin
		# Of others, where `..` leads.
		for name in bin/peer bin/stop manifest; do echo theirs >"$BATS_TEST_TMPDIR/data/$name"; done
		name=$BATS_TEST_TMPDIR/data/${link##*/}
		if [ -z "$link" ]; then
			mv "$HOME" "$name/home"
			ln -s "$name/home" "$HOME"
		else
			[ "$link" != .local/bin ] || name=$name/of/mine
			mkdir -p "$name" "$HOME/${link%/*}"
			ln -s "$name" "$HOME/$link"
		fi
		before=$(everything "$BATS_TEST_TMPDIR/data" && everything)
		case $link in .local | '') contains "$(install --dry-run)" "$(realpath -m "$PREFIX/libexec/peerhooks/stop")" ;; esac
		run install --yes
		equal "status of $link" "$status" 0 || fail "$output"
		undo=$(sed -n 's/^To take it all back: //p' <<<"$output")
		[ -x "$PREFIX/share/peerhooks/claude-code/libexec/stop" ] || fail "no plugin of Claude Code: $link"
		contains "$(cat "$HOME/.pi/agent/extensions/peerhooks.js")" "const LIBEXEC = \"$(cd -P "$PREFIX/libexec/peerhooks" && pwd)\""
		equal "checked: $link" "$("$PREFIX/libexec/peerhooks/install-hook" --check | grep -c ': installed: ')" 3
		run install --yes
		equal "status of once more, $link" "$status" 0 || fail "$output"
		case $link in *share) [ -x "$BATS_TEST_TMPDIR/data/share/peerhooks/install.sh" ] ;; esac
		eval "$undo" >/dev/null
		rm -rf "$HOME/.oxtail"
		equal "after uninstall, $link" "$(everything "$BATS_TEST_TMPDIR/data" && everything)" "$before"
		# By another name of the same file.
		case $link in *share*) ;; *) continue ;; esac
		install --agents none >/dev/null
		"$(realpath "$PREFIX/share/peerhooks/install.sh")" --uninstall --agents none >/dev/null
		equal "after uninstall by its real name, $link" "$(everything "$BATS_TEST_TMPDIR/data" && everything)" "$before"
	done
}

@test "a prefix that the manifest is not of: nothing is removed, or replaced" {
	local before from agents
	mkdir -p "$BATS_TEST_TMPDIR"/data/{share,bin} "$PREFIX"
	echo theirs >"$BATS_TEST_TMPDIR/data/bin/peer"
	ln -s "$BATS_TEST_TMPDIR/data/share" "$PREFIX/share"
	install --agents none >/dev/null
	before=$(everything && everything "$BATS_TEST_TMPDIR/data")
	for from in "--uninstall" "--uninstall --agents none" "--agents none"; do
		# shellcheck disable=SC2086
		run install --prefix "$BATS_TEST_TMPDIR/data" $from
		equal "status of $from" "$status" 1
		contains "$output" "is of the installation in $PREFIX: --prefix $PREFIX"
	done
	# A manifest of before it named its prefix; and one that moved.
	for from in /^#/d "s|^# .*|# $HOME/gone|"; do
		sed -i "$from" "$PREFIX/share/peerhooks/manifest"
		for agents in "" "--agents none"; do
			# shellcheck disable=SC2086
			run install --uninstall --prefix "$BATS_TEST_TMPDIR/data" $agents
			equal "status of $from $agents" "$status" 1
			contains "$output" "so that nothing was removed"
		done
		run "$BATS_TEST_TMPDIR/data/share/peerhooks/install.sh" --uninstall
		equal "status" "$status" 1
		equal "all" "$(everything | grep -v manifest && everything "$BATS_TEST_TMPDIR/data" | grep -v manifest)" "$(grep -v manifest <<<"$before")"
	done
	installed --uninstall >/dev/null
	equal "theirs" "$(find "$BATS_TEST_TMPDIR/data" ! -type d)" "$BATS_TEST_TMPDIR/data/bin/peer"
}

@test "without install-hook it stops before anything is removed; the files alone can go" {
	agents_home
	install --yes >/dev/null
	rm "$PREFIX/libexec/peerhooks/install-hook"
	run installed --uninstall
	equal "status" "$status" 1
	contains "$output" "nothing was removed"
	[ -x "$PREFIX/bin/peer" ]
	installed --uninstall --agents none >/dev/null
	[ ! -e "$PREFIX/bin/peer" ]
	# So it goes last.
	install --yes >/dev/null
	rm "$PREFIX/bin/peer"
	mkdir "$PREFIX/bin/peer"
	run installed --uninstall
	contains "$output" "cannot remove $PREFIX/bin/peer"
	[ -x "$PREFIX/libexec/peerhooks/install-hook" ]
	rmdir "$PREFIX/bin/peer"
	install --uninstall >/dev/null
	equal "left" "$(find "$PREFIX" ! -type d)" ""
}

@test "installed elsewhere since: the agents that run those hooks keep them, and it says so" {
	local old=$HOME/old new="$HOME/the; new" before=() agent
	with_real
	for agent in claude-code pi; do
		before[${#agent}]=$(everything)
		install --yes --prefix "$old" --agents claude-code,pi >/dev/null
		install --yes --prefix "$new" --agents "$agent" >/dev/null
		run "$old/share/peerhooks/install.sh" --uninstall
		equal "status" "$status" 0 || fail "$output"
		contains "$output" "$agent: elsewhere: "
		contains "$output" " runs our hooks from $new/libexec/peerhooks, and keeps them; else: '$new/libexec/peerhooks/install-hook' --uninstall $agent"
		[ ! -e "$old" ]
		equal "installed" "$("$new/libexec/peerhooks/install-hook" --check | grep ': installed: ' | sed 's/:.*//')" "$agent"
		"$new/share/peerhooks/install.sh" --uninstall >/dev/null
		rm -r "$HOME/.oxtail"
		equal "home" "$(everything)" "${before[${#agent}]}"
	done
	# All of them.
	install --yes --prefix "$old" >/dev/null
	install --yes --prefix "$new" >/dev/null
	"$old/share/peerhooks/install.sh" --uninstall >/dev/null
	equal "installed" "$("$new/libexec/peerhooks/install-hook" --check | grep -c ': installed: ')" 3
}

# building N: until it has been begun that often; it goes on when GO is closed.
building() {
	local tries
	exec {GO}<>"$BATS_TEST_TMPDIR/pipe"
	for tries in {1..500}; do
		[ "$(wc -l <"$BATS_TEST_TMPDIR/begun")" != "$1" ] || return 0
		sleep 0.01
	done
	fail "it does not build, the $1. time"
}

@test "two at once: the second is told so; a killed one is in nobody's way" {
	local first n builds=1
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	: >"$BATS_TEST_TMPDIR/begun"
	printf 'all:\n\t@{ echo >>%s/begun; cat; } <%s/pipe\n' "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR" >"$CLONE/Makefile"
	sh "$CLONE/install.sh" --agents none >/dev/null & first=$!
	building 1
	for n in --yes --uninstall; do
		run install $n
		equal "status of $n" "$status" 1
		contains "$output" "another install.sh is at work on $PREFIX (process $first)"
	done
	[ ! -e "$PREFIX/bin/peer" ]
	exec {GO}>&-
	wait $first
	[ -x "$PREFIX/bin/peer" ]
	equal "left" "$(find "$HOME" -name '*lock*')" ""
	# Killed: at once, and so that it can clean up.
	for n in KILL TERM INT; do
		env --default-signal=INT sh "$CLONE/install.sh" --agents none >/dev/null 2>&1 & first=$!
		building $((++builds))
		kill -$n $first
		exec {GO}>&-
		status=0
		wait $first || status=$?
		equal "ended by $n" "$status" "$((128 + $(kill -l $n)))"
		[ $n = KILL ] || equal "left by $n" "$(find "$HOME" -name '*lock*')" ""
		[ $n = KILL ] || continue
		equal "left by $n" "$(find "$HOME" -name '*lock*')" "$PREFIX.peerhooks-lock"
		install --agents none >/dev/null
	done
	# Its number is another program's now, or nonsense stands there.
	for n in "process-$$" process- process-../self x; do
		ln -s "$n" "$PREFIX.peerhooks-lock"
		install --agents none >/dev/null
		equal "left of $n" "$(find "$HOME" -name '*lock*')" ""
	done
}

@test "many at once leave what one leaves" {
	local goal n
	install --agents none >/dev/null
	goal=$(everything)
	install --uninstall --agents none >/dev/null
	echo >"$HOME/.local.peerhooks-lock"	# none can be held
	for n in 1 2 3 4; do install --agents none >/dev/null 2>>"$BATS_TEST_TMPDIR/errors" & done
	wait
	rm "$HOME/.local.peerhooks-lock"
	equal "errors" "$(cat "$BATS_TEST_TMPDIR/errors")" ""
	equal "home" "$(everything | grep -v manifest)" "$(grep -v manifest <<<"$goal")"
}

@test "without its manifest: the same link, pages of another version, and our executable are known again" {
	install --agents none >/dev/null
	cp "$ROOT/man/peerhooks-stop.1" "$CLONE/man"
	cp "$ROOT/completions/peer.fish" "$CLONE/completions"
	install --agents none >/dev/null
	rm -r "$PREFIX/libexec/peerhooks" "$PREFIX/share/peerhooks/manifest"
	echo more | tee -a "$CLONE/man/peerhooks-stop.1" >>"$CLONE/completions/peer.fish"
	cp --remove-destination "$BIN/peer" "$FROM/bin"
	echo >>"$FROM/bin/peer"
	install --agents none >/dev/null
	cmp "$CLONE/man/peerhooks-stop.1" "$PREFIX/share/man/man1/peerhooks-stop.1"
	# A person's own script of that name is not ours, whatever it starts.
	rm -r "$PREFIX/libexec/peerhooks" "$PREFIX/share/peerhooks"
	printf '#!/bin/sh\nexec /opt/libexec/peerhooks/../../bin/peer\n' >"$PREFIX/bin/peer"
	run install --agents none
	equal "status" "$status" 1
	contains "$output" "$PREFIX/bin/peer is there already, and not of peerhooks"
}

@test "in a folder that is a link, the folder above is that of what it leads to" {
	ln -s "$CLONE/man" "$HOME/man"
	cd "$HOME/man"
	sh ../install.sh --from "$FROM" --agents none >/dev/null
	[ -x "$PREFIX/bin/peer" ]
}

@test "modes do not depend on the umask" {
	local mask
	for mask in 077 002; do
		(umask $mask && install --agents none >/dev/null)
		equal "modes" "$(find "$PREFIX" ! -type l -printf '%m %y\n' | sort -u | tr '\n' ' ')" "644 f 755 d 755 f "
		install --uninstall --agents none >/dev/null
	done
}

@test "from another folder, by a relative path, and through links" {
	mkdir "$BATS_TEST_TMPDIR/links"
	ln -s ../clone/install.sh "$BATS_TEST_TMPDIR/links/one"
	ln -s one "$BATS_TEST_TMPDIR/links/two"
	cd "$BATS_TEST_TMPDIR/clone/man"
	../install.sh --from ../build --agents none >/dev/null
	[ -x "$PREFIX/bin/peer" ]
	../install.sh --uninstall --agents none >/dev/null
	../../links/two --from ../build --agents none >/dev/null
	[ -x "$PREFIX/bin/peer" ]
	../install.sh --uninstall --agents none >/dev/null
	cd "$BATS_TEST_TMPDIR"
	CDPATH=$BATS_TEST_TMPDIR sh clone/install.sh --from clone/build --agents none >/dev/null
	[ -x "$PREFIX/bin/peer" ]
}

@test "a prefix is taken as cd takes it, and found on PATH however it stands there" {
	local path name
	cd "$HOME"
	PATH=${PATH#"$PREFIX/bin:"}
	ln -s . link
	for name in ./a/../b "$HOME//b/" link/../b/. "$HOME/../${HOME##*/}/b"; do
		run install --agents none --prefix "$name"
		contains "$output" "export PATH=\"\$HOME/b/bin:\$PATH\""
	done
	equal "folders" "$(find . -maxdepth 1 -type d | sort | xargs)" ". ./b"
	run install --agents none --prefix link/c
	contains "$output" "\$HOME/link/c/bin:"
	for path in "$HOME/b/bin/" "$HOME/link/b//bin" "$HOME/b/../b/bin:"; do
		PATH=/nowhere:$path:$PATH run install --agents none --prefix b
		lacks "$output" "To do"
	done
	for path in b/bin "$HOME/b" ""; do
		PATH=$path:$PATH run install --agents none --prefix b
		contains "$output" "is not on your PATH"
	done
	run install --uninstall --agents none --prefix ./a/../b
	[ ! -e b ]
}

@test "a home that is another's is refused, one by way of another's link is not" {
	ln -s home "$BATS_TEST_TMPDIR/link"
	chown -h 65534 "$BATS_TEST_TMPDIR/link" 2>/dev/null || skip "needs root, who alone can give a file away"
	HOME=$BATS_TEST_TMPDIR/link install --agents none >/dev/null
	[ -x "$PREFIX/bin/peer" ]
	installed --uninstall --agents none >/dev/null
	chown 65534 "$HOME"
	for HOME in "$HOME" "$BATS_TEST_TMPDIR/link"; do
		run install --yes
		equal "status" "$status" 1
		contains "$output" "$HOME is not yours"
		equal "files" "$(find "$HOME/" -mindepth 1)" ""
	done
	install --agents none --prefix "$HOME/there" >/dev/null
	[ -x "$HOME/there/bin/peer" ]
}

@test "what to add to which file, when peer is not on PATH" {
	local shell file
	PATH=${PATH#"$PREFIX/bin:"}
	unset ZDOTDIR XDG_CONFIG_HOME
	while read -r shell file; do
		SHELL=/usr/bin/$shell run install --agents none
		contains "$output" "Add this line to $HOME/$file,"
	done <<-'END'
	bash .bashrc
	zsh .zshrc
	fish .config/fish/config.fish
	dash .profile
	END
	SHELL=/bin/zsh ZDOTDIR=$HOME/z run install --agents none
	contains "$output" "Add this line to $HOME/z/.zshrc,"
	run env -u SHELL "$CLONE/install.sh" --from "$FROM" --agents none
	equal "status without SHELL" "$status" 0
	contains "$output" "Add this line to $HOME/.profile,"
	equal "shells' files" "$(find "$HOME" -maxdepth 1 -name '.*rc')" ""
	mkdir -p "$HOME/older/bin" "$HOME/older/share/peerhooks"
	cp "$BIN/peer" "$HOME/older/bin"
	touch "$HOME/older/share/peerhooks/manifest"
	PATH=$HOME/older/bin:$PREFIX/bin:$PATH run install --agents none
	contains "$output" "your PATH finds $HOME/older/bin/peer before $PREFIX/bin/peer"
	contains "$output" "--uninstall --agents none --prefix $HOME/older"
	PATH=$PREFIX/bin:$PATH run install --agents none
	lacks "$output" "To do"
	mkdir "$HOME/bin"
	ln -s ../.local/bin/peer "$HOME/bin"
	PATH=$HOME/bin:$PATH run install --agents none
	lacks "$output" "To do"
	PATH=$HOME/bin:$PREFIX/bin:$PATH run install --agents none
	lacks "$output" "To do"
}

@test "hooks that cannot be taken out of the settings keep their files" {
	agents_home
	standin 1
	run install --yes
	equal "status" "$status" 1
	contains "$output" "not all hooks are registered"
	run install --uninstall
	equal "status" "$status" 1
	[ -x "$PREFIX/libexec/peerhooks/stop" ]
	run install --uninstall --agents none
	equal "status" "$status" 0
	[ ! -e "$PREFIX/bin/peer" ]
}

@test "what an earlier version had is removed, once no agent is told to run it; nothing outside is" {
	install --agents none >/dev/null
	echo >"$PREFIX/libexec/peerhooks/earlier"
	echo >"$HOME/outside"
	printf '%s\n' libexec/peerhooks/earlier ../outside "$HOME/outside" >>"$PREFIX/share/peerhooks/manifest"
	install --agents none >/dev/null
	[ -e "$PREFIX/libexec/peerhooks/earlier" ]
	install --yes --agents codex >/dev/null
	[ -e "$PREFIX/libexec/peerhooks/earlier" ]
	install --yes >/dev/null
	[ ! -e "$PREFIX/libexec/peerhooks/earlier" ]
	install --uninstall >/dev/null
	[ -e "$HOME/outside" ]
}

@test "what it cannot do it says" {
	run install --frobnicate
	equal "status" "$status" 2
	run install --uninstall --agents codex
	equal "status" "$status" 2
	run sh "$CLONE/install.sh" --from "$HOME/nowhere"
	equal "a folder that is not there" "$output" "install.sh: --from: there is no folder $HOME/nowhere"
	HOME='' run install --yes
	contains "$output" "HOME is not set"
	run install --prefix "/a:b"
	contains "$output" "colon"
	run bash -c "sh '$CLONE/install.sh' --from '$FROM' --dry-run --agents none >/dev/full"
	equal "status" "$status" 1
	contains "$output" "not all of what it says could be written"
	rm "$FROM/bin/stop"
	run install --yes
	contains "$output" "there is no file $FROM/bin/stop"
	: >"$FROM/bin/stop"
	chmod +x "$FROM/bin/stop"
	run install --yes
	contains "$output" "$FROM/bin/stop is empty, or no executable"
	echo program >"$FROM/bin/stop"
	chmod -x "$FROM/bin/stop"
	run install --yes
	contains "$output" "$FROM/bin/stop is empty, or no executable"
	for agents in codex,--help --help codex,-x; do
		run install --yes --agents "$agents"
		equal "status of $agents" "$status" 2
	done
	equal "files" "$(find "$HOME" ! -type d)" ""
	printf '\177ELF of another machine' >"$FROM/bin/stop"
	chmod +x "$FROM/bin/stop"
	rm "$FROM/bin/peer"
	cp "$FROM/bin/stop" "$FROM/bin/peer"
	chmod +x "$FROM/bin/peer"
	run install --yes
	equal "status" "$status" 1
	contains "$output" "does not run here"
	equal "told to register" "$(cat "$CALLS" 2>/dev/null)" ""
}

@test "a machine without a compiler is told what to install, or to bring a build" {
	local tool tools=$BATS_TEST_TMPDIR/few
	mkdir "$tools"
	for tool in sh dirname readlink find id; do ln -s "$(type -P $tool)" "$tools"; done
	PATH=$tools run sh "$CLONE/install.sh"
	equal "status" "$status" 1
	contains "$output" "apt-get install gcc make"
	contains "$output" "--from DIR"
}

@test "without --from it builds, and shows why it could not" {
	printf 'all:\n\t@echo no such header; exit 1\n' >"$CLONE/Makefile"
	run sh "$CLONE/install.sh" --agents none
	equal "status" "$status" 1
	contains "$output" "no such header"
	contains "$output" "make failed"
	printf 'all:\n' >"$CLONE/Makefile"
	run sh "$CLONE/install.sh" --agents none
	equal "status" "$status" 0
	[ -x "$PREFIX/bin/peer" ]
}
