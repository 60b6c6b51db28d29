#!/bin/sh
# Size, start-up time, latency, memory and processor time of `run` at 64 channels and 500 Hz:
# footprint.sh PROGRAM [SECONDS [ARGUMENTS OF RUN]]
# GNU time measures from outside, `run --stats` from inside; the headset is another process, the pointer belongs to an Xvfb.
set -eu
program=$1
seconds=${2:-30}
shift "$(($# < 2 ? $# : 2))"
folder=$(mktemp -d)
display=""
headset=""
moves=""
cleanup() {
    [ -z "$headset" ] || kill "$headset" 2>/dev/null || true
    [ -z "$display" ] || kill "$display" 2>/dev/null || true
    rm -rf "$folder"
}
trap cleanup EXIT INT TERM

patient="synthetic:seed=3,channels=64,rate=500,trials=20,imagery=3,rest=1.5"
printf '[lab]\nSessionID = footprint%s\nKnownPeers = {127.0.0.1}\n[multicast]\nResolveScope = machine\n' "$$" >"$folder/lsl_api.cfg"
export XDG_DATA_HOME="$folder/data"
export LSLAPICFG="$folder/lsl_api.cfg"

"$program" fit "$patient" --classes left_hand=left_hand,right_hand=right_hand --to 3 --out "$folder/model.json"
mkfifo "$folder/number"
Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp 3>"$folder/number" 2>/dev/null &
display=$!
read -r number <"$folder/number"
"$program" replay "$patient" --to lsl --name footprint --wait-for-reader &
headset=$!
echo "size       $(($(stat -c %s "$program") / 1000000)) MB"
DISPLAY=":$number" /usr/bin/time -f 'GNU time   %M kB resident at most, %U s user + %S s system in %e s (%P of one core)' \
    "$program" run --model "$folder/model.json" --stream footprint --wait 20 --seconds "$seconds" --stats \
    --set control.pause.at_start=false --set control.pause.manual_override_ms=0 "$@" 2>&1 |
    while IFS= read -r line; do
        now=$(date +%s%3N)
        case "$line" in
        stream*) found=$now ;;
        running*) echo "start      $((now - found)) ms from the stream to a pointer that is driven" ;;
        "state    the pointer moves"*) [ -n "$moves" ] || echo "           $((now - found)) ms to one that moves: the decoder's first window is full" && moves=yes ;;
        esac
        echo "$line"
    done
