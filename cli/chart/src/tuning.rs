//! Duration and cost of a function over its memory.

use crate::{
    Chart, Drawing,
    axis::{Axis, draw_foot},
    drawing::{Anchor, Area, Point, fill, stroke},
    figure::{dollars, millis},
    palette::{Colour, FAINT, FIRST, PAPER, SECOND},
    text::Style,
};

/// What warm runs take and cost with each size.
#[derive(Clone, Debug, Default)]
pub struct Tuning {
    /// Its heading, and its accessible name.
    pub title: String,
    /// Why a size was chosen; may be empty.
    pub lead: String,
    /// With rising memory.
    pub sizes: Vec<Size>,
    /// Which size was chosen, by its index.
    pub chosen: Option<usize>,
}

/// A size of memory, and its figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// In MB, more than 0.
    pub memory_mb: u32,
    /// How long a warm run takes: the median.
    pub millis: f64,
    /// What a million invocations cost, in dollars.
    pub usd: f64,
}

impl Size {
    fn told(&self) -> String {
        format!("{} MB: {}, {} a million", self.memory_mb, millis(self.millis), dollars(self.usd))
    }
}

const HEIGHT: f64 = 300.0;

impl Chart for Tuning {
    fn drawing(&self, width: f64) -> Drawing {
        let shown = || self.sizes.iter().filter(|it| it.millis.is_finite() && it.usd.is_finite());
        let told: Vec<String> = shown().map(Size::told).collect();
        let (mut drawing, top) = Drawing::new(width, &self.title, &self.lead, told.join("; "));
        let (ends, names) = draw_names(&mut drawing, top);
        let time = Axis::from_nothing(shown().map(|it| it.millis), ends);
        let cost = Axis::from_nothing(shown().map(|it| it.usd), ends);
        let left = Drawing::MARGIN + time.width();
        let right = drawing.right() - cost.width();
        let plot = Area { left, top: names, width: right - left, height: HEIGHT };
        let memory = shown().map(|it| f64::from(it.memory_mb));
        let memory = Axis::at_each(memory, (left + 24.0, right - 24.0));
        let bottom = memory.draw_below(&mut drawing, plot, "memory (MB)");
        time.draw_left(&mut drawing, plot);
        cost.draw_right(&mut drawing, plot);
        draw_foot(&mut drawing, plot);
        let at = |it: &Size| memory.at(f64::from(it.memory_mb));
        if let Some(chosen) = self.chosen.and_then(|it| self.sizes.get(it)) {
            draw_chosen(&mut drawing, plot, at(chosen), chosen);
        }
        let points = |axis: &Axis, of: fn(&Size) -> f64| -> Vec<Point> {
            shown().map(|it| (at(it), axis.at(of(it)))).collect()
        };
        let (times, costs) = (points(&time, |it| it.millis), points(&cost, |it| it.usd));
        drawing.curve(&times, &stroke(FIRST, 2.0));
        drawing.curve(&costs, &(stroke(SECOND, 2.0) + " stroke-dasharray=\"7 4\""));
        for (it, point) in shown().zip(times) {
            drawing.dot(point, 4.0, &fill(FIRST), &it.told());
        }
        for (it, (x, y)) in shown().zip(costs) {
            let area = Area { left: x - 4.0, top: y - 4.0, width: 8.0, height: 8.0 };
            drawing.surface(area, &square(SECOND), &it.told());
        }
        drawing.with_height(bottom + 8.0)
    }
}

/// A square that is empty, so that it differs from a dot without its colour.
fn square(colour: Colour) -> String {
    format!("{} stroke=\"{}\" stroke-width=\"2\"", fill(PAPER), colour.light)
}

/// The names of both axes above them, one under the other where there is no room; the ends of the axes, and their top.
fn draw_names(drawing: &mut Drawing, top: f64) -> ((f64, f64), f64) {
    let (left, right) = ("warm duration, median (ms)", "a million invocations ($)");
    let style = Style::STRONG;
    let is_tight = style.width(left) + style.width(right) + 20.0 > drawing.room();
    let down = if is_tight { style.line() } else { 0.0 };
    let y = top + style.size;
    let blue = fill(FIRST);
    drawing.words_with((Drawing::MARGIN, y), Anchor::Start, style, &blue, left);
    drawing.words_with((drawing.right(), y + down), Anchor::End, style, &fill(SECOND), right);
    let top = top + down + style.line() * 2.0 + 6.0;
    ((top + HEIGHT, top), top)
}

/// A line through all of the figure, and its name above it.
fn draw_chosen(drawing: &mut Drawing, plot: Area, x: f64, it: &Size) {
    let dashed = stroke(FAINT, 1.5) + " stroke-dasharray=\"2 3\"";
    drawing.line((x, plot.top), (x, plot.bottom()), &dashed);
    let words = format!("{} MB", it.memory_mb);
    let half = Style::STRONG.width(&words) / 2.0;
    let x = x.clamp(Drawing::MARGIN + half, drawing.right() - half);
    drawing.words((x, plot.top - 8.0), Anchor::Middle, Style::STRONG, &words);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::{SHAPES, fits};

    fn tuning(sizes: &[(u32, f64, f64)], chosen: Option<usize>) -> Tuning {
        let size = |it: &(u32, f64, f64)| Size { memory_mb: it.0, millis: it.1, usd: it.2 };
        Tuning {
            title: "a <function> & more".to_owned(),
            lead: "512 MB is the cheapest of 3 sizes".to_owned(),
            sizes: sizes.iter().map(size).collect(),
            chosen,
        }
    }

    #[test]
    fn both_curves_and_the_chosen_size_are_drawn_with_their_units() {
        let svg = tuning(&[(128, 80.0, 0.4), (512, 15.0, 0.3), (1769, 15.0, 0.6)], Some(1)).svg();
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert_eq!((svg.matches("<circle").count(), svg.matches("<rect").count()), (3, 1 + 3));
        for words in ["(ms)", "($)", "memory (MB)", ">128<", ">1769<", ">512 MB<"] {
            assert!(svg.contains(words), "{words}\n{svg}");
        }
        assert!(svg.contains(">a &lt;function&gt; &amp; more<"), "{svg}");
    }

    #[test]
    fn all_sorts_of_sizes_have_their_place() {
        let many: Vec<(u32, f64, f64)> =
            (2..=80).map(|it| (it * 128, 3e4 / f64::from(it), 2.0)).collect();
        for sizes in [
            &[][..],
            &[(128, 3.0, 0.2)],
            &[(128, 3.0, 0.2), (10_240, 3.0, 0.2)],
            &[(128, 1e9, 1e9), (256, 0.0, 0.0)],
            &[(128, f64::NAN, 1.0), (512, 1e-6, 1e-6)],
            &many,
        ] {
            for width in SHAPES {
                for chosen in [None, Some(0), Some(99)] {
                    fits(&tuning(sizes, chosen).drawing(width).svg());
                }
            }
        }
    }
}
