#!/usr/bin/env python3
"""Makes ssvep.json: what the SSVEP decoder gives for a made signal, computed with NumPy's linear algebra and complex numbers from whole
windows instead of running sums. For tests/ssvep.rs.

    pip install numpy && python make_ssvep.py
"""

import json
import math
import pathlib

import numpy as np

RATE_HZ, CHANNELS, SECONDS = 128, 4, 14
FREQUENCIES_HZ = [13.0, 17.0, 21.0]
PRIOR = [np.diag([8.0, 4.0, 2.0, 1.0]) / h + np.eye(4)[[1, 0, 2, 3]] * [1, 1, 0, 0] for h in (1, 2, 3)]
WINDOWS_S = [0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0]
# Between tags, slope, offset, usual.
CALIBRATION = [
    (0.334, 0.319, 0.6, 1.7357),
    (0.245, 0.305, 1.14, 1.7349),
    (0.209, 0.342, 1.84, 1.7261),
    (0.206, 0.295, 1.84, 1.7201),
    (0.206, 0.302, 2.14, 1.7183),
    (0.212, 0.281, 2.18, 1.7169),
    (0.175, 0.229, 2.04, 1.7512),
    (0.134, 0.242, 2.28, 1.7875),
    (0.134, 0.242, 2.28, 1.8946),
]
ORDER, BLOCK, FRAME, LEARN = 4, 8, 16, 5


def made_signal():
    """Noise of a linear congruential generator, a slow wave, and from 5 s on a response at 13 Hz, at 17 Hz from 10 s."""
    state, rows = 12345, []
    for n in range(RATE_HZ * SECONDS):
        row = []
        for c in range(CHANNELS):
            state = (1664525 * state + 1013904223) % 2**32
            t = n / RATE_HZ
            hz = 13.0 if t < 10.0 else 17.0
            response = (1.8 + 0.6 * c) * math.sin(2 * math.pi * hz * t + 0.3 * c) if t >= 5.0 else 0.0
            row.append(20.0 * (state / 2**32 - 0.5) + response + 5.0 * math.sin(2 * math.pi * 3.0 * t))
        rows.append(row)
    return np.array(rows)


