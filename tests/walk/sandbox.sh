#!/bin/sh
# Commands behind their walls, with and without namespaces, and a system that permits none.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/procs.sh"

cat >"$W/demo.yaml" <<'EOP'
version: 1
name: walk
rules:
  - id: all
    effect: allow
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:*", "sts:GetCallerIdentity"]}
    files: {in: stdin, out: stdout}
EOP
walk_up
conf=$W/root/etc/broker/broker.yaml
head -c 20000000 /dev/urandom >"$W/20MB"

# moves MODE: bytes go through whole, both ways and as files.
moves() {
	run agent aws s3 ls
	is "$1: a command runs" "$status" 0
	has "$1: and sees its buckets" "$W/out" ' logs$'
	demo_ssh "$W" agent broker aws s3 cp - s3://logs/large <"$W/20MB" >"$W/out" 2>"$W/err"
	is "$1: twenty megabytes go up" $? 0
	run agent aws s3 cp s3://logs/large -
	mv "$W/out" "$W/back"
	yes_ "$1: and come back as they went" cmp "$W/20MB" "$W/back"
	echo staged >"$W/small"
	demo_ssh "$W" agent broker aws s3api put-object --bucket logs --key small --body fileb://- \
		<"$W/small" >"$W/out" 2>"$W/err"
	is "$1: input becomes a file" $? 0
	run agent -- --out aws s3api get-object --bucket logs --key small -
	is "$1: a file becomes output" "$status" 0
	mv "$W/out" "$W/back"
	yes_ "$1: whole" cmp "$W/small" "$W/back"
	run agent aws sts get-caller-identity
	is "$1: another service" "$status" 0
}

# What a launcher makes in /tmp bears its number.
left() {
	find /tmp -maxdepth 1 -name "broker-$launch-*" 2>/dev/null
}
nothing_left() {
	[ -z "$(left)" ]
}

moves required
launch=$(procs_of launch)
is 'required: nothing is in the folder of all' "$(left)" ''
demo_stop
has 'all went well' "$W/brokerd.log" ready
lacks 'and no error was logged' "$W/brokerd.log" ': error: '

# ---- a system without namespaces
none=''
# One of our own, with a bound on how many may be below: none.
cat >"$W/without" <<'EOP'
#!/bin/sh
exec unshare --map-current-user --keep-caps sh -c '
	echo 0 >/proc/sys/user/max_user_namespaces &&
		exec setpriv --inh-caps=-all --ambient-caps=-all "$@"' sh "$@"
EOP
chmod 755 "$W/without"
if "$W/without" true 2>/dev/null && ! "$W/without" unshare -U true 2>/dev/null; then none=yes; fi

# As demo_start, behind without.
start_without() {
	: >"$W/brokerd.log"
	"$W/without" "$W/bin/brokerd" --root "$W/root" --libexec "$W/bin" 2>>"$W/brokerd.log" \
		</dev/null &
	DEMO_PID=$!
}

if [ -n "$none" ]; then
	start_without
	wait "$DEMO_PID"
	is 'where namespaces are forbidden the broker does not start' $? 70
	has 'and says why, and what to do' "$W/brokerd.log" \
		'commands cannot be confined here (sandbox: required): .*"sandbox: reduced"'
fi

# ---- reduced
echo 'sandbox: reduced' >>"$conf"
if [ -n "$none" ]; then
	start_without
	yes_ 'reduced: it starts all the same' demo_wait 20 demo_ready "$W"
else
	yes_ 'reduced: it starts' demo_start "$W"
fi
if [ "$walk_bad" -eq 0 ]; then
	launch=$(procs_of launch)
	moves reduced
	yes_ 'reduced: nothing is left in the folder of all' demo_wait 5 nothing_left
	lacks 'reduced: no error was logged' "$W/brokerd.log" ': error: '
fi
walk_end
