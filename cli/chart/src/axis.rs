//! Axes: where figures are, and the ticks and lines that say so.

use crate::{
    drawing::{Anchor, Area, Drawing, stroke},
    palette::{FAINT, GRID},
    text::Style,
};

/// About how many pixels a step of an axis takes.
const STEP_PX: f64 = 50.0;
/// Beyond this ratio of most to least, an axis has a log scale.
const TWO_DECADES: f64 = 100.0;

/// Whether the axis of figures such as latencies has a log scale: where they range over more than two decades.
#[must_use]
pub fn has_log_scale(least: f64, most: f64) -> bool {
    most / least > TWO_DECADES
}

/// An axis with round steps between two ends, in pixels.
#[derive(Debug)]
pub(crate) struct Axis {
    scale: Scale,
    /// With what is written at each.
    ticks: Vec<(f64, String)>,
    /// Where its least and its most are.
    from: f64,
    to: f64,
}

#[derive(Clone, Copy, Debug)]
enum Scale {
    /// From nothing.
    Linear { most: f64 },
    /// Twice as much is as far everywhere.
    Log { least: f64, most: f64 },
}

impl Axis {
    /// One from nothing that has room for all of these.
    pub(crate) fn from_nothing(figures: impl Iterator<Item = f64>, ends: (f64, f64)) -> Self {
        let most = figures.filter(|it| it.is_finite()).fold(0.0, f64::max);
        let most = if most > 0.0 { most } else { 1.0 };
        let steps = ((ends.1 - ends.0).abs() / STEP_PX).clamp(2.0, 8.0).floor();
        let step = round_step(most / steps);
        let count = (most / step - 1e-9).ceil();
        let ticks = (0_u32..=8).map(f64::from).take_while(|it| *it <= count);
        let ticks = ticks.map(|it| (it * step, number(it * step, step))).collect();
        Self { scale: Scale::Linear { most: count * step }, ticks, from: ends.0, to: ends.1 }
    }

    /// One over figures such as latencies: from nothing, or on a log scale where they range over more than two decades.
    pub(crate) fn over(figures: impl Iterator<Item = f64>, ends: (f64, f64)) -> Self {
        let figures: Vec<f64> = figures.filter(|it| it.is_finite() && *it > 0.0).collect();
        let least = figures.iter().copied().fold(f64::INFINITY, f64::min);
        let most = figures.iter().copied().fold(0.0, f64::max);
        if !has_log_scale(least, most) {
            return Self::from_nothing(figures.into_iter(), ends);
        }
        let (low, high) = (least.log10().floor(), most.log10().ceil());
        let within = |it: &f64| *it <= 10_f64.powf(high) * 1.000_001;
        let decades = (0_u32..).map(|it| low + f64::from(it)).take_while(|it| *it <= high);
        let ticks = decades.flat_map(|it| [1.0, 2.0, 5.0].map(|of| of * 10_f64.powf(it)));
        // The decade that holds the least and the one that holds the most are cut at 1, 2 or 5.
        let ticks: Vec<f64> = ticks.filter(within).collect();
        let first = ticks.iter().rposition(|it| *it <= least * 1.000_001).unwrap_or(0);
        let last = ticks.iter().position(|it| *it >= most * 0.999_999).unwrap_or(ticks.len() - 1);
        let scale = Scale::Log { least: ticks[first], most: ticks[last] };
        let ticks = ticks[first..=last].iter().map(|it| (*it, number(*it, *it))).collect();
        Self { scale, ticks, from: ends.0, to: ends.1 }
    }

    /// One of the hours of a day, with a tick every so many.
    pub(crate) fn of_a_day(every: u32, ends: (f64, f64)) -> Self {
        let ticks = (0..=24)
            .filter(|it| it % every == 0)
            .map(|it| (f64::from(it), it.to_string()))
            .collect();
        Self { scale: Scale::Linear { most: 24.0 }, ticks, from: ends.0, to: ends.1 }
    }

    /// One on a log scale with a tick at each of these figures, which are more than nothing, and some room at its ends.
    pub(crate) fn at_each(figures: impl Iterator<Item = f64>, ends: (f64, f64)) -> Self {
        let ticks: Vec<(f64, String)> = figures.map(|it| (it, it.to_string())).collect();
        let least = ticks.iter().map(|it| it.0).fold(f64::INFINITY, f64::min);
        let most = ticks.iter().map(|it| it.0).fold(0.0, f64::max);
        Self { scale: Scale::Log { least, most }, ticks, from: ends.0, to: ends.1 }
    }

    /// Where a figure is; at an end of the axis when it is beyond.
    pub(crate) fn at(&self, figure: f64) -> f64 {
        let share = match self.scale {
            Scale::Linear { most } => figure / most,
            Scale::Log { least, most } if least < most => {
                (figure.max(least) / least).log10() / (most / least).log10()
            }
            Scale::Log { .. } => 0.5,
        };
        self.from + (self.to - self.from) * share.clamp(0.0, 1.0)
    }

    /// What is on a log scale says so, since it looks the same.
    pub(crate) fn is_log(&self) -> bool {
        matches!(self.scale, Scale::Log { .. })
    }

    /// Below `area`, with faint lines through it at each step; how far down it reaches.
    pub(crate) fn draw_below(&self, drawing: &mut Drawing, area: Area, title: &str) -> f64 {
        let style = Style::SMALL;
        let y = area.bottom() + 6.0 + style.size;
        let mut free = f64::NEG_INFINITY;
        for (tick, number) in &self.ticks {
            let x = self.at(*tick);
            drawing.line((x, area.top), (x, area.bottom()), &stroke(GRID, 1.0));
            let half = style.width(number) / 2.0;
            if x - half >= free {
                drawing.words((x, y), Anchor::Middle, style, number);
                free = x + half + 6.0;
            }
        }
        if title.is_empty() {
            return y + 6.0;
        }
        let title_y = y + 4.0;
        let lines = style.wrapped(title, area.width);
        let middle = area.left + area.width / 2.0;
        drawing.lines((middle, title_y), Anchor::Middle, style, &lines) + 2.0
    }

