#!/bin/sh
# kill -9 of brokerd and of its keeper in each state of a hold: what was asked and said is
# there after the next start, and what was approved runs once at most.  APPROVALS_KILLS
# more of them come at random moments (4); APPROVALS_SEED repeats these.
: "${APPROVALS_KILLS:=4}" "${APPROVALS_SEED:=$(date +%s)}"
export APPROVALS_KILLS APPROVALS_SEED
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
. "$W/procs.sh"
DEMO_HOLDS='  decide: 1h
  use: 1h
  open_per_identity: 1000'
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
  - id: two
    effect: hold
    on: [exec]
    aws: {operations: ["s3:rm"], resources: ["arn:aws:s3:::logs/two/*"]}
    approvers: {need: 2, from: [group:sre], auth: [key]}
EOP
walk_start
echo '[' >"$W/list"

reached() {
	grep -c "\"operation\": \"DeleteObject\".*\"logs/$key\"\|\"logs/$key\".*\"operation\": \"DeleteObject\"" \
		"$W/aws/requests.log"
}

# left KEY: held, and nobody waits; sets $id and $key.  Its callers' ends are in $runs.
left() {
	key=$1 runs=''
	run agent -- --no-wait aws s3 rm "s3://logs/$key"
	id=$(sed -n 's/^broker: run it later with: ssh broker request \([0-9A-Z-]*\)$/\1/p' "$W/err")
	[ -n "$id" ] || not_ok "$key is held"
}

decide() {
	run "$1" "$2" "$id" ${3:+--reason "$3"}
	[ "$status" = 0 ] || not_ok "$key: $1 can $2"
}

# back: its caller comes for it, to the end.
back() {
	run agent request "$id" --no-wait
	runs="$runs,$status"
}

# The same in the background: $client.
back_begin() {
	demo_ssh "$W" agent >/dev/null 2>&1 broker request "$id" </dev/null &
	client=$!
}

end_of() {
	wait "$client"
	runs="$runs,$?"
}

# killed VICTIM: and the broker has ended.
killed() {
	_keeper=$(procs_of keeper) _launch=$(procs_of launch)
	procs_note "$W/before"
	case $1 in
	brokerd) kill -9 "$DEMO_PID" ;;
	keeper) kill -9 "$_keeper" ;;
	both) kill -9 "$DEMO_PID" "$_keeper" ;;
	esac
	kill -CONT "$_keeper" "$_launch" 2>/dev/null
	wait "$DEMO_PID" 2>/dev/null
	demo_wait 20 procs_gone "$W/before" || not_ok "$1, $state: nothing runs on"
}

again() {
	cat "$W/brokerd.log" >>"$W/all.log"
	demo_start "$W" >"$W/out" 2>&1 || not_ok "$victim, $state: it starts again"
}

noted() {
	printf '%s{"race": "%s", "hold": "%s", "key": "%s", "runs": [%s]}\n' "$_comma" \
		"$state" "$id" "$key" "${runs#,}" >>"$W/list"
	_comma=,
}

# It runs now, and it did once.
runs_once() {
	back
	is "$victim, $state: it runs" "$status" 0
	back
	is "$victim, $state: and not again" "$status" 77
	is "$victim, $state: AWS heard of it once" "$(reached)" 1
}

begin_pending() {
	left "$1"
}

begin_voted() {
	left "two/$1"
	decide alice approve
}

begin_approved() {
	left "$1"
	decide carol approve
}

begin_denied() {
	left "$1"
	decide carol deny no
}

# The keeper has been told that it is used, and does not hear it.
begin_spending() {
	begin_approved "$1"
	kill -STOP "$(procs_of keeper)"
	back_begin
	sleep 0.5 # where it is not reached yet it is another step, and as good
}

# It is used, and nothing has been started.
begin_starting() {
	begin_approved "$1"
	kill -STOP "$(procs_of launch)"
	back_begin
	demo_wait 20 procs_has session
}

