#!/bin/sh
# Observes a long run in real time from outside: endurance.sh PROGRAM [MINUTES]
# The headset is another process, with electrodes that fail; every ten minutes it is killed and replaced. Each line: minutes,
# memory (kB resident), open files, threads, processor time; before each kill, also latency in the last minute and losses. The last
# lines show what has grown since the fifth minute.
set -eu
program=$1
minutes=${2:-60}
folder=$(mktemp -d)
display=""
headset=""
run=""
cleanup() {
    for process in $run $headset $display; do
        kill "$process" 2>/dev/null || true
    done
    rm -rf "$folder"
}
trap cleanup EXIT INT TERM

patient="synthetic:seed=3,channels=21,trials=200,imagery=3,rest=1.5"
printf '[lab]\nSessionID = endurance%s\nKnownPeers = {127.0.0.1}\n[multicast]\nResolveScope = machine\n' "$$" >"$folder/lsl_api.cfg"
export XDG_DATA_HOME="$folder/data" XDG_RUNTIME_DIR="$folder"
export LSLAPICFG="$folder/lsl_api.cfg"

wear_headset() {
    set -- C3=flat@30..50 Cz=railed@90..110 C4=line@150..170 C3=nan@210..230 FC3=noisy@270..290 CP4=unlike@330..350 Cz=blink@390..410 C4=jaw@450..470
    for fault; do
        shift
        set -- "$@" --fault "$fault"
    done
    "$program" replay "$patient" --to lsl --name endurance --source-id endurance --wait-for-reader "$@" 2>>"$folder/headset.log" &
    headset=$!
}

look() {
    files=$(find "/proc/$run/fd" -mindepth 1 | wc -l)
    threads=$(find "/proc/$run/task" -mindepth 1 -maxdepth 1 | wc -l)
    memory=$(awk '/^VmRSS/ {print $2}' "/proc/$run/status")
    ticks=$(sed 's/.*) //' "/proc/$run/stat" | awk '{print $12 + $13}')
    echo "$1 min  $memory kB  $files files  $threads threads  $((ticks / 100)) s of processor"
}

"$program" fit "synthetic:seed=4,channels=21,trials=20" --classes left_hand=left_hand,right_hand=right_hand --out "$folder/model.json" >/dev/null
mkfifo "$folder/number"
Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp 3>"$folder/number" 2>/dev/null &
display=$!
read -r number <"$folder/number"
wear_headset
DISPLAY=":$number" "$program" run --model "$folder/model.json" --stream endurance --wait 20 --seconds "$((minutes * 60 + 5))" --stats \
    --record "$folder/session.xdf" --set control.pause.at_start=false --set control.pause.manual_override_ms=0 --set control.pause.after_loss=false \
    >"$folder/stats" 2>"$folder/run.log" &
run=$!
minute=0
while [ "$minute" -lt "$minutes" ]; do
    sleep 60
    minute=$((minute + 1))
    look "$minute"
    [ "$minute" -ne 5 ] || { early_memory=$memory early_files=$files early_threads=$threads; }
    [ "$((minute % 10))" -ne 0 ] || { "$program" status --figures | sed 1d; kill -9 "$headset"; wait "$headset" 2>/dev/null || true; wear_headset; }
done
wait "$run"
run=""
cat "$folder/stats"
echo "from minute 5 on: $((memory - early_memory)) kB, $((files - early_files)) files, $((threads - early_threads)) threads more"
echo "signal lost $(grep -c '^state    signal lost' "$folder/run.log") times; $(wc -c <"$folder/session.xdf") bytes recorded"
