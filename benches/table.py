#!/usr/bin/env python3
"""Prints the results of 'cargo bench' as one table, and how the cost grows with the number of channels: table.py CRITERION_FOLDER [PLOT.svg]."""

import json
import math
import sys
from pathlib import Path

UNITS = [("s", 1e9), ("ms", 1e6), ("µs", 1e3), ("ns", 1.0)]


def in_unit(nanos):
    name, size = next((unit for unit in UNITS if nanos >= unit[1]), UNITS[-1])
    return f"{nanos / size:7.2f} {name}"


def rate(benchmark, nanos):
    throughput = benchmark.get("throughput") or {}
    return f"{throughput['Bytes'] / nanos * 1e3:7.0f} MB/s" if "Bytes" in throughput else ""


def measured(folder):
    for path in sorted(folder.glob("**/new/benchmark.json")):
        benchmark = json.loads(path.read_text())
        median = json.loads((path.parent / "estimates.json").read_text())["median"]
        interval = median["confidence_interval"]
        yield benchmark, median["point_estimate"], interval["lower_bound"], interval["upper_bound"]


def exponent(points):
    """Slope of a line through the points on logarithmic axes."""
    logs = [(math.log(x), math.log(y)) for x, y in points]
    middle = [sum(axis) / len(logs) for axis in zip(*logs)]
    along = sum((x - middle[0]) * (y - middle[1]) for x, y in logs)
    return along / sum((x - middle[0]) ** 2 for x, _ in logs)


def plot(points, path):
    """Plots milliseconds per second of stream against channels, on logarithmic axes."""
    width, height, left, low = 560, 320, 70, 50
    ticks_y = [10.0**k for k in range(math.floor(math.log10(min(y for _, y in points))), math.ceil(math.log10(max(y for _, y in points))) + 1)]
    log_x = [math.log(points[0][0]), math.log(points[-1][0])]
    log_y = [math.log(ticks_y[0]), math.log(ticks_y[-1])]

    def at(x, y):
        right = left + (math.log(x) - log_x[0]) / (log_x[1] - log_x[0]) * (width - left - 30)
        up = (math.log(y) - log_y[0]) / (log_y[1] - log_y[0]) * (height - low - 40)
        return right, height - low - up

    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">']
    svg.append(f'<rect width="{width}" height="{height}" fill="white"/>')
    svg.append(f'<text x="{left}" y="22" font-size="15">Processor time for a second of stream (250 Hz, five bands), ms</text>')
    for y in ticks_y:
        right, down = at(points[0][0], y)
        svg.append(f'<line x1="{right}" y1="{down:.1f}" x2="{width - 30}" y2="{down:.1f}" stroke="#ddd"/>')
        svg.append(f'<text x="{right - 10}" y="{down + 4:.1f}" text-anchor="end">{y:g}</text>')
    for x, y in points:
        right, down = at(x, y)
        svg.append(f'<circle cx="{right:.1f}" cy="{down:.1f}" r="4" fill="#0072b2"/>')
        svg.append(f'<text x="{right:.1f}" y="{height - low + 20}" text-anchor="middle">{x}</text>')
    line = " ".join(f"{right:.1f},{down:.1f}" for right, down in (at(*point) for point in points))
    svg.append(f'<polyline points="{line}" fill="none" stroke="#0072b2" stroke-width="2"/>')
    svg.append(f'<text x="{(left + width - 30) / 2}" y="{height - 10}" text-anchor="middle">channels</text></svg>')
    path.write_text("\n".join(svg) + "\n")


def main():
    folder = Path(sys.argv[1])
    points = []
    print(f"{'':38}{'median':>10}   95 % interval")
    for benchmark, median, low, high in measured(folder):
        name = benchmark["full_id"]
        print(f"{name:38}{in_unit(median):>10}   {in_unit(low).strip()} to {in_unit(high).strip()}   {rate(benchmark, median)}")
        if name.startswith("second/") and name.endswith("ch_250Hz"):
            points.append((int(name.removeprefix("second/").split("ch")[0]), median / 1e6))
    points.sort()
    if len(points) > 2:
        parts = [part for part in (points, [p for p in points if p[0] <= 64], [p for p in points if p[0] >= 64]) if len(part) > 1]
        told = ", ".join(f"{exponent(part):.2f} ({part[0][0]} to {part[-1][0]})" for part in parts)
        print(f"\ncost grows with channels to the power of {told}")
        if len(sys.argv) > 2:
            plot(points, Path(sys.argv[2]))


main()
