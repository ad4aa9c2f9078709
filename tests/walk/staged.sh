#!/bin/sh
# Input that is approved with its command: it is read whole before anybody is asked, bound
# by the approval, and what the command is given, whether on its stdin or as a file.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
DEMO_HOLDS='  stdin: 3MiB'
walk_make
sed -i 's/groups: \[sre\]$/groups: [sre]\n    profile: demo/' "$W/root/etc/broker/broker.yaml"
cat >"$W/root/etc/broker/policies/demo.yaml" <<'EOP'
version: 1
name: walk
rules:
  - id: as-file
    effect: hold
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:PutObject"], resources: ["arn:aws:s3:::logs/file/*"]}
    files: {in: stdin}
    stdin: hashed
    approvers: {need: 1, from: [group:sre], auth: [key]}
  - id: as-stdin
    effect: hold
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:cp", "s3:PutObject"], resources: ["arn:aws:s3:::logs/pipe/*"]}
    stdin: hashed
    approvers: {need: 1, from: [group:sre], auth: [key]}
  - id: look
    effect: allow
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:ls"]}
  - id: fetch
    effect: allow
    on: [exec]
    who: {group: sre}
    aws: {operations: ["s3:cp"]}
EOP
walk_start

# give FILE OUT words…: the agent's command with FILE on stdin, in the background; $asker.
give() {
	_in=$1 _to=$2
	shift 2
	rm -f "$_to.out" "$_to.err"
	# shellcheck disable=SC2086
	$ssh_agent broker -- --wait 60 "$@" >"$_to.out" 2>"$_to.err" <"$_in" &
	asker=$!
}
# fetch KEY FILE
fetch() {
	demo_ssh "$W" alice broker -- --wait 5 aws s3 cp "s3://logs/$1" - >"$2" 2>"$W/err" </dev/null
}
same() {
	if cmp "$2" "$3" >"$W/cmp" 2>&1; then ok "$1"; else
		not_ok "$1"
		sed 's/^/# /' "$W/cmp"
	fi
}
head -c 2500000 /dev/urandom >"$W/bytes"
head -c 3145729 /dev/zero >"$W/large"
sum=$(sha256sum "$W/bytes" | cut -d' ' -f1)

# ---- a command's stdin
give "$W/bytes" "$W/pipe" aws s3 cp - s3://logs/pipe/a
asked "$W/pipe"
run alice pending
has 'approvers see its digest' "$W/out" "sha256 $sum, 2500000 bytes"
is 'nothing has run' "$(reached PutObject)" 0
run alice approve "$id"
is 'it is approved' "$status" 0
wait "$asker"
is 'it runs then' $? 0
fetch pipe/a "$W/back"
same 'with what was approved' "$W/bytes" "$W/back"

# ---- a file of the command
give "$W/bytes" "$W/file" aws s3api put-object --bucket logs --key file/b --body fileb://-
asked "$W/file"
run alice why "$id"
has 'as a file it is no different' "$W/out" "$sum"
run alice approve "$id"
wait "$asker"
is 'a file of the command' $? 0
fetch file/b "$W/back"
same 'has what was approved, too' "$W/bytes" "$W/back"
mv "$W/back" "$W/twice"

# ---- none, and too much
give /dev/null "$W/none" aws s3 cp - s3://logs/pipe/c
asked "$W/none"
run alice approve "$id"
wait "$asker"
is 'nothing at all is an input' $? 0
fetch pipe/c "$W/back"
is 'of no bytes' "$(wc -c <"$W/back")" 0
give "$W/large" "$W/over" aws s3 cp - s3://logs/pipe/d
wait "$asker"
is 'a byte too many is refused' $? 64
has 'and says so' "$W/over.err" '^broker: refused: .*input.*more than 3145728 bytes'
run alice pending
is 'and nobody was asked' "$(cat "$W/out")" ''

# ---- a client that does not end its input
mkfifo "$W/fifo"
give "$W/fifo" "$W/slow" aws s3 cp - s3://logs/pipe/e
exec 7<>"$W/fifo"
echo 'some of it' >&7
run agent aws s3 ls s3://logs/
is 'others go on meanwhile' "$status" 0
run alice pending
is 'nobody is asked about half of it' "$(cat "$W/out")" ''
echo 'and the rest' >&7
exec 7>&-
asked "$W/slow"
run alice approve "$id"
wait "$asker"
is 'at its end they are' $? 0
fetch pipe/e "$W/back"
is 'about all of it' "$(cat "$W/back")" "some of it
and the rest"
walk_end
