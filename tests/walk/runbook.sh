#!/bin/sh
# Runbooks: commands with parameters whose templates people approve once, with real
# clients, over an edit, a restart and a crash.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
DEMO_HOLDS='  decide: 1h
  open_per_identity: 20'
walk_make
for who in bob carol ned; do demo_user "$W" "$who"; done
key() { cut -d' ' -f1,2 "$W/who/$1.pub"; }
conf=$W/root/etc/broker/broker.yaml policy=$W/root/etc/broker/policies/demo.yaml
sed -i -e "/name: bob/d" -e 's/groups: \[sre\]/groups: [sre, agents]\n    profile: demo/' \
	-e "/^identities:/a\\
  - {name: bob, kind: human, groups: [sre], keys: [\"$(key bob)\"]}\\
  - {name: carol, kind: human, groups: [sre], keys: [\"$(key carol)\"]}\\
  - {name: ned, kind: human, groups: [others], profile: demo, keys: [\"$(key ned)\"]}" "$conf"
cat >"$policy" <<'EOP'
version: 1
name: walk
sets:
  buckets: {values: [logs, prod-logs]}
rules:
  - id: keep
    effect: deny
    on: [exec]
    aws: {operations: ["s3:rm", "s3:DeleteObject"], resources: ["arn:aws:s3:::logs/keep*"]}
    reason: These stay.
  - id: people
    effect: hold
    on: [exec]
    aws: {operations: ["s3:mb"]}
    approvers: {need: 1, from: ["identity:carol"], auth: [key]}
runbooks:
  - name: clean
    help: Remove one object.
    parameters: {bucket: buckets, key: {glob: "*.txt"}}
    command: [aws, s3, rm, "s3://{bucket}/{key}"]
    who: {group: agents}
    approvers: {need: 1, from: ["group:sre"], auth: [key]}
    examples: {match: ["bucket=logs key=a.txt"], no_match: ["bucket=logs key=a.gz"]}
  - name: make
    parameters: {name: {re: "[a-z]{3,20}"}}
    command: [aws, s3, mb, "s3://{name}"]
    who: {group: agents}
    approvers: {need: 1, from: ["group:sre"], auth: [key]}
    examples: {match: ["name=walk"]}
EOP
cp "$policy" "$W/policy"
walk_start

reload() {
	_seen=$(grep -c ': reloaded$' "$W/brokerd.log")
	kill -HUP "$DEMO_PID"
	demo_wait 10 sh -c "[ \$(grep -c ': reloaded\$' '$W/brokerd.log') -gt $_seen ]"
}

# says DESCRIPTION STATUS REGEX WHO words…
says() {
	_d=$1 _s=$2 _r=$3
	shift 3
	run "$@"
	if [ "$status" = "$_s" ] && cat "$W/out" "$W/err" | grep -q -e "$_r"; then ok "$_d"; else
		not_ok "$_d"
		printf '# status %s, want %s and %s\n' "$status" "$_s" "$_r"
		cat "$W/out" "$W/err" | sed 's/^/# /'
	fi
}

pending() { sed -n 's/^pending \(.*\)$/\1/p' "$W/out"; }
reached() { grep -c "\"operation\": \"$1\"" "$W/aws/requests.log"; }

# ---- approved once ----
says 'the list shows it' 0 '^walk/clean  not approved$' agent runbook list
says 'nothing runs before it is approved' 77 'runbook request walk/clean' \
	agent run clean bucket=logs key=a.txt
says 'its asker asks' 75 '^pending ' agent runbook request clean
id=$(pending)
says 'and what is approved can be read' 0 '"s3://{bucket}/{key}"' alice runbook show clean
says 'nobody without the right approves it' 77 '' ned approve "$id"
says 'nor does its owner' 77 'answer to the same person' bob approve "$id"
says 'others do' 0 "^approved $id" alice approve "$id"
says 'it is approved' 0 '^walk/clean  approved .* by alice$' agent runbook list
is 'nothing has been removed so far' "$(reached DeleteObject)" 0
says 'it runs' 0 'delete: s3://logs/a.txt' agent run clean bucket=logs key=a.txt
is 'and AWS was asked' "$(reached DeleteObject)" 1
run agent aws s3 rm s3://logs/b.txt
is 'its words alone are not allowed' "$status" 77

# ---- other values ----
says 'not another bucket' 77 'of bucket is none' agent run clean bucket=other key=a.txt
says 'not another key' 77 'of key is none' agent run clean bucket=logs key=a.gz
says 'no option' 77 'begins with -' agent run clean bucket=logs key=--recursive.txt
says 'no file' 77 'names a file' agent run clean bucket=logs key=file:///etc/x.txt
says 'none missing' 64 'key is missing' agent run clean bucket=logs
says 'none twice' 64 'twice' agent run clean bucket=logs bucket=logs key=a.txt
says 'none more' 64 'no parameter' agent run clean bucket=logs key=a.txt recursive=1
says 'not for others' 77 'no runbook that is yours' ned run clean bucket=logs key=a.txt
says 'a deny beats it' 77 'walk/keep: These stay' agent run clean bucket=logs key=keep.txt
says 'a rehearsal runs nothing' 0 'would be allowed' \
	agent -- --dry-run run clean bucket=logs key=b.txt
is 'AWS was asked for nothing of that' "$(reached DeleteObject)" 1

# ---- a hold beside it ----
run agent runbook request make
id=$(pending)
run alice approve "$id"
says 'a rule of other people holds it still' 75 'needs 1 of carol' \
	agent run make name=walking --no-wait
held=$(sed -n 's/.*held: \([0-9A-Z-]*\) .*/\1/p' "$W/err" | head -n 1)
says 'they are shown what it is' 0 'runbook *walk/make' carol why "$held"
says 'they say yes' 0 "^approved $held" carol approve "$held"
says 'and it runs' 0 'make_bucket: walking' agent request "$held"

# ---- a restart, a crash, an edit ----
kill -9 "$DEMO_PID"
wait "$DEMO_PID" 2>/dev/null
demo_start "$W" || not_ok 'it starts again'
says 'it is approved after a crash' 0 'delete: s3://logs/b.txt' \
	agent run clean bucket=logs key=b.txt
sed -i 's/glob: "\*.txt"/glob: "*"/; s/, no_match: \["bucket=logs key=a.gz"\]//' "$policy"
yes_ 'an edit' reload
says 'has to be approved anew' 77 'is not approved' agent run clean bucket=logs key=c.gz
cp "$W/policy" "$policy"
sed -i 's/values: \[logs, prod-logs\]/values: [logs, prod-logs, other]/' "$policy"
yes_ 'an edit of the set that it names' reload
says 'too' 77 'is not approved' agent run clean bucket=logs key=a.txt
cp "$W/policy" "$policy"
yes_ 'back' reload
says 'what was approved is so still' 0 '' agent run clean bucket=logs key=prod.txt

# ---- what is kept ----
log_is_clean
demo_stop
store() { "$PYTHON3" "$W/support/store.py" "$W/root/var/lib/broker/broker.db" "$@"; }
store details verdict >"$W/verdicts"
is 'each verdict names it' \
	"$(grep -c '"effect": *"allow".*"runbook": *{.*"name": *"walk/clean"' "$W/verdicts")" 4
is 'each event proves the one before' "$(store chain | cut -d' ' -f1)" whole
walk_end
