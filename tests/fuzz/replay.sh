#!/bin/sh
# Replay every folder of seeds through its fuzz target (built with the plain main).
: "${top_srcdir:=.}" "${top_builddir:=.}"
n=0
for d in "$top_srcdir"/tests/fuzz/corpus/*/; do
	[ -d "$d" ] || continue
	name=$(basename "$d")
	n=$((n + 1))
	if out=$("$top_builddir/tests/fuzz/fuzz_$name" "$d" 2>&1); then
		echo "ok $n - $name: $(echo "$out" | grep -c '^ok ') seeds"
	else
		echo "$out" | sed 's/^/# /'
		echo "not ok $n - $name"
	fi
done
echo "1..$n"
