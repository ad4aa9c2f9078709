# Sourced by the walk of the emulators.
#
#   emulators_install SOURCE DIR   DIR/node_modules from the packages of npm that SOURCE names
#   emulators_start SOURCE MODULES DIR    sets EMULATORS_PID EMULATED_S3 EMULATED_DYNAMODB
#   emulators_stop

emulators_install() {
	mkdir -p "$2" && cp "$1/tests/emulators/package.json" "$2/" || return 1
	[ -e "$2/.installed" ] && cmp -s "$2/.installed" "$2/package.json" && return 0
	command -v npm >/dev/null && command -v node >/dev/null || return 1
	(cd "$2" && npm install --no-package-lock --no-audit --no-fund --ignore-scripts \
		--loglevel=error >"$2/npm.out" 2>&1) && cp "$2/package.json" "$2/.installed"
}

# Standard input is a pipe that only we hold: the emulators end with us.
emulators_start() {
	mkdir -p "$3" && rm -f "$3/in" && mkfifo "$3/in" || return 1
	node "$1/tests/emulators/serve.js" "$2" "$3" <"$3/in" >"$3/out" 2>"$3/err" &
	EMULATORS_PID=$!
	exec 9>"$3/in"
	_left=1200
	until grep -q '^dynamodb ' "$3/out"; do
		_left=$((_left - 1))
		if ! kill -0 "$EMULATORS_PID" 2>/dev/null; then
			wait "$EMULATORS_PID"
			echo "they ended with $?" >>"$3/err"
			return 1
		elif [ "$_left" -eq 0 ]; then
			echo "they said nothing in two minutes" >>"$3/err"
			return 1
		fi
		sleep 0.1
	done
	EMULATED_S3=http://127.0.0.1:$(sed -n 's/^s3 //p' "$3/out")
	EMULATED_DYNAMODB=http://127.0.0.1:$(sed -n 's/^dynamodb //p' "$3/out")
}

emulators_stop() {
	[ -n "${EMULATORS_PID:-}" ] || return 0
	# What was started meanwhile may have the pipe open, too.
	exec 9>&-
	kill "$EMULATORS_PID" 2>/dev/null
	wait "$EMULATORS_PID" 2>/dev/null
	EMULATORS_PID=
}
