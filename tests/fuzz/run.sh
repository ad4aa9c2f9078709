#!/bin/sh
# Run fuzz targets one after the other, each for some seconds from its seeds, in the
# folder of a build with --enable-fuzzer.  What is found stays in tests/fuzz/found/NAME.
#
# usage: run.sh SECONDS CORPUS NAME…
seconds=$1 corpus=$2
shift 2
passed=0 failed=0
for name in "$@"; do
	found=tests/fuzz/found/$name
	mkdir -p "$found"
	[ -d "$corpus/$name" ] && seeds=$corpus/$name || seeds=
	if tests/fuzz/fuzz_$name -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
		-print_final_stats=1 -artifact_prefix="$found." "$found" $seeds \
		>"$found.log" 2>&1; then
		passed=$((passed + 1))
		echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$found.log") runs, $(
			sed -n 's/.*cov: \([0-9]*\) .*/\1/p' "$found.log" | tail -n 1) edges"
	else
		failed=$((failed + 1))
		tail -n 60 "$found.log"
		echo "$name: see $found.log, and the input in $found.crash-* (or timeout-, oom-)"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
