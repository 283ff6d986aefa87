# The build and the house: what is where, what includes what, what is installed.
load test_helper

# make without the variables of the make that runs the tests.
plain_make() {
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u BUILD make --no-print-directory -C "$ROOT" "$@"
}

@test "every file of hooks/ is an executable of its name, and so is peer" {
	local file
	for file in "$ROOT"/hooks/*.c; do
		[ -x "$BIN/$(basename "$file" .c)" ]
	done
	[ -x "$BIN/peer" ]
}

@test "on Linux the executables are static" {
	[ "$(uname -s)" = Linux ] && [ -z "${SANITIZED:-}" ] || skip "not a static build"
	need readelf
	local file
	for file in "$BIN"/*; do
		lacks "$(readelf -lW "$file")" INTERP
	done
}

# The floors of the house, from the lowest; a file may include its own floor and those below.
@test "no file includes a floor above its own, or by a path of its own making" {
	local includes file header
	cd "$ROOT"
	includes=$(grep -o '^#include "[^"]*"' lib/*/*.[ch] hooks/*.c peer/*.[ch] | sed 's/:#include "/ /;s/"$//')
	while read -r file header; do
		[ -f "lib/$header" ] || { [[ $file == peer/* ]] && [ -f "peer/$header" ]; } ||
			fail "$file includes $header, which is not in lib/"
	done <<<"$includes"
	equal "includes of a floor above" "$(awk '
		function floor(path) {
			return path ~ /^(lib\/)?base/ ? 1 : path ~ /^(lib\/)?host/ ? 2 : path ~ /^(lib\/)?store/ ? 3 :
				path ~ /^(lib\/)?agent/ ? 4 : 5
		}
		floor($2) > floor($1)' <<<"$includes")" ""
}

@test "each environment variable is read in one file only" {
	cd "$ROOT"
	local names
	names=$(grep -ohE 'getenv\("[A-Z_]+"\)' lib/*/*.c hooks/*.c peer/*.c | sort)
	[ -n "$names" ]
	equal "read twice" "$(uniq -d <<<"$names")" ""
}

@test "paths under ~/.oxtail are built in lib/store/layout.* only" {
	cd "$ROOT"
	# A member of JSON may be called so too.
	equal "elsewhere" "$(grep -E '"(sessions|mailboxes|activity|receipts|received|peerhooks|session-starts|outbox|autowake|pending-ask|pending-wake|self-wake|waiter-wake)[/"]' lib/*/*.[ch] hooks/*.c peer/*.c |
		grep -v json_member | cut -d: -f1 | sort -u)" lib/store/layout.h
}

@test "a hook's main is short, and its file says what it is for" {
	local file
	for file in "$ROOT"/hooks/*.c; do
		[ "$(sed -n '/^int main/,/^}/p' "$file" | wc -l)" -le 60 ]
		[[ $(sed -n 2p "$file") =~ ^\ \*\ [a-z-]+:\  ]]
	done
}

@test "every header says what it is for, and every C file sends to it or says so" {
	local file
	for file in "$ROOT"/lib/*/*.[ch] "$ROOT"/hooks/*.c "$ROOT"/peer/*.[ch] "$ROOT"/test/*/*.c; do
		[[ $(head -n 1 "$file") =~ ^/\* ]] || fail "$file begins without a comment"
	done
}

# wide FILE...: the lines of C that take more than 100 columns.
wide() {
	local file
	for file; do
		expand -t 8 "$file" | awk -v file="${file#"$ROOT"/}" '
			{ gsub(/[\200-\277]/, "") }	# of a character, what follows its first byte
			length > 100 { print file ":" NR }'
	done
}

@test "no line is wider than 100 columns" {
	local shown
	printf '\t%s\n\t%sx\n' "$(printf '%092d' 0)" "$(printf '%092d' 0)" >"$BATS_TEST_TMPDIR/two.c"
	contains "$(LC_ALL=C wide "$BATS_TEST_TMPDIR/two.c")" two.c:2
	shown=$(LC_ALL=C wide "$ROOT"/lib/*/*.[ch] "$ROOT"/hooks/*.c "$ROOT"/peer/*.[ch])
	[ -z "$shown" ] || fail "$shown"
}

@test "make install and uninstall, with DESTDIR and PREFIX" {
	[ -z "${SANITIZED:-}" ] || skip "a sanitized build is not installed"
	local to=$BATS_TEST_TMPDIR/to
	plain_make install DESTDIR="$to" PREFIX=/opt/x >/dev/null
	equal "commands" "$(cd "$to/opt/x" && ls bin)" peer
	equal "hooks" "$(cd "$to/opt/x" && ls libexec/peerhooks)" "$(cd "$ROOT/hooks" && printf '%s\n' *.c | sed 's/\.c$//')"
	equal "man pages" "$(cd "$to/opt/x/share/man/man1" && ls)" "$(ls "$ROOT/man")"
	equal "completions" "$(cd "$to/opt/x/share" && ls bash-completion/completions zsh/site-functions fish/vendor_completions.d | tr -s '\n' ' ')" \
		"bash-completion/completions: peer fish/vendor_completions.d: peer.fish zsh/site-functions: _peer "
	# What git knows of platforms/, and the plugin's link to the executables.
	equal "platforms" "$(cd "$to/opt/x/share/peerhooks" && find . \( -type f -o -type l \) ! -name manifest ! -name install.sh ! -name libexec | sed 's|^./||' | sort)" \
		"$(cd "$ROOT/platforms" && find . -type f | sed 's|^./||' | sort)"
	[ "$to/opt/x/share/peerhooks/claude-code/libexec/stop" -ef "$to/opt/x/libexec/peerhooks/stop" ]
	equal "nothing else" "$(find "$to" ! -type d | sed "s|^$to/opt/x/||" | sort)" \
		"$(grep -v '/$\|^#' "$to/opt/x/share/peerhooks/manifest" | sort)"
	plain_make uninstall DESTDIR="$to" PREFIX=/opt/x >/dev/null
	equal "left" "$(find "$to" ! -type d)" ""
}

@test "every command has a man page, and every subcommand of peer stands in peer's" {
	local file command
	for file in "$ROOT"/hooks/*.c; do
		[ -f "$ROOT/man/peerhooks-$(basename "$file" .c).1" ]
	done
	for command in $("$BIN/peer" help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
		grep -q "^\.Ic $command\|^\.Nm peer $command\|Ic $command" "$ROOT/man/peer.1" || fail "peer.1 lacks $command"
	done
}

@test "a page that a man page names is there" {
	local page
	for page in $(sed -n 's/^\.Xr \(.*\) 1.*/\1/p' "$ROOT"/man/*.1 | sort -u); do
		[ -f "$ROOT/man/$page.1" ] || fail "there is no man page $page(1)"
	done
	equal "pages that peer.1 does not name" "$(cd "$ROOT/man" && ls peerhooks-*.1 | sed 's/\.1$//' |
		grep -vxFf <(sed -n 's/^\.Xr \(.*\) 1.*/\1/p' peer.1))" ""
}

@test "man pages are well-formed" {
	need mandoc
	run mandoc -T lint -W warning "$ROOT"/man/*.1
	equal "complaints" "$output" ""
}

@test "the version stands in one place" {
	local version
	version=$("$BIN/peer" --version | cut -d' ' -f2)
	cd "$ROOT"
	equal "files that name it" "$(grep -lF "$version" Makefile README.md man/*.1 lib/*/*.[ch] hooks/*.c peer/*.[ch] | tr '\n' ' ')" "Makefile "
}
