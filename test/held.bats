# Held mail: it waits for a label, or for anybody, and comes out once, whoever dies meanwhile.
load test_helper
load session_helper

setup() {
	isolate_in_project
	HELD=$STATE/$OURS/held.jsonl
}

# hold ARGUMENT...: a person in the project sends with --hold.
hold() {
	peer send --hold "$@"
}

# held [MEMBER]: that member of each message that is held, one a line.
held() {
	"$BIN/peer" held --json | "$TESTBIN/json-get" -l "${1:-body}"
}

# takes N LABEL: session N takes it.
takes() {
	"$BIN/peer" label --session-id "$(sid "$1")" "$2" >/dev/null
}

# older HOURS: all that is held, by that much.
older() {
	jq -c ".held_at -= $1 * 3600" "$HELD" >"$HELD.new"
	mv "$HELD.new" "$HELD"
}

# works_in N DIRECTORY: session N appears, working there.
works_in() {
	CWD=$BATS_TEST_TMPDIR/$2 present "$1" >/dev/null
}

@test "--hold: what nobody has taken yet is kept, durably, and listed" {
	local id
	id=$(hold reviewer "please look")
	[[ $id =~ ^([0-9a-f]{16})\ held$ ]]
	id=${BASH_REMATCH[1]}
	equal "file" "$(jq -c '[.label, .policy, .cwd, .any_project, .message.id, .message.body]' "$HELD")" \
		"[\"reviewer\",null,\"$CWD\",false,\"$id\",\"please look\"]"
	equal "mode" "$(stat -c %a "$HELD")" 600
	equal "boxes" "$(ls "$MAILBOXES" 2>/dev/null)" ""
	run "$BIN/peer" held
	equal "lines" "${#lines[@]}" 1
	contains "$output" "$id  to reviewer  from a person  "
	contains "$output" "please look"
	equal "members" "$("$BIN/peer" held --json | jq -c keys_unsorted)" \
		'["message_id","label","policy","from_session_id","held_at","overdue","body"]'
	equal "answer" "$(hold --json reviewer x | jq -c '[.target_session_id, .label, .box, .live, .held]')" \
		'[null,"reviewer",null,false,true]'
}

@test "it is on the disk before the id is printed" {
	need_strace
	(cd "$CWD" && strace -o "$BATS_TEST_TMPDIR/trace" "$BIN/peer" send --hold reviewer hello >/dev/null)
	grep -oE '^(fsync|write\(1)' "$BATS_TEST_TMPDIR/trace" | tail -n 1 | grep -qx 'write(1'
	[ "$(grep -c '^fsync' "$BATS_TEST_TMPDIR/trace")" -ge 2 ]
	(cd "$CWD" && strace -o "$BATS_TEST_TMPDIR/trace" "$BIN/peer" send --hold reviewer again >/dev/null)
	grep -q '^fsync' "$BATS_TEST_TMPDIR/trace"
}

@test "without --hold nothing is kept; with it, but for somebody who is there, neither" {
	present 1 >/dev/null
	run peer send reviewer hello
	equal "status" "$status" 1
	hold claude:1 hello >/dev/null
	equal "held" "$(held_file)" ""
	equal "mail" "$(bodies 1)" hello
}

@test "--hold keeps a long label too, though a whole session id may look like it" {
	local name=reviewer-of-the-payment-code
	hold "$name" hello >/dev/null
	equal "held for" "$(held label)" "$name"
	present 1 >/dev/null
	takes 1 "$name"
	equal "mail" "$(bodies 1)" hello
	# A session that was here is what is meant, all the same.
	(umask 077 && mkdir -p "$STATE/activity")
	printf idle >"$STATE/activity/ses_0123456789abcdef01234567"
	hold ses_0123456789abcdef01234567 hello >/dev/null
	equal "held" "$(held_file)" ""
}

