# Sourced by tests: start and stop the AWS stand-in.
#
#   . "$top_srcdir/tests/support/standin.sh"
#   standin_start DIR SEED.json     sets STANDIN_PORT STANDIN_PID STANDIN_CA STANDIN_LOG
#   standin_aws KEY SECRET [TOKEN] -- ARGUMENTS…     the real aws against it
#   standin_stop
#
# STANDIN_WORDS are more of its options.  DIR must exist.  The log has a JSON object a line, one for each request.

: "${top_srcdir:=.}" "${PYTHON3:=/usr/bin/python3}" "${AWS:=/usr/bin/aws}"

standin_start() {
	STANDIN_CA=$1/ca.pem STANDIN_LOG=$1/requests.log STANDIN_PID=
	rm -f "$1/ready"
	"$PYTHON3" "$top_srcdir/tests/support/aws_standin.py" --dir "$1" --seed "$2" \
		--log "$STANDIN_LOG" --ready-file "$1/ready" ${STANDIN_WORDS:-} \
		>"$1/standin.out" 2>&1 </dev/null &
	STANDIN_PID=$!
	_n=0
	until [ -s "$1/ready" ]; do
		_n=$((_n + 1))
		if [ "$_n" -gt 300 ] || ! kill -0 "$STANDIN_PID" 2>/dev/null; then
			sed 's/^/# standin: /' "$1/standin.out"
			return 1
		fi
		sleep 0.1
	done
	STANDIN_PORT=$(cut -d' ' -f2 "$1/ready")
}

standin_stop() {
	[ -n "$STANDIN_PID" ] || return 0
	kill "$STANDIN_PID" 2>/dev/null
	wait "$STANDIN_PID" 2>/dev/null
	STANDIN_PID=
}

standin_aws() {
	_key=$1 _secret=$2 _token=
	shift 2
	if [ "$1" != -- ]; then _token=$1; shift; fi
	shift
	env -i PATH=/nonexistent HOME=/nonexistent LANG=C.UTF-8 AWS_PAGER= \
		AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null \
		AWS_EC2_METADATA_DISABLED=true AWS_MAX_ATTEMPTS=1 \
		AWS_DEFAULT_REGION="${STANDIN_REGION:-eu-west-1}" \
		HTTPS_PROXY="http://127.0.0.1:$STANDIN_PORT" AWS_CA_BUNDLE="$STANDIN_CA" \
		AWS_ACCESS_KEY_ID="$_key" AWS_SECRET_ACCESS_KEY="$_secret" \
		${_token:+AWS_SESSION_TOKEN="$_token"} "$AWS" "$@"
}
