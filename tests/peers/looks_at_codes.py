#!/usr/bin/env python3
"""Writes an XDF file of somebody who looks at tags that follow random codes at 60 Hz: streams EEG, Stimulus and Markers.

    looks_at_codes.py OUT.xdf '{"rate_hz": 250, "trials": 8}'

The EEG is coloured noise of three channels, and a wave after each change of the tag that is looked at. All options are in DEFAULTS.
"""

import json
import struct
import sys

import numpy as np

DEFAULTS = {
    "rate_hz": 200.0,
    "tags": 6,
    "trials": 8,
    "seconds": 3.0,
    # Which tags are looked at in turn, from 0; with null, all of them.
    "targets": None,
    # What a marker calls a tag; with null, its number from 1.
    "names": None,
    "labels": True,
    "stimulus": True,
    "markers": True,
    # Values of a dark and of a bright tag, and the format of the stream.
    "levels": [0, 1],
    "format": "int16",
    "frame_rate_hz": 0.0,
    # The clock of each stream is ahead of the recorder's by this much, seconds.
    "eeg_clock_s": 0.0,
    "stimulus_clock_s": 0.0,
    # Whether the file tells by how much.
    "clock_offsets": True,
    # The display stamps a frame this much before its light changes, seconds.
    "stamps_early_s": 0.0,
    # Response in units of the noise; zero: nobody looks at anything.
    "strength": 1.0,
    # Names of the three electrodes, and those that are not connected.
    "electrodes": ["O1", "Oz", "O2"],
    "unconnected": [],
    # Samples that are NaN, as [from, to] in seconds, and lost ones.
    "nan_s": [],
    "lost_s": [],
    "seed": 1,
}


def variable_length(n):
    return struct.pack("<BB", 1, n) if n < 256 else struct.pack("<BI", 4, n)


class Xdf:
    def __init__(self, path):
        self.file = open(path, "wb")
        self.file.write(b"XDF:")
        self.chunk(1, b'<?xml version="1.0"?><info><version>1.0</version></info>')

    def chunk(self, tag, content):
        self.file.write(variable_length(len(content) + 2) + struct.pack("<H", tag) + content)

    def stream(self, number, name, labels, count, rate_hz, form, ahead_s, offsets_until_s):
        channels = "".join(f"<channel><label>{label}</label><unit>microvolts</unit><type>{name}</type></channel>" for label in labels)
        described = f"<channels>{channels}</channels>" if labels else ""
        xml = (
            f'<?xml version="1.0"?><info><name>{name}</name><type>{name}</type><channel_count>{count}</channel_count>'
            f"<nominal_srate>{rate_hz}</nominal_srate><channel_format>{form}</channel_format><desc>{described}</desc></info>"
        )
        self.chunk(2, struct.pack("<I", number) + xml.encode())
        for at_s in np.arange(0.0, offsets_until_s, 5.0):
            self.chunk(4, struct.pack("<Idd", number, at_s + ahead_s, -ahead_s))

    def samples(self, number, stamps, rows, pack):
        for begin in range(0, len(stamps), 256):
            part = range(begin, min(begin + 256, len(stamps)))
            body = b"".join(struct.pack("<Bd", 8, stamps[k]) + pack(rows[k]) for k in part)
            self.chunk(3, struct.pack("<I", number) + variable_length(len(part)) + body)


def main():
    path, options = sys.argv[1], {**DEFAULTS, **json.loads(sys.argv[2])}
    random = np.random.default_rng(options["seed"])
    rate_hz, tags, trials, seconds = (options[key] for key in ("rate_hz", "tags", "trials", "seconds"))
    last_s = 10.0 + trials * (seconds + 1.0)
    eeg_s = 2.0 + np.arange(int((last_s - 2.0) * rate_hz)) / rate_hz
    noise = random.standard_normal((3, len(eeg_s)))
    for _ in range(2):
        # Pink enough: each sample keeps some of those before, over 20 ms.
        keep = np.exp(-1.0 / (0.02 * rate_hz))
        for k in range(1, noise.shape[1]):
            noise[:, k] += keep * noise[:, k - 1]
    noise *= 10.0 / noise.std()
    response = np.zeros(len(eeg_s))
    frames_s, shown, marks = [], [], []
    targets = options["targets"] or list(range(tags))
    names = options["names"] or [str(k + 1) for k in range(tags)]
    for trial in range(trials):
        begin_s, target = 10.0 + trial * (seconds + 1.0), targets[trial % len(targets)]
        count = int(seconds * 60)
        codes = random.integers(0, 2, (count, tags))
        frames_s += list(begin_s + np.arange(count) / 60)
        shown += list(codes)
        frames_s.append(begin_s + seconds)
        shown.append(np.zeros(tags, int))
        marks += [(begin_s, f"trial target={names[target]}"), (begin_s + seconds, "end")]
        before = 0
        for frame, bright in enumerate(codes[:, target]):
            lag = eeg_s - begin_s - frame / 60 - 0.12
            wave = np.exp(-0.5 * (lag / 0.012) ** 2) - 0.7 * np.exp(-0.5 * ((lag - 0.045) / 0.016) ** 2)
            response += {1: 1.0, 0: 0.0, -1: -0.4}[int(bright) - before] * wave
            before = int(bright)
    eeg = noise + 12.0 * options["strength"] * response * np.array([[1.0], [0.6], [-0.2]])
    eeg[options["unconnected"]] = 0.0
    for begin_s, end_s in options["nan_s"]:
        eeg[:, (eeg_s >= begin_s) & (eeg_s < end_s)] = np.nan
    kept = np.ones(len(eeg_s), bool)
    for begin_s, end_s in options["lost_s"]:
        kept &= (eeg_s < begin_s) | (eeg_s >= end_s)
    dark, bright = options["levels"]
    values = dark + (bright - dark) * np.array(shown)

    xdf = Xdf(path)
    until_s = last_s + 5.0 if options["clock_offsets"] else 0.0
    eeg_ahead_s, shown_ahead_s = options["eeg_clock_s"], options["stimulus_clock_s"]
    labels = [f"object_{k + 1}" for k in range(tags)] if options["labels"] is True else options["labels"]
    xdf.stream(1, "EEG", options["electrodes"], 3, rate_hz, "float32", eeg_ahead_s, until_s)
    xdf.stream(2, "Markers", ["marker"], 1, 0, "string", 0.0, until_s)
    xdf.samples(1, eeg_s[kept] + eeg_ahead_s, eeg.T[kept], lambda row: row.astype("<f4").tobytes())
    if options["stimulus"]:
        kind = {"int8": "<i1", "int16": "<i2", "int32": "<i4", "float32": "<f4", "double64": "<f8"}[options["format"]]
        xdf.stream(3, "Stimulus", labels, tags, options["frame_rate_hz"], options["format"], shown_ahead_s, until_s)
        xdf.samples(3, np.array(frames_s) + shown_ahead_s - options["stamps_early_s"], values, lambda row: row.astype(kind).tobytes())
    if options["markers"]:
        text = lambda label: variable_length(len(label)) + label.encode()
        xdf.samples(2, [at_s for at_s, _ in marks], [label for _, label in marks], text)
    xdf.file.close()


if __name__ == "__main__":
    main()
