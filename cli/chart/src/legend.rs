//! What the marks of a figure mean, in lines below it.

use crate::{
    drawing::{Anchor, Area, Drawing, Point},
    text::Style,
};

/// The room of a swatch, in pixels.
pub(crate) const SWATCH: (f64, f64) = (22.0, 12.0);

/// From a swatch to its words, and from those to the next swatch.
const GAP: f64 = 6.0;
const NEXT: f64 = 16.0;

/// Draws a mark into the area that is handed in.
pub(crate) type Swatch<'a> = Box<dyn Fn(&mut Drawing, Area) + 'a>;

/// A mark and what it means.
pub(crate) struct Entry<'a> {
    pub(crate) swatch: Swatch<'a>,
    pub(crate) words: String,
}

/// Draws the entries from `at` on, as many on a line as there is room for; how far down they reach.
pub(crate) fn draw(drawing: &mut Drawing, at: Point, entries: &[Entry<'_>]) -> f64 {
    let style = Style::LABEL;
    let (width, height) = SWATCH;
    let (left, right) = (at.0, drawing.right());
    let (mut x, mut y) = at;
    for entry in entries {
        let room = right - left - width - GAP;
        let lines = style.wrapped(&entry.words, room);
        let words = style.widest(&lines);
        if x > left && x + width + GAP + words > right {
            (x, y) = (left, y + style.line() + 4.0);
        }
        (entry.swatch)(drawing, Area { left: x, top: y + 2.0, width, height });
        let bottom = drawing.lines((x + width + GAP, y), Anchor::Start, style, &lines);
        x += width + GAP + words + NEXT;
        if lines.len() > 1 {
            (x, y) = (left, bottom + 4.0);
        }
    }
    if x > left { y + style.line() + 4.0 } else { y }
}
