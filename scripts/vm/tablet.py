#!/usr/bin/env python3
"""Plays a tablet with Bluetooth: tablet.py ADAPTER

Connects to each mouse or pen that is offered, pairs once, and gives what it reports to the kernel, as a tablet's own driver would (HID over
GATT Profile 1.0). The Bluetooth part is bumble, which shares no code with BlueZ. Prints what it does, and "FAILED ..." for what is wrong.
"""

import asyncio
import os
import struct
import sys

from bumble.core import UUID, AdvertisingData, ProtocolError
from bumble.device import Device, Peer
from bumble.hci import Address
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport import open_transport

HID = UUID.from_16_bits(0x1812)
REPORT_MAP = UUID.from_16_bits(0x2A4B)
REPORT = UUID.from_16_bits(0x2A4D)
REPORT_REFERENCE = UUID.from_16_bits(0x2908)
INFORMATION = UUID.from_16_bits(0x2A4A)
# linux/uhid.h
UHID_CREATE2, UHID_INPUT2 = 11, 12
BUS_BLUETOOTH = 5


class KernelDevice:
    """A HID device of the kernel, while it is open."""

    def __init__(self, report_map):
        self.file = os.open("/dev/uhid", os.O_RDWR)
        name, place, unique = b"bci-cursor over Bluetooth", b"", b""
        request = struct.pack("<128s64s64sHHIIII", name, place, unique, len(report_map), BUS_BLUETOOTH, 0, 0, 0, 0)
        os.write(self.file, struct.pack("<I", UHID_CREATE2) + request + report_map.ljust(4096, b"\0"))

    def report(self, report):
        os.write(self.file, struct.pack("<IH", UHID_INPUT2, len(report)) + report)

    def close(self):
        os.close(self.file)


def say(text):
    print(text, flush=True)


async def find(device):
    """Waits until a mouse or pen is offered."""
    found = asyncio.get_running_loop().create_future()

    def advertised(advertisement):
        services = advertisement.data.get(AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS) or []
        if HID in services and not found.done():
            say(f"found {advertisement.data.get(AdvertisingData.COMPLETE_LOCAL_NAME)} {advertisement.data.get(AdvertisingData.APPEARANCE)}")
            found.set_result(advertisement.address)

    device.on("advertisement", advertised)
    await device.start_scanning()
    address = await found
    await device.stop_scanning()
    device.remove_listener("advertisement", advertised)
    return address


async def refuses(what, attempt):
    try:
        await attempt
        say(f"FAILED: a device that has not paired {what}")
    except ProtocolError as error:
        say(f"not paired: {error}")


async def use(device, paired):
    connection = await device.connect(await find(device))
    ended = asyncio.get_running_loop().create_future()
    connection.on("disconnection", lambda reason: ended.done() or ended.set_result(reason))
    peer = Peer(connection)
    await peer.request_mtu(247)
    await peer.discover_services()
    (hid,) = peer.get_services_by_uuid(HID)
    await hid.discover_characteristics()
    (report_map,) = hid.get_characteristics_by_uuid(REPORT_MAP)
    (report,) = hid.get_characteristics_by_uuid(REPORT)
    await report.discover_descriptors()
    if connection.peer_address in paired:
        await connection.encrypt()
    else:
        await refuses("reads what the mouse can report", report_map.read_value())
        await refuses("listens to reports", report.subscribe(lambda _: None))
        await connection.pair()
        paired.add(connection.peer_address)
        say("paired")
    (information,) = hid.get_characteristics_by_uuid(INFORMATION)
    (reference,) = [one for one in report.descriptors if one.type == REPORT_REFERENCE]
    say(f"HID information {(await information.read_value()).hex()}, report reference {(await reference.read_value()).hex()}")
    kernel = KernelDevice(await report_map.read_value())
    try:
        await report.subscribe(kernel.report)
        say("connected")
        await ended
    finally:
        kernel.close()
    say("disconnected")


async def main():
    async with await open_transport(sys.argv[1]) as transport:
        device = Device.with_hci("tablet", Address("F0:F1:F2:F3:F4:F5"), transport.source, transport.sink)
        device.keystore = MemoryKeyStore()
        delegate = PairingDelegate(PairingDelegate.IoCapability.NO_OUTPUT_NO_INPUT)
        device.pairing_config_factory = lambda _: PairingConfig(sc=True, mitm=False, bonding=True, delegate=delegate)
        await device.power_on()
        say("ready")
        paired = set()
        while True:
            try:
                await use(device, paired)
            except Exception as error:  # noqa: BLE001: a tablet tries again whatever went wrong
                say(f"again, because: {error!r}")
                await asyncio.sleep(0.2)


asyncio.run(main())