@test "it comes when the label appears: with a session, by peer label, and after a restart" {
	hold reviewer one >/dev/null
	hold other two >/dev/null
	TINYPLACE_SESSION_LABEL=reviewer present 1 >/dev/null
	equal "mail" "$(bodies 1)" one
	equal "held" "$(held)" two
	takes 1 other
	equal "mail" "$(bodies 1 | tr '\n' ' ')" "one two "
	equal "file" "$(held_file)" ""
	session end "${PID[1]}" "$(sid 1)" logout
	hold other three >/dev/null
	present 1 >/dev/null
	contains "$(drained 1)" three
	equal "held" "$("$BIN/peer" held)" ""
}

@test "the order is that of sending" {
	local n
	for n in 1 2 3 4 5; do hold reviewer "text $n" >/dev/null; done
	TINYPLACE_SESSION_LABEL=reviewer present 1 >/dev/null
	equal "mail" "$(bodies 1)" "$(printf 'text %s\n' 1 2 3 4 5)"
}

@test "labels trap 5: nothing is lost of a message on its way through what is held" {
	local before
	present 1 >/dev/null
	"$BIN/peer" send --hold --from "$(sid 1)" --request-id r-1 --reply-to a-1 reviewer $'"é"\t\\ \x01 🦊\n' >/dev/null
	before=$(head -n 1 "$HELD")
	TINYPLACE_SESSION_LABEL=reviewer present 2 >/dev/null
	# The very bytes.
	contains "$before" ",\"message\":$(cat "$(box 2)")}"
	equal "members" "$(jq -c keys_unsorted "$(box 2)")" \
		'["schema_version","id","body","enqueued_at","body_bytes","origin","from_session_id","request_id","reply_to"]'
}

@test "labels trap 2: mail for anybody, sent while nobody lives, arrives with the next start" {
	peer send @any one >/dev/null
	peer send --policy broadcast @any two >/dev/null
	hold @all three >/dev/null
	equal "held" "$(held | tr '\n' ' ')" "one two three "
	equal "policies" "$(held policy | tr '\n' ' ')" "primary broadcast broadcast "
	present 1 >/dev/null
	equal "mail" "$(bodies 1 | tr '\n' ' ')" "one two three "
	equal "file" "$(held_file)" ""
}

@test "policy drop: nothing is ever held" {
	run peer send --policy drop @any hello
	equal "status and output" "$status$output" 0
	TINYPLACE_UNROUTED_POLICY=drop run peer send @any hello
	equal "status and output" "$status$output" 0
	equal "held" "$(held_file)" ""
}

# here N LABEL: session N is there with that label, as below.
here() {
	agent
	presence "$1" "$AGENT" "$(birth "$AGENT")"
	link "$2" "$AGENT $(birth "$AGENT") $(sid "$1")"
}

# all_here N...: their presence appears without any of our programs looking at what is held.
all_here() {
	local n
	agent
	for n; do
		presence "$n" "$AGENT" "$(birth "$AGENT")"
		link "claude:$n" "$AGENT $(birth "$AGENT") $(sid "$n")"
	done
}

@test "labels trap 28: a held broadcast goes to all, however many there are by then" {
	local n
	peer send --policy broadcast @any hello >/dev/null
	all_here 1 2 10
	"$BIN/peer" held
	for n in 1 2 10; do equal "mail of $n" "$(bodies "$n")" hello; done
	equal "file" "$(held_file)" ""
}

@test "held for the primary: the lowest label by value gets it, alone" {
	peer send @any hello >/dev/null
	all_here 10 2
	"$BIN/peer" held
	equal "mail" "$(bodies 2) $(bodies 10)" "hello "
}

@test "a held broadcast, while the box of one of them is locked: all get it in the end, each once" {
	local n
	peer send --policy broadcast @any hello >/dev/null
	all_here 1 2 3
	mkdir -p "$MAILBOXES" && chmod 700 "$MAILBOXES"
	mkdir "$(box 2).lock"
	"$BIN/peer" list >/dev/null
	rmdir "$(box 2).lock"
	"$BIN/peer" list >/dev/null
	for n in 1 2 3; do equal "mail of $n" "$(bodies "$n" | sort -u)" hello; done
	equal "file" "$(held_file)" ""
	for n in 1 2 3; do contains "$(drained "$n")" "1 new peer message(s)"; done
}

