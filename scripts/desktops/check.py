#!/usr/bin/env python3
"""Judges what a window of a Wayland desktop received: check.py FOLDER

How long the button stayed down after each fault, and in how many trials of recorded EEG the pointer moved the right way. Exits with 1 if a
limit is exceeded.
"""

import sys
from pathlib import Path

import numpy as np
import pyxdf

# Milliseconds from the fault to the button's release at the window.
LIMITS_MS = {"headset": 200, "TERM": 50, "KILL": 50, "STOP": 300}
# The time of a fault is known to 10 ms, mutter hands events on at the rate of the screen, and a busy machine is late.
TOLERANCE_MS = 80
RIGHT = 13


def main():
    folder = Path(sys.argv[1])
    lines = [line.split() for line in (folder / "events").read_text().splitlines()]
    events = [(float(line[0]), line[1], line[2:]) for line in lines if len(line) > 1]
    wrong = []
    for fault, limit_ms in LIMITS_MS.items():
        at, until = (float((folder / f"portal-{fault}.{end}").read_text()) for end in ("at", "until"))
        buttons = [(when, rest[1]) for when, what, rest in events if what == "button"]
        before = [state for when, state in buttons if when <= at]
        after = [(when, state) for when, state in buttons if at < when < until]
        ms = (after[0][0] - at) * 1000 if after else float("inf")
        moved = sum(what == "motion" and at + (limit_ms + TOLERANCE_MS) / 1000 < when < until for when, what, _ in events)
        print(f"portal: {fault}: released after {ms:.0f} ms (limit {limit_ms}), {moved} motions afterwards")
        # The driver's own release can be followed by one at the end of the session.
        if before[-1:] != ["down"] or not after or {state for _, state in after} != {"up"} or ms > limit_ms + TOLERANCE_MS or moved:
            wrong.append(f"{fault}: {before[-1:]}, then {after}")
    session = folder / "portal.xdf"
    if session.exists():
        streams, _ = pyxdf.load_xdf(str(session), synchronize_clocks=False, dejitter_timestamps=False)
        markers = next(s for s in streams if s["info"]["type"][0] == "Markers")
        cues = [(stamp, text[0]) for stamp, text in zip(markers["time_stamps"], markers["time_series"])]
        starts = [when for when, _ in cues] + [np.inf]
        places = [(when, float(rest[0])) for when, what, rest in events if what == "motion"]
        right, seen = 0, []
        for k, (when, text) in enumerate(cues):
            if text in ("T1", "T2"):
                inside = [x for at, x in places if when <= at < starts[k + 1]]
                moved = inside[-1] - inside[0] if inside else 0.0
                right += moved < 0 if text == "T1" else moved > 0
                seen.append(f"{text} {moved:+.0f}")
        print(f"portal: {right} of {len(seen)} trials moved the right way: {', '.join(seen)}")
        if len(seen) != 15 or right < RIGHT:
            wrong.append(f"{right} of {len(seen)} trials")
    for text in wrong:
        print("WRONG", text)
    sys.exit(bool(wrong))


main()
