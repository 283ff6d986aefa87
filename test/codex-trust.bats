# Codex's trust of our hooks: keys and hashes, config.toml changed and given back, and Codex asked.
load test_helper

HASHES=$ROOT/test/fixtures/codex-trust

setup() {
	isolate
	HOOKS_PATH=/home/u/.codex/hooks.json
	HOOKS=$BATS_TEST_TMPDIR/hooks.json
	CONFIG=$BATS_TEST_TMPDIR/config.toml
	# One of somebody else's stands between ours.
	cat >"$HOOKS" <<-'END'
		{"hooks": {
		  "SessionStart": [{"hooks": [{"type": "command", "command": "/opt/peerhooks/session-start", "timeout": 5}]}],
		  "PreToolUse": [{"hooks": [{"type": "command", "command": "/opt/other"}]},
		    {"matcher": "*", "hooks": [{"type": "command", "command": "/opt/peerhooks/pretooluse", "timeout": 5}]}]
		}}
	END
	START=$HOOKS_PATH:session_start:0:0
	TOOL=$HOOKS_PATH:pre_tool_use:1:0
	START_HASH=$(hash_of "$START")
	TOOL_HASH=$(hash_of "$TOOL")
}

trust() { # COMMAND [ARGUMENT...]
	"$TESTBIN/codex-trust" "$1" "$HOOKS_PATH" "$HOOKS" "${@:2}"
}

hash_of() {
	trust list | sed -n "s|^$1 ||p"
}

# config NAME TEXT: a config.toml of that text, with the escapes of printf.
config() {
	mkdir -p "$BATS_TEST_TMPDIR/configs"
	printf -- "${2//%/%%}" >"$BATS_TEST_TMPDIR/configs/$1"
}

# look TEXT: what is said of it.
look() {
	printf '%s' "$1" >"$CONFIG"
	trust look "$CONFIG"
}

# written write|remove TEXT: the new text, with a dot after it.
written() {
	printf '%s' "$2" >"$CONFIG"
	trust "$1" "$CONFIG" && printf .
}

@test "keys and hashes are those that Codex itself lists" {
	HOOKS=$HASHES/hooks.json
	equal "list" "$(trust list | sort)" "$(cat "$HASHES/hashes")"
}

