#!/bin/sh
# Tries a package in a minimal root: try-deb.sh PACKAGE.deb
# Builds a minimal system from this computer's own package sources (as root; Debian or Ubuntu), installs the package and its
# dependencies into it, and follows a new user's first steps there.
set -eu
package=$(realpath "$1")
root=$(mktemp -d)
cleanup() {
    umount "$root/proc" 2>/dev/null || true
    rm -rf "$root"
}
trap cleanup EXIT INT TERM

# shellcheck source=/dev/null
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
    mmdebstrap --quiet --variant=minbase "$suite" "$root" -
echo "a clean $suite: $(du -sm --exclude=proc "$root" | cut -f1) MB"
cp "$package" "$root/tmp/bci-cursor.deb"
mount -t proc proc "$root/proc"
inside() {
    chroot "$root" /usr/bin/env -i HOME=/home/someone PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"
}
inside DEBIAN_FRONTEND=noninteractive /bin/sh -c 'apt-get update -q && apt-get install -qy --no-install-recommends /tmp/bci-cursor.deb xvfb' >"$root/tmp/log" 2>&1 || {
    cat "$root/tmp/log"
    exit 1
}
inside /usr/sbin/useradd -m someone
as_someone() {
    inside /sbin/runuser -u someone -- "$@"
}
as_someone bci-cursor --version
for file in applications/bci-cursor.desktop applications/bci-cursor-kwin.desktop icons/hicolor/scalable/apps/bci-cursor.svg bash-completion/completions/bci-cursor; do
    [ -s "$root/usr/share/$file" ] || { echo "missing: $file" >&2; exit 1; }
done
[ -s "$root/usr/lib/udev/rules.d/70-bci-cursor.rules" ] || { echo "missing: the udev rule" >&2; exit 1; }
[ -s "$root/etc/security/limits.d/95-bci-cursor.conf" ] || { echo "missing: the limits of the group bci-cursor" >&2; exit 1; }
as_someone bci-cursor doctor || echo "(doctor has said what a bare root misses)"
# The whole program: its own display, its own LSL stream, a decoder and the pointer.
as_someone bci-cursor demo
inside /usr/bin/dpkg -r bci-cursor
[ ! -e "$root/usr/bin/bci-cursor" ] || { echo "the program is still there" >&2; exit 1; }
