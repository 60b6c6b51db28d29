#!/usr/bin/env python3
"""Makes flicker_fit.json: a response fitted to labelled looks at two made lights, and what the decoder gives with it in another recording,
computed with NumPy from whole windows. For tests/flicker_fit.rs.

    pip install numpy && python make_flicker_fit.py
"""

import json
import math
import pathlib

import numpy as np
from make_ssvep import CHANNELS, PRIOR, RATE_HZ, covariance, inverse_root, log_sum_exp, residuals

NOMINAL_HZ, REAL_HZ = [13.0, 17.0], [13.012, 16.985]
SECONDS, FRAME, HARMONICS = 62, 16, (1, 2, 3)
OFFSETS_HZ = np.arange(481) * 0.0005 - 0.12
PHASES = np.arange(24) * 2 * math.pi / 24
TURNS = np.arange(72) * 2 * math.pi / 72


def looks():
    """Three seconds of every five from 8 s on: the first light, the second, none."""
    return [((k % 3) if k % 3 < 2 else None, (8 + 5 * k) * RATE_HZ, (11 + 5 * k) * RATE_HZ) for k in range(10)]


def made_signal(seed):
    """Noise of a linear congruential generator, a slow wave, and the light that is looked at, with a second harmonic; phases follow the seed."""
    state, rows = seed, []
    for n in range(RATE_HZ * SECONDS):
        row, t = [], n / RATE_HZ
        looked = next((k for k, begin, end in looks() if begin <= n < end), None)
        for c in range(CHANNELS):
            state = (1664525 * state + 1013904223) % 2**32
            value = 20.0 * (state / 2**32 - 0.5) + 5.0 * math.sin(2 * math.pi * 3.0 * t)
            if looked is not None:
                angle = 2 * math.pi * REAL_HZ[looked] * t + 0.1 * (seed % 60)
                value += (1.0 + 0.5 * c) * (math.sin(angle + 0.4 * c) + 0.7 * math.cos(2 * angle - 0.3 * c))
            row.append(value)
        rows.append(row)
    return np.array(rows)


class Recording:
    def __init__(self, seed):
        self.e = residuals(made_signal(seed))
        self.t = np.arange(len(self.e)) / RATE_HZ
        self.roots = {}

    def root(self, n):
        if n not in self.roots:
            c = 0.4 * covariance(self.e[:n], 20.0) + 0.6 * covariance(self.e[:n], 1.0)
            self.roots[n] = inverse_root(c + (1e-2 * np.trace(c) / CHANNELS + 1e-9) * np.eye(CHANNELS))
        return self.roots[n]

    def z(self, end, count, hz):
        """Tags x harmonics x channels."""
        span = slice(end - count, end)
        waves = np.array([[np.exp(-2j * np.pi * f * h * self.t[span]) for h in HARMONICS] for f in hz])
        heard = np.array([[f * h < 0.4 * RATE_HZ for h in HARMONICS] for f in hz])
        return waves @ self.e[span] * np.sqrt(2 / count) @ self.root(end).T * heard[:, :, None]

    def windows(self, frames, hop, hz):
        """The target, the middle and the coefficients of each window within a look."""
        count = frames * FRAME
        for end in range(hop * FRAME, len(self.e) + 1, hop * FRAME):
            for target, begin, last in looks():
                if end >= 7 * RATE_HZ and begin + count <= end <= last:
                    yield target, (end - count / 2) / RATE_HZ, self.z(end, count, hz)


def positive(g):
    values, vectors = np.linalg.eigh(g)
    return vectors @ np.diag(np.maximum(values, 0)) @ vectors.T


def weights_of(g, t):
    return np.eye(CHANNELS) - np.linalg.inv(np.eye(CHANNELS) + t / 2.0 * g)


def fit(recordings):
    strengths = np.zeros((2, len(OFFSETS_HZ)))
    for recording in recordings:
        found = [(k, m, z) for k, m, z in recording.windows(8, 4, NOMINAL_HZ) if k is not None]
        for tag in range(2):
            own = np.zeros(len(OFFSETS_HZ))
            for h in HARMONICS:
                sums = sum(
                    np.exp(-2j * np.pi * h * OFFSETS_HZ * middle)[:, None] * z[tag, h - 1] for k, middle, z in found if k == tag
                )
                own += np.einsum("gi,ij,gj->g", sums.conj(), weights_of(PRIOR[h - 1], 2.0), sums).real
            strengths[tag] += own / own.mean()
    hz = [f + OFFSETS_HZ[np.argmax(s)] for f, s in zip(NOMINAL_HZ, strengths)]
    mean, attended, n = np.zeros((2, 3, CHANNELS), complex), np.zeros((2, 3, CHANNELS, CHANNELS)), np.zeros(2)
    unattended, others = np.zeros_like(attended), np.zeros(2)
    for recording in recordings:
        own = np.zeros_like(mean)
        for target, _, z in recording.windows(16, 1, hz):
            products = np.einsum("khi,khj->khij", z, z.conj()).real
            for tag in range(2):
                if tag == target:
                    own[tag] += z[tag]
                    attended[tag] += products[tag]
                    n[tag] += 1
                else:
                    unattended[tag] += products[tag]
                    others[tag] += 1
        for tag in range(2):
            turned = [own[tag] * np.exp(1j * np.outer(HARMONICS, [turn])) for turn in TURNS]
            agreement = [np.vdot(mean[tag], one).real for one in turned]
            mean[tag] += turned[int(np.argmax(agreement))]
    g = (attended / n[:, None, None, None] - unattended / others[:, None, None, None]).mean(0)
    expected = np.zeros_like(mean)
    for tag in range(2):
        count = sum(k == tag for k, _, _ in looks()) * len(recordings)
        for h in range(3):
            values, vectors = np.linalg.eigh((2 * g[h] + PRIOR[h]) / 3)
            steady = 0.6 * np.maximum(values, 0)
            noise = 1.2 / (count * 1.5) + 0.4 * np.maximum(values, 0) / count
            expected[tag, h] = vectors @ np.diag(steady / (steady + noise)) @ vectors.T @ (mean[tag, h] / n[tag])
    return hz, g, expected