@test "what is put into config.toml trusts ours, and is taken out again byte by byte" {
	config empty ''
	config line-end '\n'
	config blanks '  \t'
	config blank-lines '\n\n\n'
	config mark '\xef\xbb\xbf'
	config mark-and-text '\xef\xbb\xbfmodel = "x"\n'
	config comment '# nothing'
	config comment-line '# nothing\n'
	config return-in-comment '# nothing\r'
	config one-line 'model = "x"\n'
	config unended 'model = "x"'
	config unended-blanks 'model = "x"\n   '
	config gap-at-end 'model = "x"\n\n\n'
	config crlf 'model = "x"\r\n[a]\r\nb = 1\r\n'
	config crlf-unended 'model = "x"\r\n[a]\r\nb = 1'
	config mixed 'model = "x"\r\n[a]\nb = 1\n'
	config mixed-other 'model = "x"\n[a]\nb = 1\r\n'
	config mixed-gap 'model = "x"\n\r\n\n\r\n'
	config indented '  [a]\n\tb = 1 # c\n\n  [a.b]  # c\n'
	config codex-own '[hooks.state]\n\n[hooks.state."/o:stop:0:0"]\ntrusted_hash = "sha256:00"\n'
	config others-before '[hooks.state."/o:stop:0:0"]\ntrusted_hash = "sha256:00"\n\n[projects."/p"]\ntrust_level = "trusted"\n'
	config other-hooks '[[hooks.PreToolUse]]\nmatcher = "x"\nhooks = [ { type = "command", command = "/o" } ]\n'
	config hooks-table '[hooks]\n'
	config spaced '[ hooks . "state" . '"'/o'"' ]\n"trusted_hash" = "x"\n'
	config dotted 'hooks.state."/o".trusted_hash = "x"\n[a]\n'
	config dotted-in-table '[hooks]\nstate."/o".trusted_hash = "x"\n'
	config inline-of-another '[hooks.state]\n"/o" = { trusted_hash = "x" }\n'
	config header-in-string "a = '''\n[hooks.state.\"$TOOL\"]\ntrusted_hash = \"x\"\n'''\n"
	config header-in-basic-string "a = \"\"\"\n[hooks.state.\"$TOOL\"]\ntrusted_hash = \"x\"\n\\\\\"\"\"\"\"\n"
	config quotes-at-end "a = \"\"\"x\"\"\"\"\"\nb = '''x'''''\nc = \"\"\"\"\"\"\n"
	config array 'a = [\n  "x", # ]\n  [1, 2],\n  { b = "]" },\n]\n'
	config array-of-headers "a = [\n[\"hooks\"],\n[\n\"[hooks.state]\"],\n]\n"
	config inline-lines 'a = {\n b = 1, # }\n c = { d = "}" },\n}\n'
	config values 'a = 1979-05-27 07:32:00Z # c\nb = +1_000\nc = -inf\nd = 0xFF\ne = true\nf = 1e3\n'
	config names 'a.b."c.d" . e = 1\n"" = 2\n3.14 = 1\n"x\\"y" = 3\n'
	config escapes 'a = "\\" [hooks.state] # \\\\"\nb = '"'\\\\'"'\n'
	config hash-in-string 'a = "# no comment" # one\n'
	config lookalike '[hook.state]\n[hooks.states]\n[x.hooks.state]\nhooks = { state = 1 }\n'
	config same-prefix "[hooks.state.\"$TOOL:0\"]\ntrusted_hash = \"x\"\n"
	config off "[hooks.state.\"/o\"]\nenabled = false\n"
	config table-of-ours "[hooks.state.\"$TOOL\"]\nother = 1\n\n[a]\n"
	config table-of-ours-crlf "[hooks.state.\"$TOOL\"]\r\nenabled = true\r\n"
	config nul-of-none '[a]\nb = ""\n'
	{ printf '[a]\n' && awk 'BEGIN { for (n = 0; n < 20000; n++) printf "key_%d = \"value\" # %d\n", n, n }'; } >"$BATS_TEST_TMPDIR/configs/long"
	[ "$(ls "$BATS_TEST_TMPDIR/configs" | wc -l)" -ge 40 ]
	cd "$BATS_TEST_TMPDIR/configs"
	equal "what went wrong" "$(trust identity *)" ""
	HOOKS=$HASHES/hooks.json
	equal "what went wrong with 31 hooks" "$(trust identity empty unended crlf-unended codex-own)" ""
}

@test "a TOML reader finds in it what was there, and the trust" {
	need python3
	python3 -c 'import tomllib' 2>/dev/null || skip "needs tomllib of Python 3.11"
	local text
	for text in '' 'model = "x"' $'model = "x"\r\n[a]\r\nb = 1' $'hooks.state."/o".trusted_hash = "x"' \
		$'[hooks.state]\n"/o" = { trusted_hash = "x" }\n' $'[[hooks.PreToolUse]]\nmatcher = "x"\n'; do
		printf '%s' "$text" >"$CONFIG"
		trust write "$CONFIG" >"$CONFIG.new"
		printf '%s\0%s\0' "$text" "$(cat "$CONFIG.new")"
	done | python3 -c '
import sys, tomllib
texts = sys.stdin.read().split("\0")[:-1]
assert len(texts) == 12
for old, new in zip(texts[::2], texts[1::2]):
    old, new = tomllib.loads(old), tomllib.loads(new)
    for key, value in zip(sys.argv[1::2], sys.argv[2::2]):
        assert new["hooks"]["state"].pop(key) == {"trusted_hash": value}
    assert new["hooks"].get("state") == old.get("hooks", {}).get("state", {})
' "$START" "$START_HASH" "$TOOL" "$TOOL_HASH"
}

