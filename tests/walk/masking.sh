#!/bin/sh
# Operations that exist to return secrets, through the real ssh and aws in every form of
# output: the secret is in neither the terminal, the recording, the audit nor any file.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
SECRET=s3cr3t-Of-The-Walk-0123456789
# Before the stand-in reads it.
"$PYTHON3" - "$W/support/standin-seed.json" "$SECRET" <<'EOP' || exit 1
import base64, json, sys
path, secret = sys.argv[1:]
with open(path) as f:
    seed = json.load(f)
seed["secrets"]["app/db"] = secret
seed["parameters"]["/app/db"] = {"secure": secret}
seed.setdefault("looks", {})["lambda:GetFunctionConfiguration"] = {"f": {
    "FunctionName": "f", "Environment": {"Variables": {"DB_PASSWORD": secret, "STAGE": "prod"}}}}
seed.setdefault("answers", {}).update({
    "ecr:GetAuthorizationToken": {"takes": ["registryIds"], "says": {"authorizationData": [{
        "authorizationToken": base64.b64encode(("AWS:" + secret).encode()).decode(),
        "expiresAt": 1767225600.5, "proxyEndpoint": "https://1.dkr.ecr.eu-west-1.amazonaws.com"}]}},
    "iam:CreateAccessKey": {"takes": ["UserName"], "resource": "arn:aws:iam::111122223333:user/bob", "says": {"AccessKey": {
        "UserName": "bob", "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "Status": "Active",
        "SecretAccessKey": secret, "CreateDate": "2026-01-01T00:00:00Z"}}},
    "ec2:GetPasswordData": {"takes": ["InstanceId"],
        "resource": "arn:aws:ec2:eu-west-1:111122223333:instance/i-0abc0000000000001", "says": {
        "instanceId": "i-0abc0000000000001", "timestamp": "2026-01-01T00:00:00.000Z",
        "passwordData": secret}}})
with open(path, "w") as f:
    json.dump(seed, f)
EOP
walk_make
cat >"$W/root/etc/broker/policies/demo.yaml" <<'EOP'
version: 1
name: walk
rules:
  - id: secrets
    effect: allow
    on: [exec]
    who: {group: agents}
    aws:
      operations: ["secretsmanager:GetSecretValue", "ssm:GetParameter", "iam:CreateAccessKey",
        "ecr:GetAuthorizationToken", "ec2:GetPasswordData", "lambda:GetFunctionConfiguration"]
EOP
walk_start

# masked COMMAND…: it succeeds, and shows a mask and no secret.
masked() {
	run agent aws "$@"
	is "$*" "$status $(grep -c 'MASKED' "$W/out" | sed 's/[1-9][0-9]*/some/') $(cat "$W/out" "$W/err" | grep -c "$SECRET\|$ENCODED")" '0 some 0'
}
ENCODED=$(printf 'AWS:%s' "$SECRET" | base64)
for output in json text table yaml; do
	masked secretsmanager get-secret-value --secret-id app/db --output $output
	# (A table of one value is empty.)
	[ $output = table ] ||
		masked secretsmanager get-secret-value --secret-id app/db --query SecretString --output $output
	masked ssm get-parameter --name /app/db --with-decryption --output $output
done
masked iam create-access-key --user-name bob
masked iam create-access-key --user-name bob --query AccessKey.SecretAccessKey --output text
masked ec2 get-password-data --instance-id i-0abc0000000000001
masked ec2 get-password-data --instance-id i-0abc0000000000001 --query PasswordData --output text
masked lambda get-function-configuration --function-name f
has 'what is no secret is shown' "$W/out" '"STAGE": "prod"'
masked lambda get-function-configuration --function-name f --query "'Environment.Variables.DB_PASSWORD'" --output text
run agent aws ecr get-authorization-token --query "'authorizationData[0].authorizationToken'" --output text
is 'a token in base64 stays base64' "$status $(base64 -d <"$W/out" 2>&1)" '0 AWS:[MASKED]'

# ---- what is kept
demo_stop
: >"$W/told"
for cast in $(find "$W/root/var/lib/broker/recordings" -name '*.cast'); do
	replay --raw --export jsonl "$cast" >>"$W/told" 2>&1
	replay --commands "$cast" >>"$W/told" 2>&1
done
has 'recordings show the masks' "$W/told" 'MASKED:field'
lacks 'and no secret' "$W/told" "$SECRET\|$ENCODED"
for kind in $("$PYTHON3" "$W/support/store.py" "$W/root/var/lib/broker/broker.db" kinds | sort -u); do
	"$PYTHON3" "$W/support/store.py" "$W/root/var/lib/broker/broker.db" details "$kind"
done >"$W/all"
yes_ 'the audit has its events' test -s "$W/all"
lacks 'and no secret' "$W/all" "$SECRET\|$ENCODED"
is 'no file of the broker has one' "$(grep -rla "$SECRET\|$ENCODED" "$W/root" "$W/brokerd.log" | head -n 3)" ''
walk_end
