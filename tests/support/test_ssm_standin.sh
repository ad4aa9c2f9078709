#!/bin/sh
# Sessions of the stand-in: the real aws where it has a say, and a client of our own.
# Words are parts of ssm_cases.py: only those then.
: "${top_srcdir:=.}"
. "$top_srcdir/tests/support/standin.sh"
d=$(mktemp -d) || exit 1
trap 'standin_stop; rm -rf "$d"' EXIT
trap 'exit 1' INT TERM
sed "s|@ECHO|@$d/echo|" "$top_srcdir/tests/support/ssm-seed.json" >"$d/seed.json"
echo '{}' >"$d/faults.json"
STANDIN_WORDS="--ssm-log $d/ssm.log --ssm-faults $d/faults.json"
standin_start "$d" "$d/seed.json" || {
	echo "not ok 1 - the stand-in starts"
	exit 1
}
"$PYTHON3" "$top_srcdir/tests/support/ssm_cases.py" "$d" "$STANDIN_PORT" \
	"${SSM_VECTORS:-$top_srcdir/tests/vectors/ssm}" "$@"
sed 's/^/# standin: /' "$d/standin.out"
