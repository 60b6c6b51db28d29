#!/usr/bin/env python3
"""Makes cvep.json: what the c-VEP decoder fits to made trials and gives for one that it has not seen. NumPy computes everything from whole
trials, without running sums. For tests/cvep.rs.

    pip install numpy && python make_cvep.py
"""

import json
import pathlib

import numpy as np

RATE_HZ = 120.0
LAGS = 54
VAR_ORDER, RIDGE, ENOUGH_SAMPLES, SHRINKAGE, POWER_OF_HALF_WEIGHT = 10, 0.002, 10.0, 1e-3, 4.0
RANK, EM_STEPS, FIRST_VARIANCE, LEAST_VARIANCE = 2, 15, 0.05, 1e-9
LATENCIES = np.arange(-3, 4)
FIRST_DEVIATION, LEAST_DEVIATION, ROUNDS, NULL_TAGS = 1.5, 0.35, 3, 12
START_ORDER, START_RIDGE, START_VARIANCE, PRESENT, DRIFT = 6, 0.1, 0.02, 0.1, 0.7
BEAM, REVISED, SWEEPS = 40, 3, 2

CHANNELS, TAGS, SAMPLES, DISTRACTION = 3, 5, 180, 0.5
# Lead-in, target and latency of each trial, in samples. The last one is decoded.
TRIALS = [(0, 0, 0), (20, 3, 1), (4, 1, 0), (60, 4, -1), (15, 2, 1)]


class Generator:
    """A linear congruential generator, which the test repeats."""

    def __init__(self):
        self.state = 12345

    def uniform(self):
        self.state = (1664525 * self.state + 1013904223) % 2**32
        return self.state / 2**32 - 0.5


def made_trials():
    """Autoregressive noise, and a wave 50 to 250 ms after each change of the target. The next tag evokes a weaker one."""
    random, trials = Generator(), []
    for lead_in, target, latency in TRIALS:
        n = lead_in + SAMPLES
        codes = np.zeros((TAGS, n))
        for tag in range(TAGS):
            for at in range(0, n, 2):
                codes[tag, at : at + 2] = random.uniform() > 0.0
            # Frames change a quarter of a sample after the samples.
            codes[tag, 1:] = 0.75 * codes[tag, 1:] + 0.25 * codes[tag, :-1]
        eeg, noise = np.zeros((n, CHANNELS)), np.zeros(CHANNELS)
        for t in range(n):
            for channel in range(CHANNELS):
                noise[channel] = 0.6 * noise[channel] + 10.0 * random.uniform()
            eeg[t] = noise
        for tag, strength in ((target, 1.0), ((target + 1) % TAGS, DISTRACTION)):
            before = 0.0
            for at, now in enumerate(codes[tag]):
                size, before = strength * (6.0 * max(now - before, 0.0) - 3.0 * max(before - now, 0.0)), now
                for lag in range(6, 31):
                    if size != 0.0 and 0 <= at + lag + latency < n:
                        response = size * (lag - 6) * (30 - lag) * (18 - lag) / 665.0
                        eeg[at + lag + latency] += response * np.array([1.0, 0.5, -0.25])
        trials.append((lead_in, target, codes, eeg))
    return trials


def basis():
    t = np.arange(LAGS) / RATE_HZ
    amplitude = np.ones(LAGS)
    amplitude[t < 0.05] = np.exp(-0.5 * ((t[t < 0.05] - 0.05) / 0.02) ** 2)
    amplitude[t > 0.25] = np.exp(-0.5 * ((t[t > 0.25] - 0.25) / 0.1) ** 2)
    amplitude = np.maximum(amplitude, 0.05)
    covariance = np.outer(amplitude, amplitude) * np.exp(-0.5 * ((t[:, None] - t) / 0.015) ** 2)
    values, vectors = np.linalg.eigh(covariance)
    values, vectors = values[::-1], vectors[:, ::-1]
    count = 1 + int(np.argmax(np.cumsum(values) >= 0.99 * values.sum()))
    return (vectors[:, :count] * np.sqrt(values[:count])).T


def edges(code):
    change = np.diff(code, prepend=0)
    return np.maximum(change, 0), np.maximum(-change, 0)


def convolved(shapes, train):
    return np.array([np.convolve(train, shape)[: len(train)] for shape in shapes])


def regressors(shapes, code):
    return np.concatenate([convolved(shapes, train) for train in edges(code)])


def delayed(rows, samples):
    out = np.zeros_like(rows)
    if samples >= 0:
        out[:, samples:] = rows[:, : rows.shape[1] - samples]
    else:
        out[:, :samples] = rows[:, -samples:]
    return out


def stacked(lead_in, eeg, order=VAR_ORDER):
    """Samples × ((order + 1) channels): each sample of a look after those before it, oldest first."""
    rows = np.maximum(np.arange(order + len(eeg) - lead_in) + lead_in - order, 0)
    past = eeg[rows]
    return np.concatenate([past[k : len(past) - order + k] for k in range(order + 1)], axis=1)