@test "a session of another project does not get it; one of the same does" {
	mkdir -p "$BATS_TEST_TMPDIR/elsewhere/.git"
	hold reviewer hello >/dev/null
	peer send @any hi >/dev/null
	works_in 1 elsewhere
	takes 1 reviewer
	equal "mail" "$(bodies 1)" ""
	equal "held" "$(held | tr '\n' ' ')" "hello hi "
	session end "${PID[1]}" "$(sid 1)" logout
	TINYPLACE_SESSION_LABEL=reviewer present 2 >/dev/null
	equal "mail" "$(bodies 2 | tr '\n' ' ')" "hello hi "
}

@test "--hold --any-project, of a person, reaches the label wherever it works" {
	mkdir -p "$BATS_TEST_TMPDIR/elsewhere/.git"
	hold --any-project reviewer hello >/dev/null
	works_in 1 elsewhere
	takes 1 reviewer
	equal "mail" "$(bodies 1)" hello
}

@test "the sender does not get its own held mail, whatever label it takes" {
	present 1 >/dev/null
	"$BIN/peer" send --hold --from "$(sid 1)" reviewer hello >/dev/null
	takes 1 reviewer
	equal "mail" "$(bodies 1)" ""
	equal "held" "$(held)" hello
}

@test "after 24 hours it goes back to its sender, with what it was, once" {
	present 1 >/dev/null
	"$BIN/peer" send --hold --from "$(sid 1)" reviewer $'first line\nsecond "line"' >/dev/null
	older 23
	"$BIN/peer" list >/dev/null
	equal "mail" "$(bodies 1)" ""
	older 1.01
	"$BIN/peer" list >/dev/null
	"$BIN/peer" list >/dev/null
	equal "messages" "$(wc -l <"$(box 1)")" 1
	contains "$(bodies 1)" "Nobody in this project has taken the label reviewer within 24 hours"
	contains "$(bodies 1)" $'first line\nsecond "line"'
	equal "file" "$(held_file)" ""
	# It is from nobody, and of the right form.
	equal "sender" "$(jq -c '[.from_session_id, (.id | test("^[0-9a-f]{16}$")), .schema_version]' "$(box 1)")" '[null,true,1]'
	contains "$(drained 1)" "Nobody in this project has taken the label reviewer"
}

@test "it goes back to a sender that is gone, and waits there" {
	present 1 >/dev/null
	"$BIN/peer" send --hold --from "$(sid 1)" reviewer hello >/dev/null
	session end "${PID[1]}" "$(sid 1)" logout
	older 25
	"$BIN/peer" held
	equal "file" "$(held_file)" ""
	present 1 >/dev/null
	contains "$(drained 1)" "Nobody in this project has taken the label reviewer"
}

@test "the largest body goes back whole" {
	present 1 >/dev/null
	head -c 8192 /dev/zero | tr '\0' '\1' | "$BIN/peer" send --hold --from "$(sid 1)" reviewer >/dev/null
	older 25
	"$BIN/peer" held >/dev/null
	equal "characters" "$(bodies 1 | tail -n 1 | tr -cd '\1' | wc -c)" 8192
	equal "file" "$(held_file)" ""
}

@test "what waited too long is delivered rather than sent back, if its label appears" {
	present 1 >/dev/null
	"$BIN/peer" send --hold --from "$(sid 1)" reviewer hello >/dev/null
	older 25
	TINYPLACE_SESSION_LABEL=reviewer present 2 >/dev/null
	equal "mail" "$(bodies 1) $(bodies 2)" " hello"
}

