#!/usr/bin/env python3
"""Generates interpolation.json with MNE's interpolation weights, for tests/golden.rs.

    pip install mne==1.13 && python make_interpolation.py
"""

import json
import pathlib

import mne
import numpy as np
from mne.channels.interpolation import _make_interpolation_matrix


def main():
    random = np.random.default_rng(20261124)
    cases = []
    for count, bad in ((6, [2]), (21, [0, 8, 13]), (64, [5, 6, 40])):
        places = random.standard_normal((count, 3))
        places[:, 2] = np.abs(places[:, 2])
        places /= np.linalg.norm(places, axis=1, keepdims=True)
        good = [k for k in range(count) if k not in bad]
        weights = np.zeros((len(bad), count))
        weights[:, good] = _make_interpolation_matrix(places[good], places[bad])
        cases.append({"places": places.tolist(), "bad": bad, "weights": weights.tolist()})
    out = {"made_by": f"mne {mne.__version__}", "cases": cases}
    path = pathlib.Path(__file__).with_name("interpolation.json")
    path.write_text(json.dumps(out) + "\n")


if __name__ == "__main__":
    main()
