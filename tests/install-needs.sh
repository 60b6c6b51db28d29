#!/bin/sh
# Installs the Debian packages whose tools are missing: install-needs.sh TOOL:PACKAGE... | --always PACKAGE...
set -eu

packages=""
if [ "${1:-}" = "--always" ]; then
    shift
    packages=" $*"
else
    for need in "$@"; do
        command -v "${need%%:*}" >/dev/null 2>&1 || packages="$packages ${need##*:}"
    done
fi
[ -n "$packages" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "Please install what these Debian packages hold, with your system's own means:$packages" >&2
    exit 1
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "Please install as root: apt-get install$packages" >&2
        exit 1
    fi
    as_root="sudo "
fi
echo "+ ${as_root}apt-get install -y$packages"
# shellcheck disable=SC2086 # the packages are words
{
    ${as_root}apt-get update -qq
    ${as_root}env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $packages >/dev/null
}
