#!/usr/bin/env bats
# The JSON scanner (lib/base/json.c) as strict as it claims: named cases, and node's own parser as
# the other opinion on random documents. json-check gives its verdict as exit status, or, fed with
# file names, as lines `STATUS NAME`: 0 is one valid JSON text, 1 is not, 2 could not be read.

load test_helper

# These are tens of thousands of small files, which memory takes ten times faster than a busy disk;
# but in a container it may have as little as 64 MB.
scratch_directory() {
	local free
	free=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
	if [ "${free:-0}" -gt 500000 ] && [ -w /dev/shm ]; then
		mktemp -d /dev/shm/json-bats.XXXXXX
	else
		mktemp -d "$BATS_FILE_TMPDIR/json-bats.XXXXXX"
	fi
}

setup_file() {
	SCRATCH=$(scratch_directory)
	export SCRATCH
}

teardown_file() {
	rm -rf "$SCRATCH"
}

json_check() {
	run timeout 10 "$TESTBIN/json-check" "$@"
}

@test "json: every expectation in the case table is what node's own parser says" {
	need node
	run node "$BATS_TEST_DIRNAME/json/cases.mjs" --verify
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "json: every named case is accepted or refused as it must be" {
	need node
	node "$BATS_TEST_DIRNAME/json/cases.mjs" "$SCRATCH/cases"
	cd "$SCRATCH/cases"
	cut -d' ' -f2- expected.txt | "$TESTBIN/json-check" - >answers.txt
	# What is expected stands behind `<`, what json-check says behind `>`.
	run diff expected.txt answers.txt
	echo "$output" | head -n 50
	[ "$status" -eq 0 ]
}

@test "json: 20000 random documents are judged as by node's own parser" {
	need node
	# A document in dispute is kept where the test is run, and that must not be the source tree.
	cd "$TESTBIN"
	TMPDIR="$SCRATCH" run node "$BATS_TEST_DIRNAME/json/differential.mjs" \
		--check "$TESTBIN/json-check" --count "$(rounds 20000)" --seed 8259
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == "$(rounds 20000) documents, "*" valid, 0 disagreements" ]]
}

@test "json: a valid file is exit status 0, and nothing is printed" {
	printf '{"a":[1,2]}\n' >"$BATS_TEST_TMPDIR/valid.json"
	json_check "$BATS_TEST_TMPDIR/valid.json"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "json: an invalid file is exit status 1" {
	printf '{"a":[1,2}\n' >"$BATS_TEST_TMPDIR/invalid.json"
	json_check "$BATS_TEST_TMPDIR/invalid.json"
	[ "$status" -eq 1 ]
}

@test "json: an empty file is refused" {
	: >"$BATS_TEST_TMPDIR/empty.json"
	json_check "$BATS_TEST_TMPDIR/empty.json"
	[ "$status" -eq 1 ]
}

@test "json: 512 levels are accepted, 513 refused" {
	printf '%512s' '' | tr ' ' '[' >"$BATS_TEST_TMPDIR/512.json"
	printf '%512s' '' | tr ' ' ']' >>"$BATS_TEST_TMPDIR/512.json"
	printf '[%s]' "$(cat "$BATS_TEST_TMPDIR/512.json")" >"$BATS_TEST_TMPDIR/513.json"
	json_check "$BATS_TEST_TMPDIR/512.json"
	[ "$status" -eq 0 ]
	json_check "$BATS_TEST_TMPDIR/513.json"
	[ "$status" -eq 1 ]
}

@test "json: json-check without a file, or with two, is a usage error" {
	printf '1' >"$BATS_TEST_TMPDIR/one.json"
	json_check
	[ "$status" -eq 2 ]
	[[ "$output" == usage:* ]]
	json_check "$BATS_TEST_TMPDIR/one.json" "$BATS_TEST_TMPDIR/one.json"
	[ "$status" -eq 2 ]
	[[ "$output" == usage:* ]]
}

@test "json: a directory, a device, a missing file and no name cannot be read, and it says so" {
	for path in "$BATS_TEST_TMPDIR" /dev/null "$BATS_TEST_TMPDIR/missing.json" ""; do
		json_check "$path"
		echo "$path: $status: $output"
		[ "$status" -eq 2 ]
		[[ "$output" == *"cannot read $path: "* ]]
	done
}

@test "json: in a batch, what cannot be read is told apart and the others are still judged" {
	cd "$BATS_TEST_TMPDIR"
	printf '[]' >first.json
	printf '[' >second.json
	printf '{}' >'last one.json'
	mkdir directory
	printf '%s\n' first.json missing.json directory second.json 'last one.json' >names.txt
	"$TESTBIN/json-check" - <names.txt >answers.txt 2>errors.txt
	run cat answers.txt
	echo "$output"
	[ "${lines[*]}" = "0 first.json 2 missing.json 2 directory 1 second.json 0 last one.json" ]
}

@test "json: an empty batch prints nothing" {
	run "$TESTBIN/json-check" - </dev/null
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}