@test "a person's mail stays, is listed as overdue, and is delivered all the same" {
	hold reviewer hello >/dev/null
	equal "overdue" "$(held overdue)" false
	older 25
	equal "overdue" "$(held overdue)" true
	contains "$("$BIN/peer" held)" overdue
	TINYPLACE_SESSION_LABEL=reviewer present 1 >/dev/null
	equal "mail" "$(bodies 1)" hello
}

@test "sender and taker at once: no message stays while its label is held" {
	local n sender
	present 1 >/dev/null
	for n in $(seq "$(rounds 40)"); do
		hold "label-$n" "text $n" >/dev/null &
		sender=$!
		takes 1 "label-$n"
		wait "$sender"
		equal "held in round $n" "$(held_file | tr -d '\n')" ""
	done
	equal "mail" "$(bodies 1 | sort -u | wc -l)" "$(rounds 40)"
	equal "copies" "$(bodies 1 | wc -l)" "$(rounds 40)"
}

@test "8 senders and one that takes the label in between: each message comes once" {
	local n jobs=""
	present 1 >/dev/null
	for n in 1 2 3 4 5 6 7 8; do
		(for i in 1 2 3 4 5 6; do hold reviewer "$n-$i" >/dev/null; done) 3>&- &
		jobs+=" $!"
	done
	await "nothing is held" grep -q reviewer "$HELD"
	takes 1 reviewer
	wait $jobs
	"$BIN/peer" held
	equal "mail" "$(bodies 1 | sort)" "$(for n in 1 2 3 4 5 6 7 8; do printf "$n-%s\n" 1 2 3 4 5 6; done | sort)"
	equal "held" "$(held)" ""
}

@test "labels trap 20: 8 commands that look at once, however long it waited: each message comes once" {
	local n round jobs
	for round in 1 2 3 4 5; do
		for n in 1 2 3; do hold reviewer "$round-$n" >/dev/null; done
		older 20
		touch -d '1 hour ago' "$HELD"
		here 1 reviewer
		jobs=""
		for n in 1 2 3 4 5 6 7 8; do
			"$BIN/peer" list >/dev/null 3>&- &
			jobs+=" $!"
		done
		wait $jobs
		end_agent "$AGENT"
	done
	equal "mail" "$(bodies 1)" "$(for round in 1 2 3 4 5; do printf "$round-%s\n" 1 2 3; done)"
}

# kill_points COMMAND...: those of its calls before which a kill leaves a state of its own: the first
# one, and each behind a call that changes something.
kill_points() {
	strace -o "$BATS_TEST_TMPDIR/trace" "$@" >/dev/null
	awk 'NR > 1 && match($0, /^[a-z_0-9]+\(/) {
		name = substr($0, 1, RLENGTH - 1)
		n[name]++
		if (NR == 2 || changed)
			print name, n[name]
		changed = name ~ /^(mkdirat|writev?|pwrite64|ftruncate|unlinkat|renameat|fsync)$/ || /O_CREAT/
	}' "$BATS_TEST_TMPDIR/trace" | some
}

# killed_anywhere CHECK: kills `peer list` at each of those points, in the state as it is now;
# afterwards the next `peer list`, and CHECK.
killed_anywhere() {
	local points name number
	cp -a "$STATE" "$BATS_TEST_TMPDIR/template"
	points=$(kill_points "$BIN/peer" list)
	[ "$(wc -l <<<"$points")" -gt 3 ]
	while read -r name number; do
		rm -rf "$STATE"
		cp -a "$BATS_TEST_TMPDIR/template" "$STATE"
		strace -o /dev/null -e "inject=$name:signal=SIGKILL:when=$number" "$BIN/peer" list >/dev/null 2>&1 || :
		find "$STATE" -name '*.lock*' -exec touch -d '60 seconds ago' {} +
		"$BIN/peer" list >/dev/null
		"$1" || fail "after a kill at $name $number"
	done <<<"$points"
}

