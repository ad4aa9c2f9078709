# Sourced first by each walk: a broker, its AWS, and TAP.
#
# A walk runs unprivileged.  Started as root (CI), it copies what it needs into a folder
# and goes on there as nobody.  W is that folder.  Functions that a walk defines before it
# sources this: walk_before DIR, run once while still root; walk_after DIR, at the end.

: "${top_srcdir:=.}" "${top_builddir:=.}" "${PYTHON3:=/usr/bin/python3}"

if [ -z "${WALK_DIR:-}" ]; then
	top_srcdir=$(cd "$top_srcdir" && pwd) top_builddir=$(cd "$top_builddir" && pwd)
	WALK_DIR=$(mktemp -d "${TMPDIR:-/tmp}/broker-walk.XXXXXX") || exit 1
	export WALK_DIR
	command -v walk_before >/dev/null || walk_before() { :; }
	command -v walk_after >/dev/null || walk_after() { :; }
	trap 'exit 1' HUP INT PIPE TERM
	trap 'walk_after "$WALK_DIR"; rm -rf "$WALK_DIR"' EXIT
	. "$top_srcdir/tests/support/demo.sh"
	demo_collect "$top_builddir" "$top_srcdir" "$WALK_DIR" || exit 1
	cp "$top_srcdir"/tests/walk/*.sh "$WALK_DIR/" || exit 1
	cp -R "$top_srcdir/tests/walk/data" "$WALK_DIR/" 2>/dev/null
	walk_before "$WALK_DIR" || exit 1
	if [ "$(id -u)" -eq 0 ] && [ -z "${WALK_ROOT:-}" ]; then
		chown -R nobody "$WALK_DIR"
		setpriv --reuid=nobody --regid=nogroup --clear-groups \
			sh "$WALK_DIR/$(basename "$0")"
	else
		# Mounting in a namespace of its own takes rights that the walk must not have.
		setpriv --inh-caps=-all --ambient-caps=-all sh "$WALK_DIR/$(basename "$0")"
	fi
	exit $?
fi

W=$WALK_DIR
. "$W/support/demo.sh"
walk_n=0 walk_bad=0

ok() {
	walk_n=$((walk_n + 1))
	echo "ok $walk_n - $*"
}

not_ok() {
	walk_n=$((walk_n + 1)) walk_bad=$((walk_bad + 1))
	echo "not ok $walk_n - $*"
	for _f in "$W/out" "$W/err"; do
		[ ! -s "$_f" ] || head -c 4000 "$_f" | cat -v |
			awk -v name="$(basename "$_f")" '{ print "# " name ": " $0 }'
	done
}

# is DESCRIPTION GOT WANT
is() {
	if [ "$2" = "$3" ]; then ok "$1"; else
		not_ok "$1"
		printf '# got:  %s\n# want: %s\n' "$2" "$3"
	fi
}

# has DESCRIPTION FILE BASIC-REGEX
has() {
	if grep -q -e "$3" "$2"; then ok "$1"; else
		not_ok "$1"
		echo "# no line like: $3"
	fi
}

# lacks DESCRIPTION FILE BASIC-REGEX
lacks() {
	if grep -q -e "$3" "$2"; then not_ok "$1"; else ok "$1"; fi
}

# yes DESCRIPTION command…
yes_() {
	_what=$1
	shift
	if "$@" >"$W/out" 2>"$W/err"; then ok "$_what"; else not_ok "$_what"; fi
}

# run WHO words…: ssh; status in $status, output in $W/out and $W/err.
run() {
	_who=$1
	shift
	demo_ssh "$W" "$_who" broker "$@" >"$W/out" 2>"$W/err" </dev/null
	status=$?
}

walk_end() {
	demo_stop
	demo_aws_stop
	echo "1..$walk_n"
	[ "$walk_bad" -eq 0 ]
	exit
}

walk_stop() {
	[ -z "${DEMO_PID:-}" ] || kill "$DEMO_PID" 2>/dev/null
	[ -z "${DEMO_AWS_PID:-}" ] || kill "$DEMO_AWS_PID" 2>/dev/null
}
trap walk_stop EXIT
trap 'exit 1' HUP INT PIPE TERM

# walk_up: the stand-in, keys, configuration, brokerd.
walk_up() {
	demo_aws_start "$W" && demo_make "$W" && demo_start "$W" || {
		echo "not ok 1 - the broker starts"
		echo "1..1"
		exit 1
	}
}
