# SPDX-License-Identifier: GPL-2.0
# Sourced by the scripts here: the cache, the mirror, and how they speak.
CACHE=${DYIELD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kvm-dyield}
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# A make that runs these scripts is not the one that builds in a chroot: its job server is out of reach there.
unset MAKEFLAGS MFLAGS MAKELEVEL

say() { printf 'lab: %s\n' "$*" >&2; }
die() { printf 'lab: %s\n' "$*" >&2; exit 1; }

# What of the given files and strings (-s TEXT) a cached thing depends on, as one short key.
key_of() {
	while [ $# -gt 0 ]; do
		if [ "$1" = -s ]; then printf '%s\n' "$2"; shift 2; else sha256sum < "$1"; shift; fi
	done | sha256sum | cut -c1-16
}

# The mirror that apt on this machine uses for Debian itself (not its security archive).
debian_mirror() {
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -n 1
}

# One builder at a time: the rest wait.
lock_cache() {
	mkdir -p "$CACHE" || die "cannot make the cache $CACHE: set DYIELD_CACHE to a folder that can be written"
	exec 9> "$CACHE/lock"
	flock 9
}

# ROOT FRAGMENT...: configures the kernel tree ROOT/src, with the tools in ROOT: tinyconfig and these on top.
configure_kernel() {
	local root=$1 f lost; shift
	mkdir -p "$root/fragments"; cp "$@" "$root/fragments/"
	chroot "$root" sh -ec 'cd /src; make tinyconfig; scripts/kconfig/merge_config.sh -m .config "$@"; make olddefconfig' sh "${@/#*\///fragments/}" > "$root/config.log" 2>&1 ||
		{ tail -n 30 "$root/config.log" >&2; die "the kernel cannot be configured: see above"; }
	lost=$(cat "$@" | grep '^CONFIG_' | grep -vxFf "$root/src/.config" || true)
	[ -z "$lost" ] || die "the kernel's configuration lost ${lost//$'\n'/ }"
}
