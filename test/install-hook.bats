# install-hook: what it does to settings files of all kinds, and that it loses none of anybody's bytes.
load test_helper

setup() {
	isolate
	unset XDG_CONFIG_HOME
	LIBEXEC=$BATS_TEST_TMPDIR/prefix/libexec/peerhooks
	standins "$LIBEXEC"
	CLAUDE=$HOME/.claude/settings.json
	CODEX=$HOME/.codex
	WILD=$BATS_FILE_TMPDIR/wild
	PATH=/usr/bin:/bin	# and not the developer's agents
}

setup_file() {
	mkdir "$BATS_FILE_TMPDIR/wild"
	"$BATS_TEST_DIRNAME/settings-files" "$BATS_FILE_TMPDIR/wild"
}

# standins FOLDER: executables of our names in it.
standins() {
	mkdir -p "$1"
	local hook
	for hook in session-start session-end userpromptsubmit pretooluse posttooluse stop await-mail pre-compact subagent-start cursor-nonce; do
		ln -sf /bin/true "$1/$hook"
	done
}

install_hook() {
	"$BIN/install-hook" --libexec "$LIBEXEC" "$@"
}

# done_with EXPECTED ARGUMENT...: it ends with 0, and says that.
done_with() {
	run install_hook "${@:2}"
	equal "status of ${*:2}" "$status" 0 || fail "$output"
	contains "$output" "$1"
}

# refuses STATUS EXPECTED ARGUMENT...
refuses() {
	run install_hook "${@:3}"
	equal "status of ${*:3}" "$status" "$1" || fail "$output"
	contains "$output" "$2"
}

backups() {
	find "$HOME" -name '*.peerhooks-backup.*' | wc -l
}

temporaries() {
	find "$HOME" -name '.tmp.*' | wc -l
}

@test "settings files of the wild kind: install, install, uninstall leave every byte, the mode and the link" {
	local file name mode=600 count=0 real=$HOME/elsewhere/real.json
	mkdir -p "$HOME/.claude" "$HOME/elsewhere"
	for file in "$WILD"/[!b]*.json "$WILD"/blanks.json "$WILD"/bom*.json; do
		name=${file##*/}
		rm -f "$CLAUDE" "$real"
		cp "$file" "$real"
		chmod $mode "$real"
		# Every other one is a link.
		if ((count++ % 2)); then ln -s ../elsewhere/real.json "$CLAUDE"; else mv "$real" "$CLAUDE"; fi
		install_hook claude >/dev/null || fail "$name was not taken"
		[ "$(backups)" = 1 ] || fail "$name: no backup"
		grep -q ": installed: " < <(install_hook --check claude) || fail "$name is not installed: $(cat "$CLAUDE")"
		cp "$CLAUDE" "$BATS_TEST_TMPDIR/once"
		install_hook claude >/dev/null
		cmp "$CLAUDE" "$BATS_TEST_TMPDIR/once" || fail "$name: a second install changes it"
		install_hook --uninstall claude >/dev/null || fail "$name: not uninstalled"
		cmp "$CLAUDE" "$file" || fail "$name is not as it was"
		equal "backups of $name" "$(backups)" 0
		equal "mode of $name" "$(stat -Lc %a "$CLAUDE")" $mode
		((count % 2)) || [ -L "$CLAUDE" ] || fail "$name: the link is gone"
		[ $mode = 600 ] && mode=640 || mode=600
	done
	[ "$count" -ge 40 ]
}

@test "the same for every agent, by cutting alone: moved to another folder, back, and out again" {
	local agent
	for agent in claude-code codex cursor gemini; do
		run "$TESTBIN/settings" $agent "$WILD"/*.json
		equal "$agent" "$(grep -v '^ok\|^left bad-' <<<"$output")" ""
		[ "$(grep -c '^ok' <<<"$output")" -ge 40 ]
		equal "status" "$status" 0
	done
}

@test "what does not parse, or has another form, is left alone, and the place is named" {
	local file count=0
	mkdir -p "$HOME/.claude"
	for file in "$WILD"/bad-*.json; do
		cp "$file" "$CLAUDE"
		refuses 1 "claude-code: cannot register in $CLAUDE:" claude
		[[ $output =~ $CLAUDE:[0-9]+:[0-9]+:\ .*left\ alone ]] || fail "${file##*/}: $output"
		cmp "$file" "$CLAUDE"
		((++count))
	done
	[ "$count" -ge 20 ]
	equal "files" "$(ls -A "$HOME/.claude")" settings.json
	cp "$WILD/bad-comma.json" "$CLAUDE"
	refuses 1 "broken: $CLAUDE:3:3: a comma or } is missing" --check claude
	refuses 1 "cannot take the hooks out of $CLAUDE:3:3: " --uninstall claude
}

