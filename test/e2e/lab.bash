# The surroundings of one agent: a throw-away directory with a home, an installation of ours and the mock
# model. Sourced by test/e2e/run.

sender=22222222-3333-4444-5555-666666666666
outer=99999999-0000-4000-8000-000000000000 # the session from whose shell the agents are started

# What a person has after the installation; copied for each agent.
install_files() {
	HOME=$common "$root/install.sh" --from "$(dirname "$bin")" --prefix "$common/prefix" --agents none --yes >"$common/install.log" 2>&1 ||
		{ say "install.sh: $(cat "$common/install.log")"; exit 1; }
}

# The hooks' stand-ins: they note the call and become the real hook, so that its parent is the agent.
make_recorder() {
	cat >"$libexec/$1" <<-END
		#!/bin/bash
		input=\$(cat)
		jq -cn --arg hook $1 --arg agent "\$2" --arg parent "\$(cat /proc/\$PPID/comm)" --argjson event "\$input" '\$ARGS.named' >>$lab/calls
		exec $bin/$1 "\$@" <<<"\$input"
	END
}

set_up() {
	local hook
	lab=$(mktemp -d "${TMPDIR:-/tmp}/peerhooks-e2e.XXXXXX")
	mkdir -p "$lab/home" "$lab/project" "$lab/tmux"
	cp -r "$common/prefix" "$lab/prefix"
	libexec=$lab/prefix/libexec/peerhooks peer=$lab/prefix/bin/peer
	touch "$lab/calls" "$lab/requests" "$lab/foreign-calls"
	for hook in "$bin"/*; do
		hook=${hook##*/}
		[[ $hook =~ ^(peer|install-hook)$ ]] || make_recorder "$hook"
	done
	chmod +x "$libexec"/*
	node "$root/test/e2e/mock-model.mjs" "$lab/port" "$lab/requests" "$peer" >"$lab/mock.log" 2>&1 &
	mock=$!
	wait_for 10 mock_tried || true
	[ -s "$lab/port" ] || give_up "the mock model does not start: $(cat "$lab/mock.log")"
	model=http://127.0.0.1:$(cat "$lab/port")
	make_script foreign "echo called >>$lab/foreign-calls"
}

mock_lives() { kill -0 "$mock" 2>/dev/null; }
mock_tried() { [ -s "$lab/port" ] || ! mock_lives; }

# Also when we are ended ourselves.
tear_down() {
	[ -n "$lab" ] || return 0
	terminals_close
	end_rest
	mock_lives || say "$agent: the mock model has ended before: $(tail -3 "$lab/mock.log")"
	kill "$mock" 2>/dev/null || true
	wait "$mock" 2>/dev/null || true
	if [ -n "${E2E_KEEP:-}" ]; then say "kept: $agent in $lab"; else rm -rf "$lab"; fi
	lab=''
}

# make_script NAME LINE...: an executable in the lab.
make_script() {
	printf '%s\n' '#!/bin/bash' "${@:2}" >"$lab/$1"
	chmod +x "$lab/$1"
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
	local end=$((SECONDS + $1))
	until "${@:2}" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.2
	done
}

# start NAME=VALUE... COMMAND...: in the project, as from the shell of a Claude Code that we stand for.
start() {
	cd "$lab/project" && exec timeout -k 5 "$AGENT_LIMIT" env -i HOME="$lab/home" PATH="$lab/prefix/bin:$agent_path:$PATH" \
		TERM=xterm-256color CLAUDECODE=1 CLAUDE_CODE_SESSION_ID=$outer CLAUDE_PID=$$ \
		LANG=C.UTF-8 TMPDIR="$lab" TMUX_TMPDIR="$lab/tmux" PEERHOOKS_TRACE="$lab/trace" "$@"
}

# outside COMMAND...: what a person calls from another terminal.
outside() {
	(cd "$lab/project" && env -i HOME="$lab/home" PATH="$lab/prefix/bin:$agent_path:$PATH" TMUX_TMPDIR="$lab/tmux" "$@")
}

# pid and name of each process that came from this directory's agents
processes_of_lab() {
	local folder
	for folder in /proc/[0-9]*; do
		! grep -qzx "HOME=$lab/home" "$folder/environ" 2>/dev/null || echo "${folder#/proc/} $(readlink "$folder/exe")"
	done
}
ours_left() { processes_of_lab | grep -e "$bin/" -e "$lab/prefix/"; }
none_left() { ! ours_left; }
nobody_left() { [ -z "$(processes_of_lab)" ]; }

# The agents' own daemons would outlive us; Codex's does not hear the first signal while it works.
end_rest() {
	local pid name
	! wait_for 5 nobody_left || return 0
	processes_of_lab | while read -r pid name; do say "$agent: still running, ended: $name"; done
	signal_rest TERM
	wait_for 5 nobody_left || signal_rest KILL
	wait_for 5 nobody_left || say "$agent: does not end: $(processes_of_lab)"
}
signal_rest() {
	local pid name
	processes_of_lab | while read -r pid name; do kill -s "$1" "$pid" 2>/dev/null || true; done
}

# ---- What the hooks and the model saw ----

# calls_of HOOK [AGENT]
calls_of() { jq -c --arg hook "$1" --arg agent "${2:-}" 'select(.hook == $hook and ($agent == "" or .agent == $agent))' "$lab/calls"; }
stops_at_least() { [ "$(calls_of stop | wc -l)" -ge "$1" ]; }

session_of() { calls_of session-start "$(name_of "$1")" | jq -r .event.session_id | tail -1; }
mark_of() { cat "$lab/home/.oxtail/activity/$(session_of "$1")" 2>/dev/null; }
is_idle() { [ -n "$(session_of "$1")" ] && [ "$(mark_of "$1")" = idle ]; }

# reached FILE: its text stands in a request; unreached: it stands in none, and all could be read.
reached() { [ "$(is_in_requests "$1" || echo unknown)" = true ]; }
unreached() { [ "$(is_in_requests "$1" || echo unknown)" = false ]; }
is_in_requests() { jq --rawfile body "$1" -n 'any(inputs; [.body | .. | strings | contains($body)] | any)' "$lab/requests"; }

# Counts a text in a request, and reads the requests of the agent itself: those with tools.
requests_of='
	def times($text): [.body | .. | strings | select(contains($text)) | split($text) | length - 1] | add // 0;
	[inputs | select(.did != "aside")] '

# wrong_delivery FILE DID: unless the text of the file stands in the request after the first that was answered
# with DID, once, in none before it, and in none later twice.
wrong_delivery() {
	jq -nr --rawfile body "$1" --arg did "$2" "$requests_of"' as $all | ($all | map(.did) | index($did)) as $at |
		($all | map(times($body))) as $n |
		if $at == null then "no request was answered with \($did): \($all | map(.did))"
		elif ($n[:$at + 1] | add) > 0 then "it came too early: request \($at) was answered with \($did), it stands in \($n)"
		elif $n[$at + 1] != 1 or ($n | max) > 1 then "request \($at) was answered with \($did), it stands in \($n)"
		else empty end' "$lab/requests" || echo "the requests cannot be read"
}