def inverse_root(c):
    c = (1 - SHRINKAGE) * c + SHRINKAGE * np.trace(c) / len(c) * np.eye(len(c))
    values, vectors = np.linalg.eigh(c)
    return vectors @ np.diag(values**-0.5) @ vectors.T


def whitener(trials, order=VAR_ORDER, ridge=RIDGE):
    sums, samples = 0.0, 0
    for lead_in, _, _, eeg in trials:
        x = stacked(lead_in, eeg, order) - np.tile(eeg[lead_in:].mean(0), order + 1)
        sums, samples = sums + x.T @ x, samples + len(x)
    past, covariance = order * CHANNELS, sums / samples
    spatial = np.kron(np.eye(order + 1), inverse_root(covariance[past:, past:]))
    covariance = spatial @ covariance @ spatial.T
    ridge = ridge * max(1.0, ENOUGH_SAMPLES * past / samples)
    predict = np.linalg.solve(covariance[:past, :past] + ridge * np.eye(past), covariance[:past, past:]).T
    new = np.concatenate([-predict, np.eye(CHANNELS)], axis=1)
    return inverse_root(new @ covariance @ new.T) @ new @ spatial


def weights(z):
    return 1 / (1 + np.maximum((z**2).mean(0) - 1, 0) / POWER_OF_HALF_WEIGHT)


def response(energy, product):
    values, vectors = np.linalg.eigh(energy)
    values, rotated, prior = np.maximum(values, 0), product @ vectors, FIRST_VARIANCE * np.eye(CHANNELS)
    for _ in range(EM_STEPS):
        spread, directions = np.linalg.eigh(prior)
        variance = 1 / (values + 1 / np.maximum(spread, LEAST_VARIANCE)[:, None])
        mean = (directions.T @ rotated) * variance
        prior = directions @ ((mean @ mean.T + np.diag(variance.sum(1))) / len(values)) @ directions.T
    spread, directions = np.linalg.eigh(prior)
    spread, directions = spread[-RANK:], directions[:, -RANK:]
    mean = (directions.T @ rotated) / (values + 1 / np.maximum(spread, LEAST_VARIANCE)[:, None])
    return directions, mean @ vectors.T


def softmax(log):
    p = np.exp(log - log.max())
    return p / p.sum()


def fit(trials):
    white, shapes, energy, products, parts = whitener(trials), basis(), 0.0, [], []
    for lead_in, target, codes, eeg in trials:
        z = white @ stacked(lead_in, eeg).T
        w, e = weights(z), regressors(shapes, codes[target])
        energy = energy + (e[:, lead_in:] * w) @ e[:, lead_in:].T
        products.append([(z * w) @ delayed(e, s)[:, lead_in:].T for s in LATENCIES])
        parts.append((z * w, w))
    products = np.array(products)
    q = np.tile((LATENCIES == 0).astype(float), (len(trials), 1))
    deviation = FIRST_DEVIATION
    directions, h = response(energy, np.einsum("ts,tscm->cm", q, products))
    for _ in range(ROUNDS):
        log = np.einsum("cm,tscm->ts", directions @ h, products) - 0.5 * (LATENCIES / deviation) ** 2
        q = np.array([softmax(row) for row in log])
        deviation = max(LEAST_DEVIATION, np.sqrt((q @ LATENCIES**2).mean()))
        directions, h = response(energy, np.einsum("ts,tscm->cm", q, products))
    rise, fall = h[:, : len(shapes)] @ shapes, h[:, len(shapes) :] @ shapes
    scores = []
    for (lead_in, target, codes, _), (weighted, w), latency in zip(trials, parts, LATENCIES[q.argmax(1)]):
        signal = lambda code: convolved(rise, edges(code)[0]) + convolved(fall, edges(code)[1])
        noise = directions.T @ weighted - w * delayed(signal(codes[target]), latency)[:, lead_in:]
        for tag in [k for k in range(TAGS) if k != target][:NULL_TAGS]:
            m = signal(codes[tag])[:, lead_in:]
            scores.append((noise * m).sum() ** 2 / (m**2 * w).sum())
    return white, directions, rise, fall, deviation, max(1.0, np.mean(scores))


def expected(rise, fall, code, latency):
    """Rank × samples. A response that is early is expected from its change on: what would come before is left out."""
    out = np.zeros((RANK, len(code) + LAGS + LATENCIES[-1]))
    for kernel, train in zip((rise, fall), edges(code)):
        for at in np.flatnonzero(train):
            for lag in range(max(0, -latency), LAGS):
                out[:, at + lag + latency] += train[at] * kernel[:, lag]
    return out[:, : len(code)]


