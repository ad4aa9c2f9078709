#!/bin/sh
# Install what is missing (Debian 12), build in ./build, run all tests and walks.
# The last line is "N passed, N failed"; the exit status is 0 when none failed.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1
build=$here/build
log=$build/check.out
. "$here/build-aux/packages.sh"

fail() {
	printf 'check: %s\n0 passed, 1 failed\n' "$1"
	exit 1
}

# run_chore NAME [VARIABLE=VALUE…]: make it, show it, and add its last line to the sums.
passed=0 failed=0
run_chore() {
	printf '\n== make %s\n' "$*"
	# The chore's own sum is held back: only the last line of all is one.
	make -C "$build" --no-print-directory "$@" 2>&1 | tee "$log" |
		sed -u '/^[0-9][0-9]* passed, [0-9][0-9]* failed$/d'
	add_sum "$log" "$1"
}

# add_sum LOG NAME: the last sum in the log of that chore.
add_sum() {
	sum=$(grep -a '^[0-9][0-9]* passed, [0-9][0-9]* failed$' "$1" | tail -n 1)
	if [ -z "$sum" ]; then
		echo "check: make $2 ended without a sum"
		failed=$((failed + 1))
		return
	fi
	passed=$((passed + ${sum%% *}))
	sum=${sum#*, }
	failed=$((failed + ${sum%% *}))
}

# add_chore PID NAME: the same of one that ran beside the others, once it has ended.
add_chore() {
	wait "$1"
	printf '\n== make %s\n' "$2"
	sed '/^[0-9][0-9]* passed, [0-9][0-9]* failed$/d' "$log.$2"
	add_sum "$log.$2" "$2"
}

# Nothing of the caller's own make, agent or AWS habits reaches the build and the tests.
unset MAKEFLAGS MFLAGS MAKELEVEL SSH_AUTH_SOCK AWS_PROFILE AWS_DEFAULT_PROFILE
install_packages || fail "the packages could not be installed"
build_tree "$build" || fail "the build failed"
# A machine that others use, too, stands still at times: what fails there has a second
# try, which is said.
export TEST_AGAIN="${TEST_AGAIN:-1}"
# What is tested is built before, since two that make it at once would meet.
make -C "$build" --no-print-directory -j2 check RUN_TESTS=true >"$log" 2>&1 || {
	tail -n 20 "$log"
	fail "the tests could not be built"
}
# All of these beside each other, and two by two: many wait for clocks and disks.
TEST_JOBS="${TEST_JOBS:-2}" make -C "$build" --no-print-directory check >"$log.check" 2>&1 &
units=$!
# What reads lines, words, rules and the log is fuzzed for a while, too, from its seeds.
fuzzer=
if [ "${CI:-}" = true ]; then
	nice -n 19 make -C "$build" --no-print-directory fuzz SECONDS=8 \
		TARGETS='words shell aws yaml engine cast ledger' >"$log.fuzz" 2>&1 &
	fuzzer=$!
fi
# Of the walks, those that are the system's users one after the other.
own='' others=''
for walk in $(make -s -C "$build" --no-print-directory walks); do
	case $walk in
	*/root.sh | */sealed.sh | */secrets.sh | */ssm_secrets.sh) own="$own $walk" ;;
	*) others="$others $walk" ;;
	esac
done
make -C "$build" --no-print-directory walk WALKS="$own" >"$log.walk" 2>&1 &
beside=$!
TEST_JOBS="${TEST_JOBS:-2}" run_chore walk WALKS="$others"
add_chore "$beside" walk
add_chore "$units" check
[ -z "$fuzzer" ] || add_chore "$fuzzer" fuzz
printf '\n%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
