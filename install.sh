#!/bin/sh
# Installs peerhooks for this user, and registers its hooks with the agents that are found. See `usage` below.
#
# Everything is copied to a temporary name in the folder where it belongs and then renamed: a hook that an agent
# starts meanwhile is the old one or the new one, whole. What is installed stands in PREFIX/share/peerhooks/manifest
# before the first file is put there, so that --uninstall finds all of it, whenever a run was interrupted; a run
# after that completes it. `make install` and `make uninstall` are this script without the agents.
# shellcheck disable=SC2317 # called by way of `files`
# shellcheck disable=SC3013 # -ef: dash, busybox and POSIX of 2024 have it
set -u
LC_ALL=C	# one order of sorting
export LC_ALL

usage() {
	cat <<'END'
usage: ./install.sh [OPTIONS]

Builds peerhooks (make), copies it to ~/.local, and registers its hooks with the agents that are found on this
machine: shows what it will do to their settings, and asks once. Needs no root. Run it again to update.

  --prefix DIR       copy to DIR instead of ~/.local
  --from DIR         do not build: DIR is the build directory (build/) of a clone of the same version, made
                     elsewhere for a machine like this one; needs neither make nor a compiler
  --agents LIST      register with these, found or not, commas between: claude-code codex cursor gemini opencode pi;
                     none: with no agent
  --yes              ask nothing
  --dry-run          print what would be copied and changed; nothing is written, but the build
  --trust            Codex: say there that these hooks are trusted, instead of its person at its next start
  --replace-oxtail   take oxtail's own hooks out of the settings, so that mail is not taken twice
  --uninstall        take the hooks out of the agents' settings, but for those that another installation runs, then
                     remove the files that were installed; with --agents none the files only. Mail stays.
END
}

newline='
'
shell=${SHELL:-} # that of the person, who has none in a container or a job
shell=${shell##*/}
unsaid=
say() { printf '%s\n' "$*" 2>/dev/null || unsaid=1; }
die() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }
said() { [ -z "$unsaid" ] || die "all is done, but not all of what it says could be written"; }
misused() { printf 'install.sh: %s; ./install.sh --help says more\n' "$*" >&2; exit 2; }

# quoted TEXT: as a shell reads it back.
quoted() {
	case $1 in
	*[!A-Za-z0-9/._~+,=@%-]* | '') printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")" ;;
	*) printf %s "$1" ;;
	esac
}

# ---- What is installed ----

# files DO: runs DO MODE SOURCE TARGET for each file, TARGET below the prefix; MODE `link` makes SOURCE the link's text.
# The one list of them. Hooks come before what tells an agent or a person of them; and before all that by which an
# uninstall knows that it looks at the right place.
files() {
	"$1" 755 "$from/bin/install-hook" "$key" || return
	for source in "$root"/hooks/*.c; do
		name=${source##*/}
		name=${name%.c}
		[ "$name" = install-hook ] || "$1" 755 "$from/bin/$name" "libexec/peerhooks/$name" || return
	done
	"$1" 755 "$root/install.sh" share/peerhooks/install.sh || return # it can uninstall without the clone
	for source in "$root"/platforms/*.md "$root"/platforms/*/* "$root"/platforms/*/.claude-plugin/* "$root"/platforms/*/hooks/*; do
		[ -f "$source" ] || continue
		"$1" 644 "$source" "share/peerhooks/${source#"$root/platforms/"}" || return
	done
	# Claude Code's plugin looks there for the executables. Behind a link, `..` leads elsewhere.
	text=../../../libexec/peerhooks
	for folder in share share/peerhooks share/peerhooks/claude-code; do
		[ ! -L "$prefix/$folder" ] || text=$prefix/libexec/peerhooks
	done
	"$1" link "$text" share/peerhooks/claude-code/libexec || return
	# And there, then, install-hook for the other plugins.
	if [ -L "$prefix/libexec" ] || [ -L "$prefix/libexec/peerhooks" ]; then
		"$1" link "$prefix/share/peerhooks" libexec/peerhooks/share || return
	fi
	for source in "$root"/man/*.1; do
		"$1" 644 "$source" "share/man/man1/${source##*/}" || return
	done
	"$1" 644 "$root/completions/peer.bash" share/bash-completion/completions/peer || return
	"$1" 644 "$root/completions/_peer" share/zsh/site-functions/_peer || return
	"$1" 644 "$root/completions/peer.fish" share/fish/vendor_completions.d/peer.fish || return
	"$1" 755 "$from/bin/peer" bin/peer
}

