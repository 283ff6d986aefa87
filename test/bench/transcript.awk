# Prints a transcript as agents keep them: BYTES (-v) of JSON lines, the same ones each time. The mix:
# prose with unicode, code in escaped strings, long tool output, base64. The numbers come from a
# generator of our own, for rand() differs between awks; its products stay exact in a double.

function random(limit) {
	seed = seed * 16807 % 2147483647
	return seed % limit
}

function many(list, count, wanted, separator,    text, i) {
	for (i = 0; i < wanted; i++)
		text = text list[random(count) + 1] separator
	return text
}

function base64(wanted,    text) {
	while (length(text) < wanted)
		text = text sprintf("%c%d/%c%c+%c", 65 + random(26), random(10),
			97 + random(26), 65 + random(26), 97 + random(26))
	return text
}

function line(role, content) {
	lines++
	return sprintf("{\"parentUuid\":\"%08x-7dc9-4698-9289-89a058999e11\",\"isSidechain\":false," \
		"\"cwd\":\"/home/user/project\",\"version\":\"2.1.329\",\"gitBranch\":\"main\"," \
		"\"sessionId\":\"11111111-2222-4333-8444-555555555555\",\"type\":\"%s\"," \
		"\"uuid\":\"%08x-7dc9-4698-9289-89a058999e11\",\"timestamp\":\"2026-11-21T%02d:%02d:%02d.%03dZ\"," \
		"\"message\":{\"role\":\"%s\",\"content\":[{", lines - 1, role, lines,
		random(24), random(60), random(60), random(1000), role) \
		content "}],\"usage\":{\"input_tokens\":" random(99999) ",\"ratio\":0." random(9999) "}}}"
}

function prose(words_wanted) {
	return "\"type\":\"text\",\"text\":\"" many(words, word_count, words_wanted, " ") "\""
}

function file_written() {
	return "\"type\":\"tool_use\",\"id\":\"toolu_" random(99999) "\",\"name\":\"Write\"," \
		"\"input\":{\"file_path\":\"/home/user/project/lib/file" random(100) ".c\"," \
		"\"content\":\"" many(code, code_count, 30 + random(300), "\\n") "\"}"
}

function tool_output() {
	return "\"tool_use_id\":\"toolu_" random(99999) "\",\"type\":\"tool_result\"," \
		"\"is_error\":false,\"content\":\"" many(output, output_count, 50 + random(500), "\\n") "\""
}

function image() {
	return "\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\"," \
		"\"data\":\"" base64(20000 + random(20000)) "\"}"
}

function any_line(    kind) {
	kind = random(20)
	if (kind < 3)
		return line("user", prose(10 + random(60)))
	if (kind < 9)
		return line("assistant", prose(40 + random(300)))
	if (kind < 13)
		return line("assistant", file_written())
	if (kind < 19)
		return line("user", tool_output())
	return line("user", image())
}

BEGIN {
	seed = 20261121
	word_count = split("the a parser that reads one line and keeps its state is \\\"flat\\\" here " \
		"because nothing allocates über naïve café — “quoted” 日本語 テスト 🦊 ✅ we should check " \
		"whether `mailbox_append` heals torn tails first\\n\\n", words, " ")
	code_count = split("\\tif (fd < 0)|\\t\\treturn -errno;|static int parse(const char *text)|{|}||" \
		"\\tprintf(\\\"%s: %d\\\\n\\\", name, count);|\\t/* The lock comes first: see above. */|" \
		"\\tfor (size_t i = 0; i < length; i++) {|\\t\\tsum += (unsigned char)text[i];|" \
		"const path = \\\"C:\\\\\\\\tmp\\\\\\\\x\\\";", code, "|")
	output_count = split("ok 17 a torn last line is healed before the append in 12ms|" \
		"drwxr-xr-x  4 user user    4096 Nov 21 02:01 node_modules/.bin/../typescript/lib|" \
		"mailbox.c:214:38: warning: comparison of different signs: ‘int’ and ‘size_t’ [-Wsign-compare]|" \
		"\\u001b[32m✓\\u001b[39m delivers 20 messages \\u001b[2m(3 ms)\\u001b[22m|" \
		"{\\\"level\\\":\\\"info\\\",\\\"msg\\\":\\\"done\\\",\\\"ms\\\":12}", output, "|")
	while (printed < BYTES) {
		text = any_line()
		printed += length(text) + 1
		print text
	}
}
