#!/bin/sh
# As ssm_kill.sh: each victim at each kind of session, and AWS's own end dying at each step.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/procs.sh"
. "$W/ssmbed.sh"
. "$W/ssm_killing.sh"

SSM_MORE='  resume: 4s'
ssm_up
for victim in session front ssh stop brokerd all keeper nursery service; do
	for what in command shell program port; do
		ssm_kill_case "$victim" "$what"
	done
done
for step in start upgrade open handshake running output terminate closing; do
	ssm_die_case "$step" command
	ssm_die_case "$step" shell
done
walk_end
