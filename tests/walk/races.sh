#!/bin/sh
# Many for one approval, and contrary words for one hold: one outcome each, and AWS hears
# of what was approved alone, once.  RACES_ROUNDS=1000 takes an hour.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
. "$W/procs.sh"
DEMO_HOLDS='  decide: 1h
  use: 1h
  open_per_identity: 10000'
DEMO_LIMITS='  connections_per_source: 256
  channels_per_connection: 256
  sessions_per_identity: 1000
  sessions: 1000'
walk_make
demo_user "$W" carol
sed -i "/^identities:/a\\
  - {name: carol, kind: human, groups: [sre], keys: [\"$(cut -d' ' -f1,2 "$W/who/carol.pub")\"]}" \
	"$W/root/etc/broker/broker.yaml"
cat >"$W/root/etc/broker/policies/demo.yaml" <<'EOP'
version: 1
name: walk
rules:
  - id: delete
    effect: hold
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:rm"]}
    approvers: {need: 1, from: [group:sre], auth: [key]}
  - id: decide
    effect: hold
    on: [exec]
    aws: {operations: ["s3:rm"], resources: ["arn:aws:s3:::logs/decide/*"]}
    ttl: {decide: 1s}
    approvers: {need: 1, from: [group:sre], auth: [key]}
  - id: use
    effect: hold
    on: [exec]
    aws: {operations: ["s3:rm"], resources: ["arn:aws:s3:::logs/use/*"]}
    ttl: {use: 1s}
    approvers: {need: 1, from: [group:sre], auth: [key]}
  - id: cancel
    effect: hold
    on: [exec]
    aws: {operations: ["s3:rm"], resources: ["arn:aws:s3:::logs/cancel/*"]}
    on_disconnect: cancel
    approvers: {need: 1, from: [group:sre], auth: [key]}
EOP
walk_start

# tap FILE: lines of a program, counted with the walk's.
tap() {
	while read -r _word _rest; do
		case $_word in
		ok) ok "${_rest#- }" ;;
		not) not_ok "${_rest#ok - }" ;;
		*) echo "$_word $_rest" ;;
		esac
	done <"$1"
}

"$PYTHON3" "$W/support/races.py" "$W" "$DEMO_PID" "$(procs_of keeper)" >"$W/tap" 2>"$W/err"
is 'the races end' $? 0
tap "$W/tap"
run agent whoami
is 'the broker serves' "$status" 0
# A client that is killed before its session process is started leaves a recording without
# a line: that is said, and nothing ran.
log_is_clean 'the file is empty'
demo_stop
"$PYTHON3" "$W/support/races_look.py" "$W" >"$W/tap" 2>"$W/err"
is 'the store can be read' $? 0
tap "$W/tap"
is 'each event proves the one before' \
	"$("$PYTHON3" "$W/support/store.py" "$W/root/var/lib/broker/broker.db" chain | cut -d' ' -f1)" whole
walk_end
