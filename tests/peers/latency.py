"""A typical Python program that does the job of bci-cursor, with pylsl, SciPy, pyRiemann and python-xlib.

latency.py STREAM SECONDS: decodes the last 1.5 s and moves the pointer left or right, 25 times a second. For each motion it prints when
its newest sample was published and received, and the times before and after moving the pointer, in nanoseconds of LSL's clock
(the format that 'bci-cursor evaluate latency --peer' reads).

The decoder is fitted on noise, because its speed does not depend on its accuracy.
"""

import sys

import numpy as np
from pylsl import StreamInlet, local_clock, resolve_byprop
from pyriemann.tangentspace import TangentSpace
from scipy.signal import butter, sosfilt, sosfilt_zi
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from Xlib import X, display
from Xlib.ext import xtest

WINDOW_S = 1.5
HOP_S = 0.04
BAND_HZ = (8.0, 30.0)


def covariance(window):
    return window @ window.T / window.shape[1] + 1e-3 * np.eye(len(window))


def decoder(channels, samples):
    noise = np.random.default_rng(1).normal(size=(40, channels, samples))
    tangent = TangentSpace().fit(np.array([covariance(trial) for trial in noise]))
    features = tangent.transform(np.array([covariance(trial) for trial in noise]))
    classifier = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    return tangent, classifier.fit(features, np.arange(40) % 2)


def main():
    name, seconds = sys.argv[1], float(sys.argv[2])
    stream = resolve_byprop("name", name, timeout=10)[0]
    channels, rate = stream.channel_count(), stream.nominal_srate()
    samples, hop = round(WINDOW_S * rate), round(HOP_S * rate)
    tangent, classifier = decoder(channels, samples)
    sos = butter(4, BAND_HZ, "bandpass", fs=rate, output="sos")
    state = np.repeat(sosfilt_zi(sos)[:, None, :] * 0.0, channels, axis=1)
    window = np.zeros((channels, samples))
    screen = display.Display()
    inlet = StreamInlet(stream)
    inlet.open_stream(timeout=10)
    lines, due = [], samples
    end = local_clock() + seconds
    while local_clock() < end:
        sample, stamp = inlet.pull_sample(timeout=0.2)
        if sample is None:
            continue
        chunk, stamps = inlet.pull_chunk(timeout=0.0)
        received = local_clock()
        new = np.array([sample, *chunk]).T
        stamp = stamps[-1] if stamps else stamp
        filtered, state = sosfilt(sos, new, axis=1, zi=state)
        window = np.concatenate([window[:, filtered.shape[1]:], filtered], axis=1)
        due -= filtered.shape[1]
        if due > 0:
            continue
        due += hop
        side = classifier.predict(tangent.transform(covariance(window)[None]))[0]
        taken = local_clock()
        xtest.fake_input(screen, X.MotionNotify, detail=True, x=1 if side else -1, y=0)
        screen.flush()
        lines.append([stamp, received, taken, local_clock()])
    for line in lines:
        print(*(round(time * 1e9) for time in line))


main()
