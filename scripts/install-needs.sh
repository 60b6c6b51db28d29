#!/bin/sh
# Installs the Debian packages that are missing: install-needs.sh NEED:PACKAGE... | --always PACKAGE...
# A need is a program (cmake), a file (/usr/libexec/x), a library needed at run time (libEGL.so.1), or the pkg-config file of a library
# needed to build (alsa.pc). APT_OPTIONS go to apt-get.
set -eu

is_there() {
    case "$1" in
    /*) [ -e "$1" ] ;;
    *.so.*) PATH="$PATH:/sbin:/usr/sbin" ldconfig -p | grep -q "$1" ;;
    *.pc) command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "${1%.pc}" ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

packages=""
if [ "${1:-}" = "--always" ]; then
    shift
    packages=" $*"
else
    for need in "$@"; do
        is_there "${need%%:*}" || packages="$packages ${need##*:}"
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
    ${as_root}env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq ${APT_OPTIONS:-} $packages >/dev/null
}
