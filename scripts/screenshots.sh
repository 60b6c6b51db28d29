#!/bin/sh
# Screenshots of every screen, in a real window under Xvfb and openbox, operated by keyboard:
#   sh scripts/screenshots.sh PROGRAM FOLDER [SIZE] [more arguments of 'calibrate']
# WHOLE=0 stops after the first cue. FIT_SECONDS is how long the fit may take.
. "$(dirname "$0")/screenshots-display.sh"

start "$program" calibrate --patient demo --new-patient --trials 6 "$@"
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
