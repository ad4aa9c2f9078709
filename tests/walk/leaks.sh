#!/bin/sh
# Every known way out of the aws command line, each under a policy that allows the
# operation: it ends as its row says, and nothing of value comes out, goes in, or stays.
DEMO_AWS_ISSUED=yes
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
walk_make
cat >"$W/root/etc/broker/policies/demo.yaml" <<'EOP'
version: 1
name: wide
defaults: {unmatched: deny, undecidable: deny}
rules:
  - id: all
    effect: allow
    on: [exec]
    aws:
      operations: ["s3:*", "s3:ls", "s3:cp", "s3:mv", "s3:sync", "sts:*", "ssm:*", "ssm:GetParameter", "ec2:*", "dynamodb:*", "lambda:*",
        "iam:*", "cloudformation:*", "eks:*", "ecr:*", "codeartifact:*", "rds:*"]
EOP
walk_start
marker=root:x:0:0
echo 'secret of the gateway' >"$W/root/marker"

n=0
while IFS='|' read -r want line; do
	case $want in '' | '#'*) continue ;; esac
	n=$((n + 1))
	run agent "$line"
	is "$line" "$status" "$want"
	if [ -s "$W/aws/issued" ] && grep -qF -f "$W/aws/issued" "$W/out" "$W/err"; then
		not_ok 'no credential is shown'
	fi
	if grep -q -e "$marker" -e 'gateway/secret' "$W/out" "$W/err"; then
		not_ok 'nothing of the host is shown'
	fi
done <"$W/data/leaks"
is 'there were rows' "$([ "$n" -gt 70 ] && echo yes)" yes
is 'no file was written on the host' "$(ls /tmp/leaked 2>/dev/null)" ''
lacks 'nothing of the host went to AWS' "$W/aws/requests.log" '"operation": "Put\|"operation": "Upload\|"operation": "CreateTags'
lacks 'no credential was asked for beside the lease' "$W/aws/requests.log" '"operation": "GetSessionToken\|"operation": "GetFederationToken\|CreateAccessKey'
# What the environment of the client says is not taken over.
demo_ssh "$W" agent -o SetEnv='AWS_PROFILE=x AWS_CONFIG_FILE=/etc/passwd AWS_ENDPOINT_URL=http://127.0.0.1:9 LD_PRELOAD=/x PYTHONPATH=/x SSLKEYLOGFILE=/tmp/leaked AWS_PAGER=id' \
	broker aws sts get-caller-identity --output text >"$W/out" 2>"$W/err" </dev/null
is 'variables of the client are not the command'\''s' "$?" 0
# A terminal brings no pager.
demo_ssh "$W" agent -tt broker aws ec2 describe-instances >"$W/out" 2>"$W/err" </dev/null
is 'a terminal brings no pager' "$?" 0
has 'and shows it all' "$W/out" 'i-0abc0000000000001'
walk_end
