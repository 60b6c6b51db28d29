#!/bin/sh
# Latency by channels, rate and block size, compared with a bare loop: latency-scan.sh PROGRAM [SECONDS EACH]
set -eu
echo "channels  rate Hz  block   driver p50 / p99 ms   bare loop p50 / p99 ms"
for channels in 8 32 64 128; do
    for rate in 250 500 1000; do
        for block in 1 8 32; do
            "$1" evaluate latency --channels "$channels" --rate "$rate" --block "$block" --seconds "${2:-5}" --json 2>/dev/null |
                python3 -c '
import json, sys
told = json.load(sys.stdin)
ms = lambda who: "{:6.2f} / {:6.2f}".format(told[who]["p50_us"] / 1e3, told[who]["p99_us"] / 1e3)
print("{:>8} {:>8} {:>6}   {:>19}   {:>21}".format(*sys.argv[1:], ms("driver"), ms("floor")))' "$channels" "$rate" "$block"
        done
    done
done