def decode(model, trial):
    white, directions, rise, fall, deviation, variance = model
    lead_in, _, codes, eeg = trial
    z = white @ stacked(lead_in, eeg).T
    w, found = weights(z), directions.T @ z
    log = np.empty((len(LATENCIES), TAGS, SAMPLES))
    for i, latency in enumerate(LATENCIES):
        for tag in range(TAGS):
            m = expected(rise, fall, codes[tag], latency)[:, lead_in:]
            log[i, tag] = np.cumsum(w * (m * (found - 0.5 * m)).sum(0)) / variance
    prior = np.log(softmax(-0.5 * (LATENCIES / deviation) ** 2))
    return np.logaddexp.reduce(log + prior[:, None, None])


def evidence(energy, product):
    """Log evidence of labels: in each direction there is a response with the variance 0.02, with a probability of 0.1, or none."""
    lower = np.linalg.cholesky(START_VARIANCE * energy + np.eye(len(energy)))
    y = np.linalg.solve(lower, product.T)
    explained = START_VARIANCE * np.linalg.eigvalsh(y.T @ y)
    log_determinant = 2 * np.log(np.diag(lower)).sum()
    return np.logaddexp(np.log1p(-PRESENT), np.log(PRESENT) + 0.5 * (explained - log_determinant)).sum()


def start(trials):
    """Probability of each tag of each look, given the looks until then and no label."""
    shapes, beam, out = basis(), [()], []
    for count in range(1, len(trials) + 1):
        white, energies, products = whitener(trials[:count], START_ORDER, START_RIDGE), [], []
        for lead_in, _, codes, eeg in trials[:count]:
            z = white @ stacked(lead_in, eeg, START_ORDER).T
            z = z * weights(z)
            full = [np.concatenate([[np.convolve(t, s) for s in shapes] for t in edges(code)]) for code in codes]
            energies.append([e[:, lead_in : len(eeg)] @ e[:, lead_in : len(eeg)].T for e in full])
            padded = [np.pad(e, ((0, 0), (3, 3))) for e in full]
            at = lambda latency: slice(lead_in - latency + 3, lead_in - latency + 3 + SAMPLES)
            products.append([{s: z @ e[:, at(s)].T for s in LATENCIES} for e in padded])

        def log_evidence(labels):
            drift = sum(((b[1] - a[1]) / DRIFT) ** 2 for a, b in zip(labels, labels[1:]))
            energy = sum(energies[k][tag] for k, (tag, _) in enumerate(labels))
            product = sum(products[k][tag][latency] for k, (tag, latency) in enumerate(labels))
            return evidence(energy, product) - 0.5 * drift

        near = lambda s: range(max(s - 1, -3), min(s + 1, 3) + 1)
        found = {}
        for labels in beam:
            for latency in near(labels[-1][1]) if labels else [0]:
                for tag in range(TAGS):
                    new = labels + ((tag, latency),)
                    found[new] = log_evidence(new)
        order = sorted(found, key=found.get, reverse=True)[:BEAM]
        found = {labels: found[labels] for labels in order}
        for labels in order[:REVISED] if count >= REVISED else []:
            for _ in range(SWEEPS):
                before = labels
                for k in range(count):
                    with_label = lambda tag, latency: labels[:k] + ((tag, latency),) + labels[k + 1 :]
                    own = labels[k][1]
                    tags = sorted(range(TAGS), key=lambda tag: -log_evidence(with_label(tag, own)))[:2]
                    options = [with_label(tag, latency) for tag in tags for latency in (near(own) if k else [0])]
                    found.update({option: log_evidence(option) for option in options})
                    labels = max(options, key=found.get)
                if labels == before:
                    break
        beam = sorted(found, key=found.get, reverse=True)[:BEAM]
        share = softmax(np.array([found[labels] for labels in beam]))
        out.append([sum(p for p, labels in zip(share, beam) if labels[-1][0] == tag) for tag in range(TAGS)])
    return out


def main():
    trials = made_trials()
    model = fit(trials[:-1])
    white, directions, rise, fall, deviation, variance = model
    odds = decode(model, trials[-1])
    moments = []
    for samples in (1, 60, 120, 180):
        log = np.append(odds[:, samples - 1] + np.log(0.5 / TAGS), np.log(0.5))
        moments.append({"samples": samples, "odds": odds[:, samples - 1].tolist(), "posterior": softmax(log).tolist()})
    assert odds[:, -1].argmax() == trials[-1][1]
    out = {
        "made_by": f"numpy {np.__version__}",
        "channels": CHANNELS,
        "tags": TAGS,
        "samples": SAMPLES,
        "trials": TRIALS,
        "whitener": white.ravel().tolist(),
        "rise": (directions @ rise).ravel().tolist(),
        "fall": (directions @ fall).ravel().tolist(),
        "latency_deviation_s": deviation / RATE_HZ,
        "null_variance": variance,
        "moments": moments,
        "start": start(trials),
    }
    pathlib.Path(__file__).with_name("cvep.json").write_text(json.dumps(out) + "\n")


if __name__ == "__main__":
    main()
