#!/bin/sh
# What a command on a target prints is masked before it is shown and recorded: its
# environment, a file of credentials, a secret of a cluster, a key.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
. "$W/ssmbed.sh"
SECRET=Hunter2-Of-The-Walk-0123456789
ssm_up
fast=i-0abc0000000000002
there=$W/scratch/$fast
mkdir -p "$there"
ENCODED=$(printf %s "$SECRET" | base64)
printf 'STAGE=prod\nDB_PASSWORD=%s\nPORT=5432\n' "$SECRET" >"$there/env"
printf '[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLX\naws_secret_access_key = %s\nregion = eu-west-1\n' \
	"$SECRET" >"$there/credentials"
cat >"$there/secret.yaml" <<EOP
apiVersion: v1
data:
  password: $ENCODED
  username: $(printf %s "user-$SECRET" | base64)
kind: Secret
metadata:
  name: orders
EOP
openssl genrsa -out "$there/key.pem" 2048 2>/dev/null
BODY=$(sed -n 3p "$there/key.pem")

# hidden FILE KEEP: shown with a mask and with this, without any secret.
hidden() {
	run agent ssm fast -- cat "$1"
	is "$1 is shown masked" "$status $(grep -c MASKED "$W/out" | sed 's/[1-9][0-9]*/some/')" '0 some'
	has 'and all that is no secret' "$W/out" "$2"
	is 'nothing of the secret' "$(cat "$W/out" "$W/err" | grep -cF -e "$SECRET" -e "$ENCODED" -e "$BODY")" 0
}
hidden env '^PORT=5432'
hidden credentials '^region = eu-west-1'
hidden secret.yaml '^  name: orders'
hidden key.pem '^-----END .*PRIVATE KEY-----'
sessions_over() { [ -z "$(find "$W/root/var/lib/broker/recordings/spool" -name '*.cast' 2>/dev/null)" ]; }
demo_wait 60 sessions_over
demo_stop
: >"$W/told"
for cast in $(find "$W/root/var/lib/broker/recordings" -name '*.cast'); do
	replay --raw --export jsonl "$cast" >>"$W/told" 2>&1
	replay --raw --text "$cast" >>"$W/told" 2>&1
done
has 'recordings show the masks' "$W/told" 'MASKED:field'
is 'and no secret' "$(grep -cF -e "$SECRET" -e "$ENCODED" -e "$BODY" "$W/told")" 0
is 'no file of the broker has one' "$(grep -rlaF -e "$SECRET" -e "$ENCODED" -e "$BODY" "$W/root" "$W/brokerd.log" | head -n 3)" ''
log_is_clean
walk_end
