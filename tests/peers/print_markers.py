#!/usr/bin/env python3
"""Prints the markers of an LSL stream as they arrive, one per line: print_markers.py NAME

Prints "ready" once it is subscribed. Ends with the stream, or after five minutes.
"""

import sys
import time

from pylsl import StreamInlet, resolve_byprop
from pylsl.util import LostError


def main():
    (info,) = resolve_byprop("name", sys.argv[1], timeout=20)
    inlet = StreamInlet(info, recover=False)
    inlet.open_stream(timeout=10)
    print("ready", flush=True)
    end = time.monotonic() + 300
    while time.monotonic() < end:
        try:
            sample, stamp = inlet.pull_sample(timeout=1)
        except LostError:
            return
        if stamp is not None:
            print(sample[0], flush=True)


if __name__ == "__main__":
    main()