# Every message at least once, and more than once under one id only.
each_came() {
	equal "texts" "$(bodies 1 | sort -u | tr '\n' ' ')" "one two " &&
		equal "ids" "$(jq -r .id "$(box 1)" | sort -u | wc -l)" 2 &&
		equal "held" "$(held_file | tr -d '\n')" "" &&
		equal "shown" "$(drained 1 | grep -o 'msg [0-9]* |' | wc -l)" 2
}

@test "labels trap 10: killed before any call of the redelivery: each comes out, under one id" {
	need_strace
	local text
	for text in one two; do hold reviewer "$text" >/dev/null; done
	here 1 reviewer
	killed_anywhere each_came
}

# The note that its mail comes back, under one id.
one_note() {
	equal "notes" "$(bodies 1 | grep -c 'has taken the label' | sed 's/^[1-9].*/some/')" some &&
		equal "ids" "$(jq -r .id "$(box 1)" | sort -u | wc -l)" 1 &&
		equal "held" "$(held_file | tr -d '\n')" ""
}

@test "killed before any call of the return: the note comes, under one id" {
	need_strace
	all_here 1
	"$BIN/peer" send --hold --from "$(sid 1)" reviewer hello >/dev/null
	older 25
	killed_anywhere one_note
}

@test "the sender is killed before any call of --hold: what it announced is held, what was held stays" {
	need_strace
	local points name number
	hold reviewer first >/dev/null
	cd "$CWD"
	cp -a "$STATE" "$BATS_TEST_TMPDIR/template"
	points=$(kill_points "$BIN/peer" send --hold reviewer second)
	while read -r name number; do
		rm -rf "$STATE"
		cp -a "$BATS_TEST_TMPDIR/template" "$STATE"
		strace -o /dev/null -e "inject=$name:signal=SIGKILL:when=$number" \
			"$BIN/peer" send --hold reviewer second >"$BATS_TEST_TMPDIR/out" 2>/dev/null || :
		find "$STATE" -name '*.lock*' -exec touch -d '60 seconds ago' {} +
		"$BIN/peer" send --hold reviewer third >/dev/null
		contains "$(held | tr '\n' ' ')" "first "
		contains "$(held | tr '\n' ' ')" "third "
		[ ! -s "$BATS_TEST_TMPDIR/out" ] || contains "$(held | tr '\n' ' ')" "second "
	done <<<"$points"
}

@test "labels trap 26: a reader that dies with a message in its hands loses nothing" {
	need_strace
	local points name number ids
	present 1 >/dev/null
	peer send claude:1 one >/dev/null
	peer send claude:1 two >/dev/null
	cp -a "$STATE" "$BATS_TEST_TMPDIR/template"
	points=$(kill_points "$BIN/peer" inbox --session "$(sid 1)")
	while read -r name number; do
		rm -rf "$STATE"
		cp -a "$BATS_TEST_TMPDIR/template" "$STATE"
		strace -o /dev/null -e "inject=$name:signal=SIGKILL:when=$number" \
			"$BIN/peer" inbox --session "$(sid 1)" >"$BATS_TEST_TMPDIR/out" 2>/dev/null || :
		find "$STATE" -name '*.lock*' -exec touch -d '60 seconds ago' {} +
		ids=$(cat "$BATS_TEST_TMPDIR/out" <(drained 1) | grep -oE 'message_id=[0-9a-f]{16}' | sort -u | wc -l)
		equal "messages after a kill at $name $number" "$ids" 2
	done <<<"$points"
}

@test "4 MB are held, and no more: an error, and what is held stays" {
	local before
	hold reviewer first >/dev/null
	yes "$(head -n 1 "$HELD" | jq -c ".message.body = \"$(letters 4000)\"")" | head -n 1000 >>"$HELD"
	before=$(wc -c <"$HELD")
	run hold reviewer "$(letters 8000)"
	if [ "$before" -lt 4194304 ]; then equal "status" "$status" 0; fi
	yes "$(tail -n 1 "$HELD")" | head -n 100 >>"$HELD"
	before=$(md5sum <"$HELD")
	run hold reviewer hello
	equal "status" "$status" 1
	contains "$output" "too much is held already"
	contains "$output" "nothing was sent"
	equal "file" "$(md5sum <"$HELD")" "$before"
}

