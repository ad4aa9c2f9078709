#!/bin/sh
# Configurations, policies and keys that are wrong: refused with a place, before the start
# and at a reload; a good reload takes effect at once.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/procs.sh"
etc=$W/root/etc/broker
keys=$W/root/var/lib/broker/keys

demo_aws_start "$W" && demo_make "$W" || exit 1
cp "$etc/broker.yaml" "$W/good.yaml"
cp "$etc/policies/demo.yaml" "$W/good.policy"

check() {
	"$W/bin/brokerd" -t --root "$W/root" --libexec "$W/bin" >"$W/out" 2>"$W/err" </dev/null
	status=$?
}

# refused WHAT TEXT: by -t, and by a start, which says the same and leaves nothing running.
refused() {
	check
	is "$1: -t ends with ${3:-64}" "$status" "${3:-64}"
	has "$1: and says where and what" "$W/err" "$2"
	timeout 20 "$W/bin/brokerd" --root "$W/root" --libexec "$W/bin" >"$W/out" 2>"$W/start.err" </dev/null
	is "$1: a start ends so too" $? "${3:-64}"
	if cmp -s "$W/err" "$W/start.err"; then ok "$1: with the same words"; else
		not_ok "$1: with the same words"
		sed 's/^/# start: /' "$W/start.err"
	fi
}

good() {
	cp "$W/good.yaml" "$etc/broker.yaml"
	cp "$W/good.policy" "$etc/policies/demo.yaml"
}

check
is 'a good configuration passes -t' "$status" 0
is 'and -t says so' "$(cat "$W/out")" "$etc/broker.yaml: ok"
is 'and nothing else' "$(cat "$W/err")" ''
is 'and makes nothing' "$(ls "$W/root/run")" ''

# ---- broker.yaml: a sed script, and what is said
while IFS='|' read -r what script text; do
	good
	sed -i "$script" "$etc/broker.yaml"
	refused "$what" "broker\\.yaml:[1-9][0-9]*:[1-9][0-9]*: $text"
