#!/usr/bin/env python3
"""Generates filters.json with SciPy's filter designs and outputs, for tests/golden.rs.

    pip install scipy==1.17.1 && python make_filters.py
"""

import json
import pathlib

import numpy as np
import scipy
from scipy.signal import butter, iirnotch, sosfilt, sosfilt_zi, tf2sos

BANDPASSES = [
    # order, low, high, rate: the driver's own bands, odd orders, wide and narrow bands, high rates
    (4, 7.0, 13.0, 160.0),
    (4, 12.0, 20.0, 160.0),
    (4, 18.0, 30.0, 160.0),
    (4, 8.0, 30.0, 250.0),
    (2, 8.0, 30.0, 500.0),
    (3, 4.0, 40.0, 256.0),
    (5, 0.5, 45.0, 512.0),
    (1, 1.0, 60.0, 128.0),
    (1, 0.5, 70.0, 160.0),
    (6, 18.0, 26.0, 1000.0),
    (4, 8.0, 30.0, 2048.0),
]
NOTCHES = [(50.0, 30.0, 160.0), (60.0, 30.0, 250.0), (100.0, 30.0, 500.0), (50.0, 10.0, 1000.0)]


def settled(sos, signal):
    """Output of a filter that starts settled on the first sample."""
    return sosfilt(sos, signal, zi=sosfilt_zi(sos) * signal[0])[0]


def main():
    random = np.random.default_rng(20260101)
    cases = []
    for order, low, high, rate in BANDPASSES:
        sos = butter(order, [low, high], "bandpass", fs=rate, output="sos")
        cases.append({"kind": "bandpass", "order": order, "low_hz": low, "high_hz": high, "rate_hz": rate, "sos": sos})
    for centre, q, rate in NOTCHES:
        sos = tf2sos(*iirnotch(centre, q, fs=rate))
        cases.append({"kind": "notch", "centre_hz": centre, "q": q, "rate_hz": rate, "sos": sos})
    for case in cases:
        # Like EEG: tens of microvolts on a drifting electrode offset of several thousand.
        signal = 30 * random.standard_normal(300) + np.cumsum(random.standard_normal(300)) + 2500.0
        case["signal"] = signal.tolist()
        case["filtered"] = settled(case["sos"], signal).tolist()
        case["sos"] = case["sos"].tolist()
    out = {"made_by": f"SciPy {scipy.__version__}, NumPy {np.__version__}", "cases": cases}
    path = pathlib.Path(__file__).with_name("filters.json")
    path.write_text(json.dumps(out, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
