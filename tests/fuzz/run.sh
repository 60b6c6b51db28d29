#!/bin/sh
# Runs every target for a number of seconds: run.sh PROGRAM SECONDS. The seeds are files written by PROGRAM, EEG of other programs
# if BCI_CURSOR_EEG_DIR is set, and earlier findings.
set -eu
program=$(realpath "$1")
seconds=$2
eeg=$(realpath "${BCI_CURSOR_EEG_DIR:-../shared/eeg}" 2>/dev/null || true)
cd "$(dirname "$0")"

for target in xdf edf gdf brainvision protocol files lsl; do
    mkdir -p "corpus/$target" "seeds/$target"
done
for format in xdf edf; do
    "$program" convert synthetic:seed=1,channels=8,rate=64,trials=1,imagery=1,rest=1 "seeds/$format/own.$format"
done
"$program" fit synthetic:seed=1,channels=8,trials=12 --classes left_hand=left_hand,right_hand=right_hand --out seeds/files/decoder.json >/dev/null
if [ -d "$eeg/formats" ]; then
    head -c 20000 "$eeg/formats/biosig_sample.gdf" >seeds/gdf/start.gdf
    {
        tail -n +2 "$eeg/formats/test.vhdr"
        printf '\n---\n'
        cat "$eeg/formats/test.vmrk"
        printf '\n---\n'
        head -c 6400 "$eeg/formats/test.eeg"
    } >seeds/brainvision/start
fi
cp lsl.xml seeds/lsl/own.xml

cargo +nightly fuzz build --fuzz-dir .
for target in xdf edf gdf brainvision protocol files lsl; do
    if cargo +nightly fuzz run "$target" --fuzz-dir . "corpus/$target" "seeds/$target" -- \
        -max_total_time="$seconds" -malloc_limit_mb=64 -rss_limit_mb=1024 >"corpus/$target.log" 2>&1; then
        echo "$target: $(tail -n 1 "corpus/$target.log"), $(find "corpus/$target" -type f | wc -l) files"
    else
        tail -n 40 "corpus/$target.log"
        exit 1
    fi
done
