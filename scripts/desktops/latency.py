#!/usr/bin/python3
"""Measures how long the portal's pointer takes: latency.py PROGRAM

From a motion that the driver would write to the process that holds the portal's session, to the event of a window that fills the screen.
"""

import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

MOTIONS = 600
# Time between two motions, as in a run, seconds.
TICK_S = 0.016
here = Path(__file__).parent
window = subprocess.Popen(["/usr/bin/python3", here / "window.py"], stdout=subprocess.PIPE, text=True)
while "shown" not in window.stdout.readline():
    pass
board = subprocess.Popen([sys.argv[1], "board", "portal"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
for _ in range(3):
    # The library of the accessibility tree crashes at times, when a window of the tree has just gone.
    if subprocess.run(["/usr/bin/python3", here / "consent.py"], check=False).returncode == 0:
        break
assert board.stdout.readline() == b"ready\n"


def send(dx, dy):
    board.stdin.write(struct.pack("<hhbB", dx, dy, 0, 0))
    board.stdin.flush()


seen = threading.Condition()
heard = []


def listen():
    for line in window.stdout:
        when, what, *_ = line.split()
        if what == "motion":
            with seen:
                heard.append(float(when))
                seen.notify()


threading.Thread(target=listen, daemon=True).start()
# Away from the dialog's place and from edges.
send(-30000, -30000)
send(640, 360)
time.sleep(1)
taken_ms = []
for k in range(MOTIONS):
    time.sleep(TICK_S)
    with seen:
        heard.clear()
    at = time.monotonic()
    send(1 if k % 2 == 0 else -1, 0)
    with seen:
        if not seen.wait_for(lambda: heard, timeout=5):
            sys.exit(f"motion {k} was not seen")
        taken_ms.append((heard[0] - at) * 1000)
taken_ms.sort()
print(f"portal: p50 {taken_ms[MOTIONS // 2]:.2f} ms, p99 {taken_ms[MOTIONS * 99 // 100]:.2f} ms")
board.kill()
window.kill()
