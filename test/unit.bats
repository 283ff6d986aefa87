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

@test "process: the start time is what ps prints, for every process and in several time zones" {
	need ps
	local zone pid expected seen=0
	for zone in UTC America/New_York Asia/Kolkata "XYZ-3:30"; do
		while read -r pid expected; do
			# One that ended meanwhile has no start time any more.
			run env TZ="$zone" "$TESTBIN/unit" started "$pid"
			[ "$status" = 0 ] || continue
			equal "start of $pid in '$zone'" "$output" "$expected"
			seen=$((seen + 1))
		done < <(TZ=$zone ps -A -o pid=,lstart=)
	done
	[ "$seen" -gt 10 ]
}
