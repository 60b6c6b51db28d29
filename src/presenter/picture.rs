//! Draws the pictures of a tag, one for each step of brightness, before any is shown.

use crate::stimulus::appearance::{Appearance, STEPS};
use std::error::Error;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    ChangeGCAux, ConnectionExt as _, CreateGCAux, Gcontext, Pixmap, Rectangle, Screen,
};
use x11rb::rust_connection::RustConnection;

/// The rim: a dark line outside and a bright one inside, so that a tag is visible on any ground. It does not flicker.
const RIM: [[u8; 3]; 2] = [[0; 3], [255; 3]];
/// Fields of the checkerboard along a side, and the least width of one, pixels.
const FIELDS: u16 = 8;
const FIELD_PX: u16 = 3;

/// The pictures of a tag of this width and height, from the darkest to the brightest.
pub(super) fn pictures(
    connection: &RustConnection,
    screen: &Screen,
    appearance: &Appearance,
    side: u16,
) -> Result<Vec<Pixmap>, Box<dyn Error>> {
    let gc = connection.generate_id()?;
    connection.create_gc(gc, screen.root, &CreateGCAux::new().graphics_exposures(0))?;
    let brush = Brush { connection, gc };
    let rims = pixels(connection, screen, &RIM)?;
    let steps: Vec<[u8; 3]> = (0..=STEPS).map(|step| appearance.srgb(step)).collect();
    let steps = pixels(connection, screen, &steps)?;
    let mut pictures = Vec::new();
    for (colour, opposite) in steps.iter().zip(steps.iter().rev()) {
        let picture = connection.generate_id()?;
        connection.create_pixmap(screen.root_depth, picture, screen.root, side, side)?;
        for (inset, colour) in (0..).zip(&rims) {
            brush.fill(picture, *colour, &[square(inset, side)])?;
        }
        let inset = RIM.len() as u16;
        brush.fill(picture, *colour, &[square(inset, side)])?;
        if appearance.is_textured() {
            brush.fill(picture, *opposite, &other_fields(inset, side))?;
        }
        pictures.push(picture);
    }
    connection.free_gc(gc)?;
    Ok(pictures)
}

/// The pixel values of colours. All are asked for before the first answer is awaited.
fn pixels(
    connection: &RustConnection,
    screen: &Screen,
    colours: &[[u8; 3]],
) -> Result<Vec<u32>, Box<dyn Error>> {
    let mut asked = Vec::new();
    for colour in colours {
        let [red, green, blue] = colour.map(|part| u16::from(part) * 257);
        asked.push(connection.alloc_color(screen.default_colormap, red, green, blue)?);
    }
    let answers = asked.into_iter().map(|cookie| Ok(cookie.reply()?.pixel));
    answers.collect()
}

/// A square within another one, `inset` pixels from its sides.
fn square(inset: u16, side: u16) -> Rectangle {
    let across = side.saturating_sub(2 * inset);
    rectangle([inset; 2], [across; 2])
}

fn rectangle([x, y]: [u16; 2], [width, height]: [u16; 2]) -> Rectangle {
    Rectangle {
        x: x as i16,
        y: y as i16,
        width,
        height,
    }
}

/// Every other field of a checkerboard.
fn other_fields(inset: u16, side: u16) -> Vec<Rectangle> {
    let across = side.saturating_sub(2 * inset);
    // An even number, so that both halves are equally large.
    let fields = (across / FIELD_PX).clamp(2, FIELDS) / 2 * 2;
    // Ends of the fields, in whole pixels.
    let at = |k: u16| inset + (u32::from(across) * u32::from(k) / u32::from(fields)) as u16;
    let field = |row: u16, column: u16| {
        let size = [at(column + 1) - at(column), at(row + 1) - at(row)];
        rectangle([at(column), at(row)], size)
    };
    let all = (0..fields * fields).map(|k| (k / fields, k % fields));
    all.filter(|(row, column)| (row + column) % 2 == 1)
        .map(|(row, column)| field(row, column))
        .collect()
}

struct Brush<'a> {
    connection: &'a RustConnection,
    gc: Gcontext,
}

impl Brush<'_> {
    fn fill(
        &self,
        picture: Pixmap,
        colour: u32,
        parts: &[Rectangle],
    ) -> Result<(), Box<dyn Error>> {
        let aux = ChangeGCAux::new().foreground(colour);
        self.connection.change_gc(self.gc, &aux)?;
        self.connection
            .poly_fill_rectangle(picture, self.gc, parts)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_of_the_checkerboard_are_equally_large() {
        for side in [8, 12, 43, 48, 400_u16] {
            let area: u32 = other_fields(2, side)
                .iter()
                .map(|field| u32::from(field.width) * u32::from(field.height))
                .sum();
            let whole = u32::from(side - 4).pow(2);
            assert!(
                area.abs_diff(whole - area) <= u32::from(side),
                "side {side}: {area} of {whole}"
            );
        }
    }
}
