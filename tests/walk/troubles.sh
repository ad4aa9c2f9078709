# Sourced by walks that come between a process of the broker and its disk: see
# tests/support/trouble.c.

trouble_build() {
	mkdir -p "$W/real" && cp "$W/bin/broker-session" "$W/bin/broker-keeper" "$W/real/" &&
		${CC:-cc} -shared -fPIC -O1 -o "$W/trouble.so" "$W/support/trouble.c"
}

# trouble session|keeper [VARIABLE=VALUE…]: from the next start on; without any, none.
trouble() {
	_which=$1
	shift
	{
		echo '#!/bin/sh'
		for _v; do
			printf "export %s='%s'\n" "${_v%%=*}" "${_v#*=}"
		done
		[ $# -eq 0 ] || printf "export TROUBLE_WHERE=%s LD_PRELOAD='%s'\n" "$_which" "$W/trouble.so"
		printf 'exec "%s" "$@"\n' "$W/real/broker-$_which"
	} >"$W/bin/.new" && chmod 755 "$W/bin/.new" && mv "$W/bin/.new" "$W/bin/broker-$_which"
}
