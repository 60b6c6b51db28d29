#!/bin/sh
# Screenshots of calibrating and practising looking, in a real window under Xvfb and openbox, operated by keyboard:
#   sh scripts/screenshots-looking.sh PROGRAM FOLDER [SIZE] [more arguments of 'calibrate']
# The patient is synthetic and does not see the screen, so nothing is chosen.
. "$(dirname "$0")/screenshots-display.sh"

sleep 1
others=$started
open() {
    start "$program" "$@" --looking --patient demo --new-patient --synthetic channels=64
    window=$!
    step 1
    step 2 Return
    sleep 8
}
close() { kill "$window" && wait "$window" || true; started=$others; }

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
