#!/bin/sh
# Files of commands: stdin that becomes one, another that becomes stdout; only where a
# rule says so, and no other file.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
walk_make
cat >"$W/root/etc/broker/policies/demo.yaml" <<'EOP'
version: 1
name: walk
rules:
  - id: files
    effect: allow
    on: [exec]
    who: {group: agents}
    aws:
      operations: ["ssm:PutParameter", "s3:PutObject", "s3:GetObject"]
      resources: ["arn:aws:ssm:*:*:parameter/staged/*", "arn:aws:s3:::logs/staged/*"]
    files: {in: stdin, out: stdout}
  - id: in-only
    effect: allow
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:PutObject", "s3:GetObject"], resources: ["arn:aws:s3:::logs/in/*"]}
    files: {in: stdin}
  - id: plain
    effect: allow
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:ls", "s3:PutObject", "s3:GetObject", "ssm:PutParameter", "ssm:GetParameter"]}
  - id: asked
    effect: hold
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:PutObject"], resources: ["arn:aws:s3:::logs/staged/asked"]}
    files: {in: stdin}
    approvers: {need: 1, from: [group:sre], auth: [key]}
EOP
walk_start

# give FILE words…: as run, with FILE on stdin.
give() {
	_in=$1
	shift
	demo_ssh "$W" agent broker "$@" <"$_in" >"$W/out" 2>"$W/err"
	status=$?
}

# refused STATUS REGEX words…: in one line, and no call reaches AWS.
refused() {
	_want=$1 _says=$2 _before=$(grep -c . "$W/aws/requests.log")
	shift 2
	give "$W/text" "$@"
	_calls=$(($(grep -c . "$W/aws/requests.log") - _before))
	if [ "$status" = "$_want" ] && [ ! -s "$W/out" ] && [ "$_calls" -eq 0 ] &&
		grep -q -e "^broker: $_says" "$W/err" && [ "$(wc -l <"$W/err")" -eq 1 ]; then
		ok "refused: $*"
	else
		not_ok "refused: $*"
		printf '# status %s, %s calls; want %s and: broker: %s\n' \
			"$status" "$_calls" "$_want" "$_says"
	fi
}

# same DESCRIPTION A B: two files, byte for byte.
same() {
	if cmp "$2" "$3" >"$W/cmp" 2>&1; then ok "$1"; else
		not_ok "$1"
		sed 's/^/# /' "$W/cmp"
	fi
}

printf 'first\nsecond "line" \\ \303\251\n' >"$W/text"
head -c 3000000 /dev/urandom >"$W/bytes"

# ---- in
give "$W/text" aws ssm put-parameter --name /staged/a --type String --value file://-
is 'text on stdin becomes the value of a parameter' "$status" 0
run agent aws ssm get-parameter --name /staged/a --query Parameter.Value --output text
is 'as it was' "$(cat "$W/out")" "$(cat "$W/text"; echo)"
give "$W/bytes" aws s3api put-object --bucket logs --key staged/b --body fileb://-
is 'bytes on stdin become a body' "$status" 0
give /dev/null aws s3api put-object --bucket logs --key staged/empty --body fileb://-
is 'no byte is a body too' "$status" 0
give "$W/text" aws s3api put-object --bucket logs --key in/a --body fileb://-
is 'a rule may allow input alone' "$status" 0

# ---- out
run agent -- --out aws s3api get-object --bucket logs --key staged/b -
is 'an output file becomes stdout' "$status" 0
same 'with the bytes of the body' "$W/bytes" "$W/out"
run agent -- --out aws s3api get-object --bucket logs --key staged/b -
has 'what aws prints goes to stderr' "$W/err" '"ContentLength": 3000000,$'
lacks 'and shows no path' "$W/err" '/tmp'
cast=$(demo_recording "$W")
replay --export cast -o "$W/cast" "$cast"
"$PYTHON3" "$W/support/cast.py" "$W/cast" shown >"$W/shown"
cat "$W/err" "$W/out" >"$W/both"
same 'all of it is recorded, first what aws prints' "$W/both" "$W/shown"
run agent -- --out aws s3api get-object --bucket logs --key staged/empty -
is 'an empty file is an output' "$status $(wc -c <"$W/out")" '0 0'
run agent -- --out aws s3api get-object --bucket logs --key staged/none -
is 'a command that fails ends as aws does' "$status" 254
is 'and puts nothing out' "$(cat "$W/out")" ''
has 'but says why' "$W/err" '(NoSuchKey)'

# ---- held
demo_ssh "$W" agent broker aws s3api put-object --bucket logs --key staged/asked --body fileb://- \
	<"$W/bytes" >"$W/held.out" 2>"$W/held.err" &
asker=$!
asked "$W/held"
run alice pending
has 'who approves sees that input comes' "$W/out" 'fileb://-'
run alice approve "$id"
wait "$asker"
is 'an approved command takes its input' $? 0
run agent -- --out aws s3api get-object --bucket logs --key staged/asked -
same 'as it came before the approval' "$W/bytes" "$W/out"

# ---- without a rule
put='aws s3api put-object --bucket logs --body fileb://- --key'
refused 77 'denied: .*unmatched' $put plain
refused 77 'denied: .*unmatched' aws ssm put-parameter --name /plain --type String --value file://-
refused 77 'denied: .*unmatched' -- --out aws s3api get-object --bucket logs --key a.txt -
refused 77 'denied: .*unmatched' -- --out aws s3api get-object --bucket logs --key in/a -

# S3 takes such a key as it is; others on the way may not.
puts() { grep -c '"operation": "PutObject"' "$W/aws/requests.log"; }
before=$(puts)
give "$W/text" $put staged/../plain
is 'a key that climbs is refused on the wire' "$status" 254
has 'and that is said' "$W/err" '^broker: denied: the path has a dot segment'
is 'and nothing of it reached AWS' "$(puts)" "$before"

# ---- any other file
value='aws ssm put-parameter --name /staged/a --type String --value'
for f in file:///tmp/in fileb:///tmp/in file://./- file://-/ file:///dev/stdin file:///proc/self/environ \
	file:///etc/passwd File:///tmp/in file://; do
	refused 77 'denied: file: ' $value "$f"
done
body='aws s3api put-object --bucket logs --key staged/x --body'
for f in - /tmp/in /dev/stdin x fileb:///etc/passwd; do
	refused 77 'denied: file: ' $body "$f"
done
get='aws s3api get-object --bucket logs --key staged/b'
for f in /tmp/out out /dev/stdout /tmp/../tmp/out ./-; do
	refused 77 'denied: file: ' -- --out $get "$f"
done
refused 64 'refused: .*needs --out' $get -
refused 64 'refused: --out is for an operation that writes a file' -- --out aws s3 ls
refused 64 'refused: --out is for an operation that writes a file' -- --out aws s3 cp s3://logs/staged/b -
refused 64 'refused: .*stdin can be staged once' \
	aws ssm put-parameter --name /staged/a --type String --value file://- --description file://-

# ---- more than there is room for
give /dev/zero aws s3api put-object --bucket logs --key staged/huge --body fileb://-
is 'input has an end' "$status" 64
has 'that is said' "$W/err" '^broker: the input is over 134217728 bytes'
run agent -- --out aws s3api get-object --bucket logs --key staged/huge -
is 'and none of it was sent' "$status" 254
log_is_clean
walk_end
