"""Prints the times of a session's cues as pyxdf reads them, in seconds of the LSL clock, one per line: marker_times.py SESSION.xdf"""

import sys

import pyxdf

streams, _ = pyxdf.load_xdf(sys.argv[1])
for stream in streams:
    if stream["info"]["type"][0] == "Markers":
        for stamp, label in zip(stream["time_stamps"], stream["time_series"]):
            if label[0] != "rest":
                print(f"{stamp:.6f}")
