# completions/: what bash, zsh and fish offer after `peer`; each asks `peer help`, so that what is there is offered.
load test_helper
load session_helper

setup() {
	isolate
	PATH=$BIN:$PATH
}

# in_SHELL WORD...: what is offered in place of the last word.
in_bash() {
	bash --norc -c '. "$ROOT/completions/peer.bash"; COMP_LINE="peer $*" COMP_POINT=${#COMP_LINE}; _peer; printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}

in_zsh() {
	zsh -f -c 'compadd() { for word in $found; do [[ $word != $PREFIX* ]] || print -r -- $word; done; }; _files() { :; }
		words=(peer "$@") CURRENT=$#words PREFIX=$words[-1]; source $ROOT/completions/_peer' zsh "$@"
}

in_fish() {
	fish --no-config -c 'source $ROOT/completions/peer.fish; complete -C "peer $argv"' -- "$@" | cut -f1
}

# The options that the help of a command names, and no others: in its usage, and at the beginning of a line.
options() {
	"$BIN/peer" help "$1" | awk '/^usage:/ { usage = 1 } /^$/ { usage = 0 } usage || /^ +-/' | sed 's/  [a-z].*$//' | grep -oE -- '--[a-z-]+'
	"$BIN/peer" help "$1" | grep -oE '[(]or --[a-z-]+' | grep -oE -- '--[a-z-]+' || :
	echo --help
}

commands() {
	"$BIN/peer" help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p'
	echo help
}

# offers_all SHELL: every command, and for some commands (all in bash) every option.
offers_all() {
	local command
	equal "commands" "$("$1" "" | sort)" "$(commands | sort)"
	for command in $(if [ "$1" = in_bash ]; then commands; else echo send log; fi); do
		[ "$command" != help ] || continue
		equal "options of $command" "$("$1" "$command" - | grep -- -- | sort)" "$(options "$command" | sort -u)"
	done
	equal "help of" "$("$1" help wh)" whoami
	equal "values" "$("$1" send --wake a)" auto
	equal "words" "$("$1" envelope "" | sort | tr '\n' ' ')" "decode encode "
}

# offers_peers SHELL [PREFIX]: labels, ids of sessions, ids of messages; a label comes with PREFIX when that was typed.
offers_peers() {
	local id
	present 1 >/dev/null
	present 2 >/dev/null
	id=$(peer send --from "$(sid 1)" "$(sid 2)" hello)
	equal "labels" "$("$1" send --wake auto "" | sort | tr '\n' ' ')" "@all @any claude:1 claude:2 "
	equal "label" "$("$1" send claude:2)" "${2:-}2"
	equal "id" "$("$1" send "$(sid 2 | cut -c1-8)")" "$(sid 2)"
	equal "its own option" "$("$1" inbox --session "" | sort)" "$(printf '%s\n' "$(sid 1)" "$(sid 2)")"
	equal "message" "$("$1" status "")" "${id%% *}"
}

@test "bash: every command and option" {
	offers_all in_bash
}

@test "zsh: every command and option" {
	need zsh
	offers_all in_zsh
}

@test "fish: every command and option" {
	need fish
	offers_all in_fish
}

@test "bash: who is there, and what was sent" {
	offers_peers in_bash
	equal "hostile words" "$(in_bash '$(touch x)' ''; in_bash 'send;touch' '')" ""
}

@test "zsh: who is there, and what was sent" {
	need zsh
	offers_peers in_zsh claude:
}

@test "fish: who is there, and what was sent" {
	need fish
	offers_peers in_fish claude:
}

@test "bash knows it as the completion of peer" {
	contains "$(bash --norc -c '. "$ROOT/completions/peer.bash"; complete -p peer')" "-F _peer peer"
}

@test "the three ask by the same lines" {
	local file
	for file in peer.bash _peer peer.fish; do
		sed -n '/The same lines in/,/End of the same lines/p' "$ROOT/completions/$file" | sed 's/^\(\t.\) .*$/\1/' >"$BATS_TEST_TMPDIR/$file"
	done
	[ -s "$BATS_TEST_TMPDIR/_peer" ]
	cmp "$BATS_TEST_TMPDIR/_peer" "$BATS_TEST_TMPDIR/peer.bash"
	cmp "$BATS_TEST_TMPDIR/_peer" "$BATS_TEST_TMPDIR/peer.fish"
}

@test "with each awk that is here" {
	local awk
	mkdir "$BATS_TEST_TMPDIR/awk"
	for awk in mawk gawk original-awk "busybox awk"; do
		command -v "${awk%% *}" >/dev/null || continue
		printf '#!/bin/sh\nexec %s "$@"\n' "$awk" >"$BATS_TEST_TMPDIR/awk/awk"
		chmod +x "$BATS_TEST_TMPDIR/awk/awk"
		PATH=$BATS_TEST_TMPDIR/awk:$PATH in_bash send -- | grep -q -- --any-project || fail "$awk"
		equal "$awk" "$(PATH=$BATS_TEST_TMPDIR/awk:$PATH in_bash wak)" wake
	done
}
