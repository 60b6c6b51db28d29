use super::*;

fn channel(label: &str, unit: &str, kind: &str) -> Described {
    Described {
        label: label.into(),
        unit: unit.into(),
        kind: kind.into(),
        rate_hz: 250.0,
        unusable: None,
    }
}

fn chosen(described: &[Described], read_as: &ReadAs) -> Choice {
    choose("it", described, NoUnit::Microvolts, read_as).unwrap()
}

fn error(described: &[Described], read_as: &ReadAs) -> String {
    let error = choose("it", described, NoUnit::Microvolts, read_as);
    error.unwrap_err().to_string()
}

fn names(labels: &[&str]) -> Vec<String> {
    labels.iter().map(|label| (*label).to_owned()).collect()
}

fn only(labels: &[&str]) -> ReadAs {
    ReadAs {
        channels: names(labels),
        ..ReadAs::default()
    }
}

#[test]
fn one_channel_that_is_not_eeg_does_not_affect_the_others() {
    let described = [
        channel("Timestamp", "seconds", "EEG"),
        channel("Counter", "", "EEG"),
        channel("AF3", "microvolts", "EEG"),
        channel("Pz", "mV", "eeg"),
        channel("EOG-left", "uV", "EEG"),
        channel("X", "uV", "Stim"),
    ];
    let choice = chosen(&described, &ReadAs::default());
    assert_eq!(choice.labels(), ["AF3", "Pz"]);
    let taken: Vec<(usize, f64)> = choice
        .taken
        .iter()
        .map(|t| (t.place, t.to_microvolts))
        .collect();
    assert_eq!(taken, [(2, 1.0), (3, 1000.0)]);
    assert_eq!(choice.warnings.len(), 1);
    for part in [
        "Timestamp (seconds)",
        "Counter (no unit)",
        "EOG-left (EOG)",
        "X (Stim)",
    ] {
        assert!(choice.warnings[0].contains(part), "{}", choice.warnings[0]);
    }
}

/// A g.tec Unicorn: 17 channels without types.
#[test]
fn eeg_is_found_among_channels_without_types() {
    let mut described: Vec<Described> = (1..=8)
        .map(|k| channel(&format!("EEG {k}"), "uV", ""))
        .collect();
    described
        .extend(["X", "Y", "Z"].map(|axis| channel(&format!("Accelerometer {axis}"), "g", "")));
    described
        .extend(["X", "Y", "Z"].map(|axis| channel(&format!("Gyroscope {axis}"), "deg/s", "")));
    described.push(channel("Battery Level", "%", ""));
    described.push(channel("Counter", "", ""));
    described.push(channel("Validation Indicator", "", ""));
    let choice = chosen(&described, &ReadAs::default());
    assert_eq!(choice.taken.len(), 8);
    // The same, without units.
    described
        .iter_mut()
        .for_each(|channel| channel.unit.clear());
    assert_eq!(chosen(&described, &ReadAs::default()).taken.len(), 8);
}

#[test]
fn named_channels_are_taken_whatever_their_type() {
    let described = [
        channel("C3", "uV", "AUX"),
        channel("C4", "uV", "AUX"),
        channel("EOG1", "uV", "EOG"),
        channel("T", "degC", ""),
    ];
    let choice = chosen(&described, &only(&["c4", "EOG1"]));
    assert_eq!(choice.labels(), ["C4", "EOG1"]);
    assert!(chosen(&described, &only(&["T"])).warnings[0].contains("T (degC)"));
    assert!(error(&described, &only(&["Oz"])).contains("no channel 'Oz'"));
    assert!(error(&described, &only(&["C3", "c3"])).contains("'c3' is named twice"));
}

#[test]
fn a_type_that_all_have_is_named_as_the_cause() {
    let described = [channel("C3", "uV", "AUX"), channel("C4", "uV", "AUX")];
    let error = error(&described, &ReadAs::default());
    assert!(error.contains("Every channel's type is AUX"), "{error}");
}

#[test]
fn external_electrodes_are_eeg_only_if_there_are_no_others() {
    let biosemi = [channel("C3", "uV", ""), channel("EXG1", "uV", "")];
    assert_eq!(chosen(&biosemi, &ReadAs::default()).labels(), ["C3"]);
    let openbci = [0, 1].map(|k| channel(&format!("EXG Channel {k}"), "uV", ""));
    assert_eq!(chosen(&openbci, &ReadAs::default()).taken.len(), 2);
}