def residuals(x):
    """The signal less what a ridge regression on the last samples predicted, fitted anew every 32 samples to a decayed past."""
    padded = np.concatenate([np.zeros((ORDER, CHANNELS)), x])
    past = np.concatenate([padded[ORDER - lag : len(padded) - lag] for lag in range(1, ORDER + 1)], axis=1)
    out, coefficients = np.zeros_like(x), np.zeros((ORDER * CHANNELS, CHANNELS))
    for end in range(32, len(x) + 1, 32):
        now = slice(end - 32, end)
        out[now] = x[now] - past[now] @ coefficients
        # A sample's weight is that of the update which took it in.
        age = (end - (np.arange(end) // 32 + 1) * 32) / RATE_HZ
        weight = 0.5 ** (age / 20.0)
        if weight.sum() > 2.0 * RATE_HZ:
            z = past[:end]
            gram = z.T @ (z * weight[:, None])
            ridge = 1e-2 * np.trace(gram) / len(gram) * np.eye(len(gram))
            coefficients = np.linalg.inv(gram + ridge) @ (z.T @ (x[:end] * weight[:, None]))
    return out


def covariance(e, half_life_s):
    age = (len(e) - (np.arange(len(e)) // BLOCK + 1) * BLOCK) / RATE_HZ
    weight = 0.5 ** (age / half_life_s)
    return e.T @ (e * weight[:, None]) / weight.sum()


def inverse_root(c):
    values, vectors = np.linalg.eigh(c)
    return vectors @ np.diag(values**-0.5) @ vectors.T


def weights_of(g):
    values, vectors = np.linalg.eigh(g)
    g = vectors @ np.diag(np.maximum(values, 0)) @ vectors.T
    return [np.eye(CHANNELS) - np.linalg.inv(np.eye(CHANNELS) + t / 2.0 * g) for t in WINDOWS_S]


def log_sum_exp(v):
    return v.max() + np.log(np.exp(v - v.max()).sum())


def decode(x):
    e = residuals(x)
    t = np.arange(len(e)) / RATE_HZ
    waves = np.array([[np.exp(-2j * np.pi * f * h * t) for h in (1, 2, 3)] for f in FREQUENCIES_HZ])
    heard = np.array([[f * h < 0.4 * RATE_HZ for h in (1, 2, 3)] for f in FREQUENCIES_HZ])
    weights = [weights_of(g) for g in PRIOR]
    white = [sum(np.trace(weights[h][w]) for h in range(3)) for w in range(9)]
    mean = np.array([[10.0 * 1.2 * white[w]] * 3 for w in range(9)])
    unattended, mean_s, unattended_s = mean.copy(), 10.0, np.full(3, 10.0)
    own, own_s, dt, frames = [np.zeros((4, 4)) for _ in range(3)], 0.0, FRAME / RATE_HZ, []
    decay = 0.5 ** (dt / 60.0)
    for n in range(FRAME, len(e) + 1, FRAME):
        if n < 5 * RATE_HZ:
            continue
        c = 0.4 * covariance(e[:n], 20.0) + 0.6 * covariance(e[:n], 1.0)
        root = inverse_root(c + (1e-2 * np.trace(c) / CHANNELS + 1e-9) * np.eye(CHANNELS))
        q, z = np.zeros((9, 3)), [None] * 9
        for w, window_s in enumerate(WINDOWS_S):
            count = int(window_s * RATE_HZ)
            sums = np.einsum("khn,nc->khc", waves[:, :, n - count : n], e[n - count : n])
            z[w] = sums * np.sqrt(2 / count) @ root.T
            for k in range(3):
                power = [(z[w][k, h].conj() @ weights[h][w] @ z[w][k, h]).real for h in range(3)]
                q[w, k] = np.array(power)[heard[k]].sum()
        odds = np.full(3, -np.inf)
        for w in range(4, 9):
            between, slope, offset, usual = CALIBRATION[w]
            v = between * (q[w] - mean[w] / mean_s)
            odds = np.maximum(odds, v - log_sum_exp(v) + slope * (q[w].max() - usual * white[w]) - offset)
        looking = log_sum_exp(0.22 * (q[LEARN] - unattended[LEARN] / unattended_s)) - 3.2
        v = 0.22 * (q[LEARN] - mean[LEARN] / mean_s)
        p = np.exp(v - log_sum_exp(v)) / (1 + np.exp(-np.clip(looking, -30, 30)))
        mean, mean_s = decay * mean + dt * q, decay * mean_s + dt
        unattended, unattended_s = decay * unattended + dt * (1 - p) * q, decay * unattended_s + dt * (1 - p)
        for k in np.flatnonzero(p > 0.8):
            for h in range(3):
                own[h] += p[k] * dt * (np.outer(z[LEARN][k, h], z[LEARN][k, h].conj()).real - 1.2 * np.eye(4))
            own_s += p[k] * dt
        if n // FRAME % 8 == 0:
            weights = [weights_of((60.0 * PRIOR[h] + own[h]) / (60.0 + own_s)) for h in range(3)]
        frames.append({"sample": n, "odds": odds.tolist(), "scores_2s": q[LEARN].tolist()})
    return frames, own_s


def main():
    frames, own_s = decode(made_signal())
    assert own_s > 1.0, "nothing was learnt"
    out = {
        "made_by": f"numpy {np.__version__}",
        "rate_hz": RATE_HZ,
        "seconds": SECONDS,
        "frequencies_hz": FREQUENCIES_HZ,
        "prior": [g.ravel().tolist() for g in PRIOR],
        "frames": frames[::4] + frames[-1:],
    }
    pathlib.Path(__file__).with_name("ssvep.json").write_text(json.dumps(out) + "\n")


if __name__ == "__main__":
    main()
