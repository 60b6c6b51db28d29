use super::*;

/// WCAG 2.2, 1.4.3 (text) and 1.4.11 (parts of the interface, lines that must be seen, and the focus).
const TEXT: f32 = 4.5;
const PARTS: f32 = 3.0;

fn check(theme: Theme, what: &str, one: Color32, other: Color32, least: f32) {
    let found = contrast(one, other);
    assert!(
        found >= least,
        "{theme:?}: {what} {found:.2}, expected {least}"
    );
}

#[test]
fn contrast_is_that_of_the_guidelines() {
    assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 0.01);
    // The grey that is known as just enough on white.
    assert!((contrast(grey(118), Color32::WHITE) - 4.54).abs() < 0.01);
    assert!((contrast(Color32::RED, Color32::WHITE) - 4.0).abs() < 0.01);
}

#[test]
fn everything_that_is_read_can_be_read_in_every_theme() {
    for theme in Theme::ALL {
        let (own, visuals) = (theme.palette(), theme.visuals());
        let widgets = &visuals.widgets;
        // Letters lie on the ground, in a popup, and in a striped table.
        for ground in [
            visuals.panel_fill,
            visuals.window_fill,
            visuals.faint_bg_color,
        ] {
            for (what, colour) in [
                ("text", visuals.text_color()),
                ("strong text", visuals.strong_text_color()),
                ("weak text", visuals.weak_text_color()),
                ("link", visuals.hyperlink_color),
                ("good", own.good),
                ("warning", own.warning),
                ("bad", own.bad),
                ("plot", own.plot),
                ("less", own.less),
            ] {
                check(theme, what, colour, ground, TEXT);
            }
            check(theme, "a target aside", own.aside, ground, PARTS);
        }
        // Buttons, boxes and lists in each of their states. (Disabled ones are faded by egui; WCAG excepts them.)
        for (state, widget) in [
            ("at rest", widgets.inactive),
            ("under the pointer", widgets.hovered),
            ("with the focus", widgets.active),
            ("open", widgets.open),
            ("that does nothing", widgets.noninteractive),
        ] {
            let text = widget.fg_stroke.color;
            for fill in [widget.weak_bg_fill, widget.bg_fill] {
                check(theme, &format!("text {state}"), text, fill, TEXT);
                let edge = format!("edge {state}");
                check(theme, &edge, widget.bg_stroke.color, fill, PARTS);
            }
            let edge = format!("edge {state} on the ground");
            check(
                theme,
                &edge,
                widget.bg_stroke.color,
                visuals.panel_fill,
                PARTS,
            );
            // Check marks, dots of radio buttons and handles of scroll bars.
            check(
                theme,
                &format!("mark {state}"),
                text,
                visuals.panel_fill,
                PARTS,
            );
            assert!(widget.bg_stroke.width >= 1.0);
        }
        // What is chosen in a list, with its ground beside it.
        let chosen = visuals.selection;
        check(theme, "chosen", chosen.stroke.color, chosen.bg_fill, TEXT);
        check(
            theme,
            "chosen beside",
            chosen.bg_fill,
            visuals.panel_fill,
            PARTS,
        );
        check(
            theme,
            "focus on chosen",
            own.focus,
            visuals.panel_fill,
            PARTS,
        );
        // Fields: letters, marked letters, and the frame with the focus.
        let field = visuals.text_edit_bg_color();
        check(
            theme,
            "typed",
            widgets.inactive.fg_stroke.color,
            field,
            TEXT,
        );
        check(
            theme,
            "typed in a slider's box",
            visuals.text_color(),
            field,
            TEXT,
        );
        check(theme, "rail of a slider", own.border, own.ground, PARTS);
        let marked = field_selection(own);
        check(theme, "marked", marked.stroke.color, marked.bg_fill, TEXT);
        check(theme, "frame of a field", marked.stroke.color, field, PARTS);
        check(
            theme,
            "frame on the ground",
            marked.stroke.color,
            own.ground,
            PARTS,
        );
    }
}

#[test]
fn what_is_written_on_a_colour_can_be_read() {
    for theme in Theme::ALL {
        let own = theme.palette();
        for colour in [own.good, own.warning, own.bad, own.plot, own.less] {
            check(theme, "on a disc", readable_on(colour), colour, TEXT);
            // Patterns on the head go from the ground to the colour.
            for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
                let between = own.ground.lerp_to_gamma(colour, share);
                check(theme, "on a pattern", readable_on(between), between, TEXT);
            }
        }
    }
}

#[test]
fn the_theme_in_force_is_found_again() {
    for theme in Theme::ALL {
        let context = egui::Context::default();
        context.set_visuals(theme.visuals());
        let mut found = None;
        let drawn = context.run_ui(egui::RawInput::default(), |ui| found = Some(palette(ui)));
        let mut textures = drawn.textures_delta;
        textures.clear();
        assert_eq!(found, Some(theme.palette()));
    }
}
