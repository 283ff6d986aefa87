# What make e2e says of the agents: that it passes nothing which it could not look at. Without the agents, whose place
# nothing takes here.
load test_helper

setup() {
	isolate
	need jq
	columns=(id middle)
	agents=(gemini)
	agent=gemini
	lab=$BATS_TEST_TMPDIR
	results=$lab/results
	TURN_LIMIT=0
	: >"$results"
	for part in results lab waking; do
		# shellcheck source=/dev/null
		. "$ROOT/test/e2e/$part.bash"
	done
}

# request DID TEXT: one that the mock model has got, and what it answered.
request() { printf '{"path":"/messages","did":"%s","body":{"messages":["%s"]}}\n' "$1" "$2" >>"$lab/requests"; }

# judged: what judge makes of wrong_delivery and wrong_requests.
judged() {
	judge delivery wrong_delivery "$lab/body-1" sh:first | cut -d' ' -f1
	judge requests wrong_requests 1 | cut -d' ' -f1
}

said() {
	! reached "$lab/$1" || echo reached
	! unreached "$lab/$1" || echo unreached
}

conversation() {
	rm -f "$lab/requests"
	printf 'the body' >"$lab/body-1"
	echo '{"message_id": "0123"}' >"$lab/answer-1"
	request sh:first hello
	request end 'message_id=0123 the body'
}

@test "mail is well where it stands once in the next request, with its id, and not where that cannot be read" {
	conversation
	equal "judged" "$(judged | xargs)" "PASS PASS"
	request end 'message_id=0123 the body the body'
	equal "twice" "$(judged | xargs)" "FAIL FAIL"
	conversation
	truncate -s -9 "$lab/requests"
	equal "a cut last line" "$(judged | xargs)" "FAIL FAIL"
	conversation
	request end bye
	truncate -s -9 "$lab/requests"
	equal "a cut line after it" "$(judged | xargs)" "FAIL FAIL"
	conversation
	: >"$lab/answer-1"
	equal "an answer without an id" "$(judged | xargs)" "PASS FAIL"
	conversation
	jq() { return 3; }
	equal "jq fails" "$(judged | xargs)" "FAIL FAIL"
}

@test "that mail reached no request is known only where they can be read" {
	conversation
	printf 'another' >"$lab/body-2"
	equal "said of the body, and of another" "$(said body-1) $(said body-2)" "reached unreached"
	truncate -s -9 "$lab/requests"
	equal "said after a cut line" "$(said body-2)" ""
	rm "$lab/requests"
	equal "said without requests" "$(said body-2)" ""
}

@test "who says nothing because he has failed is not passed" {
	silent_failure() { return 3; }
	unset_variable() { (set -u && echo "$there_is_none"); }
	equal "passed" "$(judge id true)" "PASS  gemini: id"
	contains "$(judge id echo why)" "FAIL  gemini: id: why"
	contains "$(judge id silent_failure)" "FAIL  gemini: id: silent_failure ended with status 3"
	contains "$(judge id unset_variable 2>/dev/null)" FAIL
	contains "$(judge id no_such_function 2>/dev/null)" FAIL
}

@test "it is well only if something passed, and nothing failed" {
	local rows
	for rows in "" SKIP FAIL "PASS FAIL"; do
		for result in $rows; do echo "gemini id $result"; done >"$results"
		run verdict
		equal "status of '$rows'" "$status" 1
	done
	printf 'gemini %s\n' "id PASS" "middle SKIP" >"$results"
	run verdict
	equal "status" "$status" 0
	contains "$output" "1 passed, 0 failed, 1 skipped"
}

@test "an agent that was asked for has all its rows, whatever ends its test" {
	local tools=$BATS_TEST_TMPDIR/tools cache=$BATS_TEST_TMPDIR/cache row
	[ -z "${SANITIZED:-}" ] || skip "the same script"
	mkdir -p "$tools" "$cache"/{gemini,pi-0.73}
	touch "$cache"/{gemini,pi-0.73}/complete
	# The mock model: the first does not start, and the second takes with it who has started it.
	cat >"$tools/node" <<-END
		#!/bin/sh
		mkdir "$tools/first" 2>/dev/null || kill -9 \$PPID
		echo no port for me
		exit 1
	END
	printf '#!/bin/sh\n' >"$tools/npm"
	chmod +x "$tools"/*
	PATH=$tools:$PATH TMPDIR=$BATS_TEST_TMPDIR E2E_ISOLATED=1 E2E_JOBS=1 PEERHOOKS_E2E_CACHE=$cache run timeout 30 "$ROOT/test/e2e/run" gemini pi-0.73 opencode
	equal "status" "$status" 1
	for row in "FAIL  gemini: id: the mock model does not start: no port for me" "FAIL  pi-0.73: uninstall: its test ended" \
		"SKIP  opencode: wake: opencode-ai"; do
		contains "$output" "$row"
	done
	contains "$output" "0 passed, 32 failed, 16 skipped"
}
