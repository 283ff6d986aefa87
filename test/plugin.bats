# Claude Code's plugin: platforms/claude-code, as `claude --plugin-dir` takes it.
load test_helper

PLUGIN=$ROOT/platforms/claude-code

# libexec: a folder of stand-ins for all that may be registered.
libexec() {
	local hook
	LIBEXEC=$BATS_TEST_TMPDIR/libexec/peerhooks
	mkdir -p "$LIBEXEC"
	for hook in $(grep -oE 'libexec/[a-z-]+' "$PLUGIN/hooks/hooks.json" | sort -u); do
		printf '#!/bin/sh\n' >"$LIBEXEC/${hook#libexec/}"
	done
	chmod +x "$LIBEXEC"/*
}

@test "the plugin registers what install-hook registers, but for the paths" {
	need jq
	libexec
	mkdir -p "$HOME/.claude"
	env -u CLAUDE_CONFIG_DIR "$BIN/install-hook" --libexec "$LIBEXEC" claude-code
	equal "hooks" "$(jq -c .hooks "$PLUGIN/hooks/hooks.json" | sed "s|\${CLAUDE_PLUGIN_ROOT}/libexec|$LIBEXEC|g")" \
		"$(jq -c .hooks "$HOME/.claude/settings.json")"
}

@test "the plugin is called peerhooks, is of this version, and finds the executables of the tree" {
	need jq
	equal "manifest" "$(jq -r '.name + " " + .version' "$PLUGIN/.claude-plugin/plugin.json")" \
		"peerhooks $(sed -n 's/^VERSION := //p' "$ROOT/Makefile")"
	equal "libexec" "$(readlink "$PLUGIN/libexec")" ../../build/bin
}
