#!/usr/bin/env python3
"""Reads all streams of an XDF file with pyxdf: read_streams.py FILE. Prints JSON: name, type, format, samples, first and last."""

import json
import sys

import pyxdf


def plain(value):
    value = value if isinstance(value, str) else value.item()
    return None if value != value else value


def main():
    streams, header = pyxdf.load_xdf(sys.argv[1])
    out = {"version": header["info"]["version"][0], "streams": []}
    for stream in streams:
        info, series, stamps = stream["info"], stream["time_series"], stream["time_stamps"]
        out["streams"].append(
            {
                "name": info["name"][0],
                "type": info["type"][0],
                "format": info["channel_format"][0],
                "samples": len(stamps),
                "first": [plain(value) for value in series[0]] if len(stamps) else None,
                "last": [plain(value) for value in series[-1]] if len(stamps) else None,
                "first_s": float(stamps[0]) if len(stamps) else None,
                "last_s": float(stamps[-1]) if len(stamps) else None,
                "offsets": len(stream["clock_times"]),
                "has_footer": "footer" in stream,
            }
        )
    print(json.dumps(out))


if __name__ == "__main__":
    main()
