# Runs in the virtual machine, before the test of one pointer. Tests print what they measured, "FAILED ..." for what is wrong, and "END" at
# the end.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root XDG_DATA_HOME=/run/data LSLAPICFG=/run/lsl.cfg
unset DISPLAY WAYLAND_DISPLAY
ip link set lo up
ip link set lo multicast on
/lib/systemd/systemd-udevd --daemon 2>/dev/null
udevadm trigger
udevadm settle
printf '[lab]\nSessionID = vm\nKnownPeers = {127.0.0.1}\n[multicast]\nResolveScope = machine\n' >/run/lsl.cfg

publish() {
    "$program" replay "$patient" --to lsl --name headset --source-id device >/run/publish.log 2>&1 &
    publisher=$!
}
# Starts a driver of this pointer, with a patient who moves and presses.
start_driver() {
    "$program" run --pointer "$@" --model "$model" --stream headset --wait 60 --press feet --no-record \
        --set control.pause.at_start=false --set control.pause.after_loss=false >/run/run.log 2>&1 &
    driver=$!
}
# Whether the kernel has a mouse of ours.
has_mouse() { grep -q '"bci-cursor' /proc/bus/input/devices; }
has_no_mouse() { ! has_mouse; }
# Writes down what the kernel says that the mouse does.
watch_mouse() {
    wait_for 'the mouse' has_mouse
    event=$(sed -n '/"bci-cursor/,/^$/s/.*Handlers=.*\(event[0-9]*\).*/\1/p' /proc/bus/input/devices)
    wait_for "the mouse's file" test -e "/dev/input/$event"
    stdbuf -oL evtest "/dev/input/$event" >/run/kernel.log 2>&1 &
}
wait_for() {
    what=$1
    shift
    until=$((SECONDS + 90))
    while [ $SECONDS -lt $until ]; do "$@" && return; sleep 0.05; done
    echo "FAILED: $what did not come"
    tail -n 10 /run/*.log
}
# Each test says when the button is down.
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
    released=$(sed -n 's/.*time \([0-9.]*\), .*BTN_\(LEFT\|TOUCH\)), value 0.*/\1/p' /run/kernel.log | tail -n 1)
    awk -v from="$began" -v to="$released" -v what="$1" 'BEGIN { printf "released %.0f ms after %s\n", 1000 * (to - from), what }'
}
# Stops, kills and ends the driver and its stream, while the button is down.
try_faults() {
    for _ in 1 2 3; do
        release 'SIGSTOP of the driver' STOP "$driver"
        kill -CONT "$driver"
        sleep 1
    done
    for _ in 1 2 3; do
        release 'SIGKILL of the driver' KILL "$driver"
        wait_for "the mouse's end" has_no_mouse
        drive
    done
    for _ in 1 2 3; do
        release "the stream's end" KILL "$publisher"
        publish
    done
    release SIGTERM TERM "$driver"
    wait_for 'the end' has_ended "$driver"
}
