#!/bin/sh
# Screenshots of every screen, in a real window under Xvfb and openbox, worked by keyboard:
#   sh tests/screenshots.sh PROGRAM FOLDER [SIZE] [more arguments of 'calibrate']
set -eu
program=$1 folder=$2 size=${3:-1280x720}
[ $# -ge 3 ] && shift 3 || shift 2
mkdir -p "$folder"
home=$(mktemp -d)
trap 'kill $window $manager $server 2>/dev/null; rm -rf "$home"' EXIT
window= manager=
# A free display is written to the file.
Xvfb -displayfd 3 -screen 0 "${size}x24" 3>"$home/display" 2>/dev/null &
server=$!
for _ in $(seq 50); do [ -s "$home/display" ] && break; sleep 0.1; done
DISPLAY=:$(cat "$home/display")
export DISPLAY XDG_DATA_HOME="$home" XDG_RUNTIME_DIR="$home"
openbox 2>/dev/null &
manager=$!
"$program" calibrate --patient demo --trials 6 "$@" 2>"$home/log" &
window=$!
xdotool search --sync --name bci-cursor >/dev/null
sleep 3
id=$(xdotool search --name bci-cursor | tail -1)
xdotool windowfocus "$id" || true
shot() { sleep "$2"; import -window root "$folder/$1.png"; }
shot 1-start 1
xdotool key Return
shot 2-signal 9
xdotool key Return
shot 3-training 1
xdotool key Return
shot 4-cross 0.7
shot 5-cue 1.5
xdotool key space
shot 6-paused 0.5
xdotool key space
if [ "${WHOLE:-1}" = 1 ]; then
    sleep 110
    shot 7-result 5
    xdotool key Return
    shot 8-saved 1
    # Practice is two buttons back from 'Close'; its first task is bars.
    xdotool key shift+Tab shift+Tab
    xdotool key Return
    shot 9-tasks 1
    xdotool key Tab Tab Tab Return
    shot 10-bars 12
fi
cat "$home/log" >&2
