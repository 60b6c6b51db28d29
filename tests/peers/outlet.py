#!/usr/bin/env python3
"""A foreign headset: a pylsl outlet with known samples: outlet.py NAME

Channels C3 and C4 in millivolts, an auxiliary one, Cz in volts; 250 Hz in chunks of 10. Sample k is k in the unit of the
first channel, k + 1000 in the second, and so on. Waits for a reader, then sends 2000 samples in real time, with a gap of 250
samples (one second) after the first 1000. Ends when its standard input is closed.
"""

import sys
import time

from pylsl import StreamInfo, StreamOutlet, local_clock

CHANNELS = [("C3", "millivolts", "EEG"), ("C4", "millivolts", "EEG"), ("TEMP", "celsius", "AUX"), ("Cz", "V", "EEG")]
RATE, CHUNK, SAMPLES, HOLE_AT, HOLE = 250, 10, 2000, 1000, 250


def main():
    info = StreamInfo(sys.argv[1], "EEG", len(CHANNELS), RATE, "double64", "foreign-headset")
    channels = info.desc().append_child("channels")
    for label, unit, kind in CHANNELS:
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", unit)
        channel.append_child_value("type", kind)
    outlet = StreamOutlet(info, chunk_size=CHUNK)
    print("ready", flush=True)
    if not outlet.wait_for_consumers(30):
        sys.exit("nobody came to read")
    start = local_clock()
    for first in range(0, SAMPLES, CHUNK):
        chunk = [[k + 1000.0 * c for c in range(len(CHANNELS))] for k in range(first, first + CHUNK)]
        place = first + CHUNK - 1 + (HOLE if first >= HOLE_AT else 0)
        stamp = start + place / RATE
        time.sleep(max(0.0, stamp - local_clock()))
        outlet.push_chunk(chunk, timestamp=stamp)
    sys.stdin.read()


if __name__ == "__main__":
    main()
