//! Latencies of several series as cumulative curves.

use crate::{
    Chart, Drawing,
    axis::{Axis, draw_foot},
    drawing::{Anchor, Area, Point, fill, stroke},
    figure::seconds,
    legend::{self, Entry},
    palette::{Colour, GRID, INK, LIMIT, PAPER, SERIES},
    text::Style,
};

/// Which share of requests was answered within which time.
#[derive(Clone, Debug, Default)]
pub struct Distribution {
    /// Its heading, and its accessible name.
    pub title: String,
    /// Where and when it was measured; may be empty.
    pub lead: String,
    /// A curve each; up to six differ in colour.
    pub series: Vec<Series>,
    /// A latency that should be kept, in seconds: drawn as a line.
    pub limit: Option<f64>,
}

/// Latencies of one sort.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// As it is written in the legend, before its percentiles.
    pub name: String,
    /// Of each request, in any order.
    pub seconds: Vec<f64>,
}

/// The percentiles that are marked.
const MARKED: [u32; 3] = [50, 95, 99];
const HEIGHT: f64 = 300.0;

/// Dashes of the curves, so that they differ without their colours.
const DASHES: [&str; 4] = ["", "7 4", "2 3", "10 3 2 3"];

impl Series {
    fn sorted(&self) -> Vec<f64> {
        let finite = self.seconds.iter().copied().filter(|it| it.is_finite());
        let mut sorted: Vec<f64> = finite.map(|it| it.max(0.0)).collect();
        sorted.sort_by(f64::total_cmp);
        sorted
    }
}

/// A series, ready to be drawn.
struct Curve<'a> {
    name: &'a str,
    sorted: Vec<f64>,
    colour: Colour,
    dashes: &'static str,
}

impl Curve<'_> {
    /// By the nearest rank; none of none.
    fn percentile(&self, percent: u32) -> Option<f64> {
        let count = self.sorted.len();
        let rank = (count * usize::try_from(percent).ok()?).div_ceil(100);
        self.sorted.get(rank.checked_sub(1)?).copied()
    }

    fn told(&self) -> String {
        let of = |percent| self.percentile(percent).map(|it| format!("p{percent} {}", seconds(it)));
        let told: Vec<String> = MARKED.into_iter().filter_map(of).collect();
        match told.as_slice() {
            [] => format!("{}: no answers", self.name),
            told => format!("{}: {}", self.name, told.join(", ")),
        }
    }

    fn stroke(&self) -> String {
        let dashes = match self.dashes {
            "" => String::new(),
            dashes => format!(" stroke-dasharray=\"{dashes}\""),
        };
        stroke(self.colour, 2.0) + &dashes
    }
}

impl Chart for Distribution {
    fn drawing(&self, width: f64) -> Drawing {
        let curves: Vec<Curve<'_>> = self.curves().collect();
        let told: Vec<String> = curves.iter().map(Curve::told).collect();
        let (mut drawing, top) = Drawing::new(width, &self.title, &self.lead, told.join("; "));
        let limit = self.limit.filter(|it| it.is_finite() && *it > 0.0);
        let top = if limit.is_some() { top + Style::LABEL.line() } else { top };
        let left = Drawing::MARGIN + Style::SMALL.width("100 %") + 8.0;
        let right = drawing.right() - Style::SMALL.width("p99") - 8.0;
        let plot = Area { left, top, width: right - left, height: HEIGHT };
        let all = curves.iter().flat_map(|it| it.sorted.iter().copied()).chain(limit);
        let x = Axis::over(all, (left, right));
        let y = |share: f64| plot.bottom() - HEIGHT * share;
        draw_shares(&mut drawing, plot, &y);
        let scale = if x.is_log() { ", log scale" } else { "" };
        let below = x.draw_below(&mut drawing, plot, &format!("seconds until the answer{scale}"));
        draw_foot(&mut drawing, plot);
        if let Some(limit) = limit {
            draw_limit(&mut drawing, plot, x.at(limit), &format!("limit {}", seconds(limit)));
        }
        for curve in &curves {
            drawing.curve(&steps(&curve.sorted, &x, &y), &curve.stroke());
        }
        for curve in &curves {
            draw_marks(&mut drawing, curve, &x, &y);
        }
        let entries: Vec<Entry<'_>> = curves.iter().map(entry).collect();
        let bottom = legend::draw(&mut drawing, (Drawing::MARGIN, below + 8.0), &entries);
        drawing.with_height(bottom + 8.0)
    }
}

impl Distribution {
    fn curves(&self) -> impl Iterator<Item = Curve<'_>> {
        self.series.iter().enumerate().map(|(index, it)| Curve {
            name: &it.name,
            sorted: it.sorted(),
            colour: SERIES[index % SERIES.len()],
            dashes: DASHES[(index + index / SERIES.len()) % DASHES.len()],
        })
    }
}

/// The lines of the shares: quarters to the left, the percentiles to the right.
fn draw_shares(drawing: &mut Drawing, plot: Area, y: &impl Fn(f64) -> f64) {
    for percent in [0, 25, 50, 75, 100] {
        let y = y(f64::from(percent) / 100.0);
        drawing.line((plot.left, y), (plot.right(), y), &stroke(GRID, 1.0));
        let at = (plot.left - 6.0, y + 4.0);
        drawing.words(at, Anchor::End, Style::SMALL, &format!("{percent} %"));
    }
    for percent in MARKED {
        let y = y(f64::from(percent) / 100.0);
        let dashed = stroke(INK, 1.0) + " stroke-dasharray=\"1 4\"";
        drawing.line((plot.left, y), (plot.right(), y), &dashed);
        let at = (plot.right() + 6.0, y + 4.0);
        drawing.words(at, Anchor::Start, Style::SMALL, &format!("p{percent}"));
    }
}

