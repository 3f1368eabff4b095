//! A figure as PNG.

use std::sync::{Arc, LazyLock};

use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{Options, Tree, fontdb::Database},
};

/// Pixels of the PNG for each of the figure: sharp on screens of today, and on paper.
const SCALE: f32 = 2.0;

/// `DejaVu Sans` in two weights, so that it is the same on a machine without fonts: see `font/README.md`.
static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_data(include_bytes!("../font/DejaVuSans.ttf").to_vec());
    fonts.load_font_data(include_bytes!("../font/DejaVuSans-Bold.ttf").to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    Arc::new(fonts)
});

/// Why a figure cannot become PNG.
#[derive(Debug, thiserror::Error)]
pub enum PngError {
    /// It is no SVG that can be painted.
    #[error("the figure cannot be read as SVG")]
    Unreadable(#[source] resvg::usvg::Error),
    /// There is no memory for so many pixels.
    #[error("the figure is too large to be painted: {width} × {height} pixels; write SVG instead")]
    TooLarge {
        /// Of the PNG.
        width: u32,
        /// Of the PNG.
        height: u32,
    },
    /// The pixels cannot be packed.
    #[error("the painted figure cannot be packed: {0}")]
    Unpacked(String),
}

/// Paints an SVG, with two pixels for each of its own.
///
/// # Errors
///
/// [`PngError`] when it is no SVG, or too large.
pub(crate) fn png(svg: &str) -> Result<Vec<u8>, PngError> {
    let tree = Tree::from_str(svg, &options()).map_err(PngError::Unreadable)?;
    let size = tree.size().to_int_size();
    let (width, height) = (size.width() * 2, size.height() * 2);
    let mut pixels = Pixmap::new(width, height).ok_or(PngError::TooLarge { width, height })?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| PngError::Unpacked(error.to_string()))
}

/// With our font, and no other.
pub(crate) fn options() -> Options<'static> {
    Options {
        fontdb: Arc::clone(&FONTS),
        font_family: "DejaVu Sans".to_owned(),
        ..Options::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "<svg xmlns='http://www.w3.org/2000/svg' width='90' height='20' font-family='Arial, sans-serif'>\
        <text x='2' y='14' font-size='12'>Näh 1 → 2 ≤ 3</text></svg>";

    #[test]
    fn a_figure_has_two_pixels_for_each_and_its_words() {
        let painted = png(WORDS).unwrap();
        assert!(painted.starts_with(b"\x89PNG"));
        let pixels = Pixmap::decode_png(&painted).unwrap();
        assert_eq!((pixels.width(), pixels.height()), (180, 40));
        let inked = pixels.pixels().iter().filter(|it| it.alpha() > 0).count();
        assert!(inked > 300, "{inked} pixels of letters, with no font of the system");
    }

    #[test]
    fn what_is_no_svg_is_refused() {
        assert!(matches!(png("<svg"), Err(PngError::Unreadable(_))));
    }

    #[test]
    fn the_table_of_widths_is_the_fonts() {
        use crate::text::Style;
        for style in [Style::LABEL, Style::STRONG] {
            let weight = if style.is_bold { "bold" } else { "normal" };
            let letters: String = (' '..='~').filter(|it| !"<&".contains(*it)).collect();
            let svg = format!(
                "<svg xmlns='http://www.w3.org/2000/svg' width='900' height='20' font-family='sans-serif'>\
                 <text y='14' font-size='12' font-weight='{weight}'>{letters}</text></svg>"
            );
            let tree = Tree::from_str(&svg, &options()).unwrap();
            let painted = f64::from(tree.root().children()[0].abs_bounding_box().width());
            assert!((painted - style.width(letters.trim())).abs() < 2.0, "{painted} {weight}");
        }
    }
}