key=libexec/peerhooks/install-hook

# ---- The manifest: `# PREFIX`, and a line for each file below it, and for each folder (with a slash) that was made ----

manifest=share/peerhooks/manifest

# written FILE: the prefix that stands there.
written() { sed -n '/^# /{s///p;q;}' "$1" 2>/dev/null; }

read_manifest() {
	# Whatever stands there, nothing above the prefix is meant by it.
	old=$(sed -e '/^#/d' -e '/^\//d' -e '/\.\.\//d' -e '/\/\.\.$/d' "$prefix/$manifest" 2>/dev/null) || old=
	# Two prefixes may share a folder `share`, by a link.
	its=$(written "$prefix/$manifest")
	[ -z "$its" ] || ! [ "$its/$manifest" -ef "$prefix/$manifest" ] || [ "$its" -ef "$prefix" ] ||
		die "what $prefix/share leads to is of the installation in $its: --prefix $(quoted "$its")"
}

# listed LINE LIST
listed() {
	case $newline$2$newline in *"$newline$1$newline"*) return 0 ;; esac
	return 1
}

note_target() {
	targets=$targets$3$newline
	folder=$3
	while [ "${folder%/*}" != "$folder" ]; do
		folder=${folder%/*}
		[ -d "$prefix/$folder" ] || listed "$folder/" "$folders" || folders=$folder/$newline$folders
	done
}

# What will be there: targets and folders, the latter with those above first.
plan() {
	targets='' folders=''
	files note_target
	targets=$targets$manifest$newline
	[ -d "$prefix" ] || folders=./$newline$folders
}

write_manifest() { # TEXT
	new=$prefix/${manifest%/*}/$temporary
	mkdir -p "${new%/*}" && printf '# %s\n%s' "$prefix" "$1" | sort -u >"$new" && mv -f "$new" "$prefix/$manifest" && return
	rm -f "$new"
	die "cannot write $prefix/$manifest"
}

# ---- Copying ----

temporary=.peerhooks-new.$$

# What a killed run has left; a live one's stays.
sweep() {
	for left in "$prefix/bin" "$prefix/libexec/peerhooks" "$prefix/share/peerhooks" "$prefix"/share/*/* "$prefix"/share/peerhooks/*/*; do
		for new in "$left"/.peerhooks-new.*; do
			[ -e "$new" ] || continue
			[ "${new##*.}" != $$ ] && kill -0 "${new##*.}" 2>/dev/null || rm -rf "$new"
		done
	done
}

# Without a manifest: by what our pages and completions say, and what is in our executable.
recognised() { # TARGET PLACE
	case $1 in
	share/man/* | share/*/*completions*/* | share/zsh/*)
		grep -q -e peerhooks -e '^\.Dt PEERHOOKS-' -e 'is asked of .peer. itself' "$2" ;;
	bin/peer) grep -q '^.ELF' "$2" && grep -q /libexec/peerhooks "$2" ;;
	*) false ;;
	esac 2>/dev/null
}

# Nobody else's file is replaced. A folder with our hooks and no manifest is of an early `make install`.
check_target() {
	place=$prefix/$3
	[ "$1" = link ] || [ -f "$2" ] || die "there is no file $2; is ${2%/*} complete?"
	case $2 in
	"$from"/bin/*)
		[ -s "$2" ] && [ -n "$(find -H "$2" -prune -perm -100)" ] || die "$2 is empty, or no executable; is ${2%/*} complete?" ;;
	esac
	if [ -d "$place" ] && [ ! -L "$place" ]; then
		die "$place is a folder; move it away and run this again"
	fi
	[ -e "$place" ] || [ -L "$place" ] || return 0
	listed "$3" "$old" || same "$1" "$2" "$place" || recognised "$3" "$place" ||
		{ [ -z "$old" ] && [ -x "$prefix/libexec/peerhooks/pretooluse" ]; } ||
		die "$place is there already, and not of peerhooks; move it away, or choose another --prefix"
}

# same MODE SOURCE PLACE: it is there already.
same() {
	if [ "$1" = link ]; then
		[ -L "$3" ] && [ "$(readlink "$3")" = "$2" ]
	else
		[ ! -L "$3" ] && cmp -s "$2" "$3"
	fi
}

put() {
	place=$prefix/$3
	count=$((count + 1))
	same "$1" "$2" "$place" && { [ "$1" = link ] || chmod "$1" "$place" 2>/dev/null; } && return
	[ -d "${place%/*}" ] || mkdir -p "${place%/*}" || die "cannot make the folder ${place%/*}"
	new=${place%/*}/$temporary
	if [ "$1" = link ]; then
		# Into its folder: by its own name, mv would follow a link that is there, and no option against it is everywhere.
		mkdir "$new" && ln -s "$2" "$new/${3##*/}" && mv -f "$new/${3##*/}" "${place%/*}/" && rmdir "$new" && return
		rm -rf "$new"
		die "cannot make the link $place"
	fi
	cp "$2" "$new" && chmod "$1" "$new" && mv -f "$new" "$place" && return
	rm -f "$new"
	die "cannot write $place (is the disk full? is $prefix yours?); what was there before is still there"
}

would_put() {
	count=$((count + 1))
	same "$1" "$2" "$prefix/$3" || { changed=$((changed + 1)); say "  $prefix/$3"; }
}

copy() {
	read_manifest
	files check_target
	plan
	write_manifest "${old:+$old$newline}$folders$targets"
	sweep
	count=0
	files put
}

# Removes what an earlier version had and this one has not: only when all agents are told of this one.
prune() {
	[ -n "$old" ] || return 0
	kept=
	IFS=$newline
	set -f
	for line in $old; do
		case $line in
		*/) kept=$kept$line$newline ;;
		*) listed "$line" "$targets" || rm -f "$prefix/$line" || kept=$kept$line$newline ;;
		esac
	done
	set +f
	unset IFS
	write_manifest "$kept$folders$targets"
}

