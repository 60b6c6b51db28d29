#!/bin/bash
# Moves the pointer of mutter (GNOME's compositor) through its portal: mutter.sh PROGRAM PYTHON OUT [EEG]
# Everything runs without a screen, on a session bus of its own. A GTK window that fills the virtual screen reports what it receives.
set -eu
here=$(realpath "$(dirname "$0")")
if [ "${INSIDE:-}" != yes ]; then
    mkdir -p "$3"
    rm -rf "$3"/*
    INSIDE=yes exec timeout 500 dbus-run-session -- "$0" "$(realpath "$1")" "$(realpath -s "$2")" "$(realpath "$3")" "${4:+$(realpath -m "$4")}"
fi
program=$1
python=$2
out=$3
eeg=$4
cd "$out"
unset DISPLAY WAYLAND_DISPLAY
mkdir -p run home
chmod 700 run
export XDG_RUNTIME_DIR=$out/run XDG_DATA_HOME=$out/home XDG_CURRENT_DESKTOP=GNOME XDG_SESSION_TYPE=wayland
printf '[multicast]\nResolveScope = machine\n[lab]\nSessionID = mutter%s\nKnownPeers = {127.0.0.1}\n' "$$" >lsl.cfg
export LSLAPICFG=$out/lsl.cfg
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT

mutter --headless --virtual-monitor 1280x720 --wayland --no-x11 --wayland-display wayland-m >mutter.log 2>&1 &
until [ -S run/wayland-m ]; do sleep 0.1; done
export WAYLAND_DISPLAY=wayland-m GDK_BACKEND=wayland
dbus-update-activation-environment WAYLAND_DISPLAY XDG_RUNTIME_DIR XDG_CURRENT_DESKTOP XDG_SESSION_TYPE GDK_BACKEND
# Dialogs publish their buttons only for assistive technology.
gdbus call --session -d org.a11y.Bus -o /org/a11y/bus -m org.freedesktop.DBus.Properties.Set org.a11y.Status IsEnabled '<true>' >/dev/null
/usr/libexec/xdg-desktop-portal-gnome >portal-gnome.log 2>&1 &
gdbus wait --session --timeout 20 org.freedesktop.impl.portal.desktop.gnome
/usr/libexec/xdg-desktop-portal >portal.log 2>&1 &
gdbus wait --session --timeout 20 org.freedesktop.portal.Desktop
"$program" doctor >doctor.log 2>&1 || true
grep -E 'pointer|session' doctor.log
# mutter lets no program show anything above all windows.
if "$program" check-display --seconds 2 >tags.log 2>&1 || ! grep 'above all windows' tags.log; then
    cat tags.log
    echo 'WRONG: tags are not refused with the reason'
    exit 1
fi

/usr/bin/python3 "$here/latency.py" "$program"
stdbuf -oL /usr/bin/python3 "$here/window.py" >events 2>window.log &
until grep -q shown events; do sleep 0.1; done

now() { cut -d' ' -f1 /proc/uptime; }
is_down() { [ "$(grep -a button events | tail -n 1 | cut -d' ' -f4)" = down ]; }

# The driver asks for consent, and this helper gives it.
start() {
    "$program" run --wait 30 --pointer portal --without-override --set control.pause.at_start=false --set control.pause.after_loss=false "$@" 2>"$log" >"$log.json" &
    driver=$!
    # The library of the accessibility tree crashes at times, when a window of the tree has just gone.
    for _ in 1 2 3; do
        /usr/bin/python3 "$here/consent.py" && return
    done
    cat "$log"
    exit 1
}

"$program" fit 'synthetic:seed=5,classes=left_hand+right_hand+feet,erd=0.8,channels=21,trials=36,imagery=3,rest=1' \
    --classes left_hand=left_hand,right_hand=right_hand,feet=feet --to 3 --window 1 --out press.json >/dev/null
for fault in headset TERM KILL STOP; do
    "$program" replay 'synthetic:seed=5,classes=left_hand+right_hand+feet,erd=0.8,channels=21,trials=100,imagery=2,rest=1' \
        --to lsl --name headset >/dev/null 2>&1 &
    headset=$!
    log=portal-$fault.log
    start --model press.json --stream headset --press feet --no-record --max-speed 60
    for _ in $(seq 1200); do
        is_down && break
        sleep 0.05
    done
    is_down || echo "no press"
    now >"portal-$fault.at"
    case $fault in
    headset) kill -KILL $headset ;;
    *) kill -$fault $driver ;;
    esac
    sleep 2
    now >"portal-$fault.until"
    kill -CONT $driver 2>/dev/null || true
    kill -KILL $headset 2>/dev/null || true
    kill -INT $driver 2>/dev/null || true
    sleep 0.5
    kill -KILL $driver 2>/dev/null || true
    wait $driver $headset 2>/dev/null || true
done

if [ -n "$eeg" ]; then
    s007() { find "$eeg" -name "S007R$1.edf" | head -n 1; }
    "$program" fit "$(s007 04)" "$(s007 08)" --classes left_hand=T1,right_hand=T2 --out s007.json >/dev/null
    "$program" replay "$(s007 12)" --to lsl --name s007 --wait-for-reader >/dev/null 2>&1 &
    headset=$!
    log=portal.log2
    # Slow, so that the pointer does not reach an edge of the screen.
    start --mode axis --max-speed 40 --model s007.json --stream s007 --markers s007-markers --record portal.xdf --stats --json
    wait $headset
    kill -INT $driver
    wait $driver || true
fi
"$python" "$here/check.py" "$out"
