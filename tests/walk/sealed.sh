#!/bin/sh
# What a command prints reaches no disk but encrypted, and the keys that open a recording
# are in nobody's memory: none but the next one while it is written, none after its end.
. "${top_srcdir:-.}/tests/walk/asroot.sh"
if ! command -v strace >/dev/null; then
	echo 'ok 1 - no plaintext on a disk # SKIP needs strace'
	echo 1..1
	exit 0
fi
# 6 characters that stay together in each form; and a call that takes its time.
marker=Zq7-not-for-any-disk-Zq7
"$PYTHON3" - "$W/support/standin-seed.json" "$marker" <<'EOP' || exit 1
import json, sys
with open(sys.argv[1]) as f:
    seed = json.load(f)
seed["buckets"]["logs"]["objects"]["marked.txt"] = (sys.argv[2] + "\n") * 2000
seed["faults"] = [{"operation": "ListBuckets", "delay": 15}]
with open(sys.argv[1], "w") as f:
    json.dump(seed, f)
EOP
demo_aws_start "$W" && demo_make "$W" || exit 1
asroot_users
yes_ 'brokerd starts as root' demo_start "$W"
[ "$walk_bad" -eq 0 ] || walk_end
state=$W/root/var/lib/broker
services=$(for s in keeper launch nursery listener; do procs_of "$s"; done)
unspooled() {
	[ -z "$(find "$state/recordings/spool" -name '*.cast')" ]
}
# traced TRACE MARKER: a line for each call that writes, "hit" or "-", and where to.
traced() {
	"$PYTHON3" - "$@" <<'EOP'
import base64, re, sys
raw = sys.argv[2].encode()
forms = {raw, raw.hex().encode()}
for shift in range(3):
    forms.add(base64.b64encode(b"\0" * shift + raw)[4 if shift else 0:-4])
def plain(text):
    return bytes.fromhex(text.replace("\\x", ""))
where = re.compile(r"^\d+ +(\w+)\((?:[^<]*, )?\d+<((?:\\x..)*)>")
with open(sys.argv[1], encoding="ascii", errors="replace") as f:
    for line in f:
        m = where.match(line)
        if m is None:
            continue
        data = b"".join(plain(d) for d in re.findall(r'"((?:\\x..)*)"', line))
        hit = any(form in data for form in forms)
        shared = m.group(1) == "mmap" and not ("PROT_WRITE" in line and "MAP_SHARED" in line)
        if not shared:
            print("hit" if hit else "-", m.group(1), plain(m.group(2)).decode())
EOP
}

# ---- each write to a file, of each process of the broker
{
	for p in $DEMO_PID $services; do
		printf ' -p %s' "$p"
	done
} >"$W/pids"
# shellcheck disable=SC2046
strace -f -y -xx -s 2000000 -o "$W/trace" \
	-e trace=write,writev,pwrite64,pwritev,pwritev2,sendmsg,sendto,sendfile,copy_file_range,splice,mmap \
	$(cat "$W/pids") 2>"$W/strace.err" &
tracer=$!
attached() {
	[ "$(grep -c attached "$W/strace.err")" -ge 5 ]
}
demo_wait 20 attached
demo_ssh "$W" agent broker aws s3 cp s3://logs/marked.txt - >"$W/shown" 2>"$W/err" </dev/null
is 'a command prints' $? 0
is 'all of it' "$(grep -c "^$marker\$" "$W/shown")" 2000
demo_wait 10 unspooled
sleep 0.5
kill "$tracer" && wait "$tracer" 2>/dev/null
traced "$W/trace" "$marker" >"$W/writes"
is 'the trace sees it on its way (so it is not blind)' \
	"$([ "$(grep -c '^hit [a-z]* \(socket\|pipe\|UNIX\)' "$W/writes")" -ge 2 ] && echo yes)" yes
is 'and writes to the recording' \
	"$([ "$(grep -c '^- write /.*\.cast$' "$W/writes")" -ge 5 ] && echo yes)" yes
is 'and to the database' \
	"$([ "$(grep -c '^- pwrite64 /.*broker\.db-wal$' "$W/writes")" -ge 1 ] && echo yes)" yes
is 'but in no write to a file' "$(grep '^hit [a-z0-9]* /' "$W/writes")" ''
is 'and no recording is mapped to be written' "$(grep 'mmap .*\.cast' "$W/writes")" ''
is 'nor does any file of the broker hold it' "$(grep -rlaF "$marker" "$W/root" "$W/brokerd.log")" ''
cast=$(demo_recording "$W")
"$W/bin/hoop-replay" --key "$state/keys/auditor.key" --trust "$state/keys/trust" \
	--export cast "$cast" >"$W/plain" 2>"$W/err"
has 'and the recording has it for who may open it' "$W/plain" "$marker"

# ---- keys, while a session runs
demo_ssh "$W" agent broker aws s3 ls >"$W/ls.out" 2>"$W/err" </dev/null &
client=$!
running() {
	cast=$(find "$state/recordings/spool" -name '*.cast' -size +4) && [ -n "$cast" ] &&
		procs_has session
}
demo_wait 20 running
sleep 1
look() {
	"$PYTHON3" "$W/support/keyscan.py" "$@" >"$W/out" 2>"$W/err"
}
session=$(procs_of session)
look "$cast" "$state/keys/auditor.key" $session
is 'a session that runs holds the next key alone' \
	"$(cut -d' ' -f3- "$W/out" | sort -u | tr '\n' ' ')" 'newest '
# shellcheck disable=SC2086
look "$cast" "$state/keys/auditor.key" "$DEMO_PID" $services $(procs_of front)
is 'and nobody else any' $? 0
wait "$client"
is 'it ends well' $? 0

# ---- and after it
demo_wait 10 unspooled
demo_wait 10 procs_none session
is 'no session is left' "$(procs_of session)" ''
cast=$(demo_recording "$W")
# shellcheck disable=SC2086
look "$cast" "$state/keys/auditor.key" "$DEMO_PID" $services
is 'after its end nobody holds a key of it' $? 0
walk_end
