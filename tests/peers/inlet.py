#!/usr/bin/env python3
"""A foreign reader: reads an LSL stream and its markers with pylsl, and prints them as one JSON object:
inlet.py NAME SAMPLES MARKERS (0: there is no marker stream)
"""

import json
import sys
import time

from pylsl import StreamInlet, resolve_byprop


def subscribe(name):
    (info,) = resolve_byprop("name", name, timeout=20)
    inlet = StreamInlet(info, recover=False)
    inlet.open_stream(timeout=10)
    return inlet


def main():
    name, wanted, wanted_markers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    markers = subscribe(f"{name}-markers") if wanted_markers else None
    eeg = subscribe(name)
    info = eeg.info(timeout=10)
    channel = info.desc().child("channels").child("channel")
    described = []
    while not channel.empty():
        described.append({key: channel.child_value(key) for key in ("label", "unit", "type")})
        channel = channel.next_sibling("channel")
    samples, stamps, texts = [], [], []
    end = time.monotonic() + 60
    while (len(samples) < wanted or len(texts) < wanted_markers) and time.monotonic() < end:
        chunk, chunk_stamps = eeg.pull_chunk(timeout=0.1, max_samples=4096)
        samples += chunk
        stamps += chunk_stamps
        text, stamp = markers.pull_sample(timeout=0.0) if markers and stamps else (None, None)
        # Markers are subscribed to first: some may be older than the first sample.
        if stamp is not None and stamp >= stamps[0]:
            texts.append([text[0], stamp])
    print(json.dumps({
        "type": info.type(), "rate": info.nominal_srate(), "source_id": info.source_id(), "channels": described,
        "maker": info.desc().child("acquisition").child_value("manufacturer"),
        "samples": samples[:wanted], "stamps": stamps[:wanted], "markers": texts,
    }))


if __name__ == "__main__":
    main()
