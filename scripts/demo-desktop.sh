#!/bin/sh
# Uses a desktop by EEG and takes pictures of it: demo-desktop.sh FOLDER
set -eu
if [ -n "${DISPLAY:-}" ]; then
    BCI_CURSOR_SHOW=1
    export BCI_CURSOR_SHOW
fi
for story in dialog:targets:a_dialog_is_answered browser:browser:a_page_is_used; do
    name=${story%%:*}
    rest=${story#*:}
    rm -rf "${1:?}/$name"
    mkdir -p "$1/$name"
    # One after another, because each has a screen of its own.
    BCI_CURSOR_PICTURES="$(cd "$1/$name" && pwd)" cargo test --quiet --test end_to_end -- --ignored --exact "${rest%%:*}::${rest#*:}" --nocapture
    convert -delay 25 -loop 0 "$1/$name"/*.png -resize 640x -layers Optimize "$1/$name.gif"
    echo "$name: pictures in $1/$name, animation $1/$name.gif"
done
