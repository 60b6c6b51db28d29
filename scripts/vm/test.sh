#!/bin/sh
# Tests pointers that need a kernel of their own, in virtual machines with software emulation: Debian's kernel and this computer's own files
# (read-only). Needs no privileges.
#   uinput: a mouse of the kernel, with sway and libinput, an independent client (wev) and the kernel's own events (evtest)
#   bluetooth: this computer as a Bluetooth mouse, with BlueZ, two virtual adapters, and a tablet (tablet.py)
# Usage: test.sh PROGRAM PYTHON FOLDER [uinput|bluetooth]...
set -eu
program=$(realpath "$1"); python=$(realpath -s "$2"); folder=$3
shift 3
[ $# -gt 0 ] || set -- uinput bluetooth
here=$(realpath "$(dirname "$0")")
mkdir -p "$folder"; folder=$(realpath "$folder")

# The kernel: the one that linux-image-amd64 stands for.
if ! ls "$folder"/kernel/boot/vmlinuz-* >/dev/null 2>&1; then
    package=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[^ ]*\).*/\1/p' | head -n 1)
    echo "+ apt-get download $package"
    (cd "$folder" && apt-get download "$package" 2>/dev/null && dpkg -x "$package"_*.deb kernel && rm "$package"_*.deb)
fi
version=$(ls "$folder/kernel/lib/modules")
PATH=$PATH:/sbin:/usr/sbin
depmod -b "$folder/kernel" "$version"

# Its first files: busybox, and the modules for this computer's files, mice and uinput.
rm -rf "$folder/first"
mkdir -p "$folder/first/bin" "$folder/first/mods"
for name in dev proc sys ro rw new; do mkdir "$folder/first/$name"; done
cp "$(command -v busybox)" "$folder/first/bin/busybox"
for module in virtio_pci 9pnet_virtio 9p overlay uinput evdev psmouse; do
    modprobe -d "$folder/kernel" -S "$version" --show-depends "$module" 2>/dev/null | sed -n 's/^insmod //p'
done | while read -r file _; do
    name=$(basename "$file")
    [ -e "$folder/first/mods/$name" ] || { cp "$file" "$folder/first/mods/"; echo "$name" >>"$folder/first/mods/order"; }
done
cat >"$folder/first/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
for module in $(cat /mods/order); do insmod "/mods/$module" || echo "$module does not load"; done
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=262144,cache=loose root /ro || echo "no files"
mount -t tmpfs -o size=600m tmpfs /rw; mkdir /rw/upper /rw/work
mount -t overlay -o lowerdir=/ro,upperdir=/rw/upper,workdir=/rw/work overlay /new
mount -t proc proc /new/proc; mount -t sysfs sys /new/sys; mount -t devtmpfs dev /new/dev; mount -t tmpfs run /new/run
mkdir -p /new/dev/shm /new/dev/pts; mount -t tmpfs shm /new/dev/shm; mount -t devpts pts /new/dev/pts
mkdir -p /new/lib/modules
for word in $(cat /proc/cmdline); do case $word in guest=*) guest=${word#guest=};; esac; done
mount --bind "/new${guest%/*}/kernel/lib/modules" /new/lib/modules
chroot /new /bin/bash "$guest"
poweroff -f
INIT
chmod +x "$folder/first/init"
(cd "$folder/first" && find . | cpio -o -H newc --quiet | gzip -1 >../first.gz)

# A patient who moves and presses, fitted here because the virtual machine is slow.
patient=seed=5,classes=left_hand+right_hand+feet,erd=0.8,channels=9,rate=125
"$program" fit "synthetic:$patient,trials=36,imagery=3,rest=1" --classes left_hand=left_hand,right_hand=right_hand,feet=feet \
    --to 3 --window 1 --out "$folder/model.json" >/dev/null
for guest in "$@"; do
    {
        echo "program='$program'; python='$python'; scripts='$here'; model='$folder/model.json'; patient='synthetic:$patient,trials=2000,imagery=2,rest=1'"
        cat "$here/guest.sh" "$here/$guest.sh"
    } >"$folder/guest.sh"
    echo "+ $guest"
    python3 "$here/machine.py" "$folder"
done
