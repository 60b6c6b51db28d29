# A mouse of the kernel.

# Without acceleration: libinput would move the pointer by other distances.
printf 'output HEADLESS-1 resolution 1280x720 position 0 0\ndefault_border none\nxwayland disable\ninput type:pointer {\n accel_profile flat\n pointer_accel 0\n}\n' >/run/sway.conf
mkdir -p /run/g /run/root
chmod 700 /run/g /run/root
chown nobody /run/g /dev/input/* /dev/uinput
(seatd -u nobody >/run/seatd.log 2>&1 &)
wait_for seatd test -e /run/seatd.sock
setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/run/g XDG_RUNTIME_DIR=/run/g LIBSEAT_BACKEND=seatd \
    WLR_BACKENDS=headless,libinput WLR_RENDERER=pixman WLR_LIBINPUT_NO_DEVICES=1 sway -c /run/sway.conf >/run/sway.log 2>&1 &
wait_for sway test -e /run/g/wayland-1
export XDG_RUNTIME_DIR=/run/root
WAYLAND_DISPLAY=/run/g/wayland-1 stdbuf -oL wev >/run/wev.log 2>&1 &
wait_for 'the window' grep -q 'width: 1280' /run/wev.log

drive() {
    start_driver uinput
    watch_mouse
}
# The button as the client of the compositor has heard of it last.
is_down() { grep 'button:\|leave' /run/wev.log | tail -n 1 | grep -q 'state: 1'; }

publish
drive
wait_for motion grep -q 'wl_pointer. motion' /run/wev.log
try_faults

# The virtual machine's own mouse and keyboard are real ones for this computer.
drive
wait_for 'a press' is_down
echo 'PLEASE move the mouse'
wait_for 'manual override' says 'a hand is on the mouse'
wait_for 'a press after it' is_down
echo 'PLEASE press Ctrl+Alt+P'
wait_for 'the pause' says 'state    paused$'
echo 'PLEASE press Ctrl+Alt+S'
wait_for 'the stop' has_ended "$driver"
echo END