#[test]
fn electrodes_name_channels_in_order() {
    let described: Vec<Described> = (1..=3).map(|k| channel(&k.to_string(), "uV", "")).collect();
    let named = |electrodes: &[&str]| ReadAs {
        electrodes: names(electrodes),
        ..ReadAs::default()
    };
    assert_eq!(
        chosen(&described, &named(&["C3", "cz", "C4"])).labels(),
        ["C3", "Cz", "C4"]
    );
    assert!(error(&described, &named(&["C3", "C4"])).contains("2 electrodes named"));
    assert!(error(&described, &named(&["C3", "C3", "C4"])).contains("electrode C3 is named twice"));
    let both = ReadAs {
        channels: names(&["3", "1"]),
        ..named(&["C4", "C3"])
    };
    let choice = chosen(&described, &both);
    assert_eq!(
        (choice.labels(), choice.taken[0].place),
        (names(&["C4", "C3"]), 2)
    );
}

#[test]
fn a_stated_unit_applies_to_every_voltage() {
    let described = [
        channel("C3", "uV", ""),
        channel("C4", "", ""),
        channel("T", "degC", ""),
    ];
    let in_mv = ReadAs {
        unit: Some(VoltageUnit::Millivolt),
        ..ReadAs::default()
    };
    let choice = chosen(&described, &in_mv);
    assert!(
        choice
            .taken
            .iter()
            .all(|taken| taken.to_microvolts == 1000.0)
    );
    assert_eq!(choice.labels(), ["C3", "C4"]);
    // Declared units that are not voltages are wrong if the type says EEG, or if no other channel is a voltage.
    for described in [
        [channel("C3", "none", "EEG"), channel("T", "degC", "Temp")],
        [channel("C3", "a.u.", ""), channel("Counter", "none", "")],
    ] {
        assert_eq!(chosen(&described, &in_mv).labels(), ["C3"]);
    }
}

#[test]
fn a_source_is_read_as_the_recordings_of_its_decoder() {
    let decoder = ForDecoder {
        needs: names(&["C3", "C4"]),
        labels: names(&["1", "2"]),
        electrodes: names(&["C3", "C4"]),
        unit: Some(("uV".into(), VoltageUnit::Millivolt)),
        ..ForDecoder::default()
    };
    let read_as = ReadAs {
        decoder: Some(decoder),
        ..ReadAs::default()
    };
    let numbered = [channel("1", "uV", ""), channel("2", "uV", "")];
    let choice = chosen(&numbered, &read_as);
    assert_eq!(
        (choice.labels(), choice.taken[0].to_microvolts),
        (names(&["C3", "C4"]), 1000.0)
    );
    // By their own names, even in another order and with a wrong type.
    let labelled = [
        channel("C4", "microvolts", "AUX"),
        channel("C3", "microvolts", "AUX"),
    ];
    let choice = chosen(&labelled, &read_as);
    assert_eq!(
        (choice.labels(), choice.taken[0].to_microvolts),
        (names(&["C4", "C3"]), 1000.0)
    );
    // Another declared unit is used, with a warning.
    let in_volts = [channel("C3", "V", ""), channel("C4", "V", "")];
    let choice = chosen(&in_volts, &read_as);
    assert_eq!(choice.taken[0].to_microvolts, 1e6);
    assert!(
        choice.warnings[0].contains("its unit is 'V'"),
        "{:?}",
        choice.warnings
    );
    // Wrong names are replaced by the same names as before.
    let mut swapped = read_as.clone();
    swapped.decoder.as_mut().unwrap().labels = names(&["C4", "C3"]);
    assert_eq!(chosen(&labelled, &swapped).labels(), ["C3", "C4"]);
}

#[test]
fn channels_are_numbered_if_their_list_has_the_wrong_length() {
    let list: Vec<Described> = (0..9)
        .map(|k| channel(&format!("E{k}"), "uV", "EEG"))
        .collect();
    let (channels, note) = described_one_by_one(list, 8, 250.0);
    assert_eq!(
        (channels[0].label.as_str(), channels[7].label.as_str()),
        ("1", "8")
    );
    assert_eq!(channels[0].unit, "uV");
    let note = note.unwrap();
    assert!(
        note.contains("describes 9 channels") && note.contains("have 8"),
        "{note}"
    );
    assert_eq!(described_one_by_one(Vec::new(), 2, 250.0).1, None);
}

#[test]
fn channels_of_another_rate_are_left_out() {
    let mut described = [
        channel("C3", "uV", ""),
        channel("C4", "uV", ""),
        channel("Slow", "uV", ""),
    ];
    described[2].rate_hz = 1.0;
    let choice = chosen(&described, &ReadAs::default());
    assert_eq!(choice.labels(), ["C3", "C4"]);
    assert!(
        choice.warnings[0].contains("Slow (at 1 Hz, not 250 Hz)"),
        "{:?}",
        choice.warnings
    );
    assert!(error(&described, &only(&["C3", "Slow"])).contains("different sampling rates"));
}
