# Runs in the virtual machine. Prints what it measured, "FAILED ..." for what is wrong, and "END" at the end.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root XDG_DATA_HOME=/run/data LSLAPICFG=/run/lsl.cfg
unset DISPLAY WAYLAND_DISPLAY
ip link set lo up
ip link set lo multicast on
/lib/systemd/systemd-udevd --daemon 2>/dev/null
udevadm trigger
udevadm settle
printf '[lab]\nSessionID = vm\nKnownPeers = {127.0.0.1}\n[multicast]\nResolveScope = machine\n' >/run/lsl.cfg
# Without acceleration: libinput would move the pointer by other distances.
printf 'output HEADLESS-1 resolution 1280x720 position 0 0\ndefault_border none\nxwayland disable\ninput type:pointer {\n accel_profile flat\n pointer_accel 0\n}\n' >/run/sway.conf
mkdir -p /run/g /run/root
chmod 700 /run/g /run/root
chown nobody /run/g /dev/input/* /dev/uinput
(seatd -u nobody >/run/seatd.log 2>&1 &)
for _ in $(seq 100); do [ -e /run/seatd.sock ] && break; sleep 0.1; done
setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/run/g XDG_RUNTIME_DIR=/run/g LIBSEAT_BACKEND=seatd \
    WLR_BACKENDS=headless,libinput WLR_RENDERER=pixman WLR_LIBINPUT_NO_DEVICES=1 sway -c /run/sway.conf >/run/sway.log 2>&1 &
for _ in $(seq 200); do [ -e /run/g/wayland-1 ] && break; sleep 0.2; done
export XDG_RUNTIME_DIR=/run/root
WAYLAND_DISPLAY=/run/g/wayland-1 stdbuf -oL wev >/run/wev.log 2>&1 &
for _ in $(seq 200); do grep -q 'width: 1280' /run/wev.log && break; sleep 0.2; done

publish() {
    "$program" replay "$patient" --to lsl --name headset --source-id device >/run/publish.log 2>&1 &
    publisher=$!
}
drive() {
    "$program" run --pointer uinput --model "$model" --stream headset --wait 60 --press feet --no-record \
        --set control.pause.at_start=false --set control.pause.after_loss=false >/run/run.log 2>&1 &
    driver=$!
    for _ in $(seq 600); do grep -q bci-cursor /proc/bus/input/devices && break; sleep 0.1; done
    event=$(sed -n '/bci-cursor/,/^$/s/.*Handlers=.*\(event[0-9]*\).*/\1/p' /proc/bus/input/devices)
    sleep 0.5
    stdbuf -oL evtest "/dev/input/$event" >/run/kernel.log 2>&1 &
}
# The button as the client of the compositor has heard of it last.
is_down() { grep 'button:\|leave' /run/wev.log | tail -n 1 | grep -q 'state: 1'; }
wait_for() {
    what=$1
    shift
    for _ in $(seq 1800); do "$@" && return; sleep 0.05; done
    echo "FAILED: $what did not come"
    tail -n 10 /run/run.log
}
is_up() { ! is_down; }
says() { grep -q "$1" /run/run.log; }
has_ended() { ! kill -0 "$1" 2>/dev/null; }
# Kills or stops something while the button is down, and prints when the kernel released the button.
release() {
    wait_for 'a press' is_down
    began=$EPOCHREALTIME
    kill "-$2" "$3"
    wait_for "the release after $1" is_up
    sleep 0.5
    released=$(sed -n 's/.*time \([0-9.]*\), .*BTN_LEFT), value 0.*/\1/p' /run/kernel.log | tail -n 1)
    awk -v from="$began" -v to="$released" -v what="$1" 'BEGIN { printf "released %.0f ms after %s\n", 1000 * (to - from), what }'
}

publish
drive
wait_for motion grep -q 'wl_pointer. motion' /run/wev.log
for _ in 1 2 3; do
    release 'SIGSTOP of the driver' STOP "$driver"
    kill -CONT "$driver"
    sleep 1
done
for _ in 1 2 3; do
    release 'SIGKILL of the driver' KILL "$driver"
    wait_for "the mouse's end" sh -c '! grep -q bci-cursor /proc/bus/input/devices'
    drive
done
for _ in 1 2 3; do
    release "the stream's end" KILL "$publisher"
    publish
done
release SIGTERM TERM "$driver"
wait_for 'the end' has_ended "$driver"

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