done <<'EOT'
unknown key|1i colour: blue|.*colour
unknown key inside|s/kind: agent/kind: agent\n    shoe: 43/|.*shoe
wrong type|s/^listen:.*/listen: 2222/|expected a list
no address|s/^listen:.*/listen: ["localhost"]/|expected an address
out of range|$a limits: {connections: 0}|expected a number from 1 to 10000
no duration|$a limits: {login: soon}|expected a duration
key of a later version|$a user_ca: []|.*user_ca: it is not in this version
no such mode of masking|$a masking: {mode: sometimes}|.
twice the same|1i name: other|.*name
no YAML|1i name: [|.
broken key|s/ssh-ed25519 AAAA/ssh-ed25519 BBBB/|expected an SSH public key
not a role|s/role: .*/role: admin/|expected a role
profile that is not there|s/profile: demo/profile: prod/|.*prod
missing key|/admin_key/d|expected the key recording.admin_key
EOT
good

# ---- policies
sed -i 's/effect: allow/effect: permit/' "$etc/policies/demo.yaml"
refused 'policy: no effect' 'demo\.yaml:[1-9][0-9]*:[1-9][0-9]*: '
good
sed -i 's/expect: allow, rule: look/expect: deny/' "$etc/policies/demo.yaml"
refused 'policy: its own test fails' 'demo\.yaml:[1-9][0-9]*:[1-9][0-9]*: '
good
chmod o+w "$etc/policies/demo.yaml"
refused 'policy: writable by others' 'demo\.yaml.*writable'
chmod o-w "$etc/policies/demo.yaml"
chmod g+w "$etc/policies"
refused 'policy: in a folder that others write to' 'policies.*writable'
chmod g-w "$etc/policies"
chmod o+w "$etc/broker.yaml"
refused 'broker.yaml: writable by others' 'broker\.yaml.*writable'
good
chmod 644 "$etc/broker.yaml"

# ---- keys
cp "$keys/recipients" "$W/recipients"
sed -i '2s/a/b/; 2s/A/B/' "$keys/recipients"
refused 'recipients: changed' 'recipients: '
cp "$W/recipients" "$keys/recipients"
"$W/bin/broker" keys init --name demo "$W/otherkeys" >"$W/out"
sed -i "s|admin_key: .*|admin_key: \"$(cat "$W/otherkeys/admin.pub")\"|" "$etc/broker.yaml"
refused 'recipients: signed by another' 'recipients: '
good
"$PYTHON3" "$W/support/redate.py" "$keys/admin.key" 2001-01-01 <"$W/recipients" >"$keys/recipients"
refused 'recipients: expired' 'recipients: .*expired'
"$PYTHON3" "$W/support/redate.py" "$keys/admin.key" 2099-01-01 <"$W/recipients" >"$keys/recipients"
check
is 'recipients: the same with another day is good' "$status" 0
cp "$W/recipients" "$keys/recipients"

# What is refused by whom the key belongs to, behind a start that looked well.
key_refused() {
	check
	is "$1: -t ends with 64" "$status" 64
	has "$1: and names it" "$W/err" "$2"
	timeout 20 "$W/bin/brokerd" --root "$W/root" --libexec "$W/bin" >"$W/out" 2>"$W/err" </dev/null
	is "$1: a start ends with 70" $? 70
	has "$1: and names it too" "$W/err" "$2"
	lacks "$1: and ends what it started" "$W/err" 'does not end'
}
chmod 644 "$keys/device.key"
key_refused 'device key that others read' 'device\.key'
chmod 600 "$keys/device.key"
[ -e "$keys/host_ed25519" ] || ssh-keygen -q -t ed25519 -N '' -f "$keys/host_ed25519"
chmod 644 "$keys/host_ed25519"
key_refused 'host key that others read' 'host_ed25519'
rm "$keys/host_ed25519" "$keys/host_ed25519.pub"

# ---- a start, and reloads
yes_ 'the good one starts' demo_start "$W"

reload() {
	_before=$(grep -c 'reloaded' "$W/brokerd.log")
	kill -HUP "$DEMO_PID"
	demo_wait 5 reload_said
}

reload_said() {
	[ "$(grep -c 'reloaded' "$W/brokerd.log")" -gt "$_before" ]
}

# Another broker in the same folder: its port is free, the folder is not.
sed -i "s/^listen:.*/listen: [\"127.0.0.1:$(demo_port)\"]/" "$etc/broker.yaml"
timeout 20 "$W/bin/brokerd" --root "$W/root" --libexec "$W/bin" >"$W/out" 2>"$W/err" </dev/null
is 'a second broker on one root refuses' $? 70
has 'and says why' "$W/err" 'error: .*another'
lacks 'and never serves' "$W/err" 'ready'
run agent whoami
is 'the first serves on' "$status" 0
"$W/bin/broker" --root "$W/root" whoami >"$W/out" 2>"$W/err"
is 'its control socket answers: the service itself is nobody' $? 77

reload
has 'another listen is no reload' "$W/brokerd.log" 'not reloaded, .*listen: a change of this key needs a new start'
good
sed -i 's/kind: human/kind: elephant/' "$etc/broker.yaml"
reload
has 'a bad file is no reload' "$W/brokerd.log" 'not reloaded, .*broker.yaml:[0-9]*:[0-9]*: .*elephant'
good
sed -i 's/effect: allow/effect: permit/' "$etc/policies/demo.yaml"
reload
has 'a bad policy is no reload' "$W/brokerd.log" 'not reloaded, .*demo.yaml:[0-9]*:[0-9]*: '
run agent aws s3 ls
is 'the old rules are in force' "$status" 0
good
sed -i 's/"s3:ls", //; s/"aws s3 ls", "aws s3 ls s3:.*recursive", //' "$etc/policies/demo.yaml"
sed -i '/^  - {as: .*aws s3 ls s3:/d' "$etc/policies/demo.yaml"
reload
run agent aws s3 ls
is 'a good policy is in force at once' "$status" 77
good
reload
run agent aws s3 ls
is 'and another one' "$status" 0

# An identity goes: with its connection and its hold.
ssh -F "$W/ssh_config" -i "$W/who/agent" -N broker 2>"$W/idle.err" </dev/null &
idle=$!
ssh -F "$W/ssh_config" -i "$W/who/agent" broker aws s3 rm s3://logs/a.txt 2>"$W/held.err" </dev/null &
held=$!
demo_wait 10 grep -q 'approver runs' "$W/held.err"
demo_wait 10 test "$(procs_of front | wc -l)" -eq 2
sed -i '/name: ci-deploy/,/keys:/d' "$etc/broker.yaml"
reload
demo_wait 5 procs_none front
is 'an identity that goes takes its connections along' "$(procs_of front)" ''
wait "$idle"
is 'the idle one' $? 255
wait "$held"
is 'and the held one' $? 70
run alice pending
is 'its hold is pending no more' "$(cat "$W/out")" ''
run agent whoami
is 'and it does not come in again' "$status" 255
good
reload
run agent whoami
is 'put back, it does' "$status" 0

# ---- words
for p in brokerd broker hoop-replay; do
	yes_ "$p --help" "$W/bin/$p" --help
	has "$p --help shows its usage" "$W/out" "^usage: $p "
	yes_ "$p --version" "$W/bin/$p" --version
	has "$p --version says it" "$W/out" "^$p [0-9]"
	"$W/bin/$p" --no-such-option >"$W/out" 2>"$W/err"
	_s=$?
	[ "$p" = hoop-replay ] && _want=1 || _want=64
	is "$p: an unknown option is a usage error" "$_s" "$_want"
	has "$p: which is said on stderr" "$W/err" '[a-z]'
	is "$p: and not on stdout" "$(cat "$W/out")" ''
done
for words in '' 'no-such-verb' 'keys' 'keys init'; do
	# shellcheck disable=SC2086
	"$W/bin/broker" --root "$W/root" $words >"$W/out" 2>"$W/err"
	is "broker $words: a usage error" $? 64
done
"$W/bin/brokerd" --root "$W/root" more >"$W/out" 2>"$W/err"
is 'brokerd: words are a usage error' $? 64
walk_log_clean 'not reloaded, '
walk_end