/// An upright line with its words above it, moved inwards where they would leave the figure.
pub(crate) fn draw_limit(drawing: &mut Drawing, plot: Area, x: f64, words: &str) {
    let dashed = stroke(LIMIT, 1.5) + " stroke-dasharray=\"6 3\"";
    drawing.line((x, plot.top - 2.0), (x, plot.bottom()), &dashed);
    let half = Style::STRONG.width(words) / 2.0;
    let least = Drawing::MARGIN + half;
    let middle = x.clamp(least, (drawing.right() - half).max(least));
    let at = (middle, plot.top - 6.0);
    drawing.words_with(at, Anchor::Middle, Style::STRONG, &fill(LIMIT), words);
}

/// A curve as stairs. Of answers that are less than half a pixel apart, one stands for all.
fn steps(sorted: &[f64], x: &Axis, y: &impl Fn(f64) -> f64) -> Vec<Point> {
    let Some(first) = sorted.first() else { return Vec::new() };
    let mut points = vec![(x.at(*first), y(0.0))];
    let mut at = (x.at(*first), y(0.0));
    for (index, it) in sorted.iter().enumerate() {
        let next = (x.at(*it), y(share(index + 1, sorted.len())));
        if next.0 - at.0 >= 0.5 {
            points.push(at);
            points.push((next.0, at.1));
            at.0 = next.0;
        }
        at.1 = next.1;
    }
    points.push(at);
    points
}

fn share(part: usize, all: usize) -> f64 {
    let figure = |it: usize| f64::from(u32::try_from(it).unwrap_or(u32::MAX));
    figure(part) / figure(all)
}

fn draw_marks(drawing: &mut Drawing, curve: &Curve<'_>, x: &Axis, y: &impl Fn(f64) -> f64) {
    for percent in MARKED {
        if let Some(it) = curve.percentile(percent) {
            let at = (x.at(it), y(f64::from(percent) / 100.0));
            let border = format!(" stroke=\"{}\" stroke-width=\"1.5\"", PAPER.light);
            let told = format!("{}: p{percent} {}", curve.name, seconds(it));
            drawing.dot(at, 4.5, &(fill(curve.colour) + &border), &told);
        }
    }
}

fn entry<'a>(curve: &'a Curve<'_>) -> Entry<'a> {
    let swatch = move |drawing: &mut Drawing, area: Area| {
        let y = area.top + area.height / 2.0;
        drawing.line((area.left, y), (area.right(), y), &curve.stroke());
    };
    Entry { swatch: Box::new(swatch), words: curve.told() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::{SHAPES, fits};

    fn of(series: Vec<Vec<f64>>, limit: Option<f64>) -> Distribution {
        let named = series.into_iter().enumerate();
        let series =
            named.map(|(index, seconds)| Series { name: format!("series <{index}>"), seconds });
        let (title, lead) = ("Latencies".to_owned(), "10 requests".to_owned());
        Distribution { title, lead, series: series.collect(), limit }
    }

    #[test]
    fn three_percentiles_of_each_series_are_marked_and_told() {
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        let svg = of(vec![hundred, vec![0.25], vec![]], Some(60.0)).svg();
        assert_eq!(svg.matches("<circle").count(), 6, "none of a series without answers\n{svg}");
        assert_eq!(svg.matches("<polyline").count(), 3);
        for words in [
            ">series &lt;0&gt;: p50 50 s, p95 95 s, p99 99 s<",
            ">series &lt;1&gt;: p50 0.25 s, p95 0.25 s, p99 0.25 s<",
            ">series &lt;2&gt;: no answers<",
            ">limit 60 s<",
            "log scale",
        ] {
            assert!(svg.contains(words), "{words}\n{svg}");
        }
    }

    #[test]
    fn many_answers_make_no_larger_figure_than_the_paper_can_show() {
        let many: Vec<f64> = (0..200_000).map(|it| f64::from(it % 7919) / 100.0).collect();
        let svg = of(vec![many], None).svg();
        assert!(svg.len() < 60_000, "{} bytes", svg.len());
    }

    #[test]
    fn a_curve_begins_at_none_and_ends_at_all() {
        let x = Axis::over([4.0].into_iter(), (0.0, 100.0));
        let points = steps(&[1.0, 1.0, 3.0], &x, &|share| 100.0 - share * 100.0);
        assert_eq!(points.first().copied(), Some((x.at(1.0), 100.0)));
        assert_eq!(points.last().copied(), Some((x.at(3.0), 0.0)));
        let up = |pair: &[Point]| pair[1].0 >= pair[0].0 && pair[1].1 <= pair[0].1;
        assert!(points.windows(2).all(up), "{points:?}");
        assert_eq!(steps(&[], &x, &|it| it), []);
    }

    #[test]
    fn all_sorts_of_latencies_have_their_place() {
        let many = (0..9).map(|it| vec![f64::from(it) + 0.5; 3]).collect();
        for series in [
            vec![],
            vec![vec![]],
            vec![vec![0.0]],
            vec![vec![3.0; 50]],
            vec![vec![1e-7, 1e9]],
            vec![vec![f64::NAN, f64::INFINITY, -3.0, 0.2]],
            many,
        ] {
            for width in SHAPES {
                for limit in [None, Some(1e-3), Some(0.4), Some(1e12)] {
                    fits(&of(series.clone(), limit).drawing(width).svg());
                }
            }
        }
    }
}