# ---- Building ----

compiler() {
	for cc in ${CC:-musl-gcc gcc cc}; do
		command -v "$cc" >/dev/null && return
	done
	return 1
}

build() {
	{ command -v make >/dev/null && compiler; } || die "needs make and a C compiler: on Debian or Ubuntu \`apt-get install gcc make\`,\
 on Fedora \`dnf install gcc make\`, on Alpine \`apk add build-base\`; or bring a build from a machine like this one: --from DIR"
	say "Building ..."
	from=$root/build
	jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null) || jobs=1
	log=$(make -C "$root" -j"$jobs" all 2>&1) || {
		printf '%s\n' "$log" | tail -n 15 >&2
		die "make failed, see above. If a header like stdio.h was not found: apt-get install libc6-dev"
	}
}

# ---- The agents ----

# hooks OPTION...: install-hook for the agents in question, under the person's own umask.
hooks() {
	set -- "$@" ${trust:+--trust} ${oxtail:+--replace-oxtail}
	IFS=,
	set -f
	# shellcheck disable=SC2086 # several words or none
	set -- "$@" $agents
	set +f
	unset IFS
	(umask "$umask" && exec "$install_hook" "$@")
}

register_command() {
	quoted "$prefix/libexec/peerhooks/install-hook"
	printf %s "${trust:+ --trust}${oxtail:+ --replace-oxtail}"
	[ -z "$agents" ] || printf ' %s' "$(printf %s "$agents" | tr , ' ')"
}

by_hand() { say "The agents' settings are untouched. To register the hooks: $(register_command)"; }

# Yes, no, or first the differences.
agreed() {
	while :; do
		printf 'Register the hooks in these? [y]es, [n]o, [d]ifferences: '
		read -r answer || { say; return 1; }
		case $answer in
		[yY] | [yY]es) return 0 ;;
		[nN] | [nN]o) return 1 ;;
		[dD]*) hooks --print ;;
		esac
	done
}

# Nobody is there to be registered with.
nobody() {
	case $(hooks --check 2>/dev/null) in "no agent was found"*) return 0 ;; esac
	return 1
}

