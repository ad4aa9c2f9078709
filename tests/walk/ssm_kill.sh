#!/bin/sh
# Deaths around sessions on targets: of the session process, the front, the broker, ssh
# and AWS's own end.  Each time AWS is told to end what is open there, at the latest by
# the next start; nothing runs on; the recording is provable; whoever asked hears why.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/procs.sh"
. "$W/ssmbed.sh"
. "$W/ssm_killing.sh"

SSM_MORE='  resume: 4s'
ssm_up
ssm_kill_case session command
ssm_kill_case session shell
ssm_kill_case session port
ssm_kill_case front shell
ssm_kill_case ssh program
ssm_kill_case stop command
ssm_kill_case brokerd shell
ssm_kill_case all command
ssm_kill_case service command
walk_end
