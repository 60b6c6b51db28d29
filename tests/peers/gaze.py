#!/usr/bin/env python3
"""An eye tracker: a pylsl outlet with XDF's gaze metadata that reports one place, 60 times a second, until it is killed:
gaze.py NAME X Y (fractions of the screen)
"""

import sys
import time

from pylsl import StreamInfo, StreamOutlet


def main():
    info = StreamInfo(sys.argv[1], "Gaze", 3, 60, "float32", "eye-tracker")
    channels = info.desc().append_child("channels")
    for label, kind in (("confidence", "Confidence"), ("x", "ScreenX"), ("y", "ScreenY")):
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", "normalized")
        channel.append_child_value("type", kind)
        channel.append_child_value("coordinate_system", "screen")
    outlet = StreamOutlet(info)
    place = [float(text) for text in sys.argv[2:4]]
    # Limited in time, in case it is never killed.
    end = time.monotonic() + 120
    while time.monotonic() < end:
        outlet.push_sample([0.95, *place])
        time.sleep(1 / 60)


if __name__ == "__main__":
    main()
