#!/usr/bin/env python3
"""A file played by MNE-LSL, twice at once: player.py NAME FOLDER

Three channels, C3, C4 and Cz, at 250 Hz; sample k is k µV in the first channel, k + 1000 µV in the second, k + 2000 µV in the third, 2500
samples in a loop. NAME-volts has the unit that MNE-LSL publishes by default, NAME-microvolts is set to microvolts (MNE-LSL writes units as
powers of ten). The annotations "left" and "right" are published in turn, two seconds apart, as NAME-volts-annotations and
NAME-microvolts-annotations. Prints "ready". Ends after two minutes.
"""

import pathlib
import sys
import time

import mne
import numpy
from mne_lsl.player import PlayerLSL


def main():
    name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    info = mne.create_info(["C3", "C4", "Cz"], 250, "eeg")
    ramp = numpy.arange(2500)
    raw = mne.io.RawArray(1e-6 * numpy.stack([ramp, ramp + 1000, ramp + 2000]), info, verbose="ERROR")
    raw.set_annotations(mne.Annotations([1, 3, 5, 7], [0, 1, 0, 1], ["left", "right"] * 2))
    path = folder / "ramp_raw.fif"
    raw.save(path, fmt="double", overwrite=True, verbose="ERROR")
    players = []
    for unit in ("volts", "microvolts"):
        player = PlayerLSL(path, chunk_size=10, name=f"{name}-{unit}", source_id=f"{name}-{unit}")
        if unit == "microvolts":
            player.set_channel_units({channel: unit for channel in info["ch_names"]})
        player.start()
        players.append(player)
    print("ready", flush=True)
    time.sleep(120)


if __name__ == "__main__":
    main()
