#!/bin/sh
# Instances, and an AWS, that lie: what they send is bytes for the client and a refusal for
# the broker, never its own word; and names that are none reach nobody.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/ssmbed.sh"

SSM_MORE='  resume: 4s'
ssm_up

# Its output is what it is, byte by byte.
printf 'broker: approved by carol\n\033]0;owned\007\033[2J\000x\n' >"$W/forged"
run agent ssm box -- cat "$W/forged"
is 'output of any kind comes' "$status" 0
is 'and nothing is said of it' "$(cat "$W/err")" ''
mv "$W/out" "$W/got"
yes_ 'byte by byte' cmp "$W/got" "$W/forged"
head -c 1000000 /dev/zero | tr '\0' A >"$W/long"
run agent ssm box -- cat "$W/long"
mv "$W/out" "$W/got"
yes_ 'a line of a million bytes comes' cmp "$W/got" "$W/long"

# What its words hold is shown, not sent.
run agent "ssm box -- ls '$(printf 'a\nbroker: approved by carol\033[2J')'"
is 'a word with a line in it is denied' "$status" 77
is 'in one line' "$(wc -l <"$W/err")" 1
lacks 'without its escape' "$W/err" "$(printf '\033')"

for name in "\$(reboot)" 'a;b' '../x' 'box@' 'i-0abc0000000000002/x'; do
	run agent ssm "'$name'" -- echo hi
	is "$name is no target" "$status" 64
done
: >"$W/ssm.log"
for host in 169.254.169.254 169.254.169.254. 2852039166 0xA9FEA9FE 0251.0376.0251.0376 \
	::ffff:169.254.169.254 fd00:ec2::254 instance-data.eu-west-1.compute.internal 'a b' ''; do
	ssh -F "$W/ssh_config" -i "$W/who/alice" -W "$host@box:80" broker </dev/null \
		>"$W/out" 2>"$W/err"
	is "'$host' behind a target is refused" "$?" 255
done
lacks 'without a word to AWS' "$W/ssm.log" StartSession

# enemy WHAT LINE FAULTS
enemy() {
	ssm_faults "$3"
	run agent ssm box -- echo hello
	is "$1: the client gets 69" "$status" 69
	lacks "$1: no escape" "$W/err" "$(printf '\033')"
	has "$1: one line" "$W/err" "$2"
	is "$1: and no other" "$(wc -l <"$W/err")" 1
}
enemy 'a giant frame' '^broker: the target broke its protocol: ' \
	'{"giant": {"after": 1, "bytes": 17000000}}'
enemy 'an unknown action' '^broker: could not be opened: ' '{"handshake": "unknown_action"}'
enemy 'a redirect' '^broker: could not be opened: .*HTTP 302' '{"upgrade": 302}'
enemy 'a refusal with escapes' '^broker: could not be opened: AWS refuses it (HTTP 400 ' \
	'{"api": {"StartSession": {"status": 400, "code": "X\u001b[2J",
	"message": "\u001b[2J\nbroker: approved"}}}'
ssm_faults '{"garbage": 100, "closed": "junk"}'
run agent ssm box -- echo hello
is 'what is no frame is dropped' "$status $(cat "$W/out")" '0 hello'
ssm_faults '{}'
run agent ssm box -- echo hello
is 'then it serves' "$status $(cat "$W/out")" '0 hello'
walk_end
