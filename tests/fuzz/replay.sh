#!/bin/sh
# Replay every corpus through its fuzz target (built with the plain main).
: "${top_srcdir:=.}" "${top_builddir:=.}"
status=0 n=0
for d in "$top_srcdir"/tests/fuzz/corpus/*/; do
	name=$(basename "$d")
	n=$((n + 1))
	"$top_builddir/tests/fuzz/fuzz_$name" "$d" | grep -v '^1\.\.' | sed "s/^ok [0-9]* - .*/ok $n - $name/; s/^not ok [0-9]* - .*/not ok $n - $name/" | sort | uniq -c |
	    awk -v n="$name" '{ok = $2 == "ok"; print (ok ? "ok" : "not ok") " - corpus " n " (" $1 " files)"; if (!ok) exit 1}' || status=1
done
echo "1..$n"
exit $status
