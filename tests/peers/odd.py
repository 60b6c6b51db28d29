#!/usr/bin/env python3
"""A headset with a fault: odd.py NAME [KEY=VALUE ...]

Nine channels of noise (9 µV), published while somebody reads. Keys: declared (Hz, 250), rate (as sent, Hz: declared), chunk (samples, 10),
offset (of the stamps, seconds), unix (1: stamps are the time of day), bad (a stamp that replaces that of sample 500), jump (of the stamps
from sample 300 on, seconds), losses (1: samples
1000 to 1033, 1300 to 1333 and 1600 to 1633 are not sent), markers (1: three marker streams, NAME-text, NAME-two and NAME-int, with a
marker of each every half second), deduced (1: only the first sample of a chunk is sent with a stamp), unit (of the channels, microvolts),
scale (what the samples are multiplied by, 1), trigger (1: a tenth channel with trigger codes, 7 in the first 20 of every 125 samples from
sample 250 on, else 0; counter: a tenth channel with the same name that counts samples). Ends after two minutes.
"""

import sys
import time

import numpy
from pylsl import StreamInfo, StreamOutlet, local_clock

LABELS = "FC3,FC4,C3,C1,C2,C4,Cz,CP3,CP4".split(",")


def main():
    name = sys.argv[1]
    keys = dict(key.split("=", 1) for key in sys.argv[2:])
    declared = float(keys.get("declared", 250))
    rate = float(keys.get("rate", declared or 250))
    chunk = int(keys.get("chunk", 10))
    offset = float(keys.get("offset", 0))
    scale = float(keys.get("scale", 1))
    if keys.get("unix") == "1":
        offset = time.time() - local_clock()
    trigger = keys.get("trigger")
    info = StreamInfo(name, "EEG", len(LABELS) + (trigger is not None), declared, "float32", name)
    channels = info.desc().append_child("channels")
    for label in LABELS:
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", keys.get("unit", "microvolts"))
        channel.append_child_value("type", "EEG")
    if trigger is not None:
        channel = channels.append_child("channel")
        channel.append_child_value("label", "TRIG")
        channel.append_child_value("type", "Stim")
    outlet = StreamOutlet(info, chunk)
    markers = []
    if keys.get("markers") == "1":
        markers = [
            StreamOutlet(StreamInfo(f"{name}-text", "Markers", 1, 0, "string", f"{name}-text")),
            StreamOutlet(StreamInfo(f"{name}-two", "", 2, 0, "string", f"{name}-two")),
            StreamOutlet(StreamInfo(f"{name}-int", "", 1, 0, "int32", f"{name}-int")),
        ]
    print("ready", flush=True)
    if not outlet.wait_for_consumers(60):
        sys.exit("nobody came to read")
    noise = numpy.random.default_rng(1)
    start, sent = local_clock(), 0
    while local_clock() - start < 120:
        while sent + chunk <= rate * (local_clock() - start):
            places = numpy.arange(sent, sent + chunk)
            samples = scale * 9 * noise.standard_normal((chunk, len(LABELS)))
            if trigger is not None:
                codes = numpy.where((places >= 250) & (places % 125 < 20), 7, 0) if trigger == "1" else places % 10000
                samples = numpy.column_stack([samples, codes])
            stamps = start + offset + places / rate
            stamps[places >= 300] += float(keys.get("jump", 0))
            if "bad" in keys:
                stamps[places == 500] = float(keys["bad"])
            for k, sample, stamp in zip(places, samples, stamps):
                if keys.get("deduced") == "1" and k != places[0]:
                    stamp = -1.0  # LSL's DEDUCED_TIMESTAMP
                is_lost = keys.get("losses") == "1" and any(first <= k < first + 34 for first in (1000, 1300, 1600))
                if not is_lost:
                    outlet.push_sample(sample.tolist(), stamp, pushthrough=bool(k == places[-1]))
                if markers and k % 125 == 0:
                    markers[0].push_sample(["left, then right"], start + k / rate)
                    markers[1].push_sample(["7", "left_hand"], start + k / rate)
                    markers[2].push_sample([769], start + k / rate)
            sent += chunk
        time.sleep(0.002)


if __name__ == "__main__":
    main()
