#!/usr/bin/env python3
"""A person with eyes: EEG on LSL whose visual cortex answers to what a tag really showed: eyes.py NAME [--hands] [ELECTRODES]
Or a recording of 24 looks at codes: eyes.py --train OUT.xdf CODES.json ELECTRODES
Or a recording of 40 imagined movements: eyes.py --train-hands OUT.xdf

Electrodes of the 10-10 system (26, or those named, such as Oz,O1,O2) at 250 Hz, in chunks of 10. Reads the streams `bci-cursor-stimulus` (what each code showed in each frame)
and `bci-cursor-scenes` (where each code is). A line "X Y" on standard input is the place that the person looks at, in pixels; any other line
means nothing. With --hands, "left_hand", "right_hand" and "rest" are lines that say what the person imagines. The response at the back of the head is 120 ms late: to a sine, its brightness between 8 and 45 Hz; to a code, a wave after each
change, smaller and upside down when it becomes dark. Ends when its standard input is closed.

CODES.json is a list of codes such as {"bits": "0110"}. The recording has streams EEG, Stimulus and Markers, as if a display of 60 Hz had shown twelve
of them.
"""

import json
import math
import sys
import threading
import time

import numpy as np
from pylsl import StreamInfo, StreamInlet, StreamOutlet, local_clock, resolve_byprop
from scipy.signal import butter, sosfilt, sosfilt_zi

RATE, CHUNK = 250, 10
LATENCY_S = 0.12
RESPONSE_UV = 9.0
TAG_PX = 20
CODE_UV = 4.0
# Azimuth from the nose and angle from the vertex of each electrode, degrees.
ELECTRODES = {
    "Fp1": (-18, 90), "Fp2": (18, 90), "F7": (-54, 90), "F3": (-39, 60), "Fz": (0, 45), "F4": (39, 60), "F8": (54, 90),
    "T7": (-90, 90), "C3": (-90, 45), "Cz": (0, 0), "C4": (90, 45), "T8": (90, 90),
    "P7": (-126, 90), "P3": (-141, 60), "Pz": (180, 45), "P4": (141, 60), "P8": (126, 90),
    "FC3": (-62, 49), "FC4": (62, 49), "CP3": (-118, 49), "CPz": (180, 22), "CP4": (118, 49),
    "O1": (-162, 90), "Oz": (180, 90), "O2": (162, 90), "POz": (180, 68),
}


def position(azimuth, angle):
    a, t = math.radians(azimuth), math.radians(angle)
    return np.array([math.sin(t) * math.sin(a), math.sin(t) * math.cos(a), math.cos(t)])


ARGUMENTS = [argument for argument in sys.argv[1:] if argument != "--hands"]
HAS_HANDS = "--hands" in sys.argv
LABELS = ARGUMENTS[-1].split(",") if len(ARGUMENTS) > 1 and ARGUMENTS[0] != "--train-hands" else list(ELECTRODES)
PLACES = np.array([position(*ELECTRODES[label]) for label in LABELS])