@test "what was delivered takes no room: one that stays does not fill the file for ever" {
	hold never first >/dev/null
	# As left by years of mail that came and went behind it.
	head -c 4194000 /dev/zero | tr '\0' '\n' >>"$HELD"
	hold reviewer second >/dev/null
	hold reviewer third >/dev/null
	equal "held" "$(held | tr '\n' ' ')" "first second third "
}

@test "lines that are broken stay, and harm nobody" {
	local lines
	(umask 077 && mkdir -p "$STATE/$OURS")
	lines=$(
		echo garbage
		echo '{"held_at":1,"label":"reviewer"}'
		echo '{"held_at":1,"label":"reviewer","message":null}'
		echo '{"held_at":1,"label":"reviewer","message":{}}'
		echo '{"held_at":1,"label":"reviewer","message":{"id":"x"'
		echo '[]'
		letters 70000
		echo
	)
	(umask 077 && printf '%s\n' "$lines" >"$HELD")
	hold reviewer good >/dev/null
	printf '{"held_at":1,"label":"reviewer","message":{"id":"torn' >>"$HELD"
	hold reviewer better >/dev/null
	equal "listed" "$(held | tr '\n' ' ')" "good better "
	TINYPLACE_SESSION_LABEL=reviewer present 1 >/dev/null
	equal "mail" "$(bodies 1 | tr '\n' ' ')" "good better "
	equal "left" "$(held_file | tr -s '\n' | sed '/^$/d')" "$lines
{\"held_at\":1,\"label\":\"reviewer\",\"message\":{\"id\":\"torn"
}

@test "a label that is none, in what is held: not shown to a terminal, and to nobody else" {
	hold reviewer hello >/dev/null
	jq -c '.label = "\u001b[31m\nforged"' "$HELD" >"$HELD.new"
	mv "$HELD.new" "$HELD"
	run "$BIN/peer" held
	lacks "$output" $'\e'
	[ "${#lines[@]}" -le 1 ]
	present 1 >/dev/null
	equal "mail" "$(bodies 1)" ""
	lacks "$("$BIN/peer" held --json)" $'\e'
}

@test "a body is shown to a terminal as harmless, short, on one line" {
	hold reviewer $'\e[31mred\nand more '"$(letters 100)" >/dev/null
	run "$BIN/peer" held
	equal "lines" "${#lines[@]}" 1
	lacks "$output" $'\e'
	contains "$output" '\u001b[31mred'
	contains "$output" xxx...
}

@test "a session that starts does not wait long, however much is held for others" {
	local start
	hold reviewer "$(letters 300)" >/dev/null
	yes "$(head -n 1 "$HELD" | jq -c '.label = "" | .policy = "primary" | .cwd = "/elsewhere"')" | head -n 4000 >>"$HELD"
	all_here $(seq 40)
	start=$(date +%s%N)
	present 99 >/dev/null
	[ $((($(date +%s%N) - start) / 1000000)) -lt 1000 ] || fail "$((($(date +%s%N) - start) / 1000000)) ms"
}

@test "the held mail of a label is delivered, though 300 sessions are there" {
	local n birth
	hold reviewer hello >/dev/null
	all_here 1
	birth=$(birth "$AGENT")
	for n in $(seq 300); do
		printf '{"session_id":"many-%s","pid":%s,"birth":"%s","agent":"codex","cwd":"%s","started_at":1}\n' \
			"$n" "$AGENT" "$birth" "$CWD" >"$STATE/$OURS/sessions/many-$n.json"
	done
	TINYPLACE_SESSION_LABEL=reviewer present 2 >/dev/null
	equal "mail" "$(bodies 2)" hello
}

@test "wrong usage: status 2" {
	local arguments
	for arguments in x --nonsense -j; do
		run eval "\"$BIN/peer\" held $arguments"
		equal "status of $arguments" "$status" 2
	done
}