@test "what it looks like" {
	equal "new" "$(written write '')" "[hooks.state.\"$START\"]
trusted_hash = \"$START_HASH\"

[hooks.state.\"$TOOL\"]
trusted_hash = \"$TOOL_HASH\"
."
	equal "unended" "$(written write 'a = 1')" "a = 1

[hooks.state.\"$START\"]
trusted_hash = \"$START_HASH\"

[hooks.state.\"$TOOL\"]
trusted_hash = \"$TOOL_HASH\"."
}

@test "looking: trusted, changed since, not there, switched off, in every spelling" {
	local ours="trusted_hash = \"$TOOL_HASH\""
	equal "nothing" "$(look '')" "0 2"
	equal "one" "$(look "[hooks.state.\"$TOOL\"]
$ours")" "1 1"
	equal "spaced, literal" "$(look "[ hooks . 'state' . '$TOOL' ]
'trusted_hash' = '$TOOL_HASH' # yes")" "1 1"
	equal "escaped" "$(look "[\"h\\u006Foks\".state.\"\\U0000002F${TOOL#/}\"]
\"trusted\\x5Fhash\" = \"\"\"$TOOL_HASH\"\"\"")" "1 1"
	equal "dotted" "$(look "hooks.state.\"$TOOL\".$ours")" "1 1"
	equal "dotted in a table" "$(look "[hooks]
state.\"$TOOL\".$ours")" "1 1"
	equal "changed" "$(look "[hooks.state.\"$TOOL\"]
trusted_hash = \"$START_HASH\"")" "0 2"
	equal "in capitals, which Codex does not take" "$(look "[hooks.state.\"$TOOL\"]
trusted_hash = \"${TOOL_HASH^^}\"")" "0 2"
	equal "no string" "$(look "[hooks.state.\"$TOOL\"]
trusted_hash = 1")" "0 2"
	equal "another's" "$(look "[hooks.state.\"$HOOKS_PATH:pre_tool_use:0:0\"]
$ours")" "0 2"
	equal "off" "$(look "[hooks.state.\"$TOOL\"]
$ours
enabled = false")" "0 2 line 3: a hook is switched off here (enabled = false)"
	equal "inline" "$(look "[hooks.state]
\"$TOOL\" = { $ours }")" "0 2 line 2: which hooks are trusted is written in one value here, which is not read"
}

@test "the feature is switched off, in every spelling" {
	local text
	for text in $'[features]\nhooks = false' 'features.hooks = false' 'features.codex_hooks=false # c' \
		'features = { hooks = false }' 'features={hooks=false}' 'features = { codex_hooks = false } # c' \
		$'features = { a = { b = ["}", 1] }, # c\n\t"hooks" = false,\n}' '"features" = { x = "hooks = true", '"'hooks'"' = false, y = 1 }' \
		$'a = 1\r\nfeatures = { a.hooks = 1, hooks = false }\r\n'; do
		equal "$text" "$(look "$text")" "0 2 off"
	done
	for text in '' $'[features]\nhooks = true' 'features = {}' 'features = { hooks = true }' 'features = { hooks = "false" }' \
		'features = { a = "hooks = false" }' 'features = { a = { hooks = false } }' 'features = { a.hooks = false }' \
		'features = { hooks.x = false }' 'x.features = { hooks = false }' 'features = [ { hooks = false } ]' \
		'features = "{ hooks = false }"' $'[x]\nfeatures = { hooks = false }' 'feature = { hooks = false }'; do
		equal "$text" "$(look "$text")" "0 2"
	done
}

@test "hooks.json that Codex does not read trusts nothing" {
	written write '' >"$CONFIG.new"
	printf '\xef\xbb\xbf' | cat - "$HOOKS" >"$HOOKS.mark"
	{ cat "$HOOKS" && echo '// comment'; } >"$HOOKS.comment"
	sed 's/}]}]$/}]},]/' "$HOOKS" >"$HOOKS.comma"
	local kind
	for kind in mark comment comma; do
		HOOKS=$BATS_TEST_TMPDIR/hooks.json.$kind
		equal "$kind" "$(look "$(sed 's/\.$//' "$CONFIG.new")")" "0 2 line 0: hooks.json is not plain JSON, so that Codex does not read it"
		run trust write "$CONFIG"
		equal "status of $kind" "$status" 1
		equal "removing at $kind" "$(trust remove "$CONFIG" | wc -c)" 0
	done
}

@test "a table that is there: the hash is changed in place, all else stays" {
	local text="[hooks.state.'$TOOL'] # c
 enabled = true
	trusted_hash  =  'sha256:00'  # old

[a]"
	equal "in place" "$(written write "$text" | head -n 5)" "[hooks.state.'$TOOL'] # c
 enabled = true
	trusted_hash  =  \"$TOOL_HASH\"  # old

[a]"
	equal "removed" "$(written remove "$text")" "[hooks.state.'$TOOL'] # c
 enabled = true

[a]."
	text="[a]
[hooks.state.\"$TOOL\"]
# a comment
trusted_hash = \"$TOOL_HASH\"
# another
[b]
"
	equal "removed with its table" "$(written remove "$text")" "[a]
# a comment
# another
[b]
."
	text="[hooks.state.\"$TOOL\"]
enabled = false
"
	run written write "$text"
	equal "off" "$(look "${output%.}")" "1 1 line 3: a hook is switched off here (enabled = false)"
	contains "$output" "[hooks.state.\"$TOOL\"]
trusted_hash = \"$TOOL_HASH\"
enabled = false"
	equal "dotted" "$(written remove "a = 1
hooks.state.\"$TOOL\".trusted_hash = \"x\"
b = 2
")" "a = 1
b = 2
."
}

# refused TEXT REASON: it is not written; said is the line, and why.
refused() {
	printf '%s' "$1" >"$CONFIG"
	run trust write "$CONFIG"
	equal "status at $1" "$status" 1
	contains "$output" "$2"
}

@test "what cannot be told for sure is left alone, with the line" {
	refused $'a = 1\nhooks = {}\n' "line 2: what hooks are trusted is written in one value"
	refused $'[hooks]\nstate = { "/o" = { trusted_hash = "x" } }\n' "line 2: what hooks"
	refused $'[[hooks]]\n' "line 1: what hooks"
	refused $'[a]\n[[hooks.state]]\n' "line 2: what hooks"
	refused "[hooks.state]
\"$TOOL\" = {}" "line 2: what hooks"
	refused "a = 1
hooks.state.\"$TOOL\".enabled = true" "line 2: a hook's settings are not in a table of their own"
	refused $'[hooks.state."'"$TOOL"$'"]\n[hooks.state."'"$TOOL"$'"]\n' "line 2: the trust of a hook is there twice"
	refused $'a = """\n[b]\n' "line 1: a string is not closed"
	refused $'a = 1\nb = \x27\x27\x27\n\n' "line 2: a string is not closed"
	refused $'a = "x\n[b]\n' "line 1: a string is not closed"
	refused $'a = [\n1,\n\n' "line 1: a bracket is not closed"
	refused $'a = [ 1 }\n' "line 1: brackets do not match"
	refused $'a = ]\n' "line 1: brackets do not match"
	refused $'a = 1, b = 2\n' "line 1: a line goes on"
	refused $'a = "x" "y"\n' "line 1: a line goes on"
	refused $'a = \n' "line 1: a value is missing"
	refused $'a =' "line 1: a value is missing"
	refused $'\n\na\n' "line 3: a = is missing"
	refused $'[a\n' "line 1: a ] is missing"
	refused $'[[a]\n' "line 1: a ] is missing"
	refused $'[]\n' "line 1: a name is missing"
	refused $'[a] b = 1\n' "line 1: a line goes on"
	refused $'a\r= 1\n' "line 1: a = is missing"
	refused "a = $(letters 65 '[')$(letters 65 ']')" "line 1: too many brackets"
	HOOKS_PATH=$'/home/a\x7fb/.codex/hooks.json' refused '' "a character that cannot be written"
	HOOKS_PATH=$'/home/\xff/.codex/hooks.json' refused '' "a character that cannot be written"
}

@test "removing leaves alone what cannot be read, and what is not ours" {
	equal "inline of others" "$(written remove 'hooks = { state = { "/o" = { trusted_hash = "x" } } }')" \
		'hooks = { state = { "/o" = { trusted_hash = "x" } } }.'
	printf 'hooks = { state = { "%s" = { trusted_hash = "x" } } }' "$TOOL" >"$CONFIG"
	run trust remove "$CONFIG"
	equal "status" "$status" 1
	contains "$output" "line 1: what hooks are trusted is written in one value here, from which nothing can be taken"
	equal "of others" "$(written remove $'[hooks.state."/o"]\ntrusted_hash = "x"\n')" $'[hooks.state."/o"]\ntrusted_hash = "x"\n.'
}

@test "trust that was left where ours stood before goes, and nothing else does" {
	local old=$HOOKS_PATH:pre_tool_use:0:0 kept mode
	# Of another file, another event, another hash; and what else is said of the hook that stands there now.
	kept="[hooks.state.\"/p/.codex/hooks.json:pre_tool_use:0:0\"]
trusted_hash = \"$TOOL_HASH\"

[hooks.state.\"$HOOKS_PATH:stop:0:0\"]
trusted_hash = \"sha256:00\"

[hooks.state.\"$HOOKS_PATH.old:pre_tool_use:0:0\"]
trusted_hash = \"$TOOL_HASH\"
"
	for mode in write remove; do
		equal "$mode" "$(written $mode "$kept
[hooks.state.'$old']
trusted_hash = '$TOOL_HASH'

[hooks.state.\"\\u002F${old#/}1\"]
trusted_hash = \"$TOOL_HASH\"
")" "$(written $mode "$kept")"
		equal "$mode, switched off" "$(written $mode "[hooks.state.\"$old\"]
trusted_hash = \"$TOOL_HASH\"
enabled = false
")" "$(written $mode "[hooks.state.\"$old\"]
enabled = false
")"
		equal "$mode, dotted" "$(written $mode "a = 1
hooks.state.\"$old\".trusted_hash = \"$TOOL_HASH\"
")" "$(written $mode "a = 1
")"
	done
	contains "$(written write "$kept")" "$kept"
	equal "removed" "$(written remove "$kept")" "$kept."
}

@test "a path with quotes, backslashes, other letters" {
	HOOKS_PATH=$'/home/\xc3\xa9 "q" \\x/.codex/hooks.json'
	: >"$CONFIG"
	equal "identity" "$(trust identity "$CONFIG")" ""
	contains "$(trust write "$CONFIG")" $'[hooks.state."/home/\xc3\xa9 \\"q\\" \\\\x/.codex/hooks.json:session_start:0:0"]'
	# As Codex writes it.
	equal "literal" "$(look $'[hooks.state.\'/home/\xc3\xa9 "q" \\x/.codex/hooks.json:pre_tool_use:1:0\']
trusted_hash = "'"$TOOL_HASH"'"')" "1 1"
}

# ---- Codex is asked ----

# app_server: a stand-in for `codex app-server` from standard input, a shell script. `ask` runs it.
app_server() {
	{ echo "#!/bin/bash" && echo "echo \$\$ >$BATS_TEST_TMPDIR/pid" && echo '[ "$*" = app-server ] || exit 9' && cat; } >"$BATS_TEST_TMPDIR/codex"
	chmod +x "$BATS_TEST_TMPDIR/codex"
}

ask() {
	trust ask "$BATS_TEST_TMPDIR/codex" "/work dir"
}

# hook KEY STATUS ENABLED: as hooks/list says it.
hook() {
	printf '{"key":"%s","eventName":"stop","trustStatus":"%s","enabled":%s}' "$1" "$2" "$3"
}

# answer HOOK...
answer() {
	local IFS=,
	printf '{"id":2,"result":{"data":[{"cwd":"/w","hooks":[%s],"warnings":[],"errors":[]}]}}' "$*"
}

@test "Codex is told who asks, and for which directory; ours are counted, and no others" {
	need jq
	answer "$(hook "$START" trusted true)" "$(hook "$TOOL" modified true)" "$(hook /o:stop:0:0 trusted true)" >"$BATS_TEST_TMPDIR/answer"
	app_server <<-END
		read -r one; read -r two; read -r three
		printf '%s\n' "\$one" "\$two" "\$three" >$BATS_TEST_TMPDIR/said
		echo '{"id":1,"result":{}}'; echo '{"method":"configWarning","params":{"id":2}}'; echo; echo 'no JSON'
		cat $BATS_TEST_TMPDIR/answer; echo
		cat >/dev/null
		touch $BATS_TEST_TMPDIR/left
	END
	equal "answer" "$(ask)" "1 1 1"
	[ -e "$BATS_TEST_TMPDIR/left" ] # at the end of its input it had time to go
	equal "said" "$(jq -c '[.id, .method, .params.cwds]' "$BATS_TEST_TMPDIR/said")" '[1,"initialize",null]
[null,"initialized",null]
[2,"hooks/list",["/work dir"]]'
	answer "$(hook "$START" trusted false)" "$(hook "$TOOL" untrusted true)" >"$BATS_TEST_TMPDIR/answer"
	equal "off, and not trusted" "$(ask)" "1 0 2"
	answer >"$BATS_TEST_TMPDIR/answer"
	equal "none listed" "$(ask)" "1 0 2"
	answer "$(hook "$START" trusted true)" | sed 's/"errors":\[\]/"errors":[{"message":"x"}]/' >"$BATS_TEST_TMPDIR/answer"
	equal "its own configuration is bad" "$(ask)" "0 1 1 line 0: Codex cannot read its own configuration"
	echo '{"id":2,"error":{"code":-32601,"message":"unknown method"}}' >"$BATS_TEST_TMPDIR/answer"
	equal "it does not know the question" "$(ask)" "0 0 0 line 0: Codex gave no answer that is known here"
	echo '{"id":2,"result":{"data":[]}}' >"$BATS_TEST_TMPDIR/answer"
	equal "no directory" "$(ask)" "0 0 0 line 0: Codex gave no answer that is known here"
}

@test "a Codex that is not there, ends, or talks nonsense" {
	local silent="0 0 0 line 0: codex app-server does not answer"
	rm -f "$BATS_TEST_TMPDIR/codex"
	equal "absent" "$(ask)" "$silent"
	app_server <<<'exit 0'
	equal "ends" "$(ask)" "$silent"
	app_server <<<'kill -9 $$'
	equal "dies" "$(ask)" "$silent"
	app_server <<<'head -c 3000000 /dev/urandom; exec 1>&-; sleep 0.1'
	equal "garbage" "$(ask)" "$silent"
	# 8 MB are heard of a line; what it ends with is no line of its own.
	{ letters $((8 << 20)) && answer "$(hook "$TOOL" trusted true)" "$(hook "$START" trusted true)" && echo &&
		answer "$(hook "$START" trusted true)" && echo; } >"$BATS_TEST_TMPDIR/answer"
	app_server <<<"exec 0<&-; cat $BATS_TEST_TMPDIR/answer; sleep 1000"
	equal "a line that is too long, then the answer" "$(ask)" "1 1 1"
	gone "$(cat "$BATS_TEST_TMPDIR/pid")"
}

@test "who does not answer or does not leave is killed, with what it has started" {
	app_server <<-END
		trap '' TERM
		sleep 1000 & echo \$! >$BATS_TEST_TMPDIR/child
		cat $BATS_TEST_TMPDIR/answer
		sleep 1000
	END
	{ answer "$(hook "$TOOL" trusted true)" && echo; } >"$BATS_TEST_TMPDIR/answer"
	equal "does not leave" "$(ask)" "1 1 1"
	gone "$(cat "$BATS_TEST_TMPDIR/pid")"
	await "its child lives on" gone "$(cat "$BATS_TEST_TMPDIR/child")"
	: >"$BATS_TEST_TMPDIR/answer"
	equal "silent" "$("$TESTBIN/conversation" 300 "$BATS_TEST_TMPDIR/codex" app-server)" "no"
	gone "$(cat "$BATS_TEST_TMPDIR/pid")"
	await "its child lives on" gone "$(cat "$BATS_TEST_TMPDIR/child")"
}

@test "a conversation: much is said and much is heard at once" {
	equal "echo" "$(letters 300000 | "$TESTBIN/conversation" 5000 cat)" "300001"
	equal "it does not listen" "$(letters 300000 | "$TESTBIN/conversation" 5000 sh -c 'exec 0<&-; echo heard')" 6
	equal "it has none of our descriptors" "$("$TESTBIN/conversation" 2000 bash -c 'ls /proc/self/fd | tr "\n" " "; echo' 7</dev/null)" 9
	equal "none open at all" "$("$TESTBIN/conversation" 2000 bash -c 'ls /proc/self/fd | tr "\n" " "; echo' 0<&- 2>&-)" 9
}
