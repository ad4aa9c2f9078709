#!/bin/sh
# An answer with a secret: masked for everybody; shown once, to who asked, after people who
# were told so have said yes; and the audit says who.  Secrets in the words of commands
# are in nothing that is shown or kept but where they are run from.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
walk_make
conf=$W/root/etc/broker/broker.yaml policy=$W/root/etc/broker/policies/demo.yaml
SECRET=the-database-password
cat >"$policy" <<'EOP'
version: 1
name: walk
rules:
  - id: look
    effect: allow
    on: [exec]
    who: {group: agents}
    aws: {operations: ["secretsmanager:ListSecrets", "s3:ls"]}
    mask: [email]
  - id: see
    effect: hold
    on: [exec]
    who: {group: agents}
    aws: {operations: ["secretsmanager:GetSecretValue"]}
    mask: {reveal: ["secretsmanager:GetSecretValue"]}
    approvers: {need: 1, from: [group:sre], auth: [key]}
  - id: put
    effect: hold
    on: [exec]
    who: {group: agents}
    aws: {operations: ["ssm:PutParameter"]}
    approvers: {need: 1, from: [group:sre], auth: [key]}
EOP
cp "$policy" "$W/policy"
sed -e '/mask: {reveal/d' -e '/id: see/,/approvers/s/effect: hold/effect: allow/' \
	-e '/id: see/,/approvers/{/approvers/d}' "$policy" >"$W/plain.yaml"
cp "$W/plain.yaml" "$policy"
walk_start
get='aws secretsmanager get-secret-value --secret-id app/db --query SecretString --output text'
store() { "$PYTHON3" "$W/support/store.py" "$W/root/var/lib/broker/broker.db" "$@"; }

# The log says so once more.
refused_reload() {
	_seen=$(grep -c ': not reloaded' "$W/brokerd.log")
	kill -HUP "$DEMO_PID"
	demo_wait 60 sh -c "[ \$(grep -c ': not reloaded' '$W/brokerd.log') -gt $_seen ]"
}

# ---- masked for everybody
run agent $get
is 'a secret is asked for, and masked' "$status $(cat "$W/out")" '0 [MASKED:field]'
run agent aws secretsmanager get-secret-value --secret-id app/db
is 'in JSON, too' "$status $(grep -c "$SECRET" "$W/out") $(grep -c 'MASKED:field' "$W/out")" '0 0 1'

# ---- a bad configuration keeps the old one
cp "$conf" "$W/conf"
echo 'masking: {mode: sometimes}' >>"$conf"
refused_reload
is 'masking that is wrong' "$(grep -c 'not reloaded, all stays as it was: .*broker\.yaml:[0-9]*:[0-9]*: ' "$W/brokerd.log")" 1
cp "$W/conf" "$conf"
sed 's/mask: \[email\]/mask: [no-such]/' "$W/policy" >"$policy"
refused_reload
is 'a mask that nobody has' \
	"$(grep -c 'not reloaded, all stays as it was: .*demo\.yaml:[0-9]*:[0-9]*: there is no mask no-such' "$W/brokerd.log")" 1

# ---- revealed, once
cp "$W/policy" "$policy"
yes_ 'rules that reveal' reload
ask agent "$W/see" $get
asked "$W/see"
see=$id
says 'approvers are told' 0 'its answer will not be masked: secretsmanager:GetSecretValue' alice pending
says 'and those who look closer' 0 'reveals *its answer will not be masked' alice why "$id"
is 'nothing is asked of AWS before' "$(reached GetSecretValue)" 2
says 'one says yes' 0 "^approved $id\$" alice approve "$id"
wait "$asker"
is 'and it is shown to who asked' "$? $(cat "$W/see.out")" "0 $SECRET"
ask agent "$W/again" $get
asked "$W/again"
is 'the next one waits again' "$(test "$id" != "$see" && echo another)" another
says 'and is refused' 0 "^denied $id\$" alice deny "$id" --reason no
wait "$asker"
is 'then nothing is shown' "$? $(grep -c "$SECRET" "$W/again.out" "$W/again.err" | tr '\n' ' ' | sed 's/[^ ]*://g')" '77 0 0 '

# ---- words of a command
ask agent "$W/put" aws ssm put-parameter --name /app/db --type SecureString --value "'hunter2 of the walk'"
asked "$W/put"
says 'its secret is masked for approvers' 0 '\--value \[MASKED:field\]' alice pending
lacks 'and not there' "$W/out" 'hunter2'
says 'nor word by word' 0 'MASKED:field' alice why "$id"
lacks 'it is not there either' "$W/out" 'hunter2'
says 'somebody says yes' 0 "^approved $id\$" alice approve "$id"
wait "$asker"
is 'AWS got what was asked for' "$? $(reached PutParameter)" '0 1'
cp "$W/plain.yaml" "$policy"
reload
run agent -- --json --no-wait aws ssm put-parameter --name /app/db --type SecureString --value hunter2-again
is 'a refusal has it neither' "$status $(grep -c hunter2 "$W/err")" '75 0'

# ---- what is kept
demo_stop
: >"$W/told"
for cast in $(find "$W/root/var/lib/broker/recordings" -name '*.cast'); do
	replay --export jsonl "$cast" >>"$W/told" 2>&1
	replay --commands "$cast" >>"$W/told" 2>&1
	replay --info "$cast" >>"$W/told" 2>&1
done
has 'recordings tell of the command' "$W/told" '\--value.*MASKED:field'
lacks 'and not its secret' "$W/told" 'hunter2'
cat >"$W/told.py" <<'EOP'
import json, sys
rows = [json.loads(line) for line in sys.stdin]
print(len(rows), *(" ".join((r["reveal_rule"], r["hold"], r["approvals"][0]["name"], r["operation"]))
                   for r in rows))
EOP
is 'the audit says who let it through, by which rule' \
	"$(store details call.revealed | "$PYTHON3" "$W/told.py" 2>&1)" "1 walk/see $see alice GetSecretValue"
for kind in $(store kinds | sort -u); do store details "$kind"; done >"$W/all"
lacks 'no event has a word of it' "$W/all" "hunter2\|$SECRET"
lacks 'nor has the log' "$W/brokerd.log" "hunter2\|$SECRET"
walk_end
