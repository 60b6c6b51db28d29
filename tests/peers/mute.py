#!/usr/bin/env python3
"""Outlets that are announced and never send: mute.py COUNT NAME SOURCE_ID CHANNELS [half]

Answers every LSL query with COUNT streams of this name and source id, each with a TCP port of its own that accepts connections and
never answers. With "half" it sends its whole header, but no samples. Prints "ready". Ends when killed, or after ten minutes.
"""

import os
import re
import selectors
import socket
import sys
import time
import uuid


def base_port():
    with open(os.environ["LSLAPICFG"], encoding="utf-8") as config:
        text = config.read()
    return int(re.search(r"BasePort = (\d+)", text)[1]), re.search(r"SessionID = (\S+)", text)[1]


def header(name, source_id, channels, session, port, created_at):
    labels = "".join(
        f"<channel><label>{label}</label><unit>microvolts</unit><type>EEG</type></channel>" for label in channels.split(",")
    )
    uid = str(uuid.uuid4())
    return uid, (
        f'<?xml version="1.0"?><info><name>{name}</name><type>EEG</type><channel_count>{channels.count(",") + 1}</channel_count>'
        f"<channel_format>float32</channel_format><source_id>{source_id}</source_id><nominal_srate>250</nominal_srate>"
        f"<version>1.1</version><created_at>{created_at}</created_at><uid>{uid}</uid><session_id>{session}</session_id>"
        f"<hostname>{socket.gethostname()}</hostname><v4address>127.0.0.1</v4address><v4data_port>{port}</v4data_port>"
        f"<v4service_port>{port}</v4service_port><v6address></v6address><v6data_port>0</v6data_port>"
        f"<v6service_port>0</v6service_port><desc><channels>{labels}</channels></desc></info>"
    )


def main():
    count, name, source_id, channels = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
    is_half = sys.argv[5:] == ["half"]
    first, session = base_port()
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for port in range(first, first + 64):
        try:
            udp.bind(("127.0.0.1", port))
            break
        except OSError:
            continue
    waiting = selectors.DefaultSelector()
    waiting.register(udp, selectors.EVENT_READ, "query")
    headers = []
    for k in range(count):
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        _, text = header(name, source_id, channels, session, listener.getsockname()[1], 1e9 + k)
        headers.append(text)
        waiting.register(listener, selectors.EVENT_READ, text)
    lines = []
    print("ready", flush=True)
    end = time.monotonic() + 600
    while time.monotonic() < end:
        for key, _ in waiting.select(1):
            if key.data == "query":
                query, asker = udp.recvfrom(65536)
                try:
                    port, query_id = query.decode().split("\r\n")[2].split()[:2]
                except (IndexError, ValueError, UnicodeDecodeError):
                    continue
                for text in headers:
                    udp.sendto(f"{query_id}\r\n{text}".encode(), (asker[0], int(port)))
                continue
            if isinstance(key.data, str):
                line, _ = key.fileobj.accept()
                lines.append(line)
                if is_half:
                    waiting.register(line, selectors.EVENT_READ, [key.data])
                continue
            heard = key.fileobj.recv(4096)
            if heard.startswith(b"LSL:fullinfo"):
                key.fileobj.sendall(key.data[0].encode())
                waiting.unregister(key.fileobj)
                key.fileobj.close()
            elif not heard:
                waiting.unregister(key.fileobj)
                key.fileobj.close()


if __name__ == "__main__":
    main()
