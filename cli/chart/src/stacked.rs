//! Cold starts by phase: a bar each, as long as it takes.

use crate::{
    Chart, Drawing, Phase,
    axis::{Axis, draw_foot},
    drawing::{Anchor, Area, fill, halo, stroke},
    figure::seconds,
    legend::{self, Entry},
    palette::PAPER,
    text::Style,
};

/// Cold starts by phase.
#[derive(Clone, Debug, Default)]
pub struct Stacked {
    /// Its heading, and its accessible name.
    pub title: String,
    /// Where and when it was measured, or from what it is predicted; may be empty.
    pub lead: String,
    /// From top to bottom.
    pub bars: Vec<Bar>,
}

/// One cold start: of a combination of strategies, or before and after a change.
#[derive(Clone, Debug, Default)]
pub struct Bar {
    /// Wrapped where it is long.
    pub name: String,
    /// As they follow each other.
    pub segments: Vec<Segment>,
}

/// A phase and its seconds.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    /// Which part of the cold start.
    pub phase: Phase,
    /// How long it takes, in seconds.
    pub seconds: f64,
}

impl Bar {
    /// All of its phases, in seconds.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.shown().map(|it| it.seconds).sum()
    }

    fn shown(&self) -> impl Iterator<Item = Segment> {
        self.segments.iter().copied().filter(|it| it.seconds.is_finite() && it.seconds > 0.0)
    }

    fn told(&self) -> String {
        let phases =
            self.shown().map(|it| format!("{} {}", it.phase.as_str(), seconds(it.seconds)));
        let phases: Vec<String> = phases.collect();
        format!("{}: {} ({})", self.name, seconds(self.total()), phases.join(", "))
    }
}

const THICK: f64 = 18.0;
const GAP: f64 = 9.0;

/// Below this width of the figure, names stand above their bars.
const TIGHT: f64 = 500.0;

/// Where bars and their names are.
struct Rows {
    names: Vec<Vec<String>>,
    /// Where names end, or begin when they stand above.
    at: f64,
    anchor: Anchor,
    /// Where bars begin.
    left: f64,
}

impl Rows {
    fn of(bars: &[Bar], drawing: &Drawing, width: f64) -> Self {
        let (style, margin) = (Style::LABEL, Drawing::MARGIN);
        let wrapped = |room| bars.iter().map(|it| style.wrapped(&it.name, room)).collect();
        if width < TIGHT {
            let names = wrapped(drawing.room());
            return Self { names, at: margin, anchor: Anchor::Start, left: margin + 4.0 };
        }
        let names: Vec<Vec<String>> = wrapped(drawing.room() * 0.34);
        let at = margin + names.iter().map(|it| style.widest(it)).fold(0.0, f64::max);
        Self { names, at, anchor: Anchor::End, left: at + 10.0 }
    }

    fn are_above(&self) -> bool {
        self.anchor == Anchor::Start
    }

    /// How high a row is.
    fn height(&self, name: &[String]) -> f64 {
        let lines = height_of(name);
        if self.are_above() { lines + 2.0 + THICK } else { lines.max(THICK) }
    }

    /// Writes a name into its row; where its bar begins.
    fn draw_name(&self, drawing: &mut Drawing, top: f64, name: &[String]) -> f64 {
        let (lines, row) = (height_of(name), self.height(name));
        let name_top = if self.are_above() { top } else { top + (row - lines) / 2.0 };
        drawing.lines((self.at, name_top), self.anchor, Style::LABEL, name);
        if self.are_above() { top + row - THICK } else { top + (row - THICK) / 2.0 }
    }
}

fn height_of(lines: &[String]) -> f64 {
    Style::LABEL.line() * f64::from(u32::try_from(lines.len()).unwrap_or(1))
}

impl Chart for Stacked {
    fn drawing(&self, width: f64) -> Drawing {
        let told: Vec<String> = self.bars.iter().map(Bar::told).collect();
        let (mut drawing, top) = Drawing::new(width, &self.title, &self.lead, told.join("; "));
        let rows = Rows::of(&self.bars, &drawing, width);
        let totals = self.bars.iter().map(|it| Style::STRONG.width(&seconds(it.total())));
        let right = drawing.right() - totals.fold(0.0, f64::max) - 8.0;
        let axis = Axis::from_nothing(self.bars.iter().map(Bar::total), (rows.left, right));
        let height = GAP + rows.names.iter().map(|it| rows.height(it) + GAP).sum::<f64>();
        let plot = Area { left: rows.left, top, width: right - rows.left, height };
        let below = axis.draw_below(&mut drawing, plot, "seconds");
        let mut y = top + GAP;
        for (bar, name) in self.bars.iter().zip(&rows.names) {
            let bar_top = rows.draw_name(&mut drawing, y, name);
            draw_bar(&mut drawing, &axis, bar_top, bar);
            y += rows.height(name) + GAP;
        }
        draw_foot(&mut drawing, plot);
        let entries: Vec<Entry<'_>> = self.phases().map(entry).collect();
        let bottom = legend::draw(&mut drawing, (Drawing::MARGIN, below + 8.0), &entries);
        drawing.with_height(bottom + 8.0)
    }
}

