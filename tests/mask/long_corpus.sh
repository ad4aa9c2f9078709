#!/bin/sh
# Masking at length: many variants of each family, every case in many chunks, and 100 MB
# of text without secrets, of which each mask is listed in $MASK_LIST.
#
#   MASK_SEED=1 MASK_VARIANTS=40 MASK_WAYS=20 MASK_MB=25 MASK_LIST=FILE
set -u
: "${top_srcdir:=.}" "${top_builddir:=.}" "${PYTHON3:=/usr/bin/python3}"
: "${MASK_SEED:=$(date +%s)}" "${MASK_VARIANTS:=40}" "${MASK_WAYS:=20}" "${MASK_MB:=25}"
here=$top_srcdir/tests/mask broker=$top_builddir/broker/cli/broker
dir=$(mktemp -d "${TMPDIR:-/tmp}/long_corpus.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
: "${MASK_LIST:=$dir/list}"
n=0 bad=0
said() { # STATUS WHAT
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else
		bad=$((bad + 1))
		echo "not ok $n - $2"
		grep -v '^secret' "$dir/told" | tail -n 40 | cut -c1-600 | sed 's/^/# /'
	fi
}
echo "# seed $MASK_SEED, list in $MASK_LIST"
"$PYTHON3" "$here/families.py" --seed "$MASK_SEED" --variants "$MASK_VARIANTS" >"$dir/cases" || exit 1
"$PYTHON3" "$here/judge.py" "$broker" "$dir/cases" >"$dir/told" 2>&1
said $? "$(wc -l <"$dir/cases") cases of all families"

# Every place of two chunks for a few, many random ones for all.
"$PYTHON3" "$here/families.py" --seed "$MASK_SEED" --variants 1 >"$dir/few" || exit 1
cat "$top_srcdir/tests/vectors/masking-sample.jsonl" >>"$dir/few"
"$PYTHON3" "$here/chunks.py" --ways 200 --halves --seed "$MASK_SEED" "$broker" "$dir/few" >"$dir/told" 2>&1
said $? "$(wc -l <"$dir/few") cases in two chunks at each place, and 200 ways at random"
"$PYTHON3" "$here/chunks.py" --ways "$MASK_WAYS" --seed "$MASK_SEED" "$broker" "$dir/cases" >"$dir/told" 2>&1
said $? "all cases byte by byte, and $MASK_WAYS ways at random"

# What is masked of text without secrets: one a 10 MB may be.
: >"$MASK_LIST"
for kind in aws listing packages git; do
	"$PYTHON3" "$here/clean.py" "$kind" "$MASK_MB" "$dir/$kind" >"$dir/told" 2>&1 || {
		said 1 "$kind: text to look at"
		continue
	}
	size=$(wc -c <"$dir/$kind")
	"$PYTHON3" "$here/clean.py" look "$broker" "$dir/$kind" >"$dir/told" 2>&1 || {
		said 1 "$kind: masked"
		continue
	}
	cat "$dir/told" >>"$MASK_LIST"
	hits=$(grep -c '^doubtful' "$dir/told")
	[ $((hits * 10 * 1048576)) -le "$size" ]
	said $? "$kind: $hits masks of no secret, $(grep -c '^secret' "$dir/told") of what looks like one, in $size bytes"
	[ "$kind" = git ] || rm -f "$dir/$kind"
done

# Real text in other chunks.
"$PYTHON3" "$here/chunks.py" --text --ways 4 --seed "$MASK_SEED" "$broker" "$dir/git" >"$dir/told" 2>&1
said $? "real text byte by byte, and 4 ways at random"
echo "1..$n"
[ "$bad" -eq 0 ]
