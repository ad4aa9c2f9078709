#!/bin/sh
# clang-tidy over the product's files: advice, so it never fails.  Run it in the build
# folder; all goes to tidy.out there, the number of each kind to stdout.
#
# usage: tidy.sh SOURCE compiler-flags…
source=$1
shift
for tool in clang-tidy-14 clang-tidy ''; do
	[ -z "$tool" ] || ! command -v "$tool" >/dev/null || break
done
[ -n "$tool" ] || { echo "no clang-tidy here: no advice"; exit 0; }
printf '%s\n' "$@" >compile_flags.txt
find "$source/lib" "$source/policies" "$source/recorder" "$source/broker" "$source/replay" \
	-name '*.c' | xargs -P "$(nproc)" -n 8 "$tool" --quiet -p . >tidy.out 2>tidy.err
sed -n 's/.*warning: .*\[\([^]]*\)\]$/\1/p' tidy.out | sort | uniq -c | sort -rn
echo "$(grep -c 'warning: ' tidy.out) pieces of advice in tidy.out"
exit 0
