//! What all figures can do.

use crate::{Drawing, PngError, png::png};

/// A figure: numbers and labels that can be drawn.
pub trait Chart {
    /// The figure on so many pixels: labels wrap and ticks thin out where there are few.
    ///
    /// From [`Drawing::NARROW`], for a phone, to about 1,600.
    fn drawing(&self, width: f64) -> Drawing;

    /// The figure as SVG that stands by itself, [`Drawing::WIDE`] pixels wide.
    fn svg(&self) -> String {
        self.drawing(Drawing::WIDE).svg()
    }

    /// The same as PNG, with two pixels for each.
    ///
    /// Letters beyond Latin are missing: the font is reduced to it.
    ///
    /// # Errors
    ///
    /// [`PngError`] when the figure is too large to be painted.
    fn png(&self) -> Result<Vec<u8>, PngError> {
        png(&self.svg())
    }
}
