#!/usr/bin/env python3
"""A file played by MNE-LSL: player.py NAME FOLDER [UNIT [annotated]]

Three channels, C3, C4 and Cz, at 250 Hz; sample k is k µV in the first channel, k + 1000 µV in the second, k + 2000 µV in the third, 2500
samples in a loop. MNE-LSL publishes volts, or the unit UNIT ("microvolts"), and writes the unit as a power of ten. With
"annotated", "left" and "right" are published in turn, two seconds apart, as a stream NAME-annotations. Prints
"ready". Ends after a minute.
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
    if "annotated" in sys.argv:
        raw.set_annotations(mne.Annotations([1, 3, 5, 7], [0, 1, 0, 1], ["left", "right"] * 2))
    path = folder / "ramp_raw.fif"
    raw.save(path, fmt="double", overwrite=True, verbose="ERROR")
    player = PlayerLSL(path, chunk_size=10, name=name, source_id=name)
    if len(sys.argv) > 3:
        player.set_channel_units({channel: sys.argv[3] for channel in info["ch_names"]})
    player.start()
    print("ready", flush=True)
    time.sleep(60)


if __name__ == "__main__":
    main()
