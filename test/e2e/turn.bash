# The first turn: an agent by itself, from its installation to its end. Sourced by test/e2e/run.

# ---- Installing and uninstalling ----

snapshot() { # FOLDER AGENT...
	local name file
	for name in "${@:2}"; do
		for file in $(settings_of "$name"); do
			mkdir -p "$lab/$1/${file%/*}"
			[ ! -e "$lab/home/$file" ] || cp "$lab/home/$file" "$lab/$1/$file"
		done
	done
}

# install_agents AGENT...: their settings as a person has them, and then install-hook.
install_agents() {
	local name names=()
	for name in "$@"; do
		"seed_$name"
		[ "$name" = claude-plugin ] || names+=("$(name_of "$name")")
	done
	snapshot before "$@"
	[ ${#names[@]} -eq 0 ] || install_hook --trust "${names[@]}" >"$lab/install" 2>&1 || true
	snapshot installed "$@"
}

install_hook() { outside "$libexec/install-hook" "$@"; }

wrong_install() {
	install_hook --check "$(name_of "$agent")" >"$lab/check" 2>&1 || echo "--check: $(cat "$lab/check"); $(cat "$lab/install")"
	[ -s "$lab/foreign-calls" ] || echo "somebody else's hook did not run"
	snapshot now "$agent"
	install_hook --trust "$(name_of "$agent")" >"$lab/install-again" 2>&1 || echo "again: $(cat "$lab/install-again")"
	snapshot again "$agent"
	diff -r "$lab/now" "$lab/again" 2>&1 || true
	! cmp -s "$lab/before/$(first_setting)" "$lab/installed/$(first_setting)" || echo "install-hook has changed nothing: $(cat "$lab/install")"
}
first_setting() { settings_of "$agent" | cut -d' ' -f1; }

# What was added and taken out between two folders of settings.
changes() { diff -r -U0 "$lab/$1" "$lab/$2" | grep -v '^\(@@\|---\|+++\|diff\)' | sed "s|$lab/[a-z]*|.|" || true; }

# wrong_uninstall AGENT...: what an agent itself has written may stay.
wrong_uninstall() {
	snapshot now "$@"
	install_hook --uninstall >"$lab/uninstall" 2>&1 || echo "status: $(cat "$lab/uninstall")"
	snapshot after "$@"
	if diff -r "$lab/installed" "$lab/now" >/dev/null; then
		diff -r "$lab/before" "$lab/after" 2>&1 || true
	else
		say "$agent: written by the agents themselves: $(changes installed now | tr '\n' ' ')"
		diff <(changes installed now) <(changes before after) || true
	fi
	wrong_backups "$@"
	! grep -rlF "$libexec" "$lab/after" || cat "$lab/uninstall"
}

# A backup is kept of a file that is not what it was, and of no other.
wrong_backups() {
	local name file
	for name in "$@"; do
		for file in $(settings_of "$name"); do
			! cmp -s "$lab/before/$file" "$lab/after/$file" || ! compgen -G "$lab/home/$file.peerhooks-backup.*" || echo "a backup is left"
		done
	done
}

# ---- The turn ----

# Each of the two kinds of mail: told apart, and the first with all that may be hurt on its way.
make_mail() {
	printf '%s\n%s\n\n\t%s' 'She said "no" to C:\temp\new & $HOME: it'\''s <b>bold</b> \"quoted\" 🦜é' \
		'{"line": "second"} `code` \u0041 %s' 'the last, after a tab' >"$lab/middle"
	printf 'mail while the model thinks' >"$lab/end"
}

# What the shell tool runs in the middle of the turn, and the model at its end.
make_tools() {
	local send="$peer send --json --from $sender \"\$(cat $lab/session)\" -"
	make_mail
	make_script first "$peer whoami --json >$lab/whoami" \
		"jq -r 'select(.hook == \"session-start\").event.session_id' $lab/calls | head -1 >$lab/session" \
		"cat \"\$HOME/.oxtail/activity/\$(cat $lab/session)\" >$lab/mark-in-turn" \
		"$peer list >$lab/list-in-turn" \
		"$send <$lab/middle >$lab/sent-middle"
	make_script second true
	make_script late "cd $lab/project && HOME=$lab/home $send <$lab/end >$lab/sent-end"
	prompt="Please @@sh:$lab/first@@ @@sh:$lab/second@@ @@late:$lab/late@@"
}

wrong_id() {
	[ "$(jq -r .session_id "$lab/whoami")" = "$session" ] || echo "not $session: $(cat "$lab/whoami")"
}

wrong_presence() {
	local hook lifecycle
	for hook in session-start session-end; do
		[ "$(calls_of $hook | wc -l)" = 1 ] || { echo "$hook ran $(calls_of $hook | wc -l) times"; return; }
		[ "$(calls_of $hook | jq -r .event.session_id)" = "$session" ] || echo "$hook got another id"
		[[ $(calls_of $hook | jq -r .parent) =~ ^($(parent_of "$agent"))$ ]] || echo "$hook is a child of $(calls_of $hook | jq -r .parent)"
	done
	grep -q "$session" "$lab/list-in-turn" || echo "peer list did not show it during the turn"
	lifecycle=$(outside "$peer" list --all --json | jq -r --arg id "$session" '.[] | select(.session_id == $id) | .lifecycle') ||
		echo "peer list cannot be read"
	[ "$lifecycle" != started ] || echo "peer list does not know of its end"
}

wrong_marks() {
	[ "$(cat "$lab/mark-in-turn" 2>/dev/null)" = busy ] || echo "not busy during the turn"
	[ "$(cat "$lab/home/.oxtail/activity/$session" 2>/dev/null)" = idle ] || echo "not idle after the turn"
}

# It was handed over at a tool call and at the turn's end; whoever came next has looked.
wrong_sight() {
	local which id
	for which in middle end; do
		id=$(jq -r .message_id "$lab/sent-$which")
		outside "$peer" status "$id" >"$lab/status" 2>&1 || true
		grep -qw seen "$lab/status" || echo "$which: $(cat "$lab/status")"
	done
	[ ! -e "$lab/home/.oxtail/peerhooks/journal.jsonl" ] || grep -h 'put back' "$lab/home/.oxtail/peerhooks/journal.jsonl" || true
}

# All is well; what is said of the agent names each hook that ran, and says of Codex that they are trusted.
wrong_doctor() {
	local name
	name=$(name_of "$agent")
	outside "$peer" doctor "$name" >"$lab/doctor" 2>&1 || echo "status $?: $(cat "$lab/doctor")"
	outside "$peer" doctor --json "$name" >"$lab/doctor.json" 2>&1 || true
	jq -nr --arg name "$name" 'input |
		def said($check): first(.findings[] | select(.check == $check and .agent == $name and .state == "ok").what) // "";
		(select(said("registration") == "") | "nothing good of the registration"),
		(select($name == "codex" and (said("trust") | test("trusted") | not)) | "not trusted"),
		(said("runs") as $runs | "session-start", "userpromptsubmit", "stop", "session-end" |
			select(. as $hook | $runs | contains($hook + " ") | not) | "no last run of \(.)")' "$lab/doctor.json" 2>&1
}

look() {
	session=$(calls_of session-start | jq -r .event.session_id | head -1)
	if [ -f "$lab/whoami" ]; then judge id wrong_id; else report FAIL id "the shell tool was not called: $(tail -3 "$lab/screen")"; fi
	judge presence wrong_presence
	judge marks wrong_marks
	as_passed_on "$agent" <"$lab/middle" >"$lab/middle-passed-on"
	judge middle wrong_delivery "$lab/middle-passed-on" "$(carrier_of "$agent")"
	judge end wrong_delivery "$lab/end" "late:$lab/late"
	case $(name_of "$agent") in
	codex | claude-code) judge seen wrong_sight ;;
	*) report SKIP seen "its transcript proves nothing" ;;
	esac
}

in_turn() {
	case $agent in
	codex-daemon) rest SKIP "looked at in Codex without its daemon" install id presence marks middle end seen doctor; return ;;
	opencode) command -v tmux >/dev/null || { skip_all "needs tmux"; return; } ;;
	esac
	set_up
	install_agents "$agent"
	make_tools
	"run_$agent" || say "$agent ended with status $?: $(tail -3 "$lab/screen" 2>/dev/null)"
	look
	if [ "$agent" = claude-plugin ]; then
		skip_all "registered by its plugin, without install-hook"
	else
		judge install wrong_install
		judge doctor wrong_doctor
	fi
	tear_down
}