register() {
	registered=
	[ "$agents" != none ] || return 0
	install_hook=$prefix/libexec/peerhooks/install-hook
	if nobody; then
		registered=nobody
		say "No agent was found here. When there is one, register the hooks: $(register_command)"
		return
	fi
	if [ -z "$yes" ] && ! { [ -t 0 ] && [ -t 1 ]; }; then
		by_hand
		return
	fi
	if [ -z "$yes" ]; then
		say "The agents on this machine:"
		if ! hooks --check && ! agreed; then
			by_hand
			return
		fi
	fi
	if hooks; then registered=all; else failed=1; fi
}

# ---- What the person still has to do ----

# on_path FOLDER: by whatever name, with a slash behind it or through a link.
on_path() (
	physical=$(cd "$1" && pwd -P)
	IFS=:
	set -f
	for entry in $PATH; do
		case $entry in /*) [ "$(cd "$entry" 2>/dev/null && pwd -P)" != "$physical" ] || return 0 ;; esac
	done
	return 1
)

# The line that puts bin/ on PATH, and where it goes; by the login shell.
path_advice() {
	if on_path "$prefix/bin"; then
		other_peer
		return
	fi
	case $prefix in
	"${HOME:-/}"/*[!A-Za-z0-9/._-]*) line="export PATH=$(quoted "$prefix/bin"):\"\$PATH\"" ;;
	"${HOME:-/}"/*) line="export PATH=\"\$HOME${prefix#"$HOME"}/bin:\$PATH\"" ;;
	*) line="export PATH=$(quoted "$prefix/bin"):\"\$PATH\"" ;;
	esac
	case $shell in
	bash) file=~/.bashrc ;;
	zsh) file=${ZDOTDIR:-~}/.zshrc ;;
	fish) line="fish_add_path $(quoted "$prefix/bin")" file=${XDG_CONFIG_HOME:-~/.config}/fish/config.fish ;;
	*) file=~/.profile ;;
	esac
	# A link to it may be, in a folder that is meant wherever one is.
	found=$(command -v peer) && case $found in /*) [ "$found" -ef "$prefix/bin/peer" ] ;; *) false ;; esac && return
	say "To do: \`peer\` is not on your PATH. Add this line to $file, then open a new shell:"
	say "  $line"
}

# Another installation that comes first.
other_peer() {
	found=$(command -v peer) && case $found in /*) ;; *) false ;; esac || return 0
	! [ "$found" -ef "$prefix/bin/peer" ] || return 0
	say "To do: your PATH finds $found before $prefix/bin/peer. Remove that one, or put $prefix/bin first."
	[ ! -f "${found%/bin/peer}/$manifest" ] ||
		say "  $(quoted "$0") --uninstall --agents none --prefix $(quoted "${found%/bin/peer}")"
}

summary() {
	say "${version:-peerhooks} is in $prefix ($count files)."
	[ "$registered" != all ] || say "To do: start agents anew that are running; they may know nothing of it yet."
	path_advice
	case $shell in
	zsh) say "For completion in zsh: fpath=($(quoted "$prefix/share/zsh/site-functions") \$fpath) before compinit in .zshrc" ;;
	esac
	say "Then: peer list (who is there), peer doctor (is all well?), peer help."
	say "To take it all back: $(quoted "$prefix/share/peerhooks/install.sh") --uninstall"
}

# ---- The three things it does ----

install_all() {
	copy
	# The agents are told of executables only if these run here.
	version=$("$prefix/bin/peer" --version 2>/dev/null) || [ "$agents" = none ] ||
		die "$prefix/bin/peer does not run here: is it built for this machine? may programs be run from $prefix?"
	register
	[ -z "$registered" ] || [ -n "$agents" ] || prune
	summary
	[ -z "$failed" ] || die "not all hooks are registered, see above; mend that and run this again"
}

# lacking MODE SOURCE TARGET: fails at an executable that is not at its place yet.
lacking() {
	case $3 in libexec/*) [ -x "$prefix/$3" ] ;; esac
}

# physical FOLDER: its path without links; it need not be there yet.
physical() {
	upper=$1 rest=
	until [ -d "$upper" ]; do
		rest=/${upper##*/}$rest
		upper=${upper%/*}
		upper=${upper:-/}
	done
	upper=$(cd -P "$upper" && pwd)
	printf %s "${upper%/}$rest"
}

# What install-hook would do. It looks at the executables that it is to register, so that for those that are not there
# yet it is asked of a copy elsewhere, whose name is then taken away.
print_changes() {
	install_hook=$from/bin/install-hook
	if files lacking; then
		hooks --print --libexec "$prefix/libexec/peerhooks"
		return
	fi
	elsewhere=
	trap 'rm -rf "$elsewhere"' EXIT
	for signal in HUP INT TERM; do # not every shell runs the former then
		# shellcheck disable=SC2064 # the signal of now
		trap "rm -rf \"\$elsewhere\"; trap - $signal EXIT; kill -$signal \$\$" $signal
	done
	elsewhere=$(mktemp -d) || die "cannot make a temporary folder"
	elsewhere=$(cd "$elsewhere" && pwd -P)
	# Below it with all of its own name, which is quoted then as it would be.
	here=$prefix prefix=$elsewhere$(physical "$prefix")
	copy
	changes=$(hooks --print --libexec "$prefix/libexec/peerhooks" 2>&1)
	status=$?
	prefix=$here
	say "$(printf '%s\n' "$changes" | sed "s|$elsewhere||g")"
	return $status
}

# A name that is no agent's, before anything is done.
check_agents() {
	install_hook=$from/bin/install-hook
	case $agents in '' | none) ;; *) hooks --check >/dev/null || [ $? != 2 ] || exit 2 ;; esac
}

dry_run() {
	read_manifest
	files check_target
	count=0 changed=0
	say "Would copy to $prefix:"
	files would_put
	say "($changed of $count files; the others are there)"
	[ "$agents" != none ] || return 0
	say "Would change in the agents' settings:"
	print_changes || failed=1
}

# Without install-hook at its place, this is perhaps not where all of that was installed, and others' files have those
# names; or its hooks are still in the agents' settings. It comes first and goes last.
check_key() {
	[ ! -x "$prefix/$key" ] && some_left || return 0
	[ "$agents" = none ] && [ -n "$its" ] && [ "$its" -ef "$prefix" ] && return
	die "$prefix/$key is not there, so that nothing was removed. Say where it is with --prefix;\
 or install there anew, and then --uninstall; or, if no agent has hooks of it any more: --uninstall --agents none"
}

some_left() {
	printf '%s\n' "$old" | {
		while IFS= read -r line; do
			case $line in "$manifest" | */) continue ;; esac
			[ ! -e "$prefix/$line" ] && [ ! -L "$prefix/$line" ] || exit 0
		done
		exit 1
	}
}

