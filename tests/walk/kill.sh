#!/bin/sh
# kill -9 of each process of a broker at each step of a command: nothing runs on, what was
# shown is recorded, the client learns of it, and the next start is clean.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/procs.sh"
. "$W/killing.sh"

walk_up
while read -r step victims; do
	for victim in $victims; do
		kill_case "$victim" "$step"
	done
done <<EOT
idle brokerd keeper launch nursery listener front
held brokerd keeper launch nursery listener front
starting brokerd keeper launch nursery listener front session
output brokerd keeper launch nursery listener front session aws
closing brokerd keeper launch nursery listener front session
EOT
kill_store 0
walk_end
