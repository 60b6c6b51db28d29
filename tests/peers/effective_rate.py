"""Prints the sampling rate of a file's EEG stream, computed by pyxdf from its time stamps."""

import sys

import pyxdf

streams, _ = pyxdf.load_xdf(sys.argv[1])
print(next(s["info"]["effective_srate"] for s in streams if s["info"]["type"][0] == "EEG"))