# Agents that run the hooks of another installation keep them: those that are left are the agents. Fails if none is.
spare() {
	spared=$(printf '%s\n' "$seen" | sed -n '/^[a-z-]*: elsewhere: .* runs our hooks from /p')
	[ -n "$spared" ] || return 0
	printf '%s\n' "$spared" | while read -r line; do
		say "$line, and keeps them; else: $(quoted "${line##* runs our hooks from }/install-hook") --uninstall ${line%%:*}"
	done
	names=$(printf '%s\n' "$spared" | sed 's/:.*//')
	for name in $(printf '%s\n' "$seen" | sed -n 's/^\([a-z-]*\): .*/\1/p' | sort -u); do
		listed "$name" "$names" || agents=$agents${agents:+,}$name
	done
	[ -n "$agents" ]
}

unregister() {
	install_hook=$prefix/$key
	trust='' oxtail=''
	[ -x "$install_hook" ] || return 0
	seen=$(hooks --check)
	if [ -n "$dry" ]; then
		say "Would take the hooks out of these settings, where they are, but not those that run from elsewhere:"
		say "$seen"
		return
	fi
	spare || return 0
	hooks --uninstall || die "not all hooks are out of the agents' settings, see above, so that no file was removed.\
 Mend that and run this again; or remove the files only: --uninstall --agents none"
}

# not_looked_at INSTALL-HOOK [WHOSE]: in which projects and folders hooks were registered is noted nowhere.
not_looked_at() {
	if [ "$agents" = none ]; then
		say "Not looked at: agents' settings. To take hooks out of these: $1 --uninstall${2:-}"
	else
		say "Not looked at: settings of projects. To take hooks out of these: $1 --uninstall --project DIR${2:-}.\
 Nor folders that CLAUDE_CONFIG_DIR, CODEX_HOME and the like named at another time: the same with that variable set, without --project."
	fi
}

# From the last line to the first, so that a folder comes after what is in it.
remove() { # files | folders
	IFS=$newline
	set -f
	for line in $(printf '%s\n' "$old" | sort -r); do
		case $line in
		"$manifest" | "$key" | ./ | share/ | share/peerhooks/) ;;
		*/) [ "$1" = files ] || [ ! -d "$prefix/$line" ] || rmdir "$prefix/$line" 2>/dev/null ;;
		*) [ "$1" != files ] || rm -f "$prefix/$line" || die "cannot remove $prefix/$line" ;;
		esac
	done
	set +f
	unset IFS
}

