use super::*;

/// Plays a run on a display that shows each scene 20 ms late. Returns the markers with their times.
fn play(run: &mut LookRun, mut each: impl FnMut(&mut LookRun, f64)) -> Vec<(f64, String)> {
    let (mut markers, mut now_s, mut shows_at) = (Vec::new(), 0.0, None);
    run.start(now_s);
    while run.phase() != LookPhase::Done && now_s < 1000.0 {
        now_s += 0.01;
        match run.tick(now_s) {
            Some(LookStep::Show) => shows_at = Some(now_s + 0.02),
            Some(LookStep::End) => markers.push((now_s, END.to_owned())),
            Some(LookStep::Stuck) | None => {}
        }
        if shows_at.is_some_and(|at| now_s >= at) {
            shows_at = None;
            let field = run.field().filter(|_| run.shown(now_s));
            markers.extend(field.map(|field| (now_s, marker(field))));
        }
        each(run, now_s);
    }
    markers
}

#[test]
fn each_field_is_looked_at_for_as_long_as_planned() {
    let plan = LookPlan::default();
    let mut run = LookRun::new(plan);
    let markers = play(&mut run, |_, _| {});
    assert_eq!(markers.len(), 2 * plan.looks);
    assert_eq!(run.progress(), (plan.looks, plan.looks));
    for pair in markers.chunks(2) {
        assert!(pair[0].1.starts_with("trial target=") && pair[1].1 == END);
        assert!((pair[1].0 - pair[0].0 - 3.0).abs() < 0.02, "{pair:?}");
    }
    let end_s = markers.last().unwrap().0;
    assert!((60.0..90.0).contains(&end_s), "{end_s}");
    assert!((plan.total_s() - end_s).abs() < 1.0, "{end_s}");
    let mut fields: Vec<&str> = markers.iter().map(|(_, marker)| marker.as_str()).collect();
    fields.retain(|marker| *marker != END);
    assert!(
        fields.windows(2).all(|pair| pair[0] != pair[1]),
        "{fields:?}"
    );
    fields.sort_unstable();
    fields.dedup();
    assert_eq!(fields.len(), COLUMNS * ROWS);
}

#[test]
fn an_interrupted_look_is_repeated() {
    let mut run = LookRun::new(LookPlan::default());
    let mut paused_s = None;
    let markers = play(&mut run, |run, now_s| match (run.phase(), paused_s) {
        (LookPhase::Look(_), None) if now_s > 9.0 => {
            assert!(run.pause());
            paused_s = Some(now_s);
        }
        (LookPhase::Paused, Some(since)) if now_s > since + 30.0 => run.resume(now_s),
        _ => {}
    });
    let looks = markers.iter().filter(|(_, marker)| marker != END).count();
    assert_eq!((looks, run.progress()), (21, (20, 20)));
}

#[test]
fn what_is_missing_of_an_interrupted_calibration_follows() {
    let plan = LookPlan::default();
    let fields = |markers: &[(f64, String)]| {
        let fields = markers.iter().filter_map(|(_, marker)| field_of(marker));
        fields.collect::<Vec<usize>>()
    };
    let all = fields(&play(&mut LookRun::new(plan), |_, _| {}));
    let mut run = LookRun::after(plan, &all[..13]);
    assert_eq!(run.progress(), (13, 20));
    assert_eq!(fields(&play(&mut run, |_, _| {})), all[13..]);
    assert_eq!(run.progress(), (20, 20));
    assert_eq!(
        [
            field_of(&marker(7)),
            field_of("end"),
            field_of("trial target=0")
        ],
        [Some(7), None, None]
    );
}

#[test]
fn a_choice_ends_a_look_and_is_shown() {
    let mut run = LookRun::new(LookPlan::copying(4.0, 7));
    run.start(0.0);
    assert_eq!((run.tick(3.9), run.tick(4.0)), (None, Some(LookStep::Show)));
    let field = run.field().unwrap();
    // Nothing can be chosen before it was shown.
    assert!(!run.choose(Some(field), 4.1));
    assert!(run.shown(4.25));
    assert!(run.choose(Some(field), 6.5) && !run.choose(Some(field), 6.6));
    let (wanted, chosen) = (field, Some(field));
    assert_eq!(run.phase(), LookPhase::Chosen { wanted, chosen });
    assert_eq!((run.tick(7.9), run.progress()), (None, (0, 10)));
    assert_eq!((run.tick(8.0), run.progress()), (None, (1, 10)));
    assert!(matches!(run.phase(), LookPhase::Mark(_)));
    // The time runs out.
    assert_eq!(run.tick(9.0), Some(LookStep::Show));
    run.shown(9.0);
    assert_eq!(
        (run.tick(23.9), run.tick(24.0)),
        (None, Some(LookStep::End))
    );
    // A pause while a choice is shown repeats nothing; an interrupted look is repeated.
    assert!(!run.pause());
    assert_eq!((run.phase(), run.progress()), (LookPhase::Paused, (2, 10)));
    run.resume(30.0);
    run.tick(31.0);
    run.shown(31.0);
    assert!(run.pause());
    let took: Vec<f64> = run.copied().iter().map(|copied| copied.took_s).collect();
    assert_eq!(took, [2.25, 15.0]);
    assert_eq!(run.copied()[1].chosen, None);
}

#[test]
fn a_display_that_shows_nothing_pauses() {
    let mut run = LookRun::new(LookPlan::default());
    run.start(0.0);
    assert_eq!(run.tick(0.9), None);
    assert_eq!(run.tick(1.0), Some(LookStep::Show));
    assert_eq!(run.tick(2.9), None);
    assert_eq!(run.tick(3.0), Some(LookStep::Stuck));
    assert_eq!((run.phase(), run.shown(3.1)), (LookPhase::Paused, false));
    run.resume(10.0);
    assert_eq!(run.tick(11.0), Some(LookStep::Show));
    assert!(run.shown(11.1));
    assert!(run.finish());
    assert_eq!(run.tick(20.0), None);
}
