#!/bin/sh
# Screenshots of calibrating and practising looking, in a real window under Xvfb and openbox, operated by keyboard:
#   sh scripts/screenshots-looking.sh PROGRAM FOLDER [SIZE] [more arguments of 'calibrate']
# The patient is synthetic and does not see the screen, so nothing is chosen.
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
# Titles of windows in Chinese are found in this locale only.
export LC_ALL=C.UTF-8 DISPLAY XDG_DATA_HOME="$home" XDG_RUNTIME_DIR="$home"
openbox 2>/dev/null &
manager=$!
sleep 1

# The window's title shows the step. Waits for it, pressing a key repeatedly if one is given.
step() {
    for _ in $(seq 120); do
        xdotool search --name "bci-cursor: $1 " >/dev/null 2>&1 && return 0
        [ $# -gt 1 ] && xdotool key "$2"
        sleep 1
    done
    echo "step $1 did not come" >&2
    exit 1
}
shot() { sleep "$2"; import -window root "$folder/$1.png"; }
open() {
    "$program" "$@" --looking --patient demo --new-patient --synthetic channels=64 2>>"$home/log" &
    window=$!
    step 1
    step 2 Return
    sleep 8
}
close() { kill "$window" && wait "$window" || true; window=; }

open calibrate "$@"
step 3 Return
shot look-1-questions 1
close
"$program" allow-flicker --yes-i-asked-about-epilepsy --patient demo --new-patient >/dev/null
open calibrate "$@"
step 3 Return
shot look-2-plan 1
step 4 Return
shot look-3-fields 2
xdotool key space
shot look-4-paused 0.5
xdotool key Escape
step 5
shot look-5-few 2
close
open practice "$@"
step 6 Return
shot look-6-tasks 1
step 4 Return
shot look-7-first 1
shot look-8-fields 11
# The second target is marked.
sleep 16
xdotool key Escape
step 6
shot look-9-figures 2
cat "$home/log" >&2
