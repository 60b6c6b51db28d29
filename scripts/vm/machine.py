#!/usr/bin/env python3
"""Boots the virtual machine of test.sh, and uses its mouse and keyboard when it asks: machine.py FOLDER"""

import socket
import subprocess
import sys
import time
from pathlib import Path

LONGEST_S = 900
ASKED = {
    "PLEASE move the mouse": ["mouse_move 25 10"] * 6,
    "PLEASE press Ctrl+Alt+P": ["sendkey ctrl-alt-p"],
    "PLEASE press Ctrl+Alt+S": ["sendkey ctrl-alt-s"],
}


def send(monitor, commands):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(monitor))
        for command in commands:
            connection.sendall(command.encode() + b"\n")
            time.sleep(0.1)


def main():
    folder = Path(sys.argv[1])
    monitor = folder / "monitor"
    (kernel,) = (folder / "kernel/boot").glob("vmlinuz-*")
    machine = subprocess.Popen(
        ["timeout", str(LONGEST_S), "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1500"]
        + ["-nodefaults", "-no-reboot", "-display", "none", "-serial", "stdio", "-monitor", f"unix:{monitor},server,nowait"]
        + ["-kernel", str(kernel), "-initrd", str(folder / "first.gz")]
        + ["-append", f"console=ttyS0 quiet panic=-1 guest={folder}/guest.sh"]
        + ["-virtfs", "local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    failed, ended = False, False
    for line in machine.stdout:
        line = line.strip()
        print(line, flush=True)
        failed |= line.startswith("FAILED")
        ended |= line == "END"
        if line in ASKED:
            send(monitor, ASKED[line])
    machine.wait()
    sys.exit(0 if ended and not failed else 1)


if __name__ == "__main__":
    main()
