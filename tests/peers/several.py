#!/usr/bin/env python3
"""Foreign streams of all kinds: several.py SECONDS

EEG (float32, 250 Hz; frame k holds k and -k), counters (int64, 50 Hz, beyond 2^53), button (int8, irregular) and notes (text,
irregular). Prints "ready", waits for a reader of each, and sends for SECONDS.
"""

import sys
import time

from pylsl import StreamInfo, StreamOutlet, local_clock


def main():
    seconds = float(sys.argv[1])
    eeg = StreamInfo("eeg", "EEG", 2, 250, "float32", "several-eeg")
    channels = eeg.desc().append_child("channels")
    for label in ["C3 <left>", "C4"]:
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", "microvolts")
        channel.append_child_value("type", "EEG")
    infos = [
        eeg,
        StreamInfo("counters", "Counter", 1, 50, "int64", "several-counters"),
        StreamInfo("button", "Markers", 1, 0, "int8", "several-button"),
        StreamInfo("notes", "Markers", 1, 0, "string", "several-notes"),
    ]
    outlets = [StreamOutlet(info) for info in infos]
    print("ready", flush=True)
    for outlet in outlets:
        if not outlet.wait_for_consumers(30):
            sys.exit("nobody came to read")
    start, k = local_clock(), 0
    while k < 250 * seconds:
        due = int((local_clock() - start) * 250)
        while k < min(due, 250 * seconds):
            stamp = start + k / 250
            outlets[0].push_sample([float(k), float(-k)], stamp)
            if k % 5 == 0:
                outlets[1].push_sample([2**60 + k], stamp)
            if k % 250 == 0:
                outlets[2].push_sample([k // 250 % 100], stamp)
                outlets[3].push_sample([f"second {k // 250} µ"], stamp)
            k += 1
        time.sleep(0.004)
    print("sent", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
