#!/bin/sh
# Prints all closed-loop figures: closed-loop.sh PROGRAM EEG. EEG is the folder described in tests/README.md.
# Takes about forty minutes on two cores. `limit` is the maximum that the decoder's evidence allows.
set -eu
program=$(realpath "$1")
people=$(realpath "$2")/physionet-eegmmidb
electrodes=FC5,FC3,FC1,FCz,FC2,FC4,FC6,C5,C3,C1,Cz,C2,C4,C6,CP5,CP3,CP1,CPz,CP2,CP4,CP6
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
cd "$folder"

play() {
    echo
    echo "+ bci-cursor evaluate closed-loop $*"
    "$program" evaluate closed-loop "$@"
}

# Each person with a starter fitted on the eleven others.
play "$people" --montage "$electrodes" --minutes 20
play "$people" --montage "$electrodes" --minutes 10 --task grid
play "$people" --montage "$electrodes" --minutes 10 --task desktop
for decoys in 0 1 10 20; do
    play "$people" --montage "$electrodes" --minutes 5 --decoys "$decoys"
done

# The only person with four classes: a decoder fitted on four runs, evaluated on two others.
mkdir four
ln -s "$people/S001/S001R12.edf" "$people/S001/S001R14.edf" four
"$program" fit "$people/S001/S001R04.edf" "$people/S001/S001R06.edf" "$people/S001/S001R08.edf" "$people/S001/S001R10.edf" --continuous \
    --classes left_hand=T1@R04+R08,right_hand=T2@R04+R08,both_hands=T1@R06+R10,feet=T2@R06+R10 --out four.json
play four --model four.json --minutes 20 --classes left_hand=T1@R12,right_hand=T2@R12,both_hands=T1@R14,feet=T2@R14

# A patient who is decoded without errors.
mkdir made
hands=left_hand=left_hand,right_hand=right_hand
"$program" convert synthetic:seed=2,channels=21,trials=40,rest=4,erd=0.8 made/later.xdf
"$program" fit synthetic:seed=1,channels=21,trials=40,rest=4,erd=0.8 --classes "$hands" --out own.json
play made --model own.json --classes "$hands" --minutes 10 --task desktop
play made --model own.json --classes "$hands" --minutes 25 --task desktop
