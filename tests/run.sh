#!/bin/sh
# Run test programs one after the other and count what they say in TAP ("ok …",
# "not ok …").  A program that dies, times out, says nothing, or announces more
# tests than it ran counts as a failure.  The last line is "N passed, N failed".
#
# With TEST_AGAIN=1 a program that failed is run once more, whole, and its second word
# counts; it is named before the last line, and is to be looked into.
#
# With TEST_JOBS=N so many run side by side, each told of when it has ended.
#
# usage: tests/run.sh PROGRAM…     (relative to $top_builddir or $top_srcdir)
: "${top_srcdir:=.}" "${top_builddir:=.}" "${TEST_TIMEOUT:=300}" "${TEST_AGAIN:=0}"
: "${TEST_JOBS:=1}"
export top_srcdir top_builddir TEST_TIMEOUT TEST_AGAIN
export CMOCKA_MESSAGE_OUTPUT=TAP
passed=0 failed=0 unsteady=
sums='[0-9][0-9]* passed, [0-9][0-9]* failed'
if [ "$TEST_JOBS" -gt 1 ]; then
	dir=$(mktemp -d) || exit 1
	trap 'rm -rf "$dir"' EXIT
	printf '%s\0' "$@" | TEST_JOBS=1 xargs -0 -n 1 -P "$TEST_JOBS" sh -c '
		sh "$1" "$4" >"$2/$$" 2>&1
		sed -e "/^$3\$/d" -e "/^passed at the second try only:/d" "$2/$$"
		:' run "$0" "$dir" "$sums"
	unsteady=$(sed -n 's/^passed at the second try only://p' "$dir"/* | tr -d '\n')
	[ -z "$unsteady" ] || echo "passed at the second try only:$unsteady"
	# A run that ended without a sum is one that failed.
	set -- $(for f in "$dir"/*; do
		grep -a "^$sums\$" "$f" || echo '0 passed, 1 failed'
	done | awk '{ p += $1; f += $3 } END { print p + 0, f + 0 }')
	echo "$1 passed, $2 failed"
	[ "$2" -eq 0 ] && [ "$1" -gt 0 ]
	exit
fi
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT

# run_once [MARK]: run $p; $out, good, bad and skipped are what it said.  MARK stands
# before each line of what failed, where that does not decide.
run_once() {
	timeout -k 10 "$TEST_TIMEOUT" "$p" >"$out" 2>&1 </dev/null
	status=$?
	good=$(grep -c '^ok ' "$out")
	bad=$(grep '^not ok ' "$out" | grep -vc '# SKIP')
	planned=$(sed -n 's/^1\.\.\([0-9][0-9]*\).*/\1/p' "$out" | awk '{n += $1} END {print n + 0}')
	# cmocka 1.1.5 calls what it skips "not ok".
	skipped=$(grep -c '^not ok .*# SKIP' "$out")
	if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ $((good + skipped)) -eq 0 ] ||
	    [ $((good + skipped)) -lt "$planned" ]; }; then
		bad=1
		echo "${1:-}not ok - $t ended with status $status after $good of $planned tests"
	fi
	if [ "$bad" -ne 0 ]; then
		echo "--- $t"
		sed "s/^/${1:-}/" "$out"
		echo "---"
	fi
}

for t in "$@"; do
	if [ -x "$top_builddir/$t" ]; then p=$top_builddir/$t; else p=$top_srcdir/$t; fi
	again=$TEST_AGAIN began=$(date +%s)
	if [ "$again" -gt 0 ]; then run_once '# '; else run_once; fi
	if [ "$bad" -ne 0 ] && [ "$again" -gt 0 ]; then
		echo "$t failed; once more, from its beginning"
		run_once
		[ "$bad" -ne 0 ] || unsteady="$unsteady $t"
	fi
	skipped=$((skipped + $(grep -c '^ok .*# SKIP' "$out")))
	echo "$t: $good ok, $bad not ok$([ "$skipped" -gt 0 ] && echo ", $skipped skipped")," \
		"$(($(date +%s) - began)) s"
	passed=$((passed + good))
	failed=$((failed + bad))
done
[ -z "$unsteady" ] || echo "passed at the second try only:$unsteady"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
