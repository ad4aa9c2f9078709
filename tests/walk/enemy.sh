#!/bin/sh
# The aws command is the enemy: another program in its place, inside its walls, with its
# keys and its gate.  What its words did not name is refused, bounded and recorded.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"

# It stands where aws does, in a name space of mounts of our own.
sed "1s/.*/#!\/usr\/bin\/python3 -I/" "$W/support/enemy.py" >"$W/enemy"
chmod 755 "$W/enemy"
cat >"$W/within" <<'EOT'
#!/bin/sh
exec unshare --map-current-user --keep-caps --mount sh -c '
	mount --bind "$0" /usr/bin/aws && exec setpriv --inh-caps=-all --ambient-caps=-all "$@"' "$@"
EOT
chmod 755 "$W/within"
if ! "$W/within" "$W/enemy" true 2>/dev/null; then
	echo '1..0 # SKIP no name space of mounts is to be had here'
	exit 0
fi
walk_make
cat >"$W/root/etc/broker/policies/demo.yaml" <<'EOP'
version: 1
name: enemy
rules:
  - id: all
    effect: allow
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:*", "s3:rm", "s3:ls", "sts:*", "ssm:*", "ssm:GetParameter", "iam:*"]}
EOP
: >"$W/brokerd.log"
"$W/within" "$W/enemy" "$W/bin/brokerd" --root "$W/root" --libexec "$W/bin" 2>>"$W/brokerd.log" </dev/null &
DEMO_PID=$!
demo_wait 30 demo_ready "$W" || {
	sed 's/^/# /' "$W/brokerd.log"
	echo 'not ok 1 - the broker starts'
	echo 1..1
	exit 1
}
echo "[127.0.0.1]:$DEMO_PORT $(cut -d' ' -f1,2 "$KEYS/host_ed25519.pub")" >"$W/known_hosts"

# as_tap: tests on the command's stdout become ours.
as_tap() {
	mv "$W/out" "$W/tap"
	mv "$W/err" "$W/said"
	: >"$W/out"
	: >"$W/err"
	while read -r line; do
		case $line in
		ok*) ok "${line#* - }" ;;
		not*) not_ok "${line#* - }" ;;
		'#'*) echo "$line" ;;
		esac
	done <"$W/tap"
	cp "$W/said" "$W/err"
}
run agent aws s3 rm --recursive "s3://logs/up/a"
as_tap
is 'all of it was tried' "$status$(tail -n 1 "$W/tap" | grep -c '^1\.\.')" 01
has 'its refusals are told' "$W/said" '^broker: denied: s3:DeleteObject on arn:aws:s3:::logs/up/ab/1: '
n=$(grep -c '^broker: ' "$W/said")
is 'and not more of them than anybody reads' "$([ "$n" -gt 10 ] && [ "$n" -le 40 ] && echo yes)" yes
demo_wait 20 nothing_runs no-such
replay --verify "$(demo_recording "$W")" >"$W/out" 2>"$W/err"
is 'its recording verifies' "$?" 0
replay --export cast "$(demo_recording "$W")" >"$W/plain" 2>"$W/err"
is 'each denial is in it' \
	"$(grep -o 'aws.refused' "$W/plain" | wc -l | awk '{ print ($1 > 2030 && $1 < 2100) ? "yes" : $1 }')" yes
is 'and each call that went out, from its beginning to its end' \
	"$(grep -o 'aws\.call' "$W/plain" | wc -l)" "$(grep -o 'aws\.done' "$W/plain" | wc -l)"
lacks 'but no key of AWS' "$W/plain" 'ASIA'
run agent aws ssm get-parameter --name /app/color
as_tap
is 'another service' "$status$(tail -n 1 "$W/tap" | grep -c '^1\.\.')" 01
lacks 'nothing but what was named went to AWS' "$W/aws/requests.log" \
	'"operation": "\(GetObject\|PutObject\|GetSessionToken\|GetCallerIdentity\|GetParameters\|PutParameter\|ListBuckets\|DeleteObjects\)'
is 'nor other keys' "$("$PYTHON3" -c '
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
print(*sorted({r["path"][:5] for r in rows if r.get("operation") == "DeleteObject"}))' "$W/aws/requests.log")" '/up/a'
lacks 'no secret is logged' "$W/brokerd.log" 'gateway/secret'
log_is_clean
walk_end
