# This computer as a Bluetooth mouse, and then as a pen. Two virtual adapters hear each other: BlueZ has one of them, and a tablet that is not
# BlueZ has the other one.
mouse=00:AA:01:00:00:00

# The kernel cannot load modules by itself here.
for module in sha512_generic hmac aes_generic ecb cmac ctr drbg algif_hash algif_skcipher ecdh_generic bluetooth hci_vhci uhid hid-generic; do
    modprobe "$module" || echo "FAILED: the module $module does not load"
done
has() {
    text=$("$program" doctor 2>/dev/null | grep -A 3 'pointer bluetooth')
    echo "$text" | grep -q "$1" || echo "FAILED: doctor does not say '$1': $text"
}
has 'there is no system bus'
mkdir -p /run/dbus /var/lib/bluetooth
dbus-uuidgen --ensure
rm -f /run/dbus/pid
dbus-daemon --system --fork 2>/dev/null
has 'sudo systemctl start bluetooth'
# For low energy only.
btvirt -L -l1 -s >/run/btvirt.log 2>&1 &
printf '[General]\n[Policy]\nAutoEnable=false\n' >/etc/bluetooth/main.conf
/usr/libexec/bluetooth/bluetoothd -n >/run/bluetoothd.log 2>&1 &
is_power() { bluetoothctl show $mouse | grep -q "Powered: $1"; }
wait_for 'the adapter' is_power no
has 'bluetoothctl power on'
"$python" "$scripts/tablet.py" unix:/tmp/bt-server-le >/run/tablet.log 2>&1 &
saw() { [ "$(grep -c "$1" /run/tablet.log)" -ge "${2:-1}" ]; }
wait_for 'the tablet' saw ready
bluetoothctl select $mouse >/dev/null
bluetoothctl power on >/dev/null
wait_for power is_power yes
has 'it can be used'

connections=0
drive() {
    start_driver bluetooth "$@"
    wait_for 'the mouse to be offered' says 'is a Bluetooth'
    connections=$((connections + 1))
    wait_for 'the connection' saw '^connected' $connections
    watch_mouse
}
# Buttons of a mouse, and the tip of a pen.
is_down() { grep 'BTN_LEFT), value\|BTN_TOUCH), value' /run/kernel.log | tail -n 1 | grep -q 'value 1'; }

publish
drive
wait_for motion grep -q 'REL_X), value' /run/kernel.log
# After each end, the tablet connects by itself.
try_faults
wait_for "the mouse's end" has_no_mouse

drive --pen 1280x800
wait_for 'a pen' grep -q 'BTN_TOOL_PEN), value 1' /run/kernel.log
wait_for motion grep -q 'ABS_X), value' /run/kernel.log
release 'SIGKILL of the driver of a pen' KILL "$driver"
wait_for "the pen's end" has_no_mouse
cat /run/tablet.log
echo END
