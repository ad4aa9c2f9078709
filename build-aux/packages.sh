# Sourced by check.sh and quickstart.sh, which set `here` to the top of the tree.
#
#   install_packages [quick]   what of build-aux/packages is missing, by apt; quick:
#                        without what only tests want
#   build_tree DIR       configure and build in DIR; with CI=true warnings are errors

missing_packages() {
	sed ${1:+-e '/^# tests only/,$d'} -e 's/#.*//' "$here/build-aux/packages" | while read -r _package; do
		[ -n "$_package" ] || continue
		# Often there from elsewhere, and the packages do not get along.
		case $_package in
		nodejs) command -v node >/dev/null && continue ;;
		npm) command -v npm >/dev/null && continue ;;
		esac
		case $(dpkg-query -W -f '${Status}' "$_package" 2>/dev/null) in
		*' installed') ;;
		*) echo "$_package" ;;
		esac
	done
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		env DEBIAN_FRONTEND=noninteractive "$@"
	else
		sudo env DEBIAN_FRONTEND=noninteractive "$@"
	fi
}

install_packages() {
	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
		echo "This is not Debian: the packages of build-aux/packages are yours to install." >&2
		return 0
	fi
	_missing=$(missing_packages ${1:-})
	[ -n "$_missing" ] || return 0
	echo "Installing:" $_missing
	# A list that cannot be fetched may still be there from before.
	as_root apt-get -qq update ||
		echo "apt-get update failed: going on with the lists that are there" >&2
	as_root apt-get -qq -y --no-install-recommends install $_missing >/dev/null || return 1
	_missing=$(missing_packages ${1:-})
	[ -z "$_missing" ] || { echo "Still missing:" $_missing >&2; return 1; }
}

build_tree() {
	if [ -e "$here/config.status" ]; then
		echo "This tree is configured in place: run 'make distclean' first." >&2
		return 1
	fi
	for _made in configure Makefile.in config.h.in aclocal.m4 build-aux/install-sh; do
		[ -e "$here/$_made" ] || { "$here/autogen.sh" && break; } || return 1
	done
	mkdir -p "$1" || return 1
	_werror=$([ "${CI:-}" != true ] || echo --enable-werror)
	if [ ! -e "$1/Makefile" ] || [ "$(cat "$1/.configured" 2>/dev/null)" != "as $_werror" ]; then
		(cd "$1" && "$here/configure" $_werror) || return 1
		echo "as $_werror" >"$1/.configured"
	fi
	make -C "$1" -j"$(nproc)"
}