# At last what a run needs that completes one which was interrupted.
remove_files() {
	remove files
	! listed "$key" "$old" || rm -f "$prefix/$key" || die "cannot remove $prefix/$key"
	remove folders
	rm -f "$prefix/$manifest" || die "cannot remove $prefix/$manifest"
	for line in share/peerhooks/ share/; do
		! listed "$line" "$old" || rmdir "$prefix/$line" 2>/dev/null
	done
	! listed ./ "$old" || rmdir "$prefix" 2>/dev/null
}

uninstall() {
	read_manifest
	if [ -z "$old" ]; then
		say "Nothing of peerhooks is installed in $prefix."
		found=$(command -v peer) && [ -f "${found%/bin/peer}/$manifest" ] &&
			say "There is something in $(quoted "${found%/bin/peer}"): --prefix $(quoted "${found%/bin/peer}")"
		return 0
	fi
	check_key
	[ "$agents" = none ] || unregister
	if [ -n "$dry" ]; then
		say "Would remove from $prefix:"
		printf '%s\n' "$old" | sed -e '/\/$/d' -e 's/^/  /'
		not_looked_at "$(quoted "$prefix/libexec/peerhooks/install-hook")"
		return
	fi
	sweep
	remove_files
	say "peerhooks is gone from $prefix."
	# Ours is gone; any other knows the hooks by their names.
	install_hook=build/bin/install-hook
	if [ -x "$root/$install_hook" ]; then
		not_looked_at "$(quoted "$root/$install_hook")"
	else
		not_looked_at "$install_hook" ", in a clone that has been built"
	fi
	[ ! -d "${HOME:-}/.oxtail" ] ||
		say "Mail and notes stay in ~/.oxtail and ~/.syntaur, which oxtail and syntaur use too; without these: rm -r ~/.oxtail ~/.syntaur"
}

# ---- One at a time ----

# A link whose text names the process, beside the prefix, which need not be there yet; where none can be made it goes
# without. Whoever was killed has left it behind.
lock() {
	lock=$prefix.peerhooks-lock
	until ln -s "process-$$" "$lock" 2>/dev/null; do
		holder=$(readlink "$lock") || return 0
		! at_work "${holder#process-}" ||
			die "another install.sh is at work on $prefix (process ${holder#process-}); run this again when it has ended"
		mv -f "$lock" "$lock.$$" 2>/dev/null || { [ -L "$lock" ] && return; }
		# Another may have done so meanwhile, and have its own there.
		[ "$(readlink "$lock.$$")" = "$holder" ] || mv -f "$lock.$$" "$lock" 2>/dev/null
		rm -f "$lock.$$"
	done
	trap 'rm -f "$lock"' EXIT
	for signal in HUP INT PIPE TERM; do
		# shellcheck disable=SC2064 # now
		trap "rm -f \"\$lock\"; trap - EXIT $signal; kill -$signal $$" "$signal"
	done
}

# Is that process one of us? Its number may be another's by now.
at_work() {
	if [ -r /proc/self/cmdline ]; then
		grep -q install.sh "/proc/$1/cmdline" 2>/dev/null
	else
		kill -0 "$1" 2>/dev/null
	fi
}

