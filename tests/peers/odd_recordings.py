#!/usr/bin/env python3
"""Writes recordings like those of real programs, each with one oddity, and how common readers (MNE, pyxdf, edfio) read them.

odd_recordings.py FOLDER prints one line of JSON for each file: name, reader, labels, rate_hz, frames, data (a file of float64,
frames x channels, µV), events as [place in frames, text], and what the comparison may ignore:
  "more": true         this reader drops intact samples near damage, which we may read
  "left_out": [...]    channels that this reader returns without any description, or resamples
Every byte is generated here. The expected result comes from MNE, pyxdf or edfio, or from the written numbers ("written") if those
programs read the file wrongly.
"""

import gzip
import json
import struct
import sys
import warnings
from pathlib import Path

import numpy as np

LABELS = ["FC3", "FC4", "C3", "Cz", "C4", "CP3", "CPz", "CP4"]
RATE = 250
RANDOM = np.random.default_rng(20261128)


def eeg(frames, channels=8):
    """Stored 16-bit numbers with the amplitude of EEG."""
    return np.clip(np.round(RANDOM.normal(0, 3000, (frames, channels))), -30000, 30000).astype("<i2")


# EDF and BDF


def edf(path, data=None, records=10, signals=None, annotations=None, bdf=False, **fields):
    """A file of `records` of one second. `signals` changes fields of single signals; `fields` those of the header."""
    data = eeg(records * RATE) if data is None else data
    names = ["label", "transducer", "unit", "pmin", "pmax", "dmin", "dmax", "prefilter", "samples", "reserved"]
    widths = [16, 80, 8, 8, 8, 8, 8, 80, 8, 32]
    low, high = ("-8388608", "8388607") if bdf else ("-32768", "32767")
    parts = []
    for label in LABELS:
        parts.append(dict(label=label, unit="uV", pmin="-200", pmax="200", dmin=low, dmax=high, samples=str(RATE)))
    for place, change in (signals or {}).items():
        if place >= len(parts):
            parts.append(dict(parts[0]))
        parts[place] = parts[place] | change
    if annotations is not None:
        size = 120
        annotations = [text.ljust(size, b"\0") for text in annotations]
        name = "BDF Annotations" if bdf else "EDF Annotations"
        words = str(size // (3 if bdf else 2))
        parts.append(dict(label=name, unit="", pmin="-1", pmax="1", dmin=low, dmax=high, samples=words))
    plus = ("BDF+C" if bdf else "EDF+C") if annotations is not None else ("24BIT" if bdf else "")
    head = dict(
        version=b"\xffBIOSEMI" if bdf else "0",
        patient="X X X X",
        recording="Startdate X X X X",
        date="01.01.24",
        time="10.00.00",
        size=str(256 * (len(parts) + 1)),
        plus=plus,
        records=str(records),
        duration="1",
        signals=str(len(parts)),
    )
    head |= fields
    bytes_of = lambda text: text if isinstance(text, bytes) else text.encode("latin-1")
    out = b"".join(
        bytes_of(head[name]).ljust(width)[:width]
        for name, width in zip(head, [8, 80, 80, 8, 8, 8, 44, 8, 8, 4])
    )
    for name, width in zip(names, widths):
        out += b"".join(bytes_of(part.get(name, "")).ljust(width)[:width] for part in parts)
    for record in range(records):
        for place, part in enumerate(parts):
            if part["label"] in ("EDF Annotations", "BDF Annotations"):
                out += annotations[record]
                continue
            count = int(bytes_of(part["samples"]).split(b"\0")[0])
            values = part.get("data")
            if values is None:
                values = data[record * RATE : record * RATE + count, min(place, data.shape[1] - 1)]
            else:
                values = values[record * count : (record + 1) * count]
            if bdf:
                out += b"".join(struct.pack("<i", int(v))[:3] for v in values)
            else:
                out += np.asarray(values, "<i2").tobytes()
    path.write_bytes(out)


def tals(texts, records=10):
    """Annotation lists: time-keeping, and those that are given for each record."""
    return [b"+%d\x14\x14\0" % k + texts.get(k, b"") for k in range(records)]


def edf_files(folder):
    write = lambda name, **changes: (edf(folder / name, **changes), folder / name)[1]
    limits = lambda low, high: {k: dict(pmin=low, pmax=high) for k in range(8)}
    both = ["mne", "edfio"]
    codes = np.zeros(2500, int)
    codes[300:350], codes[600:640], codes[640:700] = 5, 3, 9
    yield write("plain.edf"), both
    yield write("decimal_comma.edf", signals=limits("-200,0", "200,0"), duration="1"), ["mne"]
    yield write("plus_signs.edf", signals=limits("-2E2", "+200.0")), both
    yield write("leading_zeros.edf", signals=limits("-00200", "0200.000")), both
    yield write("nul_padded.edf", records=10, signals=limits(b"-200\0\0\0\0", b"200\0\0\0\0\0")), ["mne"]
    yield write("range_of_zero.edf", signals={7: dict(pmin="0", pmax="0")}), ["mne"], dict(left_out=["CP4"])
    yield write("digital_zero.edf", signals={7: dict(label="-", dmin="0", dmax="0")}), ["mne"], dict(left_out=["-"])
    yield write("no_samples.edf", signals={7: dict(samples="0")}), ["mne"], dict(left_out=["CP4"])
    yield write("turned_digital.edf", signals={3: dict(dmin="32767", dmax="-32768")}), ["mne"]
    yield write("turned_physical.edf", signals={3: dict(pmin="200", pmax="-200")}), both
    for announced in ("0", "-1", "7", "15"):
        path = folder / f"records_{announced}.edf"
        edf(path)
        whole = path.read_bytes()
        path.write_bytes(whole[:236] + announced.encode().ljust(8) + whole[244:])
        yield path, both
    path = write("rest.edf")
    path.write_bytes(path.read_bytes() + b"abc")
    yield path, both
    yield write("dated_version.edf", version="20160817"), ["mne"]
    yield write("no_date.edf", date="xx.yy.zz", time="", patient="?", recording=b"\xff" * 80), ["mne"]
    yield write("latin_unit.edf", signals={k: dict(unit=b"\xb5V") for k in range(8)}), ["mne"]
    yield write("shift_jis_unit.edf", signals={k: dict(unit=b"\x83\xcaV") for k in range(8)}), ["mne"]
    yield write("millivolts.edf", signals={k: dict(unit="mV", pmin="-0.2", pmax="0.2") for k in range(8)}), ["mne"]
    yield write("zero_duration.edf", duration="0"), ["mne"]
    yield write("slow_channel.edf", signals={7: dict(label="Resp", unit="mV", samples="25")}), ["edfio"]
    texts = {2: b"+2.5\x14left\x14\0", 4: b"+4.5\x153.0\x14right\x14feet\x14\0+4.75\x14rest\x14\0"}
    yield write("annotations.edf", annotations=tals(texts)), both
    texts = {2: b"+2.5\x14linke Hand f\xfcr\x14\0", 4: b"+4.5\x14Fu\xdf\x14\0"}
    yield write("latin_annotations.edf", annotations=tals(texts)), ["mne-latin1"]
    late = [b"+%d.5\x14\x14\0" % k for k in range(10)]
    late[3] += b"+4\x14a\x14\0"
    yield write("late_start.edf", annotations=late), ["mne"]
    texts = {1: b"+1.5\x14T1@@C3\x14\0+1.5\x14T1@@C4\x14\0+1.75\x14a@@b\x14\0"}
    yield write("channel_annotations.edf", annotations=tals(texts)), ["mne"]
    yield write("negative_onset.edf", annotations=tals({0: b"-0.5\x14early\x14\0+0.5\x14first\x14\0"})), ["mne"]
    trigger = {8: dict(label="TRIGGER", unit="", pmin="-32768", pmax="32767", data=codes)}
    yield write("trigger.edf", signals=trigger), ["mne"]
    data = RANDOM.integers(-(1 << 20), 1 << 20, (2500, 8))
    status = {8: dict(label="Status", unit="Boolean", pmin="-8388608", pmax="8388607", data=codes + (1 << 20))}
    yield write("status.bdf", bdf=True, data=data, signals=status), ["mne"]
    yield write("biosemix.bdf", bdf=True, data=data, version="BIOSEMIX"), ["mne"]
    texts = {2: b"+2.5\x14left\x14\0"}
    yield write("annotations.bdf", bdf=True, data=data, annotations=tals(texts)), both


# GDF


def gdf(path, version="2.20", kind=3, numerator=1, events=((2, 769), (400, 770)), mode=1, units=None, labels=None):
    v2 = version.startswith("2")
    labels = labels or LABELS
    count, frames = len(labels), 1000
    types = {3: "<i2", 5: "<i4", 16: "<f4", 17: "<f8"}
    data = eeg(frames, count).astype(types[kind])
    out = bytearray(f"GDF {version}".encode().ljust(256, b" "))
    out[160:256] = bytes(96)
    out[184:192] = struct.pack("<H6x", count + 1) if v2 else struct.pack("<q", 256 * (count + 1))
    out[236:252] = struct.pack("<qII", 4, numerator, 1)
    out[252:256] = struct.pack("<HH", count, 0) if v2 else struct.pack("<I", count)
    out += b"".join(label.encode().ljust(16, b"\0") for label in labels) + bytes(80 * count)
    if v2:
        out += bytes(6 * count) + struct.pack(f"<{count}H", *(units or [4275] * count))
    else:
        out += b"uV\0\0\0\0\0\0" * count
    out += struct.pack(f"<{count}d", *[-200] * count) + struct.pack(f"<{count}d", *[200] * count)
    for limit in (-32768, 32767):
        out += struct.pack(f"<{count}" + ("d" if v2 else "q"), *[limit] * count)
    out += bytes((68 + 12) * count if v2 else 80 * count)
    out += struct.pack(f"<{count}I", *[RATE] * count) + struct.pack(f"<{count}I", *[kind] * count)
    out += bytes(32 * count)
    for record in range(4):
        out += data[record * RATE : (record + 1) * RATE].T.tobytes()
    n = len(events)
    out += bytes([mode])
    out += n.to_bytes(3, "little") + struct.pack("<f", RATE) if v2 else RATE.to_bytes(3, "little") + struct.pack("<I", n)
    out += struct.pack(f"<{n}I", *[at for at, _ in events]) + struct.pack(f"<{n}H", *[code for _, code in events])
    if mode == 3:
        out += struct.pack(f"<{n}H", *[0] * n) + struct.pack(f"<{n}I", *[1] * n)
    path.write_bytes(bytes(out))


def gdf_files(folder):
    for version in ("1.25", "2.20"):
        for name, changes in {
            "int16": {},
            "int32": dict(kind=5),
            "float32": dict(kind=16),
            "float64": dict(kind=17),
            "mode3": dict(mode=3),
            "numerator0": dict(numerator=0),
        }.items():
            path = folder / f"gdf{version[0]}_{name}.gdf"
            gdf(path, version, **changes)
            yield path, ["mne"]


# BrainVision


def brainvision(path, data=None, kind="INT_16", orientation="MULTIPLEXED", unit="µV", markers=None, first=None, comment=b"",
                encoding="utf-8", channels=None, more="", common="", resolution="0.1", marker_file=None, binary="", text=None):
    stem = path.stem
    data = eeg(2500) if data is None else data
    types = {"INT_16": "<i2", "INT_32": "<i4", "IEEE_FLOAT_32": "<f4"}
    stored = data.astype(types[kind])
    stored = stored if orientation == "MULTIPLEXED" else stored.T
    path.with_suffix(".eeg").write_bytes(text.encode() if text is not None else stored.tobytes())
    channels = channels or [f"Ch{k + 1}={label},,{resolution},{unit}" for k, label in enumerate(LABELS)]
    lines = [
        first or "Brain Vision Data Exchange Header File Version 1.0",
        "; written for a test",
        "",
        "[Common Infos]",
        common,
        f"DataFile={stem}.eeg",
        f"MarkerFile={marker_file or stem + '.vmrk'}",
        f"DataFormat={'BINARY' if text is None else 'ASCII'}",
        f"DataOrientation={orientation}",
        "NumberOfChannels=8",
        "SamplingInterval=4000",
        "[Binary Infos]" if text is None else "[ASCII Infos]",
        f"BinaryFormat={kind}" if text is None else "DecimalSymbol=.\r\nSkipLines=1\r\nSkipColumns=0",
        binary,
        "[Channel Infos]",
        *channels,
        more,
        "[Comment]",
    ]
    path.write_bytes("\r\n".join(line for line in lines if line is not None).encode(encoding) + b"\r\n" + comment + b"\r\n")
    markers = markers or ["Stimulus,S  1,501,1,0", "Response,R  2,751,1,0", "Comment,a\\1b,900,1,0"]
    lines = ["Brain Vision Data Exchange Marker File, Version 1.0", "[Common Infos]", "[Marker Infos]"]
    lines += [f"Mk{k + 1}={marker}" for k, marker in enumerate(["New Segment,,1,1,0,20240101000000000000", *markers])]
    path.with_suffix(".vmrk").write_bytes("\r\n".join(lines).encode(encoding))
    return stored


def brainvision_files(folder):
    write = lambda name, **changes: (brainvision(folder / f"{name}.vhdr", **changes), folder / f"{name}.vhdr")[1]
    yield write("bv_plain"), ["mne"]
    for kind in ("INT_32", "IEEE_FLOAT_32"):
        yield write(f"bv_{kind.lower()}", kind=kind), ["mne"]
    for kind in ("INT_16", "INT_32", "IEEE_FLOAT_32"):
        yield write(f"bv_vectorized_{kind.lower()}", kind=kind, orientation="VECTORIZED", common="DataPoints=2500"), ["mne"]
    yield write("bv_vectorized_no_points", orientation="VECTORIZED"), ["mne"]
    yield write("bv_more_points_there", common="DataPoints=2000"), ["mne"]
    yield write("bv_v_amp", first="Brain Vision V-Amp Data Header File Version 1.0"), ["mne"]
    yield write("bv_core", first="BrainVision Core Data Exchange Header File Version 2.0"), ["mne"]
    yield write("bv_common_infos", common="Codepage=UTF-8"), ["mne"]
    yield write("bv_latin", encoding="latin-1"), ["mne"]
    yield write("bv_ansi", encoding="cp1252", common="Codepage=ANSI"), ["mne"]
    yield write("bv_mixed", common="Codepage=UTF-8", comment="Widerstände".encode("latin-1")), ["mne"]
    yield write("bv_twice", common="Codepage=UTF-8", unit="Âµ".encode("utf-8").decode("utf-8") + "V"), ["mne"]
    yield write("bv_no_unit", channels=[f"Ch{k + 1}={label},,0.1" for k, label in enumerate(LABELS)]), ["mne"]
    yield write("bv_no_resolution", resolution=""), ["mne"]
    yield write("bv_millivolts", unit="mV", resolution="0.0001"), ["mne"]
    yield write("bv_comment", comment=b"[Common Infos]\r\nNumberOfChannels=3\r\nDataFile=none"), ["mne"]
    yield write("bv_negative", markers=["Stimulus,S  1,-20,1,0", "Stimulus,S  2,501,1,0"]), ["mne"]
    yield write("bv_no_markers", marker_file="gone.vmrk"), ["mne"]
    path = write("bv_rest")
    path.with_suffix(".eeg").write_bytes(path.with_suffix(".eeg").read_bytes() + b"\x01\x02\x03")
    yield path, ["mne"]
    data = eeg(300)
    text = "header\n" + "".join(" ".join(str(value) for value in row) + "\n" for row in data)
    yield write("bv_ascii", data=data, text=text, markers=["Stimulus,S  1,101,1,0"]), ["mne"]
    # MNE reads the bytes in the wrong order, so the written values are expected.
    path = folder / "bv_big_endian.vhdr"
    for kind, code in (("INT_16", ">i2"), ("INT_32", ">i4"), ("IEEE_FLOAT_32", ">f4")):
        path = folder / f"bv_big_{kind.lower()}.vhdr"
        data = eeg(500)
        brainvision(path, data=data, kind=kind, binary="UseBigEndianOrder=YES")
        path.with_suffix(".eeg").write_bytes(data.astype(code).tobytes())
        yield path, [("written", data * 0.1)]


# XDF

PER_CHUNK = 25
SIGNATURE = bytes.fromhex("43a546dccbf5410fb30ed5467383cbe4")


def chunk(tag, content, stream=None):
    body = struct.pack("<H", tag) + (b"" if stream is None else struct.pack("<I", stream)) + content
    length = len(body)
    return (bytes([1, length]) if length < 256 else b"\x04" + struct.pack("<I", length)) + body


def header(stream, kind, rate, form, channels=8):
    labels = "".join(f"<channel><label>{label}</label><unit>microvolts</unit><type>EEG</type></channel>" for label in LABELS)
    desc = f"<channels>{labels}</channels>" if kind == "EEG" else ""
    xml = (
        f"<?xml version='1.0'?><info><name>{kind}</name><type>{kind}</type><channel_count>{channels}</channel_count>"
        f"<nominal_srate>{rate}</nominal_srate><channel_format>{form}</channel_format><desc>{desc}</desc></info>"
    )
    return chunk(2, xml.encode(), stream)


def samples(stream, rows):
    out = b"\x04" + struct.pack("<I", len(rows))
    for stamp, values in rows:
        out += (b"\0" if stamp is None else b"\x08" + struct.pack("<d", stamp)) + values
    return chunk(3, out, stream)


def xdf(form="float32", all_stamps=False, offsets=True, footers=True, frames=5000, per_chunk=PER_CHUNK):
    """Chunks of a file, as LabRecorder writes them, and their values."""
    code = {"float32": "<f4", "double64": "<f8", "int16": "<i2", "int32": "<i4"}[form]
    values = RANDOM.normal(0, 300, (frames, 8)).round().astype(code)
    # Every sample can be identified by its first channel.
    values[:, 0] = np.arange(1, frames + 1)
    parts = [b"XDF:", chunk(1, b"<?xml version='1.0'?><info><version>1.0</version></info>")]
    parts += [header(1, "EEG", RATE, form), header(2, "Markers", 0, "string", 1)]
    for first in range(0, frames, per_chunk):
        if first % 1000 == 0:
            parts.append(chunk(5, SIGNATURE))
            if offsets:
                parts += [chunk(4, struct.pack("<dd", 100 + first / RATE, 0.25), stream) for stream in (1, 2)]
        rows = []
        for k in range(first, first + per_chunk):
            rows.append((100 + k / RATE if all_stamps or k == first else None, values[k].tobytes()))
        parts.append(samples(1, rows))
        if first % 1250 == 500:
            text = f"cue {first}".encode()
            parts.append(samples(2, [(100 + first / RATE, bytes([1, len(text)]) + text)]))
    if footers:
        foot = f"<?xml version='1.0'?><info><sample_count>{frames}</sample_count></info>".encode()
        parts += [chunk(6, foot, stream) for stream in (1, 2)]
    return parts, values


def xdf_files(folder):
    def write(name, file, change=lambda data: data, **more):
        parts, values = file
        data = change(b"".join(parts))
        (folder / name).write_bytes(gzip.compress(data) if name.endswith(("z", "gz")) else data)
        # pyxdf reads some of the damage as samples, so the written values are expected.
        return folder / name, [("pyxdf", values if more else None)], more

    yield write("plain.xdf", xdf())
    yield write("packed.xdfz", xdf())
    yield write("packed.xdf.gz", xdf())
    for form in ("double64", "int16", "int32"):
        yield write(f"{form}.xdf", xdf(form))
    yield write("all_stamps.xdf", xdf(all_stamps=True))
    yield write("no_footers.xdf", xdf(footers=False))
    yield write("no_offsets.xdf", xdf(offsets=False))
    file = xdf(footers=False)
    parts = file[0]
    yield write("zero_tail.xdf", file, lambda data: data + bytes(4096))
    yield write("long_zero_tail.xdf", file, lambda data: data + bytes(3_000_000))
    yield write("garbage_tail.xdf", file, lambda data: data + b"\x55" * 5000)
    yield write("cut.xdf", file, lambda data: data[:-70], more=True)
    middle = len(b"".join(parts)) // 2
    damage = lambda count, fill: lambda data: data[:middle] + bytes([fill]) * count + data[middle + count :]
    yield write("garbage_inside.xdf", file, damage(3000, 0x55), more=True)
    # A wrong length of a chunk whose samples are intact.
    at = sum(len(part) for part in parts[:60])
    yield write("wrong_length.xdf", file, lambda data: data[: at + 1] + b"\xff\xff\xff\0" + data[at + 5 :], more=True)


# Readers


def read_mne(path, encoding="utf8"):
    import mne

    suffix = path.suffix
    if suffix in (".edf", ".bdf"):
        raw = getattr(mne.io, f"read_raw_{suffix[1:]}")(path, preload=True, encoding=encoding, verbose="error")
    else:
        raw = mne.io.read_raw(path, preload=True, verbose="error")
    rate = raw.info["sfreq"]
    stim = [raw.ch_names[k] for k in mne.pick_types(raw.info, stim=True)]
    names = [name for name in raw.ch_names if name not in stim]
    events = [[float((a["onset"] - raw.first_time) * rate), str(a["description"])] for a in raw.annotations]
    if stim:
        found = mne.find_events(raw, stim[0], consecutive=True, initial_event=True, mask=0xFFFF, mask_type="and", verbose="error")
        events += [[int(at), str(code)] for at, _, code in found]
    if suffix == ".vhdr":
        events = [[at, text.split("/", 1)[-1]] for at, text in events]
    return names, rate, raw.get_data(picks=names).T * 1e6, events


def read_edfio(path):
    import edfio

    file = (edfio.read_bdf if path.suffix == ".bdf" else edfio.read_edf)(path)
    signals = [s for s in file.signals if s.sampling_frequency == RATE]
    events = [[a.onset * RATE, a.text] for a in file.annotations]
    return [s.label for s in signals], RATE, np.stack([s.data for s in signals], 1), events


def read_pyxdf(path):
    import pyxdf

    streams, _ = pyxdf.load_xdf(path)
    by_type = {stream["info"]["type"][0]: stream for stream in streams}
    signal, marks = by_type["EEG"], by_type["Markers"]
    stamps = signal["time_stamps"]
    places = np.interp(marks["time_stamps"], stamps, np.arange(len(stamps)))
    events = [[float(at), texts[0]] for at, texts in zip(places, marks["time_series"])]
    return LABELS, RATE, np.asarray(signal["time_series"], float), events


READERS = {
    "mne": read_mne,
    "mne-latin1": lambda path: read_mne(path, "latin1"),
    "edfio": read_edfio,
    "pyxdf": read_pyxdf,
}


def main():
    import logging

    logging.disable()
    warnings.simplefilter("ignore")
    folder = Path(sys.argv[1])
    files = [*edf_files(folder), *gdf_files(folder), *brainvision_files(folder), *xdf_files(folder)]
    for path, readers, *more in files:
        for reader in readers:
            reader, written = reader if isinstance(reader, tuple) else (reader, None)
            if reader == "written":
                labels, rate, data, events = LABELS, RATE, written, None
            else:
                labels, rate, data, events = READERS[reader](path)
            if reader == "pyxdf" and written is not None:
                # A damaged chunk is left out completely, because it is unknown where the damage begins.
                number = np.clip(np.nan_to_num(data[:, 0]), 1, len(written)).astype(int) - 1
                right = (data == written[number]).all(axis=1)
                whole = np.bincount(number[right] // PER_CHUNK, minlength=len(written)) == PER_CHUNK
                data = data[right & whole[number // PER_CHUNK]]
            out = folder / f"{path.name}.{reader}.f64"
            np.ascontiguousarray(data, "<f8").tofile(out)
            about = dict(name=path.name, reader=reader, labels=labels, rate_hz=rate, frames=len(data), data=out.name, events=events)
            print(json.dumps(about | (more[0] if more else {})))


if __name__ == "__main__":
    main()
