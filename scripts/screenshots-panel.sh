#!/bin/sh
# Screenshots of the patient's panel, each page of it, in a real run under Xvfb and openbox, with a helper's mouse:
#   sh scripts/screenshots-panel.sh PROGRAM FOLDER SIZE EDGE [more arguments of 'run']
edge=$4
. "$(dirname "$0")/screenshots-display.sh"
shift
publish_headset
start "$program" run --stream headset --wait 20 --no-record "--panel=$edge" "$@"
for _ in $(seq 120); do
    "$program" status 2>/dev/null | grep -q paused && break
    sleep 0.5
done
width=${size%x*} height=${size#*x}

# Presses a button by its number of so many.
press() {
    if [ "$edge" = bottom ]; then
        xdotool mousemove $((120 + (width - 120) * (2 * $1 - 1) / (2 * $2))) $((height - 40))
    else
        xdotool mousemove $((width - 80)) $((50 + (height - 50) * (2 * $1 - 1) / (2 * $2)))
    fi
    sleep 0.3
    xdotool click 1
}
shot "20-panel-paused-$edge" 2
"$program" resume >/dev/null
press 2 10
shot "21-panel-right-click-$edge" 1
press 8 10
shot "22-panel-settings-$edge" 1
press 8 8
press 9 10
shot "23-panel-call-$edge" 1
if [ "$edge" = right ]; then
    press 2 5
    shot 24-call 4
    xdotool key Return
    sleep 1
else
    press 5 5
fi
press 10 10
shot "25-panel-hidden-$edge" 1
cat "$home/log" >&2
