#!/bin/sh
# build-id.sh VERSION SRCDIR FILE: write into FILE, as a C string, which sources a build is
# made of: the version and the beginning of a digest of them all.  The same from a checkout
# and from a tarball; FILE is touched only when something has changed.
set -eu
version=$1 srcdir=$2 file=$3
sum=$(cd "$srcdir" && find lib policies recorder broker replay -type f \
	\( -name '*.c' -o -name '*.h' -o -name '*.py' -o -name 'page.html' -o -name 'page.css' -o -name 'page.js' \) |
	LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-16)
mkdir -p "$(dirname "$file")"
printf '"%s+%s"\n' "$version" "$sum" >"$file.tmp"
if cmp -s "$file.tmp" "$file"; then rm "$file.tmp"; else mv "$file.tmp" "$file"; fi
