#!/usr/bin/env python3
"""Reads a recording with a common reader (pyxdf or MNE): read_recording.py FILE DATA.f64

Prints JSON: labels, rate_hz, frames, events as [place in frames, text], seconds that reading took. Writes the samples of all
voltage channels to DATA.f64: frames x channels, µV, float64, little-endian.
"""

import json
import sys
import time

import numpy as np


def xdf(path):
    import mne
    import pyxdf

    start = time.perf_counter()
    streams, _ = pyxdf.load_xdf(path)
    took_s = time.perf_counter() - start
    eeg = next(s for s in streams if s["info"]["type"][0] == "EEG")
    count = int(eeg["info"]["channel_count"][0])
    try:
        channels = eeg["info"]["desc"][0]["channels"][0]["channel"]
        labels = [channel["label"][0] for channel in channels]
    except (TypeError, KeyError, IndexError):
        labels = [str(k + 1) for k in range(count)]
    stamps = eeg["time_stamps"]
    events = []
    for stream in streams:
        if stream["info"]["channel_format"][0] != "string" or stream["info"]["type"][0] == "Session":
            continue
        for stamp, texts in zip(stream["time_stamps"], stream["time_series"]):
            if len(stamps) > 1 and stamps[0] <= stamp <= stamps[-1]:
                events.append([float(np.interp(stamp, stamps, np.arange(len(stamps)))), ",".join(texts)])
    rate = float(eeg["info"]["nominal_srate"][0])
    # As users of MNE get it, through an array of volts.
    info = mne.create_info(labels, rate, "eeg")
    volts = np.asarray(eeg["time_series"], dtype="f8").T * 1e-6
    data = (mne.io.RawArray(volts, info, verbose="error").get_data().T * 1e6).astype("<f8")
    # If the time stamps contradict the header, the time stamps are right.
    effective = eeg["info"]["effective_srate"]
    contradicts = effective > 0 and abs(effective / rate - 1) > 0.02
    return labels, effective if contradicts else rate, data, events, took_s


def mne_reader(path):
    import mne

    start = time.perf_counter()
    raw = mne.io.read_raw(path, preload=True, verbose="error")
    took_s = time.perf_counter() - start
    volts = {"µV", "uV", "mV", "nV", "V", None}
    names = [name for name in raw.ch_names if not raw._orig_units or raw._orig_units.get(name) in volts]
    names = [name for name in names if name not in {"Status"}]
    # MNE reads the "µV" (Latin-1) of GDF 1 as volts, because it only knows "uV".
    to_microvolts = 1 if path.endswith(".gdf") else 1e6
    data = raw.get_data(picks=names).T * to_microvolts
    rate = raw.info["sfreq"]
    skipped = raw.first_time
    events = [[(a["onset"] - skipped) * rate, str(a["description"])] for a in raw.annotations]
    return names, rate, data.astype("<f8"), events, took_s


def main():
    path, out = sys.argv[1:]
    labels, rate, data, events, took_s = (xdf if path.endswith(".xdf") else mne_reader)(path)
    data.tofile(out)
    print(json.dumps({"labels": labels, "rate_hz": rate, "frames": len(data), "events": events, "took_s": took_s}))


if __name__ == "__main__":
    main()
