#!/bin/sh
# Screenshots of the console of a run, with the badge beside the pointer, in a real window under Xvfb and openbox:
#   sh scripts/screenshots-run.sh PROGRAM FOLDER [SIZE] [more arguments of 'run']
set -eu
program=$1 folder=$2 size=${3:-1280x720}
[ $# -ge 3 ] && shift 3 || shift 2
mkdir -p "$folder"
home=$(mktemp -d)
run= headset= manager= server=
# The run writes to its home folder until it has ended.
trap 'kill $run $headset $manager $server 2>/dev/null || true; wait; rm -rf "$home"' EXIT
cat >"$home/lsl_api.cfg" <<CONFIG
[lab]
SessionID = screenshots$$
KnownPeers = {127.0.0.1}
[multicast]
ResolveScope = machine
CONFIG
# The server writes the number of a free display to the file.
Xvfb -displayfd 3 -screen 0 "${size}x24" 3>"$home/display" 2>/dev/null &
server=$!
for _ in $(seq 50); do [ -s "$home/display" ] && break; sleep 0.1; done
DISPLAY=:$(cat "$home/display")
export DISPLAY LSLAPICFG="$home/lsl_api.cfg" XDG_DATA_HOME="$home" XDG_RUNTIME_DIR="$home"
openbox 2>/dev/null &
manager=$!
"$program" replay synthetic:channels=21,seed=5,trials=200,imagery=3,rest=1,erd=0.8 --to lsl --name headset >"$home/log" 2>&1 &
headset=$!
"$program" run --stream headset --wait 20 --window "$@" 2>"$home/log" &
run=$!

# Waits until the driver gives this answer.
state() {
    for _ in $(seq 120); do
        "$program" status 2>/dev/null | grep -q "$1" && return 0
        sleep 0.5
    done
    echo "state $1 did not come" >&2
    exit 1
}
shot() { sleep "$2"; import -window root "$folder/$1.png"; }

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
