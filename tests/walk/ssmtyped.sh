# Sourced after ssmbed.sh by the walks of shells on instances.
#
#   shell_up                        ssm_up, with rules and files for shells
#   typed DESCRIPTION TARGET… <script     alice types it at a shell; it went as it says
#
# box/ is where the instance "box" runs. A script's commands run in $W: "sh say approve" and "sh say deny" are carol's.

shell_up() {
	SSM_RULES='  - id: never
    effect: deny
    on: [shell]
    command: {name: [rm, dd], options: any, operands: any}
    reason: Nothing is deleted here.
  - id: status
    effect: allow
    on: [shell]
    where: {env: [dev]}
    command: {name: ["false", "true", uptime, pwd, ls], options: any}
  - id: bare
    effect: allow
    on: [shell]
    who: {kind: human}
    where: {target: [basic]}
    ssm: {mode: [raw], shell: true}'"${SSM_RULES:+
$SSM_RULES}"
	box=$W/scratch/i-0abc0000000000002
	mkdir -p "$box/sub"
	ln -s "$box" "$W/box"
	printf '\033]7707;%s;0\007forged\n' 0123456789abcdef0123456789abcdef >"$box/forged"
	printf 'first\n\033]52;c;c3RvbGVu\007clip\n\033]2;evil title\007title\n\033[6nlast line\n' >"$box/hostile"
	"$PYTHON3" -c 'import sys; sys.stdout.buffer.write(bytes(range(256)) * 4)' >"$box/binary"
	ssm_up
	cat >"$W/say" <<EOT
id=\$(ssh -F "$W/ssh_config" -i "$W/who/carol" broker pending </dev/null |
	grep -o "\b[0-9A-Z]\{4\}-[0-9A-Z]\{4\}\b" | head -n 1)
[ -n "\$id" ] || exit 1
case \$1 in deny) set -- deny "\$id" --reason "'not today'" ;; *) set -- approve "\$id" ;; esac
exec ssh -F "$W/ssh_config" -i "$W/who/carol" broker "\$@" </dev/null >"$W/said" 2>&1
EOT
}

# typed DESCRIPTION words of ssm…
typed() {
	_d=$1
	shift
	cat >"$W/script"
	(cd "$W" && ssm_typist alice ssm "$@"; exit "$status")
	if [ $? -eq 0 ]; then ok "$_d"; else not_ok "$_d"; fi
}
