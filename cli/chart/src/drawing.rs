//! What figures are made of: surfaces, lines, dots and words on a sheet.

use crate::{
    escape::escaped,
    palette::{Colour, FAINT, INK, PAPER},
    text::Style,
};

/// A place on the sheet: pixels from its left and from its top.
pub(crate) type Point = (f64, f64);

/// A rectangle of the sheet, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Area {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Area {
    pub(crate) fn right(self) -> f64 {
        self.left + self.width
    }

    pub(crate) fn bottom(self) -> f64 {
        self.top + self.height
    }
}

/// Which end of words is at their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// The fonts of a figure, from the reader's own to the one that PNGs are written with.
pub(crate) const FONTS: &str =
    "system-ui, 'Segoe UI', Roboto, Helvetica, Arial, 'DejaVu Sans', sans-serif";

/// A figure as it is drawn.
#[derive(Debug)]
pub struct Drawing {
    width: f64,
    height: f64,
    title: String,
    told: String,
    marks: Vec<String>,
}

impl Drawing {
    /// The width in pixels of a figure in a file, on a desktop and on paper.
    pub const WIDE: f64 = 760.0;
    /// The width in pixels of a figure on a phone.
    pub const NARROW: f64 = 350.0;

    /// From the border of the sheet to what is drawn.
    pub(crate) const MARGIN: f64 = 14.0;

    /// A sheet with its title and the line under it, and how far down they reach. `told` is what the figure shows, in
    /// words, for those who do not see it.
    pub(crate) fn new(width: f64, title: &str, lead: &str, told: String) -> (Self, f64) {
        let mut drawing =
            Self { width, height: 0.0, title: title.to_owned(), told, marks: Vec::new() };
        let mut y = 8.0;
        for (text, style) in [(title, Style::TITLE), (lead, Style::FAINT)] {
            if !text.is_empty() {
                let lines = style.wrapped(text, drawing.room());
                y = drawing.lines((Self::MARGIN, y), Anchor::Start, style, &lines);
            }
        }
        (drawing, y + 8.0)
    }

    /// The sheet, of such a height.
    pub(crate) fn with_height(mut self, height: f64) -> Self {
        self.height = height;
        self
    }

    /// The width between the margins.
    pub(crate) fn room(&self) -> f64 {
        self.width - 2.0 * Self::MARGIN
    }

    /// The right margin.
    pub(crate) fn right(&self) -> f64 {
        self.width - Self::MARGIN
    }

    /// The figure as SVG.
    ///
    /// On white; its title is its accessible name.
    #[must_use]
    pub fn svg(&self) -> String {
        let Self { width, height, title, told, marks } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height:.0}\" width=\"{width}\" \
             height=\"{height:.0}\" role=\"img\" font-family=\"{FONTS}\">\n\
             <title>{}</title>\n<desc>{}</desc>\n\
             <rect width=\"{width}\" height=\"{height:.0}\" fill=\"{}\"/>\n{}</svg>\n",
            escaped(title),
            escaped(told),
            PAPER.light,
            marks.concat()
        )
    }

    /// A surface; `told` is shown where a pointer rests on it.
    pub(crate) fn surface(&mut self, area: Area, with: &str, told: &str) {
        let Area { left, top, width, height } = area;
        let end = end("rect", told);
        self.marks.push(format!(
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"{with}{end}\n",
        ));
    }

    pub(crate) fn line(&mut self, from: Point, to: Point, with: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.marks.push(format!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"{with}/>\n"
        ));
    }

    /// A line through points.
    pub(crate) fn curve(&mut self, points: &[Point], with: &str) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let points = points.join(" ");
        self.marks.push(format!("<polyline points=\"{points}\"{with}/>\n"));
    }

    /// A path in the words of SVG; nothing when it is empty.
    pub(crate) fn path(&mut self, path: &str, with: &str) {
        if !path.is_empty() {
            self.marks.push(format!("<path d=\"{path}\"{with}/>\n"));
        }
    }

    /// A dot; `told` is shown where a pointer rests on it.
    pub(crate) fn dot(&mut self, (x, y): Point, radius: f64, with: &str, told: &str) {
        let end = end("circle", told);
        self.marks.push(format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\"{with}{end}\n"));
    }

    /// Words on a line; `y` is where their letters stand.
    pub(crate) fn words(&mut self, at: Point, anchor: Anchor, style: Style, words: &str) {
        let colour = if style.is_faint { FAINT } else { INK };
        self.words_with(at, anchor, style, &fill(colour), words);
    }

    /// Words in another colour, or turned.
    pub(crate) fn words_with(
        &mut self,
        (x, y): Point,
        anchor: Anchor,
        style: Style,
        with: &str,
        words: &str,
    ) {
        let anchor = match anchor {
            Anchor::Start => String::new(),
            other => format!(" text-anchor=\"{}\"", other.as_str()),
        };
        let weight = if style.is_bold { " font-weight=\"bold\"" } else { "" };
        self.marks.push(format!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{}\"{anchor}{weight}{with}>{}</text>\n",
            style.size,
            escaped(words)
        ));
    }

    /// Lines from `y` down; where they end.
    pub(crate) fn lines(
        &mut self,
        (x, y): Point,
        anchor: Anchor,
        style: Style,
        lines: &[String],
    ) -> f64 {
        let mut bottom = y;
        for line in lines {
            self.words((x, bottom + style.size), anchor, style, line);
            bottom += style.line();
        }
        bottom
    }
}

/// How an element ends: with what is told of it.
fn end(element: &str, told: &str) -> String {
    match told {
        "" => "/>".to_owned(),
        told => format!("><title>{}</title></{element}>", escaped(told)),
    }
}

/// A surface of this colour.
pub(crate) fn fill(colour: Colour) -> String {
    format!(" fill=\"{}\"", colour.light)
}

/// A line of this colour and width, and no surface.
pub(crate) fn stroke(colour: Colour, width: f64) -> String {
    format!(" fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\"", colour.light)
}

/// A border of this colour around letters, behind them.
pub(crate) fn halo(colour: Colour) -> String {
    format!(
        " stroke=\"{}\" stroke-width=\"5\" stroke-linejoin=\"round\" paint-order=\"stroke\"",
        colour.light
    )
}
