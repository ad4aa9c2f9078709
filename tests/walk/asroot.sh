# Sourced first by walks that start brokerd as root: in a mount namespace of their own
# they have the users that it wants.  Sources lib.sh; then asroot_users before the start.
if [ "$(id -u)" -ne 0 ] || ! unshare -m true 2>/dev/null; then
	echo 'ok 1 - started as root # SKIP needs root and a mount namespace'
	echo 1..1
	exit 0
fi
if [ -z "${WALK_DIR:-}${ROOT_NS:-}" ]; then
	export ROOT_NS=1 WALK_ROOT=1
	exec unshare -m sh "$0"
fi

names='broker broker-keep broker-front broker-run broker-launch broker-aws'

# The users, for this namespace only.
walk_before() {
	chmod 711 "$1" && cp /etc/passwd "$1/passwd" && cp /etc/group "$1/group" || return 1
	_id=61870
	for _name in $names; do
		sed -i "/^$_name:/d" "$1/passwd" "$1/group"
		echo "$_name:x:$_id:$_id::/nonexistent:/usr/sbin/nologin" >>"$1/passwd"
		echo "$_name:x:$_id:" >>"$1/group"
		_id=$((_id + 1))
	done
}

. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/procs.sh"

# From here on the users are there, and the gateway's files are theirs.
asroot_users() {
	mount --bind "$W/passwd" /etc/passwd && mount --bind "$W/group" /etc/group || exit 1
	chown broker: "$W/aws/credentials"
	chmod 711 "$W/aws"
}
