//! Duration and cost over memory, as a figure that stands by itself.
//!
//! On white, with lines that differ in form as well as in colour, so that it can be read on paper and by everybody.

mod axis;

use ragctl_stacks::tune::SizeFigures;

use self::axis::{Axis, Memory};
use crate::commands::lambda::tune::Tuned;

/// The whole figure, and the frame of what is drawn in it, in pixels.
const SIZE: (f64, f64) = (760.0, 440.0);
const LEFT: f64 = 80.0;
const RIGHT: f64 = 680.0;
const TOP: f64 = 70.0;
const BOTTOM: f64 = 370.0;

const TIME: &str = "#1f5fa8";
const COST: &str = "#b3540a";

/// Draws what warm runs take and cost with each size, and marks the one that was chosen.
pub(crate) fn chart(tuned: &Tuned) -> String {
    let sizes = tuned.measured();
    let time = Axis::up_to(sizes.iter().map(of_time), "warm duration, median (ms)", (BOTTOM, TOP));
    let cost = Axis::up_to(sizes.iter().map(of_cost), "a million invocations ($)", (BOTTOM, TOP));
    let memory = Memory::of(sizes.iter().map(|it| it.memory_mb), (LEFT + 30.0, RIGHT - 30.0));
    let at = |it: &SizeFigures| memory.at(it.memory_mb);
    let points = |y: &Axis, of: fn(&SizeFigures) -> f64| -> Vec<(f64, f64)> {
        sizes.iter().map(|it| (at(it), y.at(of(it)))).collect()
    };
    let chosen = sizes.iter().find(|it| it.memory_mb == tuned.choice.memory_mb);
    let (width, height) = SIZE;
    [
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#222\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
        ),
        text((LEFT, 24.0), "start", "font-size=\"15\" font-weight=\"bold\"", &tuned.function),
        text((LEFT, 42.0), "start", "", &tuned.choice.why),
        memory.drawn(BOTTOM),
        time.drawn_left((LEFT, RIGHT), TIME),
        cost.drawn_right(RIGHT, COST),
        chosen.map(|it| mark(at(it), it)).unwrap_or_default(),
        curve(&points(&time, of_time), TIME, "", round),
        curve(&points(&cost, of_cost), COST, " stroke-dasharray=\"7 4\"", square),
        "</svg>\n".to_owned(),
    ]
    .concat()
}

fn of_time(it: &SizeFigures) -> f64 {
    it.warm.duration.p50
}

fn of_cost(it: &SizeFigures) -> f64 {
    it.warm_usd_per_million
}

/// A line through points, each with a mark of its own form.
fn curve(
    points: &[(f64, f64)],
    colour: &str,
    dashes: &str,
    form: fn((f64, f64), &str) -> String,
) -> String {
    let line: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let marks: String = points.iter().map(|at| form(*at, colour)).collect();
    format!(
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}/>\n{marks}",
        line.join(" ")
    )
}

fn round((x, y): (f64, f64), colour: &str) -> String {
    format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\"/>\n")
}

fn square((x, y): (f64, f64), colour: &str) -> String {
    let (x, y) = (x - 4.0, y - 4.0);
    format!(
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"8\" height=\"8\" fill=\"#fff\" stroke=\"{colour}\" stroke-width=\"2\"/>\n"
    )
}

/// The size that was chosen: a line through all of the figure.
fn mark(x: f64, it: &SizeFigures) -> String {
    let line = format!(
        "<line x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{BOTTOM}\" stroke=\"#777\" stroke-width=\"1.5\" \
         stroke-dasharray=\"2 3\"/>\n"
    );
    line + &text((x, TOP - 8.0), "middle", "font-weight=\"bold\"", &format!("{} MB", it.memory_mb))
}

/// Words at a place; `anchor` says which end of them is there.
fn text((x, y): (f64, f64), anchor: &str, with: &str, words: &str) -> String {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" {with}>{words}</text>\n")
}

#[cfg(test)]
mod tests;
