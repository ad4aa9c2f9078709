#!/bin/sh
# Format, man pages, scripts: what has a rule is a test.  Prints TAP.
: "${top_srcdir:=.}" "${PYTHON3:=/usr/bin/python3}"
cd "$top_srcdir" || exit 1
n=0
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT

# Files of ours that match, one a line: what git has, or all where there is no git.
ours() {
	if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
		git ls-files --cached --others --exclude-standard -- "$@"
	else
		for pattern in "$@"; do find . -path './build*' -prune -o -name "$pattern" -print; done
	fi
}

# check WHAT command…: passes when the command ends well and says nothing.
check() {
	n=$((n + 1))
	what=$1
	shift
	if "$@" >"$out" 2>&1 && [ ! -s "$out" ]; then
		echo "ok $n - $what"
	else
		echo "not ok $n - $what"
		head -n 60 "$out" | sed 's/^/# /'
	fi
}

skip() {
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

first_of() {
	for tool in "$@"; do command -v "$tool" && return; done
}

# The format differs from one version of the tool to the next: 14 is Debian 12's.
formatted() { ours '*.c' '*.h' | xargs "$format" --dry-run -Werror; }
pages() { ours 'man/*.[1-9]' '*.[1-9]' | sort -u | xargs -r mandoc -T lint -W warning; }
shells() {
	ours '*.sh' '.ci/*' | while read -r f; do
		case $(head -n 1 "$f") in
		*bash) bash -n "$f" ;;
		*) sh -n "$f" ;;
		esac
	done
}
pythons() {
	ours '*.py' | "$PYTHON3" -c 'import sys
for name in sys.stdin.read().split():
    with open(name, encoding="utf-8") as f:
        compile(f.read(), name, "exec")'
}
blanks() { ! ours '*.[ch]' '*.sh' '*.py' '*.inc' '*.am' '*.ac' '*.md' | xargs grep -nE '[	 ]+$'; }

format=$(first_of clang-format-14 clang-format)
if [ -n "$format" ] && "$format" --version | grep -q 'version 14'; then
	check "C is as $format would write it" formatted
else
	skip 'C is formatted' 'no clang-format 14'
fi
if command -v mandoc >/dev/null; then
	check 'man pages pass mandoc -T lint' pages
else
	skip 'man pages' 'no mandoc'
fi
check 'shell scripts parse' shells
check 'Python scripts compile' pythons
check 'no line ends in blanks' blanks
echo "1..$n"