impl Stacked {
    /// The phases that some bar has.
    fn phases(&self) -> impl Iterator<Item = Phase> {
        let has = |phase| self.bars.iter().any(|bar| bar.shown().any(|it| it.phase == phase));
        Phase::ALL.into_iter().filter(move |it| has(*it))
    }
}

fn draw_bar(drawing: &mut Drawing, axis: &Axis, top: f64, bar: &Bar) {
    let mut sum = 0.0;
    for Segment { phase, seconds: takes } in bar.shown() {
        let (from, to) = (axis.at(sum), axis.at(sum + takes));
        // Something that is there is seen, however small.
        let area = Area { left: from, top, width: (to - from).max(0.5), height: THICK };
        let figure = seconds(takes);
        draw_phase(drawing, area, phase, &format!("{} {figure}", phase.as_str()));
        if area.width >= Style::LABEL.width(&figure) + 10.0 {
            let at = (area.left + area.width / 2.0, top + 13.0);
            let with = fill(phase.ink()) + &halo(phase.colour());
            drawing.words_with(at, Anchor::Middle, Style::LABEL, &with, &figure);
        }
        sum += takes;
    }
    let at = (axis.at(sum) + 6.0, top + 13.0);
    drawing.words(at, Anchor::Start, Style::STRONG, &seconds(sum));
}

/// A surface in the colour and with the hatch of a phase.
fn draw_phase(drawing: &mut Drawing, area: Area, phase: Phase, told: &str) {
    drawing.surface(area, &fill(phase.colour()), told);
    let hatch = stroke(phase.ink(), 1.0) + " stroke-opacity=\"0.5\" pointer-events=\"none\"";
    drawing.path(&phase.hatch().path(area), &hatch);
    if area.width > 3.0 {
        let (x, bottom) = (area.right(), area.bottom());
        drawing.line((x, area.top), (x, bottom), &stroke(PAPER, 1.0));
    }
}

fn entry<'a>(phase: Phase) -> Entry<'a> {
    let swatch = move |drawing: &mut Drawing, area| draw_phase(drawing, area, phase, "");
    Entry { swatch: Box::new(swatch), words: phase.as_str().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::{SHAPES, fits};

    fn bar(name: &str, segments: &[(Phase, f64)]) -> Bar {
        let segments =
            segments.iter().map(|(phase, seconds)| Segment { phase: *phase, seconds: *seconds });
        Bar { name: name.to_owned(), segments: segments.collect() }
    }

    fn stacked(bars: Vec<Bar>) -> Stacked {
        Stacked { title: "A <cold> start & more".to_owned(), lead: "at best".to_owned(), bars }
    }

    #[test]
    fn each_phase_is_a_surface_and_each_bar_ends_with_its_total() {
        let all: Vec<(Phase, f64)> = Phase::ALL.into_iter().map(|it| (it, 9.7)).collect();
        let svg = stacked(vec![bar("before", &all), bar("after", &[(Phase::Pull, 21.0)])]).svg();
        assert_eq!(svg.matches("<rect").count(), 1 + 9 + 1 + 9, "paper, segments, legend\n{svg}");
        for words in [">87 s<", ">21 s<", ">before<", ">after<", ">question<", ">seconds<"] {
            assert!(svg.contains(words), "{words}\n{svg}");
        }
        assert!(svg.contains("<title>A &lt;cold&gt; start &amp; more</title>"), "{svg}");
        assert!(svg.contains("after: 21 s (pull 21 s)"), "told in words\n{svg}");
    }

    #[test]
    fn all_sorts_of_bars_have_their_place() {
        let long = "prewarm + keepalive + edge-prewarm + reduced-workers + provisioned-concurrency";
        let all = |of: f64| Phase::ALL.map(|it| (it, of));
        for bars in [
            vec![],
            vec![bar("", &[])],
            vec![bar("one", &[(Phase::Bind, 3.0)])],
            vec![bar("huge", &all(1e8)), bar("tiny", &all(1e-4))],
            vec![bar(long, &all(3.0)), bar(&"x".repeat(90), &all(3.0)), bar("<&>", &all(3.0))],
            vec![bar(
                "none",
                &[(Phase::Pull, f64::NAN), (Phase::Bind, f64::INFINITY), (Phase::Warm, -3.0)],
            )],
            (0..64).map(|it| bar(&format!("combination {it}"), &all(f64::from(it)))).collect(),
        ] {
            for width in SHAPES {
                fits(&stacked(bars.clone()).drawing(width).svg());
            }
        }
    }
}
