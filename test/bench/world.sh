# shellcheck shell=bash
# Sourced by run: throw-away homes laid out as oxtail does, with a registry entry of a living process,
# empty boxes, and as many strangers as one likes; and templates of mail to be delivered.

session=11111111-2222-4333-8444-555555555555 # as in the recorded payloads
sender=22222222-2222-4333-8444-555555555555

session_key() { # SESSION: the name of its box, without the suffix
	printf 's-%.40s-%.8s\n' "$1" "$(printf %s "$1" | sha256sum)"
}

# One registry entry a line of input ("PID SESSION KEY"); for each, boxes holding CONTENT. One awk
# for all of them, for a fork an entry would take longer than the whole bench.
write_entries() { # HOME CONTENT
	awk -v state="$1/.oxtail" -v content="$2" '
		function put(file, text) { printf "%s", text >file; close(file) }
		{
			put(state "/sessions/" $1 ".json", "{\n" \
				"  \"server_pid\": " $1 ",\n" \
				"  \"started_at\": 1790000000,\n" \
				"  \"client\": {\n" \
				"    \"type\": \"claude-code\",\n" \
				"    \"session_id\": \"" $2 "\",\n" \
				"    \"transcript_path\": \"/home/user/.claude/projects/-home-user-project/" $2 ".jsonl\",\n" \
				"    \"session_id_source\": \"hook-drop\",\n" \
				"    \"cwd\": \"/\"\n" \
				"  },\n" \
				"  \"tmux_pane\": null,\n" \
				"  \"tmux_session\": null,\n" \
				"  \"state\": null,\n" \
				"  \"capabilities\": {\n" \
				"    \"mailbox\": {\n" \
				"      \"reply_to\": true,\n" \
				"      \"provenance\": true,\n" \
				"      \"push_budget\": true,\n" \
				"      \"session_keyed\": true,\n" \
				"      \"obligations\": true\n" \
				"    }\n" \
				"  },\n" \
				"  \"mailbox_key\": \"" $3 "\"\n" \
				"}")
			put(state "/mailboxes/" $1 ".jsonl", content)
			put(state "/mailboxes/" $3 ".jsonl", content)
		}'
}

foreign_entries() { # COUNT SCRATCH: lines for write_entries; one sha256sum for all
	mkdir "$2"
	awk -v count="$1" -v scratch="$2" 'BEGIN {
		for (i = 1; i <= count; i++) {
			file = sprintf("%s/%08x-0000-4000-8000-%012x", scratch, i * 7919, i)
			printf "%s", substr(file, length(scratch) + 2) >file
			close(file)
		}
	}'
	(cd "$2" && find . -type f -exec sha256sum {} +) | awk '{
		id = substr($2, 3)
		print 100000 + NR, id, "s-" id "-" substr($1, 1, 8)
	}'
}

make_home() { # HOME STRANGERS
	local state=$1/.oxtail hook
	mkdir -p "$1"
	(umask 077 && mkdir -p "$state"/{sessions,mailboxes,activity,receipts,peerhooks/runs})
	# As session-start leaves them: a hook notes its run in one (lib/store/runs.h).
	for hook in pretooluse stop userpromptsubmit; do
		(umask 077 && : >"$state/peerhooks/runs/claude-code.$hook")
	done
	echo "$$ $session $(session_key $session)" | write_entries "$1" ""
	if [ "$2" -gt 0 ]; then
		foreign_entries "$2" "$1/ids" | write_entries "$1" "$(mail 1 40)
"
		rm -r "$1/ids"
	fi
	chmod 600 "$state"/sessions/* "$state"/mailboxes/* 2>/dev/null ||
		find "$state/sessions" "$state/mailboxes" -type f -exec chmod 600 {} +
}

# Mailbox lines, each with a body of BYTES bytes, quotes and line feeds in it. The ids look random, as
# real ones do (their beginnings differ), and all of them end in "beac".
mail() { # COUNT BYTES
	awk -v count="$1" -v bytes="$2" -v sender="$sender" 'BEGIN {
		while (length(body) < bytes)
			body = body "The parser says \"unexpected end\" at line 214;\ncan you look? "
		body = substr(body, 1, bytes)
		gsub(/"/, "\\\"", body)
		gsub(/\n/, "\\n", body)
		for (i = 1; i <= count; i++)
			printf "{\"schema_version\":1,\"id\":\"%08x%04xbeac\",\"body\":\"%s\"," \
				"\"enqueued_at\":1790000000,\"body_bytes\":%d,\"origin\":\"peer\"," \
				"\"from_session_id\":\"%s\"}\n",
				i * 2654435761 % 4294967296, i * 40503 % 65536, body, bytes, sender
	}'
}

# A PreToolUse payload like the recorded one, whose tool_input is BYTES long.
large_payload() { # BYTES
	awk -v bytes="$1" -v session=$session 'BEGIN {
		line = "\\tif (fd < 0 || name == \\\"é\\\")\\n\\t\\treturn fail(\\\"%s\\\\n\\\", name);\\n"
		while (length(block) + length(line) < 8192)
			block = block line
		printf "{\"session_id\":\"%s\",\"transcript_path\":\"/home/user/.claude/projects/-home-user-project/" \
			"%s.jsonl\",\"cwd\":\"/home/user/project\",\"permission_mode\":\"bypassPermissions\"," \
			"\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Write\",\"tool_input\":{\"file_path\":" \
			"\"/home/user/project/a.c\",\"content\":\"", session, session
		for (; printed + length(block) < bytes; printed += length(block))
			printf "%s", block
		for (; printed < bytes; printed++)
			printf "x"
		print "\"},\"tool_use_id\":\"toolu_mock_000001\"}"
	}'
}
