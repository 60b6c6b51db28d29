#!/bin/sh
# Screenshots of the patient's panel, each page of it, in a real run under Xvfb and openbox, with a helper's mouse:
#   sh scripts/screenshots-panel.sh PROGRAM FOLDER SIZE EDGE [more arguments of 'run']
edge=$4
. "$(dirname "$0")/screenshots-display.sh"
shift
publish_headset
start "$program" run --stream headset --wait 20 --no-record "--panel=$edge" --program 'Watch a film=https://example.org/films' \
    --program 'Read the news=https://example.org/news' "$@"
for _ in $(seq 120); do
    "$program" status 2>/dev/null | grep -q paused && break
    sleep 0.5
done
# Where the panel is now, as X, Y, WIDTH and HEIGHT: the larger of its two windows.
geometry() {
    for window in $(xdotool search --name '^bci-cursor panel$'); do
        eval "$(xdotool getwindowgeometry --shell "$window")"
        echo "$((WIDTH * HEIGHT)) X=$X Y=$Y WIDTH=$WIDTH HEIGHT=$HEIGHT"
    done | sort -n | tail -n 1 | cut -d ' ' -f 2-
}

# The size of the text, per cent; lengths below are for 100.
scale=100
for argument; do
    [ "${before-}" = --text-scale ] && scale=$argument
    before=$argument
done

# Presses a button by its number of so many, beside or below the state. Buttons do not grow without limit.
press() {
    eval "$(geometry)"
    if [ "$edge" = bottom ]; then
        head=$((126 * scale / 100)) length=$WIDTH most=$((156 * scale / 100))
    else
        head=$((56 * scale / 100)) length=$HEIGHT most=$((98 * scale / 100))
    fi
    each=$(((length - head) / $2))
    [ "$each" -gt "$most" ] && each=$most
    at=$((head + each * (2 * $1 - 1) / 2))
    if [ "$edge" = bottom ]; then
        xdotool mousemove $((X + at)) $((Y + HEIGHT / 2))
    else
        xdotool mousemove $((X + WIDTH / 2)) $((Y + at))
    fi
    sleep 0.3
    xdotool click 1
}

# Presses a key of the keyboard by its column and row, each of so many.
key() {
    eval "$(geometry)"
    line=$((42 * scale / 100))
    xdotool mousemove $((X + WIDTH * (2 * $1 - 1) / (2 * $2))) $((Y + line + (HEIGHT - line) * (2 * $3 - 1) / (2 * $4)))
    sleep 0.3
    xdotool click 1
}
shot "20-panel-paused-$edge" 2
"$program" resume >/dev/null
press 2 11
shot "21-panel-right-click-$edge" 1
press 10 11
shot "22-panel-more-$edge" 1
press 5 7
shot "23-panel-settings-$edge" 1
press 8 8
press 8 11
shot "24-panel-programs-$edge" 1
press 1 3
press 7 11
shot "25-panel-keyboard-$edge" 2
if [ "$edge" = right ]; then
    # h, e, and the key that shows numbers.
    key 2 6 4 9
    key 5 6 3 9
    shot "26-panel-written-$edge" 1
    key 2 6 8 9
    shot "27-panel-symbols-$edge" 1
    key 4 6 9 9
    press 11 11
    shot "28-panel-call-$edge" 1
    press 2 5
    shot 29-call 4
    xdotool key Return
    sleep 1
    press 10 11
    press 6 7
    shot "30-panel-hidden-$edge" 1
fi
cat "$home/log" >&2
