#!/usr/bin/env python3
"""Reads what tags showed: frames.py SECONDS

Reads the stream `bci-cursor-stimulus` and prints a line for each frame: its stamp in nanoseconds, and a number in which each bit is a code
that was bright. The first line is "ready". Ends after SECONDS.
"""

import sys

from pylsl import StreamInlet, local_clock, resolve_byprop

found = resolve_byprop("name", "bci-cursor-stimulus", timeout=30.0)
inlet = StreamInlet(found[0], max_buflen=60)
inlet.open_stream()
print("ready", flush=True)
end = local_clock() + float(sys.argv[1])
while local_clock() < end:
    levels, stamps = inlet.pull_chunk(timeout=0.5, max_samples=64)
    for values, stamp in zip(levels, stamps):
        bright = sum(1 << code for code, level in enumerate(values) if level >= 0.5)
        print(round(stamp * 1e9), bright)
