//! Draws what egui has laid out into a picture, without a graphics card.

use dream_soft_render::{ClipRect, Color, Error, Mesh, SoftwareRenderer, TextureId, Vertex};
use eframe::egui::epaint::textures::TexturesDelta;
use eframe::egui::epaint::{ImageData, ImageDelta, Primitive};
use eframe::egui::{Color32, Context, FullOutput, TextureId as EguiTextureId};
use std::collections::BTreeMap;

/// Largest width and height of the picture that holds all letters, pixels: four megabytes.
pub(super) const LETTERS_SIDE: usize = 1024;

/// Draws pictures. It keeps the letters.
#[derive(Debug, Default)]
pub(super) struct Painter {
    renderer: SoftwareRenderer,
    textures: BTreeMap<EguiTextureId, TextureId>,
    /// Textures that are not needed after the next picture.
    unused: Vec<EguiTextureId>,
    vertices: Vec<Vertex>,
}

impl Painter {
    /// Takes the letters that a frame has brought, whether or not it is drawn.
    ///
    /// # Errors
    /// [`Error`] if they take too much memory.
    pub(super) fn take(&mut self, textures: &mut TexturesDelta) -> Result<(), Error> {
        self.unused.extend(textures.free.drain());
        textures.set.drain().try_for_each(|(id, deltas)| {
            let mut deltas = deltas.iter();
            deltas.try_for_each(|delta| self.set_texture(id, delta))
        })
    }

    /// Draws a frame on a ground of one colour. Returns red, green and blue of each pixel (`0xFFRRGGBB`), row by row.
    ///
    /// # Errors
    /// [`Error`] if the picture is too large.
    pub(super) fn draw(
        &mut self,
        context: &Context,
        output: FullOutput,
        [width, height]: [usize; 2],
        ground: Color32,
    ) -> Result<Vec<u32>, Error> {
        let scale = output.pixels_per_point;
        let shapes = context.tessellate(output.shapes, scale);
        self.renderer
            .begin_frame(width, height)?
            .clear(colour(ground));
        for shape in &shapes {
            let Primitive::Mesh(mesh) = &shape.primitive else {
                continue;
            };
            self.vertices.clear();
            self.vertices.extend(mesh.vertices.iter().map(|vertex| {
                let at = [vertex.pos.x * scale, vertex.pos.y * scale];
                Vertex::new(at, [vertex.uv.x, vertex.uv.y], colour(vertex.color))
            }));
            let edge = |at: f32| (at * scale).round().max(0.0) as u32;
            let (from, to) = (shape.clip_rect.min, shape.clip_rect.max);
            let clip = ClipRect::new(edge(from.x), edge(from.y), edge(to.x), edge(to.y));
            let mesh = Mesh {
                vertices: &self.vertices,
                indices: &mesh.indices,
                texture: self.textures.get(&mesh.texture_id).copied(),
            };
            self.renderer.begin_frame(width, height)?.mesh(mesh, clip)?;
        }
        for id in std::mem::take(&mut self.unused) {
            if let Some(texture) = self.textures.remove(&id) {
                self.renderer.free_texture(texture)?;
            }
        }
        let pixels = self.renderer.surface().pixels.as_chunks().0.iter();
        let pixel =
            |[red, green, blue, _]: &[u8; 4]| u32::from_be_bytes([255, *red, *green, *blue]);
        Ok(pixels.map(pixel).collect())
    }

    /// Takes a texture, or a part of one.
    fn set_texture(&mut self, id: EguiTextureId, delta: &ImageDelta) -> Result<(), Error> {
        let ImageData::Color(image) = &delta.image;
        let [width, height] = image.size;
        let pixels = image.pixels.iter();
        let bytes: Vec<u8> = pixels.flat_map(|pixel| pixel.to_array()).collect();
        match (delta.pos, self.textures.get(&id)) {
            (Some([x, y]), Some(texture)) => self
                .renderer
                .update_texture(*texture, x, y, width, height, &bytes),
            (_, before) => {
                if let Some(before) = before {
                    self.renderer.free_texture(*before)?;
                }
                let texture = self.renderer.create_texture(width, height, &bytes)?;
                self.textures.insert(id, texture);
                Ok(())
            }
        }
    }
}

fn colour(colour: Color32) -> Color {
    let [red, green, blue, opacity] = colour.to_array();
    Color::from_rgba_premultiplied(red, green, blue, opacity)
}