class Background:
    """Sources under the scalp, each with a 1/f spectrum and some with an alpha rhythm; near electrodes see the same sources."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        sources = self.random.standard_normal((60, 3))
        sources[:, 2] = np.abs(sources[:, 2])
        sources /= np.linalg.norm(sources, axis=1, keepdims=True)
        distance = np.linalg.norm(PLACES[:, None] - sources[None], axis=2)
        self.mix = np.exp(-((distance / 0.55) ** 2))
        self.pink = butter(1, 3.0, "low", fs=RATE, output="sos")
        self.alpha = butter(1, (9.0, 11.5), "band", fs=RATE, output="sos")
        self.is_alpha = np.where(sources[:, 1] < -0.2, 1.0, 0.2)
        self.states = [np.zeros((sos.shape[0], 60, 2)) for sos in (self.pink, self.alpha)]

    def next(self, count):
        white = self.random.standard_normal((60, count))
        pink, self.states[0] = sosfilt(self.pink, 40.0 * white, zi=self.states[0])
        alpha, self.states[1] = sosfilt(self.alpha, 20.0 * self.is_alpha[:, None] * white, zi=self.states[1])
        noise = 1.5 * self.random.standard_normal((len(PLACES), count))
        return self.mix @ (pink + alpha + 3.0 * white) + noise


class Cortex:
    """What the back of the head answers to the brightness that is looked at, one value a sample; NaN where there is no tag."""

    def __init__(self):
        self.back = np.exp(-((np.linalg.norm(PLACES - position(180, 88), axis=1) / 0.5) ** 2))
        self.band = butter(2, (8.0, 45.0), "band", fs=RATE, output="sos")
        self.state = 0.0 * sosfilt_zi(self.band)
        lag = np.arange(int(0.2 * RATE)) / RATE - 0.03
        self.wave = np.exp(-0.5 * (lag / 0.012) ** 2) - 0.7 * np.exp(-0.5 * ((lag - 0.045) / 0.016) ** 2)
        self.changes = np.zeros(len(self.wave) - 1)
        self.before = 0.0

    def answer(self, light, are_codes):
        is_dark = np.isnan(light)
        smooth = np.where(is_dark | are_codes, 0.0, light - 0.5)
        response, self.state = sosfilt(self.band, smooth, zi=self.state)
        code = np.where(~is_dark & are_codes, light, 0.0)
        change = np.diff(code, prepend=self.before)
        self.before = code[-1]
        changes = np.concatenate([self.changes, np.where(change > 0.0, change, 0.4 * change)])
        self.changes = changes[len(changes) - len(self.changes) :]
        response = RESPONSE_UV * response + CODE_UV * np.convolve(changes, self.wave, "valid")
        return self.back[:, None] * response


class Hands:
    """Rhythms over both hands' areas, which become weaker while a movement of the other side's hand is imagined."""

    BANDS = (((9.0, 12.0), 9.0), ((18.0, 24.0), 4.5))
    # The share of the rhythm that is lost at C3 and at C4.
    LOSSES = {"rest": (0.0, 0.0), "left_hand": (0.16, 0.8), "right_hand": (0.8, 0.16)}

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        areas = np.array([position(*ELECTRODES[label]) for label in ("C3", "C4")])
        self.mix = np.exp(-((np.linalg.norm(PLACES[:, None] - areas[None], axis=2) / 0.4) ** 2))
        self.bands = [butter(1, band, "band", fs=RATE, output="sos") for band, _ in self.BANDS]
        self.states = [np.zeros((sos.shape[0], 2, 2)) for sos in self.bands]
        # White noise has this amplitude behind each filter.
        self.scales = [uv / math.sqrt((high - low) / (RATE / 2.0) * math.pi / 2.0) for (low, high), uv in self.BANDS]
        self.left = np.ones(2)

    def next(self, count, imagined):
        rhythm = np.zeros((2, count))
        for band, sos in enumerate(self.bands):
            white = self.scales[band] * self.random.standard_normal((2, count))
            filtered, self.states[band] = sosfilt(sos, white, zi=self.states[band])
            rhythm += filtered
        for k in range(count):
            self.left += (1.0 - np.array(self.LOSSES[imagined]) - self.left) / (0.25 * RATE)
            rhythm[:, k] *= self.left
        return self.mix @ rhythm


def looked_at(tags, place):
    """The tag of the target at a place, or else the tag of a point no further away than a tag is wide."""

    def distance(tag):
        rect = tag["target"]
        off = [max(rect[at] - value, 0.0, value - rect[at] - rect[size] + 1) for at, size, value in zip("xy", ("width", "height"), place)]
        is_point = rect["width"] == rect["height"] == 1
        return math.hypot(*off) if is_point or not any(off) else math.inf

    near = [tag for tag in tags if distance(tag) < TAG_PX]
    return min(near, key=distance, default=None)


class Screen:
    """What was shown when, read by two threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.frames, self.scenes, self.place, self.imagined = [], [], None, "rest"
        # More than the three frequencies.
        self.are_codes = False
        for name, take in (("bci-cursor-stimulus", self.take_frame), ("bci-cursor-scenes", self.take_scene)):
            threading.Thread(target=self.read, args=(name, take), daemon=True).start()

    def read(self, name, take):
        while True:
            found = resolve_byprop("name", name, timeout=1.0)
            if not found:
                continue
            inlet = StreamInlet(found[0], recover=False)
            try:
                while True:
                    sample, stamp = inlet.pull_sample(timeout=1.0)
                    if sample is not None:
                        with self.lock:
                            take(stamp, sample)
            except Exception:
                pass

    def take_frame(self, stamp, levels):
        self.frames.append((stamp, levels))
        self.are_codes = len(levels) > 3
        del self.frames[:-600]

    def take_scene(self, stamp, text):
        self.scenes.append((stamp, json.loads(text[0])))
        del self.scenes[:-50]

    def look(self, place):
        with self.lock:
            self.place = place

    def imagine(self, movement):
        with self.lock:
            self.imagined = movement

    def brightness(self, when):
        """Brightness of the tag that is looked at; NaN where there is none."""
        with self.lock:
            frame = next((levels for stamp, levels in reversed(self.frames) if stamp <= when), None)
            scene = next((scene for stamp, scene in reversed(self.scenes) if stamp <= when + 1e-4), None)
            is_late = not self.frames or when - self.frames[-1][0] > 0.1
            if self.place is None or frame is None or scene is None or is_late:
                return math.nan
            tag = looked_at(scene["tags"], self.place)
            level = frame[tag["code"]] if tag else -1.0
            return level if level >= 0.0 else math.nan