# ---- Who, where, what ----

# The folder of this file, wherever it was called from and through however many links.
find_root() {
	self=$0
	while [ -L "$self" ]; do
		link=$(readlink "$self")
		case $link in
		/*) self=$link ;;
		*) self=$(dirname "$self")/$link ;;
		esac
	done
	root=$(cd -P "$(dirname "$self")" && pwd) || die "cannot find my own folder"
}

# Of the installed copy: as it was installed to, or else as it was called, if that leads to it; a folder on the way may
# be a link, and what is above that is another's.
installed_prefix() {
	prefix=$(written "$root/manifest")
	[ "$prefix/$manifest" -ef "$root/manifest" ] && return
	prefix=$(cd "$(dirname "$self")" && pwd)
	prefix=${prefix%/share/peerhooks}
	[ "$prefix/$manifest" -ef "$root/manifest" ] || die "cannot tell where this is installed; say --prefix DIR"
}

# normalised PATH: without . and .. and needless slashes, as `cd` would go there, also where nothing is yet. Links keep
# the names that the person gave them.
normalised() (
	IFS=/
	set -f
	path=
	for part in $1; do
		case $part in
		'' | .) ;;
		..) path=${path%/*} ;;
		*) path=$path/$part ;;
		esac
	done
	printf %s "${path:-/}"
)

find_prefix() {
	if [ -z "$prefix" ] && [ -n "$installed" ]; then
		installed_prefix
	elif [ -z "$prefix" ]; then
		case ${HOME:-} in /*) ;; *) die "HOME is not set to a folder; say where to install: --prefix DIR" ;; esac
		# Root by way of sudo: the files, and the agents' settings, would not be their user's any more.
		[ -n "$(find -H "$HOME" -prune -user "$(id -u)" 2>/dev/null)" ] ||
			die "$HOME is not yours; run this as its user, without sudo, or say where to install: --prefix DIR"
		prefix=$HOME/.local
	fi
	case $prefix in
	/*) ;;
	*) prefix=$PWD/$prefix ;;
	esac
	case $prefix in
	*:* | *"$newline"*) die "a prefix with a colon or a line feed cannot be on PATH" ;;
	esac
	prefix=$(normalised "$prefix")
}

options() {
	prefix='' from='' agents='' yes='' dry='' trust='' oxtail='' undo=''
	while [ $# -gt 0 ]; do
		case $1 in
		--prefix | --from | --agents)
			[ -n "${2:-}" ] || misused "$1 needs a value"
			case $1 in
			--prefix) prefix=$2 ;;
			--from) from=$2 ;;
			--agents) agents=$2 ;;
			esac
			shift
			;;
		--prefix=* | --from=* | --agents=*)
			option=${1%%=*} value=${1#*=}
			shift
			set -- "$option" "$value" "$@"
			continue
			;;
		--yes) yes=1 ;;
		--dry-run) dry=1 ;;
		--trust) trust=1 ;;
		--replace-oxtail) oxtail=1 ;;
		--uninstall) undo=1 ;;
		--help | -h) usage; exit 0 ;;
		*) misused "unknown: $1" ;;
		esac
		shift
	done
	case ,$agents in *,-*) misused "--agents takes names, commas between: $agents" ;; esac
	case $undo$agents in 1 | 1none) ;; 1*) misused "--uninstall is for all agents, or --agents none" ;; esac
}

main() {
	options "$@"
	unset CDPATH
	umask=$(umask)
	umask 022	# others may run what is in /usr/local; nobody else may write to it
	failed='' registered=''
	find_root
	installed=
	[ ! -f "$root/manifest" ] || installed=1
	find_prefix
	[ -n "$dry" ] || lock
	if [ -n "$undo" ]; then
		uninstall
		said
		return
	fi
	[ -z "$installed" ] || die "this is the installed copy, which can only --uninstall; to install, run the one of a clone"
	if [ -n "$from" ]; then
		there=$(cd "$from" 2>/dev/null && pwd) || die "--from: there is no folder $from"
		from=$there
	else
		build
	fi
	check_agents
	if [ -n "$dry" ]; then dry_run; else install_all; fi
	said
	[ -z "$failed" ]
}

main "$@"
exit
