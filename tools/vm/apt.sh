# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Sourced, with vm_dir set. An apt of the lane's own under $vm_dir/apt: it reads the Debian sources that the host is
# set up with and adds the backports beside them, and leaves the host's apt as it is.

: "${vm_dir:?}"

# A registry that does not answer is found out within about a minute.
apt_patience=(-o Acquire::Retries=2 -o Acquire::http::Timeout=15 -o Acquire::https::Timeout=15)

apt_private()
{
	local command=$1
	shift
	"$command" "${apt_patience[@]}" -o Dir::Etc::sourcelist="$vm_dir/apt/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null -o Dir::State="$vm_dir/apt/state" \
		-o Dir::State::status="$vm_dir/apt/state/status" -o Dir::Cache="$vm_dir/apt/cache" \
		-o APT::Sandbox::User=root -o APT::Update::Post-Invoke-Success= "$@"
}

# Prints "URI SUITE COMPONENT ORIGIN" for every archive of the host, whatever the form of its
# sources files.
apt_host_archives()
{
	# shellcheck disable=SC2016 # the dollar signs are apt's
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)' 'Created-By: Packages'
}

# Turns the lines of apt_host_archives into sources of the suites of $1, Debian's only.
apt_sources_from()
{
	local suite=$1 key=/usr/share/keyrings/debian-archive-keyring.gpg

	awk -v suite="$suite" -v key="$key" '
		$4 != "Debian" || $3 != "main" || seen[$1, $2]++ { next }
		$2 == suite || index($2, suite "-") == 1 { printf "deb [signed-by=%s] %s %s main\n", key, $1, $2 }'
}

# The host's sources (for the root image), and the same with the backports (for kernels).
apt_prepare()
{
	local suite=$1 archives main

	mkdir -p "$vm_dir"/apt/{state/lists/partial,cache/archives/partial}
	: >"$vm_dir/apt/state/status"
	archives=$(apt_host_archives)
	if [ -z "$archives" ]; then
		apt-get "${apt_patience[@]}" -q update >&2 || return 1
		archives=$(apt_host_archives)
	fi
	apt_sources_from "$suite" <<<"$archives" >"$vm_dir/apt/debian.list"
	main=$(awk -v suite="$suite" '$4 == suite { print $3; exit }' "$vm_dir/apt/debian.list")
	if [ -z "$main" ]; then
		echo "vm: the host's apt has no source of Debian $suite" >&2
		return 1
	fi
	{
		cat "$vm_dir/apt/debian.list"
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $main $suite-backports main"
	} | sort -u >"$vm_dir/apt/sources.list"
}

# An index that fails is an error here; apt-get itself would make it a warning and use old lists.
apt_refresh()
{
	apt_private apt-get -q -o APT::Update::Error-Mode=any update
}

# Prints the options of the host's apt that say how to reach a registry, as a configuration file.
apt_host_options()
{
	apt-config dump | grep -Ei '^Acquire::((https?|ftp)::|Check-(Date|Valid-Until) )' || :
}
