# The parts of lib/ on their own: test/unit/unit.c holds the cases.
load test_helper

group() {
	run "$TESTBIN/unit" "$1"
	equal "what failed" "$output" ""
	equal "status" "$status" 0
}

@test "json: members, escapes and numbers" { group json; }
@test "decimal: numbers as JavaScript reads them" { group decimal; }
@test "sha256: the vectors of FIPS 180-4 and the block edges" { group sha256; }
@test "layout: names as in the protocol's tables" { group layout; }
@test "ids: what is accepted and what is refused" { group ids; }
@test "frame: no body closes the envelope or forges a header" { group frame; }
@test "frame: a cut is never inside a character" { group cut; }

@test "process: times as libc prints them, in several time zones; days of one digit are padded" { group time; }
@test "nonce: where it stands in a command line, and where none does" { group nonce; }

@test "watch: each kind of change, too many at once, another descriptor, and without inotify" {
	cd "$BATS_TEST_TMPDIR"
	group watch
}

@test "process: the start time is what ps prints, for every process and in several time zones" {
	need ps
	local zone pid expected output seen failed=""
	for zone in UTC Asia/Kolkata America/New_York Pacific/Apia XYZ-3:30ABC,M3.2.0,M11.1.0; do
		seen=0
		while read -r pid expected; do
			# One that ended meanwhile has no start time any more.
			output=$(TZ=$zone "$TESTBIN/unit" started "$pid") || continue
			[ "$output" = "$expected" ] || failed+="start of $pid in '$zone': $output, expected: $expected"$'\n'
			seen=$((seen + 1))
		done < <(TZ=$zone ps -A -o pid=,lstart=)
		# All but those that ended: ps itself, and a few more.
		[ "$seen" -gt 5 ]
	done
	equal "what differs" "$failed" ""
}