def train(path, book):
    """Writes looks of three seconds at twelve codes in turn, with a second between them."""
    from looks_at_codes import Xdf, variable_length

    codes = [np.array([bit == "1" for bit in code["bits"]]) for code in json.load(open(book))]
    shown, looks, look_s, first_s = 12, 24, 3.0, 5.0
    until_s = first_s + looks * (look_s + 1.0)
    eeg_s = np.arange(int((until_s + 2.0) * RATE)) / RATE
    levels = lambda frame: [float(code[frame % len(code)]) if k < shown else -1.0 for k, code in enumerate(codes)]
    frames_s = np.arange(int(until_s * 60.0)) / 60.0
    light = np.full(len(eeg_s), math.nan)
    marks = []
    for look in range(looks):
        begin_s, target = first_s + look * (look_s + 1.0), look % shown
        marks += [(begin_s, f"trial target={target + 1}"), (begin_s + look_s, "end")]
        for k in np.flatnonzero((eeg_s - LATENCY_S >= begin_s) & (eeg_s - LATENCY_S < begin_s + look_s)):
            light[k] = levels(int((eeg_s[k] - LATENCY_S) * 60.0))[target]
    eeg = Background(5).next(len(eeg_s)) + Cortex().answer(light, True)
    xdf = Xdf(path)
    xdf.stream(1, "EEG", LABELS, len(LABELS), RATE, "float32", 0.0, until_s)
    xdf.stream(2, "Markers", ["marker"], 1, 0, "string", 0.0, until_s)
    xdf.stream(3, "Stimulus", [f"code_{k + 1}" for k in range(len(codes))], len(codes), 0.0, "float32", 0.0, until_s)
    xdf.samples(1, eeg_s, eeg.T, lambda row: row.astype("<f4").tobytes())
    xdf.samples(3, frames_s, [levels(frame) for frame in range(len(frames_s))], lambda row: np.array(row, "<f4").tobytes())
    text = lambda label: variable_length(len(label)) + label.encode()
    xdf.samples(2, [at_s for at_s, _ in marks], [label for _, label in marks], text)
    xdf.file.close()


def train_hands(path):
    """Writes movements of four seconds, left and right in a random order, with three seconds of rest between them."""
    from looks_at_codes import Xdf, variable_length

    trials, move_s, rest_s = 40, 4.0, 3.0
    sides = np.random.default_rng(9).permutation(["left_hand", "right_hand"] * (trials // 2))
    background, hands = Background(6), Hands(7)
    marks, parts = [], []
    for trial, side in enumerate(sides):
        begin_s = trial * (move_s + rest_s)
        marks += [(begin_s, "rest"), (begin_s + rest_s, str(side))]
        for imagined, secs in (("rest", rest_s), (str(side), move_s)):
            count = int(secs * RATE)
            parts.append(background.next(count) + hands.next(count, imagined))
    eeg = np.concatenate(parts, axis=1)
    until_s = eeg.shape[1] / RATE
    xdf = Xdf(path)
    xdf.stream(1, "EEG", LABELS, len(LABELS), RATE, "float32", 0.0, until_s)
    xdf.stream(2, "Markers", ["marker"], 1, 0, "string", 0.0, until_s)
    xdf.samples(1, np.arange(eeg.shape[1]) / RATE, eeg.T, lambda row: row.astype("<f4").tobytes())
    text = lambda label: variable_length(len(label)) + label.encode()
    xdf.samples(2, [at_s for at_s, _ in marks], [label for _, label in marks], text)
    xdf.file.close()


def main():
    if ARGUMENTS[0] == "--train-hands":
        return train_hands(ARGUMENTS[1])
    if ARGUMENTS[0] == "--train":
        return train(ARGUMENTS[1], ARGUMENTS[2])
    info = StreamInfo(ARGUMENTS[0], "EEG", len(LABELS), RATE, "float32", ARGUMENTS[0])
    channels = info.desc().append_child("channels")
    for label in LABELS:
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", "microvolts")
        channel.append_child_value("type", "EEG")
    outlet, screen, background, cortex = StreamOutlet(info, chunk_size=CHUNK), Screen(), Background(3), Cortex()
    hands = Hands(4) if HAS_HANDS else None
    ended = threading.Event()

    def read_places():
        for line in sys.stdin:
            words = line.split()
            if HAS_HANDS and line.strip() in Hands.LOSSES:
                screen.imagine(line.strip())
                continue
            screen.look(tuple(map(float, words)) if len(words) == 2 else None)
        ended.set()

    threading.Thread(target=read_places, daemon=True).start()
    print("ready", flush=True)
    start, first = local_clock(), 0
    while not ended.is_set():
        stamps = start + np.arange(first, first + CHUNK) / RATE
        time.sleep(max(0.0, stamps[-1] - local_clock()))
        light = np.array([screen.brightness(stamp - LATENCY_S) for stamp in stamps])
        eeg = background.next(CHUNK) + cortex.answer(light, screen.are_codes)
        if hands:
            eeg += hands.next(CHUNK, screen.imagined)
        outlet.push_chunk(np.ascontiguousarray(eeg.T, dtype=np.float32).tolist(), timestamp=float(stamps[-1]))
        first += CHUNK


if __name__ == "__main__":
    main()
