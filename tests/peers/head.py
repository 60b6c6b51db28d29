#!/usr/bin/env python3
"""A head sensor: a pylsl outlet with a gyroscope that rotates steadily, 50 samples a second, until it is killed:
head.py NAME X Y Z (degrees per second)
"""

import sys
import time

from pylsl import StreamInfo, StreamOutlet


def main():
    info = StreamInfo(sys.argv[1], "IMU", 3, 50, "float32", "head-sensor")
    channels = info.desc().append_child("channels")
    for label in ("GyroX", "GyroY", "GyroZ"):
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", "deg/s")
        channel.append_child_value("type", "Gyroscope")
    outlet = StreamOutlet(info)
    rates = [float(text) for text in sys.argv[2:5]]
    # Limited in time, in case it is never killed.
    end = time.monotonic() + 120
    while time.monotonic() < end:
        outlet.push_sample(rates)
        time.sleep(0.02)


if __name__ == "__main__":
    main()