@test "mutated files: hooks go in and come out without a trace" {
	local seeds=("$WILD"/*.json)
	cd "$BATS_TEST_TMPDIR"
	cp "$TESTBIN/fuzz" .
	./fuzz jsonc "$(rounds 60000)" 1 "${seeds[@]}"
	./fuzz settings "$(rounds 12000)" 1 "${seeds[@]}"
}

@test "whatever json_check takes is JSONC too" {
	local file
	cd "$BATS_TEST_TMPDIR"
	for file in "$FIXTURES"/*/*.json; do
		"$TESTBIN/json-check" "$file" && echo "$file"
	done >good
	[ "$(wc -l <good)" -ge 50 ]
	run xargs "$TESTBIN/settings" claude-code <good
	equal "left" "$(grep -v '^ok' <<<"$output")" ""
}

@test "what is made of nothing is what platforms/ shows" {
	local agent file made
	install_hook claude codex cursor gemini >/dev/null
	for made in claude-code:.claude/settings.json:hooks.json codex:.codex/hooks.json:hooks.json \
		cursor:.cursor/hooks.json:hooks.json gemini:.gemini/settings.json:settings.json; do
		IFS=: read -r agent made file <<<"$made"
		sed "s|$LIBEXEC|/usr/local/libexec/peerhooks|" "$HOME/$made" | diff -u "$ROOT/platforms/$agent/$file" - || fail "$agent"
	done
	equal "mode" "$(stat -c %a "$CLAUDE" "$HOME/.claude" | tr '\n' ' ')" "600 700 "
	install_hook --uninstall claude codex cursor gemini >/dev/null
	equal "left" "$(find "$HOME" -name '*.json*')" ""
}

@test "the registrations of Claude Code: exec form, timeouts, await-mail in the background" {
	need jq
	install_hook claude >/dev/null
	equal "hooks" "$(jq -r '.hooks | to_entries[] | .key + " " + ([.value[].hooks[] | .command | sub(".*/"; "")] | join(" "))' "$CLAUDE")" \
		"SessionStart session-start await-mail
UserPromptSubmit userpromptsubmit await-mail
PreToolUse pretooluse
Stop stop await-mail
StopFailure stop
PreCompact pre-compact
SubagentStart subagent-start
SubagentStop stop
SessionEnd session-end"
	equal "others" "$(jq -c '[.hooks[][].hooks[] | select(.command | endswith("await-mail") | not) | del(.command)] | unique' "$CLAUDE")" \
		'[{"type":"command","args":["--agent","claude-code"],"timeout":5}]'
	equal "waiters" "$(jq -c '[.hooks[][].hooks[] | select(.asyncRewake) | .timeout] | unique' "$CLAUDE")" '[2000000]'
}

@test "a change of somebody else's between install and uninstall is all that is left" {
	local name change
	mkdir -p "$HOME/.claude"
	for name in two two-tabs crlf hooks-null-lines hooks-empty event-empty comment-last others twice-lines; do
		for change in 's/"model": "opus"/"model": "x", "y": [1]/;s/"a": 1/"a": 2/;s/"z": true/"z": { }/;s/"matcher": "Bash"/"matcher": "*"/;s/"b": 1/"b": 7/' \
			'1s/{/{ "first": { "hooks": {} },/' '1s/{/{ \/\/ a note/'; do
			cp "$WILD/$name.json" "$CLAUDE"
			sed "$change" "$CLAUDE" >"$BATS_TEST_TMPDIR/expected"
			cmp -s "$CLAUDE" "$BATS_TEST_TMPDIR/expected" && continue
			install_hook claude >/dev/null
			sed -i "$change" "$CLAUDE"
			done_with "all else in it stays" --uninstall claude
			cmp "$CLAUDE" "$BATS_TEST_TMPDIR/expected" || fail "$name, $change: $(cat "$CLAUDE")"
			rm "$HOME"/.claude/*
		done
	done
}

@test "a hook of somebody's in our group, and hooks added after ours, stay in their order" {
	need jq
	install_hook gemini >/dev/null
	local file=$HOME/.gemini/settings.json
	jq '.hooks.AfterAgent[0].hooks += [{"type":"command","command":"/opt/mine"}] | .hooks.AfterAgent += [{"hooks":[{"command":"/opt/after"}]}]' "$file" >"$file.new"
	mv "$file.new" "$file"
	done_with "already registered" gemini
	done_with "removed 5 hooks" --uninstall gemini
	equal "left" "$(jq -c . "$file")" '{"hooks":{"AfterAgent":[{"matcher":"*","hooks":[{"type":"command","command":"/opt/mine"}]},{"hooks":[{"command":"/opt/after"}]}]}}'
}

@test "outdated: another folder, another timeout, an event that is missing, twice: mended, and uninstalled exactly" {
	local old=$BATS_TEST_TMPDIR/old/peerhooks name change
	standins "$old"
	mkdir -p "$HOME/.claude"
	for name in others two compact; do
		for change in "s|$LIBEXEC|$old|g" 's/"timeout": *5/"timeout": 6/' 's/SubagentStart/PostCompact/' 's/"Stop": *\[/&{"hooks":[{"command":"\/opt\/peerhooks\/stop --agent claude-code"}]},/'; do
			cp "$WILD/$name.json" "$CLAUDE"
			install_hook claude >/dev/null
			cp "$CLAUDE" "$BATS_TEST_TMPDIR/once"
			sed -i "$change" "$CLAUDE"
			cmp -s "$CLAUDE" "$BATS_TEST_TMPDIR/once" && fail "nothing was changed by $change"
			if [[ $change == *"$old"* ]]; then
				refuses 1 "claude-code: elsewhere: $CLAUDE runs our hooks from $old" --check claude
			else
				refuses 1 "claude-code: outdated: $CLAUDE" --check claude
			fi
			done_with "registered anew 12 hooks" claude
			cmp "$CLAUDE" "$BATS_TEST_TMPDIR/once" || fail "$name, $change: $(cat "$CLAUDE")"
			done_with "is as it was before" --uninstall claude
			cmp "$CLAUDE" "$WILD/$name.json"
		done
	done
}

@test "registered from a clone's build, then installed: once; and nothing is left" {
	local build=$BATS_TEST_TMPDIR/clone/build/bin file agent
	standins "$build"
	while read -r agent file; do
		mkdir -p "$HOME/${file%/*}"
		# Others' may have names of ours.
		echo '{"version":1,"hooks":{"Stop":[{"hooks":[{"type":"command","command":"/x/stop"},{"type":"command","command":"/x/stop --agent me"}]}],"stop":[{"command":"/x/stop --agent of codex"}]}}' >"$HOME/$file"
		cp "$HOME/$file" "$BATS_TEST_TMPDIR/before"
		LIBEXEC=$build install_hook "$agent" >/dev/null
		grep -qF "$build/" "$HOME/$file"
		refuses 1 "$agent: elsewhere" --check "$agent"
		done_with "registered anew" "$agent"
		lacks "$(cat "$HOME/$file")" "$build/"
		done_with "is as it was before" --uninstall "$agent"
		cmp "$HOME/$file" "$BATS_TEST_TMPDIR/before"
	done <<-END
	claude-code .claude/settings.json
	codex .codex/hooks.json
	cursor .cursor/hooks.json
	gemini .gemini/settings.json
	END
}

@test "hooks that a later member of the same name hides are not there; one before them hides nothing" {
	local change
	install_hook claude >/dev/null
	cp "$CLAUDE" "$BATS_TEST_TMPDIR/once"
	# On each level: "hooks", an event, a group's hooks.
	for change in 's/^  "hooks": {/  "hooks": {},\n&/' 's/^    "Stop": \[/    "Stop": [],\n&/' '0,/^ *"hooks": \[/s//"hooks": [],\n&/'; do
		sed "$change" "$BATS_TEST_TMPDIR/once" >"$CLAUDE"
		cmp -s "$CLAUDE" "$BATS_TEST_TMPDIR/once" && fail "nothing was changed by $change"
		done_with "installed: $CLAUDE" --check claude
	done
	for change in 's/^  }$/  },\n  "hooks": {}/' 's/^    "SessionEnd": \[/    "Stop": [],\n&/' '0,/^ *\]$/s//],"hooks": []/'; do
		sed "$change" "$BATS_TEST_TMPDIR/once" >"$CLAUDE"
		cmp -s "$CLAUDE" "$BATS_TEST_TMPDIR/once" && fail "nothing was changed by $change"
		refuses 1 "outdated: $CLAUDE has 12 of our hooks" --check claude
	done
}

@test "hooks that another installation runs are said to be elsewhere, with its folder; gone, they are outdated" {
	local other=$BATS_TEST_TMPDIR/other/libexec/peerhooks prefix agent
	standins "$other"
	for prefix in prefix other; do
		mkdir -p "$BATS_TEST_TMPDIR/$prefix/share/peerhooks"
		cp -r "$ROOT/platforms/pi" "$BATS_TEST_TMPDIR/$prefix/share/peerhooks"
	done
	mkdir -p "$HOME"/{.claude,.codex,.cursor,.gemini,.pi/agent}
	LIBEXEC=$other install_hook >/dev/null
	ln -s "$other" "$BATS_TEST_TMPDIR/link"
	for agent in claude-code codex cursor gemini pi; do
		refuses 1 "$agent: elsewhere: " --check $agent
		contains "$output" " runs our hooks from $other"
		rm -rf "$LIBEXEC-aside"
		mv "$LIBEXEC" "$LIBEXEC-aside"
		mkdir "$LIBEXEC"
		refuses 1 "$agent: elsewhere: " --check $agent	# ours cannot be run, but are not registered
		rmdir "$LIBEXEC"
		mv "$LIBEXEC-aside" "$LIBEXEC"
		LIBEXEC=$other run install_hook --check $agent
		lacks "$output" elsewhere
	done
	# The same folder by another name; one hook of here.
	sed -i "s|$other/stop|$LIBEXEC/stop|" "$CLAUDE"
	refuses 1 "claude-code: outdated: " --check claude
	sed -i "s|$LIBEXEC|$BATS_TEST_TMPDIR/link|" "$CLAUDE"
	LIBEXEC=$other refuses 1 "claude-code: outdated: " --check claude
	rm -r "$other"
	for agent in codex pi; do refuses 1 "$agent: outdated: " --check $agent; done
}

@test "twice the very same is said, and mended" {
	mkdir -p "$HOME/.gemini"
	install_hook gemini >/dev/null
	need jq
	jq '.hooks.SessionEnd += .hooks.SessionEnd' "$HOME/.gemini/settings.json" >"$HOME/new"
	mv "$HOME/new" "$HOME/.gemini/settings.json"
	refuses 1 "gemini: doubled: 1 of our hooks" --check gemini
	install_hook gemini >/dev/null
	equal "ends" "$(jq '.hooks.SessionEnd | length' "$HOME/.gemini/settings.json")" 1
}

@test "uninstalled by another installation, from another folder" {
	mkdir -p "$HOME/.claude"
	cp "$WILD/two.json" "$CLAUDE"
	install_hook claude >/dev/null
	LIBEXEC=$HOME/.claude done_with "is as it was before" --uninstall claude
	cmp "$CLAUDE" "$WILD/two.json"
	done_with "nothing of peerhooks" --uninstall claude
}

@test "links: a chain, one to nothing yet, one that leads nowhere, a loop" {
	mkdir -p "$HOME/.claude" "$HOME/dot/files"
	cp "$WILD/two.json" "$HOME/dot/files/claude"
	ln -s files/claude "$HOME/dot/link"
	ln -s "$HOME/dot/link" "$CLAUDE"
	install_hook claude >/dev/null
	[ -L "$CLAUDE" ] && [ -L "$HOME/dot/link" ] && [ ! -L "$HOME/dot/files/claude" ]
	contains "$(cat "$HOME/dot/files/claude")" pretooluse
	install_hook --uninstall claude >/dev/null
	cmp "$HOME/dot/files/claude" "$WILD/two.json"
	ln -sf "$HOME/dot/files/new" "$CLAUDE"
	install_hook claude >/dev/null
	[ -L "$CLAUDE" ] && [ -f "$HOME/dot/files/new" ]
	install_hook --uninstall claude >/dev/null
	[ -L "$CLAUDE" ] && [ ! -e "$HOME/dot/files/new" ]
	ln -sf "$HOME/not/there" "$CLAUDE"
	refuses 1 "$CLAUDE: No such file or directory; mend the link" claude
	ln -sf settings.json "$CLAUDE"
	refuses 1 "$CLAUDE: Symbolic link loop; mend the link" claude
}

@test "refused: a file that may not be written, one of another user, a folder, a pipe, a larger one than 64 MB" {
	mkdir -p "$HOME/.claude"
	cp "$WILD/two.json" "$CLAUDE"
	chmod 444 "$CLAUDE"
	refuses 1 "$CLAUDE: Permission denied; make it writable" claude
	cmp "$CLAUDE" "$WILD/two.json"
	chmod 600 "$CLAUDE"
	if [ "$(id -u)" = 0 ]; then
		chown 12345 "$CLAUDE"
		refuses 1 "$CLAUDE: Operation not permitted; it must be yours" claude
	fi
	rm "$CLAUDE"
	mkdir "$CLAUDE"
	refuses 1 "must be a regular file" claude
	rmdir "$CLAUDE"
	mkfifo "$CLAUDE"
	refuses 1 "must be a regular file" claude
	rm "$CLAUDE"
	if command -v python3 >/dev/null; then
		(cd "$HOME/.claude" && python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("settings.json")')
		refuses 1 "must be a regular file" claude
		rm "$CLAUDE"
	fi
	truncate -s 65M "$CLAUDE"
	refuses 1 "File too large" claude
	equal "files" "$(ls -A "$HOME/.claude")" settings.json
}

@test "a mount point, which cannot be replaced" {
	need unshare
	mkdir -p "$HOME/.claude"
	cp "$WILD/two.json" "$CLAUDE"
	unshare -m mount --bind "$CLAUDE" "$CLAUDE" 2>/dev/null || skip "mounting is not allowed here"
	run unshare -m sh -c 'mount --bind "$1" "$1" && exec "$2" --libexec "$3" claude' sh "$CLAUDE" "$BIN/install-hook" "$LIBEXEC"
	equal "status" "$status" 1
	contains "$output" "$CLAUDE: Device or resource busy; a mount point cannot be replaced"
	cmp "$CLAUDE" "$WILD/two.json"
	equal "files" "$(ls -A "$HOME/.claude")" settings.json
}

@test "--print says what the real run would refuse" {
	mkdir -p "$HOME/.claude"
	cp "$WILD/two.json" "$CLAUDE"
	chmod 444 "$CLAUDE"
	refuses 1 "$CLAUDE: Permission denied; make it writable" --print claude
	lacks "$output" "+++"
	install_hook codex >/dev/null
	printf 'model = "x"\n' >"$CODEX/config.toml"
	chmod 444 "$CODEX/config.toml"
	refuses 1 "cannot change $CODEX/config.toml: Permission denied" --print --trust codex
	lacks "$output" "+++"
	[ "$(id -u)" = 0 ] || return 0
	chown 12345 "$CLAUDE"
	refuses 1 "$CLAUDE: Operation not permitted; it must be yours" --print claude
}

@test "root makes nothing in another user's folder" {
	[ "$(id -u)" = 0 ] || skip "only root can"
	local other=$BATS_TEST_TMPDIR/other action
	mkdir "$other"
	chown 12345 "$other"
	HOME=$other refuses 1 "will not use $other/.oxtail: Operation not permitted; it must be a directory of yours, in a home of yours" claude
	HOME=$other refuses 1 "cannot register in $other/.claude/settings.json: Operation not permitted; its folder must be yours" --print claude
	HOME=$other done_with "nothing of peerhooks" --uninstall claude
	mkdir -m 700 "$other/.oxtail"
	HOME=$other refuses 1 "cannot register in $other/.claude/settings.json: Operation not permitted; its folder must be yours" claude
	rm -r "$other/.oxtail"
	for action in --print --trust; do
		CODEX_HOME=$other/x refuses 1 "cannot register in $other/x/hooks.json: Operation not permitted; its folder must be yours" $action codex
	done
	refuses 1 "its folder must be yours" --project "$other" gemini
	install_hook codex >/dev/null
	chown 12345 "$CODEX"
	refuses 1 "cannot change $CODEX/config.toml: Operation not permitted" --trust codex
	equal "files" "$(ls -A "$other")$(ls -A "$CODEX")" hooks.json
}

@test "5 MB: in and out, and shown" {
	mkdir -p "$HOME/.claude"
	awk 'BEGIN {
		print "{\n  \"projects\": {"
		for (n = 0; n < 60000; n++) printf "    \"/home/u/project-%d\": { \"allowed\": [\"Bash(git *)\", \"x\"], \"n\": %d },\n", n, n
		print "    \"z\": null\n  },\n  \"hooks\": {\n    \"Stop\": []\n  }\n}"
	}' >"$BATS_TEST_TMPDIR/large"
	[ "$(stat -c %s "$BATS_TEST_TMPDIR/large")" -gt 4500000 ]
	cp "$BATS_TEST_TMPDIR/large" "$CLAUDE"
	[ "$(install_hook --print claude | wc -c)" -lt 20000 ]
	install_hook claude >/dev/null
	install_hook --check claude >/dev/null
	install_hook --uninstall claude >/dev/null
	cmp "$BATS_TEST_TMPDIR/large" "$CLAUDE"
}

# in_time ARGUMENT...: with a limit that is only reached by what takes as long as the square of a file.
in_time() {
	timeout 20 "$BIN/install-hook" --libexec "$LIBEXEC" "$@" || fail "status $? of $*"
}

@test "60,000 members on one line, or 20,000 hooks in one group: in and out, with no walk along all for each" {
	local file agent
	mkdir -p "$HOME/.claude" "$CODEX"
	awk 'BEGIN { printf "{"; for (n = 0; n < 60000; n++) printf "\"name-%d\":%d,", n, n; printf "\"hooks\":{}}" }' >"$BATS_TEST_TMPDIR/large"
	cp "$BATS_TEST_TMPDIR/large" "$CLAUDE"
	cp "$BATS_TEST_TMPDIR/large" "$CODEX/hooks.json"
	in_time claude codex >/dev/null
	in_time --uninstall claude >/dev/null
	cmp "$BATS_TEST_TMPDIR/large" "$CLAUDE"
	awk 'BEGIN {
		printf "{\"hooks\":{\"Stop\":[{\"hooks\":["
		for (n = 0; n < 20000; n++) printf "{\"command\":\"/x/%d\"},", n
		printf "{"
		for (n = 0; n < 20000; n++) printf "\"type\":\"command\","
		printf "\"command\":\"/x\"}]}]}}"
	}' >"$CLAUDE"
	in_time claude >/dev/null
	in_time --check claude >/dev/null
}

@test "--print shows what would be done, which patch can do, and changes nothing" {
	need patch
	local name
	mkdir -p "$HOME/.claude"
	for name in two two-tabs crlf compact others deep comment-colon hooks-first trailing-compact; do
		cp "$WILD/$name.json" "$CLAUDE"
		run install_hook --print claude
		equal "status" "$status" 0
		cmp "$CLAUDE" "$WILD/$name.json"
		equal "files" "$(ls -A "$HOME/.claude")" settings.json
		install_hook --print claude >"$BATS_TEST_TMPDIR/diff"
		patch --binary -s -o "$BATS_TEST_TMPDIR/patched" "$CLAUDE" "$BATS_TEST_TMPDIR/diff"
		install_hook claude >/dev/null
		cmp "$CLAUDE" "$BATS_TEST_TMPDIR/patched" || fail "$name: $(cat "$BATS_TEST_TMPDIR/diff")"
		install_hook --print --uninstall claude 2>/dev/null && fail "two actions at once"
		equal "nothing to do" "$(install_hook --print claude)" ""
		rm "$HOME"/.claude/*
	done
	[ ! -e "$HOME/.codex" ]
	contains "$(install_hook --print codex)" "+++ $CODEX/hooks.json"
	[ ! -e "$HOME/.codex" ]
}

@test "only the lines that change are in a diff, with three around them" {
	mkdir -p "$HOME/.cursor"
	printf '{\n  "version": 1,\n  "a": 1,\n  "b": 2,\n  "c": 3,\n  "d": 4,\n  "e": 5,\n  "f": 6,\n  "hooks": {\n    "stop": [],\n    "x": 1,\n    "y": 1,\n    "z": 1,\n    "zz": 1\n  }\n}' >"$HOME/.cursor/hooks.json"
	run install_hook --print cursor
	equal "hunks" "$(grep -c '^@@' <<<"$output")" 1
	equal "taken out" "$(grep '^-' <<<"$output")" "--- $HOME/.cursor/hooks.json
-    \"stop\": [],
-    \"zz\": 1"
	lacks "$output" '"c": 3'
	contains "$output" '\ No newline at end of file'
}

# kills COMMAND...: for each system call of the command before which a kill leaves a state of its own; with
# NAMES, only where other files stand under the names that count.
kills() {
	strace -o "$BATS_TEST_TMPDIR/trace" "$@" >/dev/null
	awk -v some="${NAMES:-}" 'NR > 1 && match($0, /^[a-z_0-9]+\(/) {
		name = substr($0, 1, RLENGTH - 1)
		changes = name ~ /^(linkat|link|unlinkat|unlink|renameat|rename)$/
		if (!some) changes = changes || name ~ /^(mkdirat|write|fsync|fchmod)$/ || /O_CREAT/
		if (NR == 2 || before) print name, ++n[name]; else ++n[name]
		before = changes
	}' "$BATS_TEST_TMPDIR/trace"
}

@test "killed before any of its calls: the old file or the new one, whole; the next run completes it" {
	need_strace
	local name number action before after
	mkdir -p "$HOME/.claude"
	cp "$WILD/others.json" "$CLAUDE"
	install_hook claude >/dev/null
	cp "$CLAUDE" "$BATS_TEST_TMPDIR/installed"
	cp -a "$HOME/.claude" "$BATS_TEST_TMPDIR/after"
	install_hook --uninstall claude >/dev/null
	cp -a "$HOME/.claude" "$BATS_TEST_TMPDIR/before"
	for action in --replace-oxtail --uninstall; do
		before=before after=installed
		[ $action = --replace-oxtail ] || before=after
		rm -rf "$HOME/.claude" && cp -a "$BATS_TEST_TMPDIR/$before" "$HOME/.claude"
		kills "$BIN/install-hook" --libexec "$LIBEXEC" $action claude >"$BATS_TEST_TMPDIR/kills"
		[ "$(wc -l <"$BATS_TEST_TMPDIR/kills")" -ge 5 ]
		while read -r name number; do
			rm -rf "$HOME/.claude" && cp -a "$BATS_TEST_TMPDIR/$before" "$HOME/.claude"
			strace -o /dev/null -e "inject=$name:signal=SIGKILL:when=$number" "$BIN/install-hook" \
				--libexec "$LIBEXEC" $action claude >/dev/null 2>&1 || :
			cmp -s "$CLAUDE" "$WILD/others.json" || cmp -s "$CLAUDE" "$BATS_TEST_TMPDIR/$after" ||
				fail "killed at $name $number: $(cat "$CLAUDE")"
			find "$HOME/.claude" -name '.tmp.*' -exec touch -d '2 minutes ago' {} +
			install_hook claude >/dev/null || fail "after a kill at $name $number"
			install_hook --uninstall claude >/dev/null
			cmp "$CLAUDE" "$WILD/others.json"
			install_hook claude >/dev/null
			equal "files after a kill at $name $number" "$(ls -A "$HOME/.claude" | sed 's/backup.*/backup/')" "settings.json
settings.json.peerhooks-backup"
		done <"$BATS_TEST_TMPDIR/kills"
	done
}

@test "a call that fails: the file is whole, nothing is left beside it, and it is said" {
	need_strace
	[ -z "${SANITIZED:-}" ] || skip "the sanitizers' own calls would fail too"
	local call
	mkdir -p "$HOME/.claude"
	# First the backup is made, which goes again with what fails after it; an earlier one stays.
	for call in write:error=ENOSPC:when=1 fsync:error=EIO:when=1 renameat,rename:error=EACCES:when=1 \
		write:error=ENOSPC:when=2 fsync:error=EIO:when=2 fsync:error=EIO:when=3 renameat,rename:error=EPERM:when=2; do
		cp "$WILD/two.json" "$CLAUDE"
		cp "$CLAUDE" "$CLAUDE.peerhooks-backup.2020-01-01T00-00-00Z"
		run strace -o /dev/null -e "inject=$call" "$BIN/install-hook" --libexec "$LIBEXEC" claude
		equal "status with $call" "$status" 1
		contains "$output" "cannot register in $CLAUDE"
		cmp "$CLAUDE" "$WILD/two.json"
		equal "files with $call" "$(ls -A "$HOME/.claude")" "settings.json
settings.json.peerhooks-backup.2020-01-01T00-00-00Z"
		rm "$HOME"/.claude/*
	done
	install_hook codex >/dev/null
	printf 'model = "x"\n' >"$CODEX/config.toml"
	run strace -o /dev/null -e inject=renameat,rename:error=EBUSY:when=2 "$BIN/install-hook" --libexec "$LIBEXEC" --trust codex
	equal "status" "$status" 1
	contains "$output" "cannot change $CODEX/config.toml: Device or resource busy"
	equal "backups" "$(backups)" 0
}

@test "a group that cannot be kept is let in no more" {
	need_strace
	[ "$(id -u)" = 0 ] || skip "only root can give a file away"
	mkdir -p "$HOME/.claude"
	cp "$WILD/two.json" "$CLAUDE"
	chmod 664 "$CLAUDE"
	chgrp 12345 "$CLAUDE"
	install_hook claude >/dev/null
	equal "mode and group" "$(stat -c '%a %g' "$CLAUDE")" "664 12345"
	install_hook --uninstall claude >/dev/null
	strace -o /dev/null -e inject=fchown:error=EPERM "$BIN/install-hook" --libexec "$LIBEXEC" claude >/dev/null
	equal "mode and group" "$(stat -c '%a %g' "$CLAUDE")" "604 $(id -g)"
}

# listed FILE [SET]: its access list in hex; SET: gives it one that lets the user 12345 read, and its group nothing.
listed() {
	python3 - "$@" <<-'END'
		import os, struct, sys
		name = "system.posix_acl_access"
		if len(sys.argv) > 2:
		    who = (1, 6, -1), (2, 4, 12345), (4, 0, -1), (16, 4, -1), (32, 0, -1)
		    os.setxattr(sys.argv[1], name, struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *one) for one in who))
		print(os.getxattr(sys.argv[1], name).hex())
	END
}

@test "a file with an access list keeps it, and so does its backup; else the group is let in no more" {
	need python3
	local list
	mkdir -p "$HOME/.claude"
	cp "$WILD/two.json" "$CLAUDE"
	list=$(listed "$CLAUDE" set 2>/dev/null) || skip "no access lists on this file system"
	install_hook claude >/dev/null
	equal "list" "$(listed "$CLAUDE")" "$list"
	equal "list of the backup" "$(listed "$CLAUDE".peerhooks-backup.*)" "$list"
	equal "modes" "$(stat -c %a "$HOME"/.claude/* | tr '\n' ' ')" "640 640 "
	install_hook --uninstall claude >/dev/null
	equal "list" "$(listed "$CLAUDE")" "$list"
	need_strace
	strace -o /dev/null -e inject=fsetxattr:error=EPERM "$BIN/install-hook" --libexec "$LIBEXEC" claude >/dev/null
	equal "modes" "$(stat -c %a "$HOME"/.claude/* | tr '\n' ' ')" "600 600 "
}

@test "a file without an access list gets none from its folder" {
	need python3
	mkdir -p "$HOME/.claude"
	cp "$WILD/two.json" "$CLAUDE"
	chmod 640 "$CLAUDE"
	listed "$CLAUDE" set >/dev/null 2>&1 || skip "no access lists on this file system"
	python3 -c 'import os, sys
name = "system.posix_acl_"
os.setxattr(sys.argv[2], name + "default", os.getxattr(sys.argv[1], name + "access"))
os.removexattr(sys.argv[1], name + "access")' "$CLAUDE" "$HOME/.claude"
	install_hook claude >/dev/null
	equal "modes" "$(stat -c %a "$HOME"/.claude/* | tr '\n' ' ')" "640 640 "
	[ -z "$(listed "$CLAUDE" 2>/dev/null)" ]
	[ -z "$(listed "$CLAUDE".peerhooks-backup.* 2>/dev/null)" ]
}

# held_up CALL COMMAND...: runs install-hook, and the command while it stands before the second CALL (of the first
# the backup is made).
held_up() {
	strace -o "$BATS_TEST_TMPDIR/held" -e "trace=fsync" -e "inject=fsync:delay_enter=400000:when=$1" \
		"$BIN/install-hook" --libexec "$LIBEXEC" claude >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	local pid=$!
	await "it is not under way" temporary_there
	"${@:2}"
	wait $pid
}

temporary_there() {
	[ "$(find "$HOME/.claude" -name '.tmp.*' -size +1k | wc -l)" -gt 0 ]
}

# rewritten SCRIPT FILE: by sed, in place.
rewritten() {
	cp -p "$2" "$BATS_TEST_TMPDIR/rewritten"
	sed "$1" "$BATS_TEST_TMPDIR/rewritten" >"$2"
	touch -r "$BATS_TEST_TMPDIR/rewritten" "$2"
}

@test "another program writes meanwhile: neither its work nor ours is lost" {
	need_strace
	mkdir -p "$HOME/.claude"
	cp "$WILD/two.json" "$CLAUDE"
	held_up 3 sed -i 's/opus/sonnet/' "$CLAUDE"
	contains "$(cat "$BATS_TEST_TMPDIR/said")" "registered 12 hooks"
	contains "$(cat "$CLAUDE")" '"model": "sonnet"'
	install_hook --check claude
	install_hook --uninstall claude >/dev/null
	sed 's/opus/sonnet/' "$WILD/two.json" | cmp - "$CLAUDE"
	# One that leaves size and time as they were.
	rm "$HOME"/.claude/*
	cp "$WILD/two.json" "$CLAUDE"
	held_up 3 rewritten 's/opus/luke/' "$CLAUDE"
	contains "$(cat "$CLAUDE")" '"model": "luke"'
	install_hook --check claude
	# One that makes the file which was not there.
	rm "$HOME"/.claude/*
	held_up 1 cp "$WILD/two.json" "$CLAUDE"
	contains "$(cat "$CLAUDE")" '"model": "opus"'
	install_hook --check claude
	equal "temporary files" "$(temporaries)" 0
}

@test "many at once: the work of each is there, once, and one backup" {
	local n pids=()
	mkdir -p "$HOME/.claude" "$HOME/.codex" "$HOME/.gemini" "$HOME/.cursor"
	cp "$WILD/others.json" "$CLAUDE"
	for n in 1 2 3 4 5 6 7 8; do
		install_hook >"$BATS_TEST_TMPDIR/said.$n" 2>&1 3>&- &
		pids+=($!)
	done
	for n in "${pids[@]}"; do wait "$n" || fail "$(cat "$BATS_TEST_TMPDIR"/said.*)"; done
	install_hook --check claude gemini cursor
	equal "who did it" "$(grep -h 'claude-code: registered 12' "$BATS_TEST_TMPDIR"/said.* | wc -l)" 1
	equal "backups" "$(backups)" 1
	for n in 1 2 3 4; do install_hook --uninstall >/dev/null 3>&- & done
	wait
	cmp "$CLAUDE" "$WILD/others.json"
	equal "left" "$(find "$HOME" -name '*.json*')" "$CLAUDE"
}

@test "each of oxtail's scripts is known for its own" {
	local script
	mkdir -p "$HOME/.claude"
	for script in pretooluse stop userpromptsubmit sessionstart; do
		echo '{"hooks":{"Stop":[{"hooks":[{"command":"/x/oxtail/hooks/'$script'.sh"}]}]}}' >"$CLAUDE"
		run install_hook --check claude
		contains "$output" "foreign: oxtail's own hooks stand in $CLAUDE too (1)"
	done
}

oxtail_settings() {
	mkdir -p "$HOME/.claude"
	cat >"$CLAUDE" <<-'END'
		{
		  // mine
		  "hooks": {
		    "PreToolUse": [{"hooks":[{"type":"command","command":"\"$HOME/.oxtail/hooks/pretooluse.sh\""}]}],
		    "Stop": [
		      {"hooks":[{"type":"command","command":"/opt/x"}]},
		      {"hooks":[{"type":"command","command":"\"$HOME/.oxtail/hooks/stop.sh\""}]}
		    ]
		  },
		  "_oxtailHook": {"version":14,"hashes":{}},
		  "a": 1
		}
	END
	cp "$CLAUDE" "$BATS_TEST_TMPDIR/oxtail"
}

@test "oxtail's own hooks are reported, replaced when that is asked for, and brought back" {
	local first
	for first in none plain; do
		oxtail_settings
		[ $first = none ] || done_with "oxtail's own hooks stand in $CLAUDE too (2)" claude
		[ $first = none ] || refuses 1 "foreign: oxtail's own hooks stand in $CLAUDE too (2)" --check claude
		done_with "hooks in $CLAUDE" --replace-oxtail claude
		lacks "$(cat "$CLAUDE")" oxtail
		contains "$(cat "$CLAUDE")" '"/opt/x"'
		contains "$(cat "$CLAUDE")" '// mine'
		contains "$(install_hook --check claude)" "installed: $CLAUDE"
		done_with "is as it was before" --uninstall claude
		cmp "$CLAUDE" "$BATS_TEST_TMPDIR/oxtail"
	done
}

@test "plugins: put with the folder filled in, renewed, removed; a foreign file stays" {
	local agent file
	mkdir -p "$HOME/.config/opencode" "$HOME/.pi/agent" "$BATS_TEST_TMPDIR/prefix/share/peerhooks"
	cp -r "$ROOT/platforms/opencode" "$ROOT/platforms/pi" "$BATS_TEST_TMPDIR/prefix/share/peerhooks"
	for agent in opencode:.config/opencode/plugins pi:.pi/agent/extensions; do
		file=$HOME/${agent#*:}/peerhooks.js agent=${agent%:*}
		done_with "$agent: put the plugin $file" $agent
		contains "$(cat "$file")" "
const LIBEXEC = \"$LIBEXEC\";"
		equal "lines that differ" "$(diff "$ROOT/platforms/$agent/peerhooks.js" "$file" | grep -c '^>')" 1
		done_with "already registered" $agent
		done_with "installed: $file" --check $agent
		echo "// more" >>"$file"
		refuses 1 "outdated" --check $agent
		done_with "renewed the plugin" $agent
		done_with "removed $file" --uninstall $agent
		[ ! -e "${file%/*}" ]
		mkdir "${file%/*}"
		echo "export default 1" >"$file"
		refuses 1 "$file is not peerhooks' and was left alone" $agent
		refuses 1 "is somebody else's" --check $agent
		done_with "nothing of peerhooks" --uninstall $agent
		equal "file" "$(cat "$file")" "export default 1"
	done
	rm -r "$HOME/.pi/agent/extensions"
	# Where libexec is a link, `..` leads elsewhere.
	mv "$BATS_TEST_TMPDIR/prefix/share" "$BATS_TEST_TMPDIR"
	ln -s "$BATS_TEST_TMPDIR/share/peerhooks" "$LIBEXEC/share"
	done_with "pi: put the plugin" pi
	done_with "pi: installed: " --check pi
	rm -r "$LIBEXEC/share" "$HOME/.pi/agent/extensions"
	refuses 1 "there is no plugin of peerhooks in $LIBEXEC/../../share/peerhooks/pi/peerhooks.js" pi
}

@test "a folder of odd characters: every command runs the executable" {
	need jq
	local odd=$BATS_TEST_TMPDIR/"it's a \$HOME \"x\" \\ ü;&"/peerhooks command
	mkdir -p "$odd"
	standins "$odd"
	for command in stop session-start; do
		rm "$odd/$command"
		printf '#!/bin/sh\necho "$0 $*"\n' >"$odd/$command"
		chmod +x "$odd/$command"
	done
	LIBEXEC=$odd
	install_hook codex gemini claude cursor >/dev/null
	install_hook --check gemini claude cursor
	for command in codex/hooks.json:Stop codex/hooks.json:SessionStart gemini/settings.json:AfterAgent; do
		run bash -c "$(jq -r ".hooks.${command#*:}[0].hooks[0].command" "$HOME/.${command%:*}")"
		contains "$output" "$odd/s"
		contains "$output" " --agent ${command%%/*}"
	done
	run bash -c "$(jq -r '.hooks.stop[0].command' "$HOME/.cursor/hooks.json")"
	equal "cursor" "$output" "$odd/stop --agent cursor"
	[ -x "$(jq -r '.hooks.Stop[0].hooks[0].command' "$CLAUDE")" ]
	install_hook --uninstall codex gemini claude cursor >/dev/null
	equal "left" "$(find "$HOME" -name '*.json*')" ""
}

@test "an executable that is not there: nothing is registered; it is broken if it was" {
	install_hook claude >/dev/null
	rm "$LIBEXEC/stop"
	refuses 1 "broken: $LIBEXEC/stop is not there" --check claude
	refuses 1 "$LIBEXEC/stop is not there, or no executable: nothing was registered" claude gemini
	[ ! -e "$HOME/.gemini" ]
	done_with "removed $CLAUDE" --uninstall claude
}

@test "which agents: those found by their folder or program; named by either name; none" {
	run install_hook
	equal "status" "$status" 0
	contains "$output" "no agent was found"
	mkdir -p "$HOME/.gemini" "$BATS_TEST_TMPDIR/bin"
	ln -s /bin/true "$BATS_TEST_TMPDIR/bin/claude"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH run install_hook
	equal "agents" "$(cut -d: -f1 <<<"$output" | tr '\n' ' ')" "claude-code gemini "
	run install_hook --uninstall claude-code gemini
	equal "agents" "$(cut -d: -f1 <<<"$output" | tr '\n' ' ')" "claude-code gemini "
	rm -r "$HOME/.claude"
	CLAUDE_CONFIG_DIR=$HOME/c CODEX_HOME=$HOME/x run install_hook claude codex
	[ -f "$HOME/c/settings.json" ] && [ -f "$HOME/x/hooks.json" ] && [ ! -e "$HOME/.claude" ]
	rm -r "$HOME/.gemini"
	GEMINI_CLI_HOME=$HOME/g done_with "registered 5 hooks in $HOME/g/.gemini/settings.json" gemini
	GEMINI_CLI_HOME=$HOME/g done_with installed --check	# and found by its folder
	[ ! -e "$HOME/.gemini" ]
}

@test "a project's settings" {
	local project=$BATS_TEST_TMPDIR/project
	mkdir -p "$project" "$HOME/.claude" "$HOME/.gemini" "$HOME/.pi/agent"
	cd "$project"
	done_with "claude-code: registered 12 hooks in $project/.claude/settings.local.json" --project .
	[ -f .gemini/settings.json ] && [ ! -e .codex ] && [ ! -e "$CLAUDE" ]
	install_hook --check --project="$project"
	"$BIN/install-hook" --check --project=. "--libexec=$LIBEXEC"
	refuses 1 "pi: there is no place to register: it has no settings of a project" --project . pi
	install_hook --uninstall --project . >/dev/null
	equal "left" "$(ls -A)" ""
}

@test "Codex: trust is explained, written when asked for, and taken out with the hooks" {
	need jq
	local config=$CODEX/config.toml
	mkdir -p "$CODEX"
	printf 'model = "x"\n# note\n[tui]\na = 1' >"$config"
	cp "$config" "$BATS_TEST_TMPDIR/config"
	printf '{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"/opt/x"}]}]}}' >"$CODEX/hooks.json"
	cp "$CODEX/hooks.json" "$BATS_TEST_TMPDIR/hooks"
	done_with 'Codex says "Hooks need review" and lists 6: look that each names '"$LIBEXEC/" codex
	cmp "$config" "$BATS_TEST_TMPDIR/config"
	refuses 1 "not trusted: 6" --check codex
	done_with "trusted 6 hooks in $config" --trust codex
	equal "entries" "$(grep -c trusted_hash "$config")" 6
	contains "$(cat "$config")" "$CODEX/hooks.json:stop:1:0"
	done_with "installed" --check codex
	# Codex takes it with a warning where it does not count.
	equal "limits" "$(jq -c '.hooks | map_values([.[].hooks[].additionalContextLimit])' "$CODEX/hooks.json")" \
		'{"Stop":[null,null],"SessionStart":[0],"UserPromptSubmit":[null],"PreToolUse":[0],"Interrupt":[null],"SessionEnd":[null]}'
	done_with "took the trust in them out of $config" --uninstall codex
	cmp "$config" "$BATS_TEST_TMPDIR/config"
	cmp "$CODEX/hooks.json" "$BATS_TEST_TMPDIR/hooks"
	equal "files" "$(ls "$CODEX" | tr '\n' ' ')" "config.toml hooks.json "
}

@test "Codex: a config.toml that was not there goes; hooks in another place are trusted there, and nowhere else" {
	local old=$BATS_TEST_TMPDIR/old/peerhooks
	standins "$old"
	LIBEXEC=$old install_hook --trust codex >/dev/null
	install_hook codex >/dev/null
	equal "entries after a move" "$(cat "$CODEX/config.toml" 2>/dev/null | grep -c trusted_hash)" 0
	install_hook --trust codex >/dev/null
	equal "entries" "$(grep -c trusted_hash "$CODEX/config.toml")" 6
	install_hook --uninstall codex >/dev/null
	equal "files" "$(ls -A "$CODEX")" ""
}

@test "Codex: a config.toml that cannot be read is named; one that is not there is none" {
	local config=$CODEX/config.toml
	install_hook codex >/dev/null
	refuses 1 "not trusted: 6" --check codex
	lacks "$output" "cannot read"
	mkdir "$config"
	refuses 1 "codex: cannot read $config: Invalid argument" --check codex
	lacks "$output" "not trusted"
	refuses 1 "codex: cannot read $config: Invalid argument" codex
	rmdir "$config"
	mkfifo "$config"
	refuses 1 "codex: cannot read $config: Invalid argument" --check codex
	rm "$config"
	ln -s "$HOME/not/there" "$config"
	refuses 1 "codex: cannot read $config: No such file or directory" --check codex
	rm "$config"
	install_hook --trust codex >/dev/null
	done_with installed --check codex
}

@test "Codex: a hook that its person has switched off waits for nobody" {
	install_hook --trust codex >/dev/null
	sed -i '2s/^/enabled = false\n/' "$CODEX/config.toml"
	refuses 1 "switched off: 1 of our hooks (enabled = false in $CODEX/config.toml)" --check codex
	lacks "$output" "not trusted"
	run install_hook codex
	equal "status" "$status" 0
	lacks "$output" "need review"
}

@test "Codex: hooks that somebody has moved leave no trust behind" {
	need jq
	local config=$CODEX/config.toml
	mkdir -p "$CODEX"
	printf 'model = "x"\n' >"$config"
	cp "$config" "$BATS_TEST_TMPDIR/config"
	install_hook --trust codex >/dev/null
	jq '.hooks.Stop = [{"hooks":[{"type":"command","command":"/opt/a"}]}] + .hooks.Stop' "$CODEX/hooks.json" >"$BATS_TEST_TMPDIR/new"
	cat "$BATS_TEST_TMPDIR/new" >"$CODEX/hooks.json"
	refuses 1 "not trusted: 1" --check codex
	cp -a "$CODEX" "$BATS_TEST_TMPDIR/moved"
	install_hook --trust codex >/dev/null
	equal "entries" "$(grep -c trusted_hash "$config")" 6
	lacks "$(cat "$config")" ":stop:0:0"
	install_hook --uninstall codex >/dev/null
	cmp "$config" "$BATS_TEST_TMPDIR/config"
	rm -r "$CODEX"
	cp -a "$BATS_TEST_TMPDIR/moved" "$CODEX"
	install_hook --uninstall codex >/dev/null
	cmp "$config" "$BATS_TEST_TMPDIR/config"
}

# said_of HOOK: the state in config.toml of the hook of Stop with that command, by its place in hooks.json.
said_of() {
	local place
	place=$(jq -r --arg hook "$1" '.hooks.Stop | map(.hooks[0].command) | index($hook)' "$CODEX/hooks.json")
	sed -n "/hooks.json:stop:$place:0/,/^\$/p" "$CODEX/config.toml" | sed 1d
}

@test "Codex: killed while hooks and trust are taken out: the next run finds what is left" {
	need_strace
	local name number config=$CODEX/config.toml
	mkdir -p "$CODEX"
	printf 'model = "x"\n' >"$config"
	printf '{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"/opt/x"}]}]}}' >"$CODEX/hooks.json"
	cp -a "$CODEX" "$BATS_TEST_TMPDIR/before"
	install_hook --trust codex >/dev/null
	cp -a "$CODEX" "$BATS_TEST_TMPDIR/installed"
	kills "$BIN/install-hook" --libexec "$LIBEXEC" --uninstall codex >"$BATS_TEST_TMPDIR/kills"
	[ -s "$BATS_TEST_TMPDIR/kills" ]
	while read -r name number; do
		rm -rf "$CODEX"
		cp -a "$BATS_TEST_TMPDIR/installed" "$CODEX"
		strace -o /dev/null -e inject="$name:signal=KILL:when=$number" "$BIN/install-hook" --libexec "$LIBEXEC" \
			--uninstall codex >/dev/null 2>&1 || :
		install_hook --uninstall codex >/dev/null
		cmp "$config" "$BATS_TEST_TMPDIR/before/config.toml" || fail "killed at $name $number: $(cat "$config")"
		cmp "$CODEX/hooks.json" "$BATS_TEST_TMPDIR/before/hooks.json"
	done <"$BATS_TEST_TMPDIR/kills"
}

@test "Codex: why config.toml cannot be changed, with the line if there is one" {
	mkdir -p "$CODEX"
	echo '{ "hooks": { } } // mine' >"$CODEX/hooks.json"
	refuses 1 "cannot change $CODEX/config.toml: hooks.json is not plain JSON" --trust codex
	rm "$CODEX/hooks.json"
	printf 'a = 1\nhooks = {}\n' >"$CODEX/config.toml"
	refuses 1 "cannot change $CODEX/config.toml:2: what hooks are trusted" --trust codex
}

# moved_setup: another's hook stands behind one of ours from an older place, and is switched off; both are trusted.
moved_setup() {
	mkdir -p "$CODEX"
	standins "$BATS_TEST_TMPDIR/old/peerhooks"
	LIBEXEC=$BATS_TEST_TMPDIR/old/peerhooks install_hook --trust codex >/dev/null
	jq '.hooks.Stop += [{"hooks":[{"type":"command","command":"/opt/x"}]}]' "$CODEX/hooks.json" >"$BATS_TEST_TMPDIR/new"
	cat "$BATS_TEST_TMPDIR/new" >"$CODEX/hooks.json"
	printf '\n[hooks.state."%s"]\nenabled = false\n' "$CODEX/hooks.json:stop:1:0" >>"$CODEX/config.toml"
	equal "state of the other" "$(said_of /opt/x)" "enabled = false"
	cp -a "$CODEX" "$BATS_TEST_TMPDIR/before"
}

# moved: what holds when a run is complete.
moved() {
	equal "state of the other, $1" "$(said_of /opt/x)" "enabled = false"
	lacks "$(said_of "$LIBEXEC/stop --agent codex")" enabled
	equal "files, $1" "$(ls -A -I '*backup*' "$CODEX" | tr '\n' ' ')" "config.toml hooks.json "
}

@test "Codex: killed while hooks move: the next run leaves each its state" {
	need_strace
	need jq
	local name number options
	moved_setup
	for options in "" --trust; do
		rm -rf "$CODEX"
		cp -a "$BATS_TEST_TMPDIR/before" "$CODEX"
		NAMES=1 kills "$BIN/install-hook" --libexec "$LIBEXEC" $options codex >"$BATS_TEST_TMPDIR/kills"
		[ "$(wc -l <"$BATS_TEST_TMPDIR/kills")" -ge 6 ]
		while read -r name number; do
			rm -rf "$CODEX"
			cp -a "$BATS_TEST_TMPDIR/before" "$CODEX"
			strace -o /dev/null -e inject="$name:signal=KILL:when=$number" "$BIN/install-hook" --libexec "$LIBEXEC" \
				$options codex >/dev/null 2>&1 || :
			rm -f "$CODEX"/.tmp.*	# of a run a minute ago
			install_hook $options codex >/dev/null
			moved "killed at $name $number $options"
			rm -rf "$CODEX"
			cp -a "$BATS_TEST_TMPDIR/before" "$CODEX"
			strace -o /dev/null -e inject="$name:signal=KILL:when=$number" "$BIN/install-hook" --libexec "$LIBEXEC" \
				$options codex >/dev/null 2>&1 || :
			rm -f "$CODEX"/.tmp.*
			install_hook --uninstall codex >/dev/null
			equal "state of the other, taken out after $name $number $options" "$(said_of /opt/x)" "enabled = false"
			equal "entries" "$(grep -c '^\[hooks' "$CODEX/config.toml")" 1
		done <"$BATS_TEST_TMPDIR/kills"
	done
}

@test "Codex: a config.toml that could not be changed when hooks moved is changed by the next run, but for what was trusted since" {
	need jq
	local config=$CODEX/config.toml
	moved_setup
	echo '"' >>"$config"
	refuses 1 "cannot change $config" codex
	cp "$BATS_TEST_TMPDIR/before/config.toml" "$config"
	install_hook codex >/dev/null
	moved "after it was mended"
	rm -rf "$CODEX"
	cp -a "$BATS_TEST_TMPDIR/before" "$CODEX"
	chmod 444 "$config"
	refuses 1 "cannot change $config" codex
	chmod 600 "$config"
	install_hook codex >/dev/null
	moved "after it may be written"
	# The person has gone through Codex's review meanwhile: what stands there is of the new places.
	rm -rf "$CODEX"
	cp -a "$BATS_TEST_TMPDIR/before" "$CODEX"
	install_hook --trust codex >/dev/null
	cp "$config" "$BATS_TEST_TMPDIR/reviewed"
	rm -rf "$CODEX"
	cp -a "$BATS_TEST_TMPDIR/before" "$CODEX"
	chmod 444 "$config"
	refuses 1 "cannot change $config" codex
	cat "$BATS_TEST_TMPDIR/reviewed" >"$config" 2>/dev/null || { chmod 600 "$config"; cat "$BATS_TEST_TMPDIR/reviewed" >"$config"; }
	chmod 600 "$config"
	install_hook codex >/dev/null
	cmp "$config" "$BATS_TEST_TMPDIR/reviewed"
	moved "after a review"
}

@test "Codex: a config.toml that cannot be changed keeps the hooks, so that nothing is left when it is mended" {
	local config=$CODEX/config.toml
	mkdir -p "$CODEX"
	printf 'model = "x"\n' >"$config"
	install_hook --trust codex >/dev/null
	cp "$config" "$BATS_TEST_TMPDIR/config"
	echo '"' >>"$config"
	refuses 1 "the hooks were left alone: mend it and run this again" --uninstall codex
	cp "$BATS_TEST_TMPDIR/config" "$config"
	install_hook --uninstall codex >/dev/null
	equal "config.toml" "$(cat "$config")" 'model = "x"'
	[ ! -e "$CODEX/hooks.json" ]
}

@test "Codex: others' hooks that move up or down keep their trust, and do not come by another's state" {
	need jq
	local config=$CODEX/config.toml hook key="hooks.state.\"$CODEX/hooks.json:stop"
	local dropped='node /x/oxtail/hooks/stop.sh'
	mkdir -p "$CODEX" "$BATS_TEST_TMPDIR/old/peerhooks"
	standins "$BATS_TEST_TMPDIR/old/peerhooks"
	printf '{"hooks":{"Stop":[%s]}}' "$(printf '{"hooks":[{"type":"command","command":"%s"}]},' "$dropped" /opt/a | sed 's/,$//')" >"$CODEX/hooks.json"
	LIBEXEC=$BATS_TEST_TMPDIR/old/peerhooks install_hook codex >/dev/null
	# Others come behind ours, and ours is switched off.
	jq '.hooks.Stop += [{"hooks":[{"type":"command","command":"/opt/b"}]},{"hooks":[{"type":"command","command":"/opt/c"}]}]' \
		"$CODEX/hooks.json" >"$BATS_TEST_TMPDIR/new"
	cat "$BATS_TEST_TMPDIR/new" >"$CODEX/hooks.json"
	cat >"$config" <<-END
		[$key:0:0"]
		trusted_hash = "sha256:oxtail"

		[$key:1:0"]
		trusted_hash = "sha256:a"

		[$key:2:0"]
		enabled = false
		trusted_hash = "sha256:ours"

		[hooks.state.'$CODEX/hooks.json:stop:3:0']
		trusted_hash = "sha256:b"
		enabled = false

		[hooks.state]
		"$CODEX/hooks.json:stop:4:0".trusted_hash = "sha256:c"
	END
	install_hook codex >/dev/null	# it goes behind those
	equal "ours" "$(said_of "$LIBEXEC/stop --agent codex")" "enabled = false"
	for hook in a b; do contains "$(said_of /opt/$hook)" "trusted_hash = \"sha256:$hook\""; done
	contains "$(cat "$config")" "\"$CODEX/hooks.json:stop:3:0\".trusted_hash = \"sha256:c\""
	install_hook --replace-oxtail codex >/dev/null
	for hook in a b; do contains "$(said_of /opt/$hook)" "trusted_hash = \"sha256:$hook\""; done
	contains "$(said_of /opt/b)" "enabled = false"
	lacks "$(cat "$config")" sha256:oxtail
	jq '.hooks.Stop += [{"hooks":[{"type":"command","command":"/opt/d"}]}]' "$CODEX/hooks.json" >"$BATS_TEST_TMPDIR/new"
	cat "$BATS_TEST_TMPDIR/new" >"$CODEX/hooks.json"
	install_hook --uninstall codex >/dev/null
	for hook in a b; do contains "$(said_of /opt/$hook)" "trusted_hash = \"sha256:$hook\""; done
	equal "of one that nobody has looked at" "$(said_of /opt/d)" ""
}

@test "Claude Code: settings that it would not read are named" {
	local text
	mkdir -p "$HOME/.claude"
	for text in '{ } // mine' '{"model":"x",}'; do
		echo "$text" >"$CLAUDE"
		done_with "Claude Code reads nothing of $CLAUDE: it takes no comments, or commas" claude
		refuses 1 "Claude Code reads nothing of" --check claude
	done
	printf '\xef\xbb\xbf{}' >"$CLAUDE"
	install_hook claude >/dev/null
	done_with installed --check claude
}

@test "Codex: a hooks.json that it would not read is named, and that alone" {
	local text
	mkdir -p "$CODEX"
	for text in '{ "hooks": { } } // mine' '{ "hooks": { }, }' '{ "hooks": { }, "hooks": { } }'; do
		echo "$text" >"$CODEX/hooks.json"
		done_with "Codex reads nothing of $CODEX/hooks.json: it takes no comments, commas before a closing bracket, or names given twice" codex
		lacks "$output" review
		refuses 1 "Codex reads nothing of" --check codex
		lacks "$output" review
	done
	printf '\xef\xbb\xbf{ }' >"$CODEX/hooks.json"
	done_with "it takes no byte order mark; save it as UTF-8 without one" codex
	lacks "$output" review
	tail -c +4 "$CODEX/hooks.json" >"$BATS_TEST_TMPDIR/new"
	cp "$BATS_TEST_TMPDIR/new" "$CODEX/hooks.json"
	done_with 'Codex says "Hooks need review"' codex
}

@test "hooks that are switched off are named" {
	local feature off
	mkdir -p "$HOME"/.{claude,gemini,codex}
	echo '{ "disableAllHooks": true }' >"$CLAUDE"
	done_with "switched off (disableAllHooks) in $CLAUDE" claude
	refuses 1 "switched off (disableAllHooks) in $CLAUDE" --check claude
	for off in 'enabled":false' 'disabled":["other","peerhooks stop"]'; do
		echo "{\"hooksConfig\":{\"$off}}" >"$HOME/.gemini/settings.json"
		done_with "switched off (hooksConfig.${off%%\"*}) in $HOME/.gemini/settings.json" gemini
		refuses 1 "switched off (hooksConfig.${off%%\"*}) in" --check gemini
	done
	echo '{"hooksConfig":{"enabled":true,"disabled":["other","somebody else, with a long name"]}}' >"$HOME/.gemini/settings.json"
	install_hook gemini >/dev/null
	done_with installed --check gemini
	install_hook --trust codex >/dev/null
	for feature in hooks codex_hooks; do
		cp "$CODEX/config.toml" "$BATS_TEST_TMPDIR/config"
		printf '\n[features]\n%s = false\n' $feature >>"$CODEX/config.toml"
		refuses 1 "switched off (features.hooks) in $CODEX/config.toml" --check codex
		mv "$BATS_TEST_TMPDIR/config" "$CODEX/config.toml"
	done
	done_with installed --check codex
}

@test "a folder that no settings file can name is refused" {
	local agent
	LIBEXEC=$BATS_TEST_TMPDIR/$'not-\xff-utf8'/libexec/peerhooks
	standins "$LIBEXEC"
	mkdir -p "$HOME"/{.claude,.codex}
	for agent in claude-code codex; do refuses 1 "is not UTF-8, so that no settings can name it" $agent; done
	equal "files" "$(find "$HOME"/.c* -type f)" ""
}

@test "a file that was not there this time goes, whatever backup of an earlier one is there" {
	mkdir -p "$HOME/.claude"
	echo '{"model": "x"}' >"$CLAUDE"
	install_hook claude >/dev/null
	sed -i 's/"x"/"y"/' "$CLAUDE"
	install_hook --uninstall claude >/dev/null
	equal "backups" "$(backups)" 1
	rm "$CLAUDE"
	install_hook claude >/dev/null
	install_hook --uninstall claude >/dev/null
	[ ! -e "$CLAUDE" ]
	equal "backups" "$(backups)" 1
}

@test "what somebody has named much like a backup stays, and is none" {
	local prefix=$CLAUDE.peerhooks-backup. name names=(9 mine 9999-99-99T99-99-99Z.orig 9999-99-99T99-99-99 9999-99-99X99-99-99Z)
	mkdir -p "$HOME/.claude"
	cp "$WILD/two.json" "$CLAUDE"
	for name in "${names[@]}"; do echo '{"a":1}' >"$prefix$name"; done
	: >"${prefix}2026-01-02T03-04-05Z"
	done_with "(backup: ${prefix}20" claude
	[ ! -e "${prefix}2026-01-02T03-04-05Z" ]
	sed -i 's/"timeout": 5/"timeout": 6/' "$CLAUDE"	# taken out by cutting, and by what the backup says
	install_hook --uninstall claude >/dev/null
	cmp "$CLAUDE" "$WILD/two.json"
	equal "files" "$(ls -A "$HOME/.claude" | wc -l)" $((2 + ${#names[@]}))	# and our backup
}

@test "a temporary file is swept when it is a minute old, and only one of ours" {
	local old=.tmp.1234.0123abcd young=.tmp.1234.0123abce
	mkdir -p "$HOME/.claude"
	touch "$HOME/.claude/$young"
	touch -d '2 minutes ago' "$HOME/.claude/"{$old,.tmp.1234.0123,.tmp.x.0123abcd,.tmp.1234.0123abcd.x}
	install_hook claude >/dev/null
	equal "files" "$(ls -A "$HOME/.claude" | tr '\n' ' ')" ".tmp.1234.0123 .tmp.1234.0123abcd.x $young .tmp.x.0123abcd settings.json "
}

@test "uninstalled where nothing ever was: nothing is made" {
	done_with "no agent was found" --uninstall
	done_with "nothing of peerhooks" --uninstall claude codex gemini
	equal "files" "$(ls -A "$HOME")" ""
}

@test "another install-hook that takes too long: nothing is done, and it is said" {
	need_strace
	local action
	install_hook claude >/dev/null
	sed -i 's/"timeout": 5/"timeout": 6/' "$CLAUDE"
	cp "$CLAUDE" "$BATS_TEST_TMPDIR/before"
	for action in "" --uninstall; do
		# As it ends after half a minute.
		run strace -o /dev/null -e inject=flock:error=ETIMEDOUT "$BIN/install-hook" --libexec "$LIBEXEC" $action claude
		equal "status of $action" "$status" 1
		contains "$output" "another install-hook is at work"
		cmp "$CLAUDE" "$BATS_TEST_TMPDIR/before"
	done
}

# unheard COMMAND...: its output fails; ERRORS, and `status`.
unheard() {
	status=0
	"$@" 2>"$BATS_TEST_TMPDIR/errors" || status=$?
	ERRORS=$(<"$BATS_TEST_TMPDIR/errors")
}

@test "output that cannot be written: status 1, one line of it, and all is done" {
	local pipe=$BATS_TEST_TMPDIR/pipe both unread
	mkdir -p "$HOME/.claude" "$CODEX"
	for arguments in --help --print --check ""; do
		unheard install_hook $arguments >/dev/full
		equal "status of $arguments" "$status" 1
		equal "errors of $arguments" "$ERRORS" "install-hook: cannot write to standard output: No space left on device"
	done
	install_hook --check claude
	[ -f "$CODEX/hooks.json" ]
	# A pipe that nobody reads any more.
	mkfifo "$pipe"
	exec {both}<>"$pipe" {unread}>"$pipe" {both}>&-
	unheard install_hook --uninstall >&"$unread"
	exec {unread}>&-
	equal "status" "$status" 1
	contains "$ERRORS" "cannot write to standard output: "
	equal "left" "$(find "$HOME" -name '*.json*')" ""
	unheard install_hook >/dev/full --uninstall
	equal "status" "$status" 1
}

@test "usage: 2 for what it does not know" {
	refuses 2 "no such option: --nonsense" --nonsense
	refuses 2 "no such agent (claude-code codex cursor gemini opencode pi): emacs" emacs
	refuses 2 "only one of" --check --uninstall
	refuses 2 "no directory" --project /not/there
	refuses 2 "no directory" --project
	refuses 2 "no directory: " --project=
	refuses 2 "no such option: --projects=/" --projects=/
	refuses 2 "no such option: --check=1" --check=1
	LIBEXEC=/not/there refuses 2 "no directory" claude
	done_with "usage: install-hook" --help
	HOME=relative refuses 1 "HOME is not an absolute path" claude
	equal "files" "$(ls -A "$HOME")" ""
}

@test "~/.oxtail that others may write to: nothing is registered, but taken out" {
	install_hook claude >/dev/null
	chmod 777 "$STATE"
	refuses 1 "will not use $STATE" gemini
	done_with "removed $CLAUDE" --uninstall claude
}
