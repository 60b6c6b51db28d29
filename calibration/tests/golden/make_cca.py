#!/usr/bin/env python3
"""Makes cca.json: canonical correlations by scikit-learn, and scores of reconvolution CCA by PyntBCI. For tests/cca.rs.

    pip install scikit-learn pyntbci && python make_cca.py
"""

import json
import pathlib

import numpy as np
import pyntbci
import sklearn
from sklearn.cross_decomposition import CCA

RATE_HZ, FREQUENCIES_HZ, HARMONICS = 128, [9.0, 11.5, 14.0], 3
CODE_RATE_HZ, LAGS, SHRINKAGE, TRIALS, TAGS, SAMPLES = 120, 36, 0.01, 5, 4, 150


def sines():
    random = np.random.default_rng(1)
    t = np.arange(RATE_HZ) / RATE_HZ
    wave = np.sin(2 * np.pi * 11.5 * t + 0.4) + 0.5 * np.sin(2 * np.pi * 23 * t)
    eeg = np.round(random.standard_normal((4, len(t))) + np.outer([0.8, 0.5, 0.2, -0.3], wave), 3)
    correlations = []
    for hz in FREQUENCIES_HZ:
        references = [f(2 * np.pi * hz * k * t) for k in range(1, HARMONICS + 1) for f in (np.sin, np.cos)]
        cca = CCA(n_components=1, scale=False, max_iter=100_000, tol=1e-14)
        x, y = cca.fit_transform(eeg.T, np.array(references).T)
        correlations.append(float(np.corrcoef(x[:, 0], y[:, 0])[0, 1]))
    return eeg, correlations


def codes():
    """Every trial has tags of its own, so that each tag of each trial is a class for PyntBCI."""
    random = np.random.default_rng(2)
    codes = random.integers(0, 2, (TRIALS, TAGS, SAMPLES // 2)).repeat(2, 2)
    targets = random.integers(0, TAGS, TRIALS)
    eeg = random.standard_normal((TRIALS, 3, SAMPLES))
    for trial, target in enumerate(targets):
        change = np.diff(codes[trial, target], prepend=0)
        response = np.exp(-0.5 * ((np.arange(30) - 12) / 3) ** 2)
        evoked = np.convolve((change > 0) - 0.5 * (change < 0), response)[:SAMPLES]
        eeg[trial] += np.outer([1.0, 0.6, -0.2], evoked)
    eeg = np.round(eeg, 3)
    rcca = pyntbci.classifiers.rCCA(
        stimulus=codes.reshape(TRIALS * TAGS, SAMPLES),
        fs=CODE_RATE_HZ,
        event="contrast",
        encoding_length=LAGS / CODE_RATE_HZ,
        gamma_x=SHRINKAGE,
        gamma_m=SHRINKAGE,
    )
    rcca.fit(eeg[:-1], (np.arange(TRIALS) * TAGS + targets)[:-1])
    scores = np.ravel(rcca.decision_function(eeg[-1:]))[-TAGS:]
    return codes, targets, eeg, scores


def main():
    waves, correlations = sines()
    shown, targets, eeg, scores = codes()
    assert np.argmax(correlations) == 1 and np.argmax(scores) == targets[-1]
    out = {
        "made_by": f"scikit-learn {sklearn.__version__}, pyntbci {pyntbci.__version__}",
        "rate_hz": RATE_HZ,
        "frequencies_hz": FREQUENCIES_HZ,
        "harmonics": HARMONICS,
        "waves": waves.tolist(),
        "correlations": correlations,
        "lags": LAGS,
        "shrinkage": SHRINKAGE,
        "codes": shown.tolist(),
        "targets": targets.tolist(),
        "eeg": eeg.transpose(0, 2, 1).tolist(),
        "scores": scores.tolist(),
    }
    pathlib.Path(__file__).with_name("cca.json").write_text(json.dumps(out) + "\n")


if __name__ == "__main__":
    main()
