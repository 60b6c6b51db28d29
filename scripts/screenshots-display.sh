# What the scripts of screenshots share: they read it with the arguments PROGRAM FOLDER [SIZE] [more], of which `more` remains. It
# starts a display with a window manager, and a home folder of its own; all of it ends with the script.
set -eu
program=$1 folder=$2 size=${3:-1280x720}
[ $# -ge 3 ] && shift 3 || shift 2
mkdir -p "$folder"
home=$(mktemp -d)
# Processes to end; the last ones started come first.
started=
# A run writes to its home folder until it has ended.
trap 'kill $started 2>/dev/null || true; wait; rm -rf "$home"' EXIT
# The server writes the number of a free display to the file. It would start anew when the last program leaves, before others come.
Xvfb -noreset -displayfd 3 -screen 0 "${size}x24" 3>"$home/display" 2>/dev/null &
started=$!
for _ in $(seq 50); do [ -s "$home/display" ] && break; sleep 0.1; done
DISPLAY=:$(cat "$home/display")
# Titles of windows in Chinese are found in this locale only.
export LC_ALL=C.UTF-8 DISPLAY XDG_DATA_HOME="$home" XDG_RUNTIME_DIR="$home"
openbox 2>/dev/null &
started="$! $started"

# Starts a program in the background.
start() {
    "$@" 2>>"$home/log" &
    started="$! $started"
}

# A headset on LSL that only this script hears.
publish_headset() {
    cat >"$home/lsl_api.cfg" <<CONFIG
[lab]
SessionID = screenshots$$
KnownPeers = {127.0.0.1}
[multicast]
ResolveScope = machine
CONFIG
    export LSLAPICFG="$home/lsl_api.cfg"
    start "$program" replay synthetic:channels=21,seed=5,trials=200,imagery=3,rest=1,erd=0.8 --to lsl --name headset >"$home/log"
    headset=$!
}

# The window's title shows the step. Waits for it, pressing a key repeatedly if one is given.
step() {
    for _ in $(seq 240); do
        xdotool search --name "bci-cursor: $1 " >/dev/null 2>&1 && return 0
        [ $# -gt 1 ] && xdotool key "$2"
        sleep 1
    done
    echo "step $1 did not come" >&2
    exit 1
}
shot() { sleep "$2"; import -window root "$folder/$1.png"; }