    /// The room that its numbers need beside a figure.
    pub(crate) fn width(&self) -> f64 {
        let numbers = self.ticks.iter().map(|(_, number)| Style::SMALL.width(number));
        numbers.fold(0.0, f64::max) + 8.0
    }

    /// To the left of `area`, with faint lines through it at each step.
    pub(crate) fn draw_left(&self, drawing: &mut Drawing, area: Area) {
        for (tick, number) in &self.ticks {
            let y = self.at(*tick);
            drawing.line((area.left, y), (area.right(), y), &stroke(GRID, 1.0));
            let at = (area.left - 6.0, y + 4.0);
            drawing.words(at, Anchor::End, Style::SMALL, number);
        }
    }

    /// To the right of `area`, without lines.
    pub(crate) fn draw_right(&self, drawing: &mut Drawing, area: Area) {
        for (tick, number) in &self.ticks {
            let at = (area.right() + 6.0, self.at(*tick) + 4.0);
            drawing.words(at, Anchor::Start, Style::SMALL, number);
        }
    }
}

/// A line along the foot of a figure.
pub(crate) fn draw_foot(drawing: &mut Drawing, area: Area) {
    let y = area.bottom();
    drawing.line((area.left, y), (area.right(), y), &stroke(FAINT, 1.0));
}

/// `figure` with the digits that a step of `step` needs: `0.25`, `40`, `1.5k`, `2M`.
fn number(figure: f64, step: f64) -> String {
    const UNITS: [(f64, &str); 4] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    if figure == 0.0 {
        return "0".to_owned();
    }
    let unit = UNITS
        .into_iter()
        .find(|(size, _)| figure >= 10.0 * size || (figure >= *size && step >= 100.0));
    let (size, unit) = unit.unwrap_or((1.0, ""));
    if !(1e-4..1e15).contains(&figure) {
        return format!("{figure:e}");
    }
    let digits = (0..=6_usize).find(|digits| {
        let ten = 10_f64.powi(i32::try_from(*digits).unwrap_or_default());
        let scaled = step / size * ten;
        (scaled - scaled.round()).abs() < 1e-6 * scaled.max(1.0) && scaled.round() >= 1.0
    });
    format!("{:.*}{unit}", digits.unwrap_or(6), figure / size)
}

/// The next of 1, 2 and 5 with as many zeros.
fn round_step(least: f64) -> f64 {
    let ten = 10_f64.powf(least.log10().floor());
    let round = [1.0, 2.0, 5.0, 10.0].into_iter().find(|it| it * ten >= least * 0.999_999);
    round.unwrap_or(10.0) * ten
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(axis: &Axis) -> Vec<String> {
        axis.ticks.iter().map(|(_, number)| number.clone()).collect()
    }

    #[test]
    fn steps_are_round_numbers() {
        for (least, step) in [(0.7, 1.0), (1.0, 1.0), (1.1, 2.0), (230.0, 500.0), (0.03, 0.05)] {
            assert!((round_step(least) - step).abs() < step / 1e6, "{least}");
        }
    }

    #[test]
    fn an_axis_begins_at_nothing_and_has_room_for_all() {
        let axis = Axis::from_nothing([3.0, 14.2, f64::NAN].into_iter(), (300.0, 0.0));
        assert_eq!(numbers(&axis), ["0", "5", "10", "15"]);
        assert!((axis.at(0.0) - 300.0).abs() < 1e-9 && axis.at(15.0).abs() < 1e-9);
        let small = Axis::from_nothing([0.28].into_iter(), (200.0, 0.0));
        assert_eq!(numbers(&small).last().map(String::as_str), Some("0.3"));
        let none = Axis::from_nothing(std::iter::empty(), (0.0, 200.0));
        assert_eq!(numbers(&none), ["0", "0.5", "1.0"]);
    }

    #[test]
    fn beyond_two_decades_an_axis_has_a_log_scale() {
        let near = Axis::over([1.0, 100.0].into_iter(), (0.0, 400.0));
        assert!(!near.is_log());
        let far = Axis::over([0.0, 0.03, 180.0].into_iter(), (0.0, 400.0));
        assert!(far.is_log());
        assert_eq!(
            numbers(&far),
            ["0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5", "10", "20", "50", "100", "200"]
        );
        assert!((far.at(2.0) - 200.0).abs() < 1e-9, "in the middle of four decades");
        assert!(far.at(0.0).abs() < 1e-9, "nothing is at the end");
    }

    #[test]
    fn numbers_have_the_digits_of_their_step() {
        let told = [(0.25, 0.05), (40.0, 20.0), (1500.0, 500.0), (2e6, 1e6), (12_000.0, 2000.0)];
        let told = told.map(|(figure, step)| number(figure, step));
        assert_eq!(told, ["0.25", "40", "1.5k", "2M", "12k"]);
        assert_eq!([number(1e18, 1e18), number(1e-9, 1e-9)], ["1e18", "1e-9"]);
    }

    #[test]
    fn twice_as_much_is_as_far_everywhere_and_one_alone_is_in_the_middle() {
        let axis = Axis::at_each([128.0, 256.0, 2048.0].into_iter(), (0.0, 400.0));
        assert!((axis.at(256.0) - 100.0).abs() < 1e-9);
        let one = Axis::at_each([128.0].into_iter(), (0.0, 400.0));
        assert!((one.at(128.0) - 200.0).abs() < 1e-9);
    }
}
