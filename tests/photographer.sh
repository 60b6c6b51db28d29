#!/bin/sh
# Takes a picture of the display twice a second, until it is ended: photographer.sh FOLDER
set -eu
mkdir -p "$1"
number=0
while :; do
    number=$((number + 1))
    import -window root "$(printf '%s/%04d.png' "$1" "$number")" || exit 0
    sleep 0.5
done
