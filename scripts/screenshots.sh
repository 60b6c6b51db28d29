#!/bin/sh
# Screenshots of every screen, in a real window under Xvfb and openbox, operated by keyboard:
#   sh scripts/screenshots.sh PROGRAM FOLDER [SIZE] [more arguments of 'calibrate']
# WHOLE=0 stops after the first cue. FIT_SECONDS is how long the fit may take.
set -eu
program=$1 folder=$2 size=${3:-1280x720}
[ $# -ge 3 ] && shift 3 || shift 2
mkdir -p "$folder"
home=$(mktemp -d)
window= manager= server=
trap 'kill $window $manager $server 2>/dev/null; rm -rf "$home"' EXIT
# The server writes the number of a free display to the file.
Xvfb -displayfd 3 -screen 0 "${size}x24" 3>"$home/display" 2>/dev/null &
server=$!
for _ in $(seq 50); do [ -s "$home/display" ] && break; sleep 0.1; done
DISPLAY=:$(cat "$home/display")
export DISPLAY XDG_DATA_HOME="$home" XDG_RUNTIME_DIR="$home"
openbox 2>/dev/null &
manager=$!
"$program" calibrate --patient demo --new-patient --trials 6 "$@" 2>"$home/log" &
window=$!

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

step 1
shot 1-start 3
step 2 Return
shot 2-signal 9
step 3 Return
shot 3-training 1
step 4 Return
shot 4-cross 0.5
shot 5-cue 1.8
xdotool key space
shot 6-paused 0.5
if [ "${WHOLE:-1}" = 1 ]; then
    xdotool key space
    step 5
    shot 7-result "${FIT_SECONDS:-14}"
    xdotool key Next
    shot 7-result-below 1
    xdotool key Prior
    xdotool key Return
    shot 8-saved 1
    # From 'Close' back to 'Practice', and its first task.
    xdotool key shift+Tab
    step 6 Return
    shot 9-tasks 1
    xdotool key Return
    shot 10-bars 14
fi
cat "$home/log" >&2