def decode(recording, hz, g, expected):
    """Scores of windows of two seconds, with the phases learnt on the way."""
    own, own_s, template = 120.0 * g, 120.0, 0.8 * expected
    phases, dt = np.full((2, 24), -math.log(24)), FRAME / RATE_HZ
    turns = np.exp(-1j * PHASES[:, None] * np.array(HARMONICS))

    def model():
        mixed = [positive((60.0 * PRIOR[h] + own[h]) / (60.0 + own_s)) for h in range(3)]
        return np.array([weights_of(0.5 * m, 2.0) for m in mixed])

    w = model()
    trace = np.einsum("hii->", w)

    def parts(w):
        b = template - np.einsum("hij,khj->khi", w, template)
        return b, -np.einsum("khi,khi->k", b.conj(), template).real

    def usual(w):
        b, constant = parts(w)
        size = np.sqrt(1.2 * (np.abs(b) ** 2).sum((1, 2)))
        return 1.2 * trace + constant + log_sum_exp_rows(2 * size[:, None] * np.cos(PHASES) - math.log(24))

    mean, unattended = 10.0 * usual(w), 10.0 * usual(w)
    mean_s, unattended_s, decay, frames = 10.0, np.full(2, 10.0), 0.5 ** (dt / 60.0), []
    for end in range(FRAME, len(recording.e) + 1, FRAME):
        if end < 5 * RATE_HZ:
            continue
        z = recording.z(end, 2 * RATE_HZ, hz)
        b, constant = parts(w)
        of_phase = 2 * np.einsum("qh,kh->kq", turns, np.einsum("khi,khi->kh", b.conj(), z)).real
        q = np.einsum("khi,hij,khj->k", z.conj(), w, z).real + constant + log_sum_exp_rows(of_phase + phases)
        looking = log_sum_exp(0.22 * (q - unattended / unattended_s)) - 3.2
        v = 0.22 * (q - mean / mean_s)
        p = np.exp(v - log_sum_exp(v)) / (1 + np.exp(-np.clip(looking, -30, 30)))
        mean, mean_s = decay * mean + dt * q, decay * mean_s + dt
        unattended, unattended_s = decay * unattended + dt * (1 - p) * q, decay * unattended_s + dt * (1 - p)
        phases = 0.5 ** (dt / 120.0) * phases
        phases -= log_sum_exp_rows(phases)[:, None]
        for k in np.flatnonzero(p > 0.8):
            own = own + p[k] * dt * (np.einsum("hi,hj->hij", z[k], z[k].conj()).real - 1.2 * np.eye(CHANNELS))
            own_s += p[k] * dt
            phases[k] += p[k] * dt / 2.0 * of_phase[k]
            phases[k] -= log_sum_exp(phases[k])
        if end // FRAME % 8 == 0:
            w = model()
        frames.append({"sample": end, "scores_2s": q.tolist()})
    return frames, own_s


def log_sum_exp_rows(v):
    return np.array([log_sum_exp(row) for row in v])


def main():
    hz, g, expected = fit([Recording(12345), Recording(777)])
    frames, own_s = decode(Recording(4242), hz, g, expected)
    assert own_s > 125.0, "nothing was learnt"
    both = [np.concatenate([z.real, z.imag]) for z in expected.reshape(-1, CHANNELS)]
    out = {
        "made_by": f"numpy {np.__version__}",
        "rate_hz": RATE_HZ,
        "seconds": SECONDS,
        "nominal_hz": NOMINAL_HZ,
        "real_hz": REAL_HZ,
        "prior": [m.ravel().tolist() for m in PRIOR],
        "frequencies_hz": hz,
        "covariance": [m.ravel().tolist() for m in g],
        "expected": [z.tolist() for z in both],
        "frames": frames[::16] + frames[-1:],
    }
    pathlib.Path(__file__).with_name("flicker_fit.json").write_text(json.dumps(out) + "\n")
    print(hz, own_s, frames[-1], np.abs(expected).max())


if __name__ == "__main__":
    main()
