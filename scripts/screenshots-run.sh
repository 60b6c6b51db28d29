#!/bin/sh
# Screenshots of the console of a run, with the badge beside the pointer, in a real window under Xvfb and openbox:
#   sh scripts/screenshots-run.sh PROGRAM FOLDER [SIZE] [more arguments of 'run']
. "$(dirname "$0")/screenshots-display.sh"
publish_headset
start "$program" run --stream headset --wait 20 --window "$@"

# Waits until the driver gives this answer.
state() {
    for _ in $(seq 120); do
        "$program" status 2>/dev/null | grep -q "$1" && return 0
        sleep 0.5
    done
    cat "$home/log" >&2
    echo "state $1 did not come" >&2
    exit 1
}

state paused
shot 11-run-paused 4
"$program" set control.dwell.on=true >/dev/null
"$program" resume >/dev/null
state active
shot 12-run-active 0.2
"$program" set control.click.kind=drag >/dev/null
state idle
shot 13-run-at-rest 0.2
kill $headset
state lost
shot 14-run-no-signal 0.5
