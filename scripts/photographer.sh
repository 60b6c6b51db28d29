#!/bin/sh
# Takes a picture of the display twice a second until it is stopped: photographer.sh FOLDER
set -eu
mkdir -p "$1"
number=0
while :; do
    number=$((number + 1))
    # Each picture appears complete or not at all, because this script may be killed at any time.
    import -window root "png:$1/unfinished" || exit 0
    mv "$1/unfinished" "$(printf '%s/%04d.png' "$1" "$number")"
    sleep 0.5
done
