# Completion for broker, brokerd and hoop-replay in bash.
# The words are those of `broker help`, `brokerd --help` and `hoop-replay --help`; a test
# compares.

_broker_words() {
	# shellcheck disable=SC2207 # no word here holds a blank
	COMPREPLY=($(compgen -W "$1" -- "$2"))
}

_broker_paths() {
	local IFS=$'\n'

	compopt -o filenames 2>/dev/null
	# shellcheck disable=SC2207
	COMPREPLY=($(compgen "$1" -- "$2"))
}

# Which options a command of policy has; called by _broker, whose variables it sees.
_broker_policy_options() {
	local who='--as --group --kind --at --facts --target'

	case " ${COMP_WORDS[*]} " in
	*' check '*) _broker_words '--masking --json --help' "$cur" ;;
	*' lint '*) _broker_words '--strict --facts --against --masking --json --help' "$cur" ;;
	*' test '*) _broker_words "--corpus --against $who --json --help" "$cur" ;;
	*' explain '*) _broker_words "--policy --line --path $who --json --help" "$cur" ;;
	*' decide '*) _broker_words "--policy --path $who --json --help" "$cur" ;;
	*) _broker_words '--json --help' "$cur" ;;
	esac
}

_broker() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command='' i=1

	COMPREPLY=()
	while ((i < COMP_CWORD)); do
		case ${COMP_WORDS[i]} in
		--root) ((i++)) ;;
		-*) ;;
		*)
			command=${COMP_WORDS[i]}
			break
			;;
		esac
		((i++))
	done
	case $command:$prev in
	:--root) _broker_paths -d "$cur" ;;
	:*) _broker_words '--root --json --version --help
		pending why approve deny request grant runbook run ssm script targets sessions watch whoami sdk-env archive notify keys credential policy mask version help' "$cur" ;;
	approve:--reason | deny:--reason | keys:--name | keys:--not-after | keys:--label | keys:--epoch) ;;
	sdk-env:--port | sdk-env:--profile | sdk-env:--hours | targets:--profile) ;;
	approve:* | deny:*) _broker_words '--reason --json --help' "$cur" ;;
	grant:grant) _broker_words 'add list revoke --json --help' "$cur" ;;
	grant:--rule | grant:--like | grant:--for | grant:--uses | grant:--reason) ;;
	grant:*) _broker_words '--rule --like --for --uses --reason --json --help' "$cur" ;;
	runbook:runbook) _broker_words 'list show request --json --help' "$cur" ;;
	runbook:--reason) ;;
	runbook:*) _broker_words '--reason --json --help' "$cur" ;;
	script:script) _broker_words 'add list show remove --json --help' "$cur" ;;
	script:--reason) ;;
	script:*)
		if [[ $cur == -* || COMP_CWORD -ne $((i + 3)) ]]; then
			_broker_words '--reason --json --help' "$cur"
		else
			_broker_paths -f "$cur"
		fi
		;;
	archive:archive) _broker_words 'run status shred --json --help' "$cur" ;;
	archive:--reason) ;;
	archive:*) _broker_words '--dry-run --reason --json --help' "$cur" ;;
	notify:notify) _broker_words 'test list retry drop --json --help' "$cur" ;;
	notify:*) _broker_words 'all --json --help' "$cur" ;;
	watch:*) _broker_words '--cast --json --help' "$cur" ;;
	pending:*) _broker_words '--watch --json --help' "$cur" ;;
	request:--wait) ;;
	request:*) _broker_words '--wait --no-wait --json --help' "$cur" ;;
	targets:*) _broker_words '--profile --json --help' "$cur" ;;
	why:* | whoami:* | sessions:*) _broker_words '--json --help' "$cur" ;;
	credential:credential) _broker_words 'key add list remove --help' "$cur" ;;
	credential:--profile) ;;
	credential:--key) _broker_paths -f "$cur" ;;
	credential:*)
		case $cur in
		-*) _broker_words '--key --profile --replace --help' "$cur" ;;
		*) _broker_paths -f "$cur" ;;
		esac
		;;
	sdk-env:*) _broker_words '--port --profile --hours --endpoint --ca --json --help' "$cur" ;;
	policy:policy) _broker_words 'check lint test diff explain decide --json --help' "$cur" ;;
	policy:--kind) _broker_words 'agent human' "$cur" ;;
	policy:--path) _broker_words 'exec shell' "$cur" ;;
	policy:--as | policy:--group | policy:--at | policy:--target | policy:--line) ;;
	policy:*)
		case $cur in
		-*) _broker_policy_options ;;
		*) _broker_paths -f "$cur" ;;
		esac
		;;
	mask:mask) _broker_words 'filter test --help' "$cur" ;;
	mask:--pace) _broker_words 'interactive api' "$cur" ;;
	mask:--add) _broker_words 'pii email' "$cur" ;;
	mask:--policy) _broker_paths -f "$cur" ;;
	mask:*)
		case " ${COMP_WORDS[*]} :$cur" in
		*' filter '*:*) _broker_words '--policy --add --pace --jsonl --times --help' "$cur" ;;
		*:-*) _broker_words '--policy --add --json --help' "$cur" ;;
		*) _broker_paths -f "$cur" ;;
		esac
		;;
	keys:keys) _broker_words 'init auditor show recipient sign check rotate-device --help' "$cur" ;;
	keys:--admin | keys:--output | keys:-o) _broker_paths -f "$cur" ;;
	keys:*)
		case $cur in
		-*) _broker_words '--name --not-after --label --epoch --passphrase --admin --output -o --help' "$cur" ;;
		*) _broker_paths -f "$cur" ;;
		esac
		;;
	esac
}

_brokerd() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	case $prev in
	--root | --libexec) _broker_paths -d "$cur" ;;
	*) _broker_words '-t --test --root --libexec --debug --version --help' "$cur" ;;
	esac
}

_hoop_replay() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	case $prev in
	--speed | --idle-limit | --find | --context | --at | --from | --to) return ;;
	--all | --log)
		_broker_paths -d "$cur"
		return
		;;
	--export)
		_broker_words 'cast v3 jsonl txt html' "$cur"
		return
		;;
	esac
	case $cur in
	-*) _broker_words '--all --log --checkpoint --proof --rewrap --for --rcpt
		--key --shred-key --trust --verify --export --info --commands --output -o --force --json
		--text --find --masking --ignore-case --context --at --from --to --follow
		--speed --idle-limit --raw --help --version' "$cur" ;;
	*)
		_broker_paths -f "$cur"
		if ((COMP_CWORD == 1)) && [[ -n $cur && rewrap == "$cur"* ]]; then
			COMPREPLY+=(rewrap)
		fi
		;;
	esac
}

complete -F _broker broker
complete -F _brokerd brokerd
complete -F _hoop_replay hoop-replay