begin_running() {
	begin_approved "$1"
	back_begin
	demo_wait 20 procs_has aws
}

look_pending() {
	back
	is "$victim, $state: nobody has decided" "$status" 75
	is "$victim, $state: nothing ran" "$(reached)" 0
	run carol pending
	has "$victim, $state: people see it" "$W/out" "^$id"
	decide carol approve
	runs_once
}

look_voted() {
	back
	is "$victim, $state: one yes is not enough" "$status" 75
	run alice approve "$id"
	is "$victim, $state: nobody counts twice" "$status" 77
	is "$victim, $state: nothing ran" "$(reached)" 0
	decide carol approve
	runs_once
}

look_approved() {
	is "$victim, $state: nothing ran by itself" "$(reached)" 0
	runs_once
}

look_denied() {
	back
	is "$victim, $state: a no stands" "$status" 77
	run agent aws s3 rm "s3://logs/$key"
	has "$victim, $state: also for who asks again" "$W/err" 'nobody was asked again'
	is "$victim, $state: nothing ran" "$(reached)" 0
}

# The change came through, or it did not; what is used and did not run is lost, never
# doubled.
look_spending() {
	end_of
	is "$victim, $state: nothing ran" "$(reached)" 0
	back
	if [ "$status" = 0 ]; then
		is "$victim, $state: it was not used, and runs" "$(reached)" 1
	else
		is "$victim, $state: it was used" "$status:$(reached)" 77:0
		has "$victim, $state: which is said" "$W/err" "^broker: spent: $id was used"
	fi
	back
	is "$victim, $state: and not again" "$status" 77
}

look_starting() {
	end_of
	back
	is "$victim, $state: it was used" "$status" 77
	is "$victim, $state: nothing ran" "$(reached)" 0
}

look_running() {
	end_of
	back
	is "$victim, $state: it was used" "$status" 77
	if [ "$(reached)" -le 1 ]; then ok "$victim, $state: once at most"; else
		not_ok "$victim, $state: once at most"
	fi
}

n=0
while read -r victim states; do
	for state in $states; do
		n=$((n + 1))
		begin_$state "$state-$n"
		killed "$victim"
		again
		look_$state
		noted
	done
done <<EOT
brokerd pending voted approved denied spending starting running
keeper pending voted approved denied spending starting running
both approved spending running
EOT

# ---- at random moments ----
random() {
	APPROVALS_SEED=$(((APPROVALS_SEED * 1103515245 + 12345) % 2147483648))
	drawn=$((APPROVALS_SEED / 65536 % $1))
}

echo "# APPROVALS_SEED=$APPROVALS_SEED"
state=random victim=brokerd
for n in $(seq "$APPROVALS_KILLS"); do
	left "random-$n"
	demo_ssh "$W" carol broker approve "$id" >/dev/null 2>&1 </dev/null &
	approver=$!
	back_begin
	random 1000
	sleep "0.$(printf %03d "$drawn")"
	killed "$victim"
	wait "$approver"
	end_of
	again
	back
	case $status in
	75) # nobody heard the yes
		decide carol approve
		back
		;;
	esac
	back
	is "random $n: it is used, or was" "$status" 77
	noted
done

log_is_clean
demo_stop
{ cat "$W/list"; echo ']'; } >"$W/races.json"
"$PYTHON3" "$W/support/races_look.py" "$W" >"$W/tap" 2>"$W/err"
is 'the store can be read' $? 0
while read -r _word _rest; do
	case $_word in
	ok) ok "${_rest#- }" ;;
	not) not_ok "${_rest#ok - }" ;;
	*) echo "$_word $_rest" ;;
	esac
done <"$W/tap"
is 'each event proves the one before' \
	"$("$PYTHON3" "$W/support/store.py" "$W/root/var/lib/broker/broker.db" chain | cut -d' ' -f1)" whole
walk_end
