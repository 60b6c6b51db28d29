#!/usr/bin/env python3
"""Judges what a mouse driver saw in a virtual machine: check.py FOLDER

For each pointer: how long its button stayed down after each fault, and in how many trials of recorded EEG it moved the right way. Exits
with 1 if a limit is exceeded.
"""

import re
import sys
from pathlib import Path

import numpy as np
import pyxdf

# Milliseconds from the fault to the button's release. An emulated processor is ten times slower than a real one, so these are wider than
# the limits on a real computer.
LIMITS_MS = {"headset": 400, "TERM": 300, "KILL": 200, "STOP": 450}
RIGHT = 13
EVENT = re.compile(r"time ([0-9.]+), type \d+ \(\w+\), code \d+ \((\w+)\), value (-?\d+)")


def events(path):
    found = (EVENT.search(line) for line in path.read_text().splitlines())
    return [(float(match[1]), match[2], int(match[3])) for match in found if match]


def faults(folder, pointer):
    wrong = []
    for fault, limit_ms in LIMITS_MS.items():
        path = folder / f"{pointer}-{fault}.events"
        if not path.exists():
            wrong.append(f"{pointer}: {fault} was not tried")
            continue
        at = float((folder / f"{pointer}-{fault}.at").read_text())
        buttons = [(when, value) for when, name, value in events(path) if name == "BTN_LEFT"]
        down = [value for when, value in buttons if when <= at]
        after = [(when, value) for when, value in buttons if when > at]
        moved = sum(name.startswith("REL") for when, name, _ in events(path) if at + limit_ms / 1000 < when < at + 2)
        ms = (after[0][0] - at) * 1000 if after else float("inf")
        print(f"{pointer}: {fault}: released after {ms:.0f} ms (limit {limit_ms}), {moved} motions afterwards")
        again = [value for when, value in after if value == 1 and when < at + 2]
        if not down or down[-1] != 1:
            wrong.append(f"{pointer}: {fault}: the button was not down: {buttons}")
        if not after or after[0][1] != 0 or ms > limit_ms or again or moved:
            wrong.append(f"{pointer}: {fault}: {ms:.0f} ms, then {after[:5]}")
    return wrong


def pen(folder):
    """The pen was refused while the port was a mouse; then it moved, touched the screen, and was lifted when its driver was killed."""
    wrong = []
    refused = (folder / "pen-refused.log").read_text()
    if "bci-cursor-usb-mouse up pen" not in refused:
        wrong.append(f"pen: not refused while the port is a mouse: {refused}")
    at = float((folder / "pen.at").read_text())
    seen = events(folder / "pen.events")
    touch = [(when, value) for when, name, value in seen if name == "BTN_TOUCH"]
    lifted = [when for when, value in touch if when > at and value == 0]
    ms = (lifted[0] - at) * 1000 if lifted else float("inf")
    places = len({value for _, name, value in seen if name == "ABS_X"})
    print(f"pen: lifted {ms:.0f} ms after KILL (limit {LIMITS_MS['KILL']}), at {places} places before")
    if ms > LIMITS_MS["KILL"] or places < 10 or [value for _, name, value in seen if name == "BTN_TOOL_PEN"][-1:] != [0]:
        wrong.append(f"pen: {touch}")
    return wrong


def trials(folder, pointer):
    path = folder / f"{pointer}.xdf"
    if not path.exists():
        return ["no recorded EEG was tried"]
    wall, monotonic = map(float, (folder / "clocks").read_text().split())
    moves = [(when, value) for when, name, value in events(folder / f"{pointer}.events") if name == "REL_X"]
    streams, _ = pyxdf.load_xdf(str(path), synchronize_clocks=False, dejitter_timestamps=False)
    markers = next(s for s in streams if s["info"]["type"][0] == "Markers")
    cues = [(stamp + wall - monotonic, text[0]) for stamp, text in zip(markers["time_stamps"], markers["time_series"])]
    starts = [when for when, _ in cues] + [np.inf]
    right, seen = 0, []
    for k, (when, text) in enumerate(cues):
        if text in ("T1", "T2"):
            sum_x = sum(value for at, value in moves if when <= at < starts[k + 1])
            right += sum_x < 0 if text == "T1" else sum_x > 0
            seen.append(f"{text} {sum_x:+d}")
    print(f"{pointer}: {right} of {len(seen)} trials moved the right way: {', '.join(seen)}")
    return [] if len(seen) == 15 and right >= RIGHT else [f"{pointer}: {right} of {len(seen)} trials"]


def main():
    folder = Path(sys.argv[1])
    wrong = faults(folder, "gadget")
    for pointer in ["gadget", "uinput"]:
        wrong += trials(folder, pointer)
    wrong += pen(folder)
    for text in wrong:
        print("WRONG", text)
    sys.exit(bool(wrong))


main()
