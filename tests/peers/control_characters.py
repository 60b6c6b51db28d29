#!/usr/bin/env python3
"""A stream whose name, type, labels and units contain control characters: control_characters.py NAME

Ten channels at 250 Hz. Ends when its standard input is closed. The name begins with NAME.
"""

import sys
import threading

from pylsl import StreamInfo, StreamOutlet, local_clock

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202etxt\r\nforged line"
LABELS = ["FC3" + EVIL, "FC4", "C3", "C1", "C2", "C4", "Cz", "CP3", "CP4", "E10"]
RATE, CHUNK = 250, 25


def main():
    info = StreamInfo(sys.argv[1] + EVIL, "EEG", len(LABELS), RATE, "float32", sys.argv[1] + EVIL)
    channels = info.desc().append_child("channels")
    for label in LABELS:
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", "microvolts")
        channel.append_child_value("type", "EEG")
    outlet = StreamOutlet(info, chunk_size=CHUNK)
    print("ready", flush=True)
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    start, sent = local_clock(), 0
    while not over.wait(CHUNK / RATE / 2):
        while sent / RATE <= local_clock() - start:
            chunk = [[10.0 * ((k + c) % 7) for c in range(len(LABELS))] for k in range(sent, sent + CHUNK)]
            sent += CHUNK
            outlet.push_chunk(chunk, timestamp=start + (sent - 1) / RATE)


if __name__ == "__main__":
    main()
