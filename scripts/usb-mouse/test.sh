#!/bin/sh
# Tries pointers that need a kernel of their own, in a virtual machine without any privilege: test.sh PROGRAM PYTHON OUT [EEG]
# The machine is emulated in software (QEMU), runs Debian's kernel, and sees this program, but neither disk nor network. A kernel
# driver for mice reads what the program's pointer does, and evtest prints it. OUT keeps the kernel, and what was seen.
set -eu
program=$(realpath "$1")
python=$(realpath -s "$2")
here=$(realpath "$(dirname "$0")")
mkdir -p "$3"
out=$(realpath "$3")
eeg=${4:+$(realpath -m "$4")}
cd "$out"

# Debian's newest kernel for this release, unpacked and not installed.
if [ ! -d kernel/lib/modules ]; then
    image=$(apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
    apt-get download "$image"
    dpkg -x "$image"_*.deb kernel
    rm "$image"_*.deb
fi
version=$(ls kernel/lib/modules)
PATH="$PATH:/usr/sbin:/sbin"
[ -e "kernel/lib/modules/$version/modules.dep.bin" ] || depmod -b "$out/kernel" "$version"

# What the machine sees: busybox, evtest, the program with its libraries, kernel modules in their order, models and recordings.
rm -rf root
mkdir -p root/bin root/sbin root/mods root/proc root/sys root/dev root/tmp root/run root/etc root/lib/modules root/data
cp "$(command -v busybox)" root/bin/busybox
cp "$(command -v evtest)" root/bin/evtest
cp "$(command -v date)" root/bin/date-ns
strip -o root/bin/bci-cursor "$program"
cp "$here/../../packaging/bci-cursor-usb-mouse" root/bin/
for binary in root/bin/evtest root/bin/date-ns root/bin/bci-cursor; do
    ldd "$binary" | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p "root$(dirname "$library")"
        cp -Ln "$library" "root$library"
    done
done
for module in virtio_pci virtio_blk evdev uinput usbhid hid-generic dummy_hcd usb_f_hid; do
    modprobe -d "$out/kernel" -S "$version" --show-depends "$module" | awk '$1 == "insmod" { print $2 }' | while read -r file; do
        name=$(basename "$file")
        [ -e "root/mods/$name" ] || { cp "$file" root/mods/ && echo "$name" >>root/mods/order; }
    done
done
cp "$here/init" "$here/guest.sh" root/

# A synthetic patient with three classes, one of which presses; and S007, if there are recordings.
fit() {
    name=$1
    shift
    [ -s "$name" ] || XDG_DATA_HOME="$out/home" "$program" fit "$@" --out "$out/$name" >/dev/null
    cp "$name" root/data/
}
fit press.json 'synthetic:seed=5,classes=left_hand+right_hand+feet,erd=0.8,channels=8,trials=36,imagery=3,rest=1' \
    --classes left_hand=left_hand,right_hand=right_hand,feet=feet --to 3 --window 1
if [ -n "$eeg" ]; then
    s007() { find "$eeg" -name "S007R$1.edf" | head -n 1; }
    # Eight electrodes: 64 would be too many for an emulated processor.
    fit s007.json "$(s007 04)" "$(s007 08)" --classes left_hand=T1,right_hand=T2 --channels FC3,FC4,C3,Cz,C4,CP3,CPz,CP4
    cp "$(s007 12)" root/data/s007.edf
fi
(cd root && find . | cpio -o -H newc --quiet | gzip -1 >../initrd.gz)

# What the machine leaves behind is a tar archive on its only disk.
rm -f disk
truncate -s 64M disk
timeout 560 qemu-system-x86_64 -accel tcg,thread=multi -m 1024 -smp 2 -nodefaults -no-reboot -display none -serial stdio \
    -drive file=disk,format=raw,if=virtio -kernel kernel/boot/vmlinuz-"$version" -initrd initrd.gz \
    -append 'console=ttyS0 quiet panic=-1' </dev/null | tee console.log
rm -rf seen
mkdir seen
tar -xf disk -C seen
"$python" "$here/check.py" seen
