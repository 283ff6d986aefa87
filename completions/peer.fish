# Completion of peer in fish. What there is to complete is asked of `peer` itself: nothing of it stands here.

# __peer_candidates WORD...: the words after `peer`, the last as far as it is typed. Prints lines: WORD, tab, what it is.
function __peer_candidates
	# What may stand next, from what `peer help` says. The same lines in peer.bash, _peer and peer.fish.
	awk -- '
	function value(object, name) {
		if (!match(object, "\"" name "\":\"[^\"]*\"")) return ""
		return substr(object, RSTART + length(name) + 4, RLENGTH - length(name) - 5)
	}
	function tell(word, what) {
		if (word != "" && !(word in told)) print word "\t" what
		told[word] = 1
	}
	function commands(  line, name) {
		while (("peer help 2>/dev/null" | getline line) > 0)
			if (line ~ /^  [a-z]/) {
				split(line, name, " ")
				sub(/^  [a-z]+ +/, "", line)
				tell(name[1], line)
			}
		tell("help", "say what a command does")
	}
	function sessions(whole,  line, id, label) {
		while (("peer list --json 2>/dev/null" | getline line) > 0) {
			id = value(line, "session_id")
			label = value(line, "label")
			if (!whole) tell(label, value(line, "agent") " " value(line, "activity"))
			if (whole || label == "" || typed != "") tell(id, label " " value(line, "agent"))
		}
	}
	function messages(  line, n, seen) {
		while (("peer log --json --lines 200 2>/dev/null" | getline line) > 0) seen[++n] = line
		for (; n > 0; n--) tell(value(seen[n], "message_id"), value(seen[n], "what") " " value(seen[n], "label"))
	}
	function option(word, argument, what) {
		if (!(word in text)) order[++options] = word
		if (what != "" || !(word in text)) text[word] = what
		takes[word] = argument
	}
	function usage(line,  part, n, i) {
		sub(/^ *(usage:)? *peer [a-z]+/, "", line)
		gsub(/[][]/, " & ", line)
		n = split(line, part, " ")
		for (i = 1; i <= n; i++)
			if (part[i] ~ /^-./) {
				option(part[i], part[i + 1] ~ /^[A-Za-z]/ ? part[i + 1] : "", "")
				if (takes[part[i]] != "") i++
			} else if (part[i] ~ /^[A-Za-z]/ && part[i] != "OPTIONS") place[++places] = part[i]
	}
	function described(line,  what, part, n, i, word) {
		sub(/^ +/, "", line)
		if (match(line, /  +/)) {
			what = substr(line, RSTART + RLENGTH)
			line = substr(line, 1, RSTART - 1)
		}
		n = split(line, part, /, */)
		for (i = 1; i <= n; i++) {
			split("", word)
			split(part[i], word, " ")
			option(word[1], word[2], what)
		}
		if (match(what, /[(]or --[a-z-]+/)) option(substr(what, RSTART + 4, RLENGTH - 4), word[2], what)
	}
	function learn(command,  line, in_usage) {
		while ((("peer help " command " 2>/dev/null") | getline line) > 0) {
			if (line ~ /^usage:/) in_usage = 1
			if (line == "") in_usage = 0
			if (in_usage) usage(line)
			else if (line ~ /^ +-/) described(line)
			while (match(line, /@[a-z]+/)) {
				addresses = addresses " " substr(line, RSTART, RLENGTH)
				line = substr(line, RSTART + RLENGTH)
			}
		}
	}
	function several(list, separator,  part, n, i) {
		n = split(list, part, separator)
		for (i = 1; i <= n; i++) tell(part[i], "")
	}
	function positional(kind,  i) {
		if (kind == "TARGET") {
			sessions(0)
			several(addresses, " ")
		} else if (kind == "MESSAGE_ID") messages()
		else for (i = 1; i <= places && !at; i++)
			if (place[i] ~ /^[a-z]+$/) tell(place[i], "")
	}
	BEGIN {
		typed = ARGV[ARGC - 1]
		for (i = 1; i < ARGC - 1; i++) {
			if (pending != "") pending = ""
			else if (ARGV[i] ~ /^-/) pending = takes[ARGV[i]]
			else if (command != "") at++
			else if (ARGV[i] ~ /^[a-z]+$/) learn(command = ARGV[i])
			else exit
		}
		if (index(pending, "|")) several(pending, "|")
		else if (pending == "ID") sessions(1)
		else if (pending != "") exit
		else if (typed ~ /^-/) {
			for (i = 1; i <= options; i++) tell(order[i], text[order[i]])
			tell("--help", "")
			if (command == "") tell("--version", "")
		} else if (command == "" || command == "help") commands()
		else positional(place[at + 1])
	}
	' $argv
	# End of the same lines.
end

complete -c peer -f -a '(set -l typed (commandline -opc); __peer_candidates $typed[2..-1] (commandline -ct))'
