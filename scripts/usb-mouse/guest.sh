# What happens in the virtual machine: each pointer follows a patient while evtest prints what a mouse driver sees.
cd /tmp/seen
# One network interface, and no guess about others.
mkdir -p /etc/lsl_api
printf '[multicast]\nResolveScope = machine\n[lab]\nKnownPeers = {127.0.0.1}\n' >/etc/lsl_api/lsl_api.cfg
# Difference between the clock of events and that of samples, seconds.
echo "$(date-ns +%s.%N) $(cut -d' ' -f1 /proc/uptime)" >clocks

now() { date-ns +%s.%N; }

# The event file of the mouse with this name.
event_file() {
    awk -v name="$1" '/^N:/ { found = index($0, name) } found && /^H:/ { match($0, /event[0-9]+/); print "/dev/input/" substr($0, RSTART, RLENGTH); exit }' \
        /proc/bus/input/devices
}

wait_for_mouse() {
    for _ in $(seq 100); do
        mouse=$(event_file "$1")
        [ -n "$mouse" ] && return
        usleep 100000
    done
    echo "there is no mouse named $1"
    cat /proc/bus/input/devices
    return 1
}

# Waits until the left button is down.
wait_for_press() {
    for _ in $(seq 600); do
        evtest --query "$mouse" EV_KEY BTN_LEFT || return 0
        usleep 50000
    done
    echo "no press"
}

# For each way to fail: a press, the fault, and two seconds in which the button must come up and stay up.
fails() {
    pointer=$1
    for fault in headset TERM KILL STOP; do
        bci-cursor replay 'synthetic:seed=5,classes=left_hand+right_hand+feet,erd=0.8,channels=8,trials=100,imagery=2,rest=1' \
            --to lsl --name headset >/dev/null 2>&1 &
        headset=$!
        bci-cursor run --model /data/press.json --stream headset --wait 30 --press feet --no-record --pointer "$pointer" \
            --set control.pause.at_start=false --set control.pause.after_loss=false 2>"$pointer-$fault.log" &
        driver=$!
        sleep 1
        wait_for_mouse "$2" || return
        evtest "$mouse" >"$pointer-$fault.events" &
        reader=$!
        wait_for_press
        now >"$pointer-$fault.at"
        case $fault in
        headset) kill -KILL $headset ;;
        *) kill -$fault $driver ;;
        esac
        sleep 2
        kill -CONT $driver
        kill -KILL $headset
        kill -INT $driver
        sleep 1
        kill -KILL $driver
        kill $reader
        # Bytes of output stay in evtest's buffer until it ends.
        wait $reader
    done 2>/dev/null
}

# Recorded EEG moves the pointer; the session holds the cues.
follows() {
    [ -e /data/s007.edf ] || return
    bci-cursor replay /data/s007.edf --channels FC3,FC4,C3,Cz,C4,CP3,CPz,CP4 --to lsl --name s007 --wait-for-reader >/dev/null 2>&1 &
    headset=$!
    bci-cursor run --mode axis --model /data/s007.json --stream s007 --markers s007-markers --wait 30 --record "$1.xdf" --pointer "$1" --without-override \
        --set control.pause.at_start=false --set control.pause.after_loss=false --stats --json >"$1.json" 2>"$1.log" &
    driver=$!
    sleep 1
    wait_for_mouse "$2" || return
    evtest "$mouse" >"$1.events" &
    reader=$!
    wait $headset
    kill -INT $driver
    wait $driver
    kill $reader
    wait $reader
}

SUDO_USER=0 bci-cursor-usb-mouse up
bci-cursor-usb-mouse status
sleep 1
bci-cursor-usb-mouse status
fails gadget 'bci-cursor mouse'
follows gadget 'bci-cursor mouse'
# This computer's own mouse, beside it.
follows uinput 'bci-cursor pointer'
# The same port as a pen, whose driver is killed.
lifts() {
    bci-cursor replay 'synthetic:seed=5,classes=left_hand+right_hand+feet,erd=0.8,channels=8,trials=100,imagery=2,rest=1' \
        --to lsl --name headset >/dev/null 2>&1 &
    headset=$!
    bci-cursor run --model /data/press.json --stream headset --wait 30 --press feet --no-record --pointer gadget --pen 1280x800 2>pen-refused.log
    bci-cursor-usb-mouse down
    SUDO_USER=0 bci-cursor-usb-mouse up pen
    bci-cursor run --model /data/press.json --stream headset --wait 30 --press feet --no-record --pointer gadget --pen 1280x800 \
        --set control.pause.at_start=false --set control.pause.after_loss=false 2>pen.log &
    driver=$!
    wait_for_mouse 'bci-cursor pen' || return
    evtest "$mouse" >pen.events &
    reader=$!
    for _ in $(seq 600); do
        evtest --query "$mouse" EV_KEY BTN_TOUCH || break
        usleep 50000
    done
    now >pen.at
    kill -KILL $driver
    sleep 2
    kill -KILL $headset
    kill $reader
    wait $reader
} 2>/dev/null
lifts
bci-cursor-usb-mouse down
bci-cursor-usb-mouse status
ls -l
