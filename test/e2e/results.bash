# What came out: one line for each agent and column, in $results. Sourced by test/e2e/run.

# report RESULT WHAT [WHY]
report() {
	echo "$agent $2 $1" >>"$results"
	printf '%-4s  %s: %s%s\n' "$1" "$agent" "$2" "${3:+: $3}"
}
outcome() { awk -v agent="$1" -v what="$2" '$1 == agent && $2 == what { result = $3 } END { print result }' "$results"; }

# rest RESULT WHY COLUMN...: those of which nothing is known yet.
rest() {
	local what known
	known=$'\n'$(cat "$results")
	for what in "${@:3}"; do [[ $known == *$'\n'"$agent $what "* ]] || report "$1" "$what" "$2"; done
}
skip_all() { rest SKIP "$1" "${columns[@]}"; }

# give_up WHY: ends the test of this agent.
give_up() {
	rest FAIL "$1" "${columns[@]}"
	exit 1
}

# judge WHAT COMMAND...: passed if the command has nothing to say, and has not failed itself.
judge() {
	local what=$1 why status=0
	shift
	why=$("$@") || status=$?
	[ "$status" = 0 ] || why+="${why:+; }$1 ended with status $status, see above"
	if [ -z "$why" ]; then report PASS "$what"; else report FAIL "$what" "$why"; fi
}

table() {
	local what name
	printf '\n%-10s' ''
	printf ' %-13s' "${agents[@]}"
	for what in "${columns[@]}"; do
		printf '\n%-10s' "$what"
		for name in "${agents[@]}"; do printf ' %-13s' "$(outcome "$name" "$what")"; done
	done
	printf '\n\n'
	for name in "${agents[@]}"; do printf '%-13s %s\n' "$name" "$(package_of "$name")"; done
	echo 'ask: Claude Code is answered by a real Codex, the others by a real Claude Code'
}

count() { grep -c " $1$" "$results" || true; }

# Where nothing passed, nothing was tested.
verdict() {
	printf '\n%d passed, %d failed, %d skipped, %d s\n' "$(count PASS)" "$(count FAIL)" "$(count SKIP)" $SECONDS
	[ "$(count FAIL)" = 0 ] && [ "$(count PASS)" != 0 ]
}
