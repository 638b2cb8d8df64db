# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# bash completion for assay(1). Verbs and options are asked of assay itself (`assay --help`, `assay VERB --help`), policies of
# `assay policy list`, schedules of `assay gas schedule list` and limit keys of `assay run --help`, so that nothing here goes out of date.

# Words in the first column of a section of a help text: _assay_help SECTION WORDS...
_assay_help() {
	local section=$1
	shift
	"${COMP_WORDS[0]}" "$@" --help 2>/dev/null |
		awk -v section="$section:" '
			$0 == section { inside = 1; next }
			/^$/ { inside = 0 }
			inside && /^  [^ ]/ { print $1 }'
}

_assay_policies() {
	"${COMP_WORDS[0]}" policy list 2>/dev/null | awk 'NR > 1 { print $1 }'
}

# Keys after the last comma: `1s,mem` completes to `1s,memory=`.
_assay_limit() {
	local key before=
	[[ $1 == *,* ]] && before=${1%,*},
	_assay_help limits run | while IFS= read -r key; do
		printf '%s%s=\n' "$before" "${key%%=*}"
	done
}

_assay_values() {
	case $1 in
	--policy)
		_assay_policies
		compgen -f -X '!*.yaml' -- "$2"
		;;
	--limit) _assay_limit "$2" ;;
	--color) printf '%s\n' auto always never ;;
	--checker) printf '%s\n' tokens lines exact ;;
	--format) printf '%s\n' chrome otlp jsonl ;;
	--kind) printf '%s\n' start syscall exec fork exit signal net denied oom gap sample end ;;
	--tests | --output | --key-dir) compgen -d -- "$2" ;;
	--stdin | --expected | --trusted | --trace) compgen -f -- "$2" ;;
	*) return 1 ;;
	esac
	return 0
}

# Verbs of a verb, asked of its help.
_assay_verb_words() {
	if [ "$COMP_CWORD" -eq 2 ]; then
		_assay_help verbs "${COMP_WORDS[1]}"
	else
		compgen -f -- "$1"
	fi
}

_assay_policy_words() {
	if [ "$COMP_CWORD" -eq 2 ]; then
		_assay_help verbs policy
	elif [ "${COMP_WORDS[2]}" = show ]; then
		_assay_policies
	else
		compgen -f -- "$1"
	fi
}

_assay_schedules() {
	"${COMP_WORDS[0]}" gas schedule list 2>/dev/null | awk 'NR > 1 { print $1 }'
}

_assay_gas_words() {
	if [ "$COMP_CWORD" -eq 2 ]; then
		_assay_help verbs gas
	elif [ "${COMP_WORDS[2]}" = explain ]; then
		compgen -f -- "$1"
	elif [ "$COMP_CWORD" -eq 3 ]; then
		printf '%s\n' list show check
	elif [ "${COMP_WORDS[3]}" = show ]; then
		_assay_schedules
	else
		compgen -f -- "$1"
	fi
}

# How many words after the verb name another verb (`policy show`, `gas schedule show`), of those that stand before the cursor.
_assay_depth() {
	local depth=0
	case ${COMP_WORDS[1]} in
	policy | trace | key) depth=1 ;;
	gas) [ "${COMP_WORDS[2]}" = explain ] && depth=1 || depth=2 ;;
	esac
	printf '%s\n' $((depth < COMP_CWORD - 2 ? depth : COMP_CWORD - 2))
}

_assay_words() {
	local current=$1 verb=${COMP_WORDS[1]}
	if [ "$COMP_CWORD" -eq 1 ] || { [ "$verb" = help ] && [ "$COMP_CWORD" -eq 2 ]; }; then
		_assay_help verbs
		[ "$verb" = help ] || printf '%s\n' --help --version
	elif [[ $current == -* ]]; then
		_assay_help options "$verb" "${COMP_WORDS[@]:2:$(_assay_depth)}"
	elif [ "$verb" = policy ]; then
		_assay_policy_words "$current"
	elif [ "$verb" = gas ]; then
		_assay_gas_words "$current"
	elif [[ $verb == @(trace|key) ]]; then
		_assay_verb_words "$current"
	elif [ "$verb" = run ]; then
		compgen -f -- "$current"
	fi
}

# bash splits words at `=`: `--limit cpu=1s,m` arrives as --limit cpu = 1s,m. Prints the option that the word under the
# cursor is a value of, or the word before it. Fails where a single value is due (after `cpu=`), which nobody can guess.
_assay_option() {
	local at=$COMP_CWORD
	[ "${COMP_WORDS[at]}" = "=" ] && at=$((at + 1))
	while [ "$at" -gt 1 ] && [ "${COMP_WORDS[at - 1]}" = "=" ]; do
		at=$((at - 2))
	done
	if [[ ${COMP_WORDS[at]} == --* && $at -lt $COMP_CWORD ]]; then
		printf '%s\n' "${COMP_WORDS[at]}"
		[ $((at + 2)) -ge "$COMP_CWORD" ] || [[ $1 == *,* ]]
	else
		printf '%s\n' "${COMP_WORDS[at - 1]}"
		[ "$at" -ge "$COMP_CWORD" ] || [[ $1 == *,* ]]
	fi
}

_assay() {
	local current=$2 option word
	[ "$current" = "=" ] && current=
	COMPREPLY=()
	option=$(_assay_option "$current") || return 0
	# Not `compgen -W`: it expands its words, and file names are among these.
	while IFS= read -r word; do
		[[ $word == "$current"* ]] && COMPREPLY+=("$word")
	done < <(_assay_values "$option" "$current" || _assay_words "$current")
	if [ "$option" = --limit ]; then
		compopt -o nospace
	else
		compopt -o filenames
	fi 2>/dev/null
	return 0
}

complete -F _assay assay
