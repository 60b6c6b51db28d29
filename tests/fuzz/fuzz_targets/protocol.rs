#![no_main]

use bci_cursor_firmware_protocol::native::{command, frame, hello, impedance, marker, samples, time};
use bci_cursor_firmware_protocol::openbci::cyton;
use bci_cursor_firmware_protocol::openbci::daisy::Pairs;
use bci_cursor_firmware_protocol::openbci::ganglion::{Decoder, Deframer, Firmware};
use bci_cursor_firmware_protocol::pointer::{self, Mouse, Report};
use libfuzzer_sys::fuzz_target;

fn read_everything(bytes: &[u8]) {
    let _ = hello::Request::parse(bytes);
    let _ = hello::Repr::parse(bytes).map(|repr| repr.microvolts_per_count(3));
    let _ = hello::Label::parse(bytes);
    let _ = samples::Packet::new_checked(bytes).map(|packet| (packet.counts().count(), packet.count(255, 64)));
    let _ = impedance::Packet::new_checked(bytes).map(|packet| packet.ohms().count());
    let _ = marker::Repr::parse(bytes);
    let _ = command::Repr::parse(bytes);
    let _ = command::Acknowledgement::parse(bytes);
    let _ = time::Request::parse(bytes);
    let _ = time::Reply::parse(bytes).map(|reply| reply.round_trip_micros(5));
    let _ = pointer::read_hid(bytes);
    if let Ok(report) = Report::parse(bytes) {
        let mut mouse = Mouse::default();
        mouse.report(&report, u32::MAX);
        while mouse.poll(3).is_some() {}
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut native = frame::Deframer::default();
    native.feed(bytes, |frame| read_everything(frame.payload));
    read_everything(bytes);
    let (mut cyton, mut pairs) = (cyton::Deframer::default(), Pairs::default());
    cyton.feed(bytes, |received| {
        // An accepted packet has the right frame, and is written as the same bytes.
        let mut again = [0; cyton::PACKET_BYTES];
        received.packet.emit(&mut again).unwrap();
        let packet = cyton::Packet::new_checked(&again).unwrap();
        assert_eq!(cyton::Repr::parse(&packet), received.packet);
        pairs.take(&received);
    });
    for firmware in [Firmware::V2, Firmware::V3] {
        let mut ganglion = Decoder::new(firmware);
        for packet in bytes.chunks(20) {
            let _ = ganglion.decode(packet);
        }
        let mut in_a_row = Decoder::new(firmware);
        Deframer::new(firmware).feed(bytes, |packet| {
            let _ = in_a_row.decode(packet);
        });
    }
});
