//! The figure of cost against latency.

use super::{Candidate, CostUnit, Frontier};
use crate::{
    Chart, Drawing,
    axis::{Axis, draw_foot},
    distribution::draw_limit,
    drawing::{Anchor, Area, Point, fill, halo, stroke},
    figure::seconds,
    legend::{self, Entry},
    palette::{CHOSEN, FAINT, INK, LIMIT, PAPER},
    place::Room,
    text::Style,
};

const HEIGHT: f64 = 340.0;
/// The widths of a label, from the one that is best to read.
const LABEL: [f64; 3] = [170.0, 120.0, 90.0];
/// Candidates that are less than this apart share a dot, in pixels.
const SAME: f64 = 3.0;

/// What a dot stands for, the most important last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Beaten,
    Best,
    Recommended,
}

/// Candidates that are at one place.
struct Dot<'a> {
    at: Point,
    rank: Rank,
    candidates: Vec<&'a Candidate>,
}

impl Dot<'_> {
    /// Their names, or the first of them and how many more.
    fn label(&self) -> String {
        let first = self.candidates.first().map_or("", |it| &it.name);
        match self.candidates.len() {
            0 | 1 => first.to_owned(),
            2 => format!("{first}, {}", self.candidates[1].name),
            more => format!("{first} and {} more", more - 1),
        }
    }

    fn told(&self, unit: CostUnit) -> String {
        let told: Vec<String> = self.candidates.iter().map(|it| it.told(unit)).collect();
        told.join("; ")
    }
}

impl Candidate {
    fn told(&self, unit: CostUnit) -> String {
        format!("{}: {}, {}", self.name, seconds(self.seconds.max(0.0)), unit.told(self.cost))
    }
}

impl Chart for Frontier {
    fn drawing(&self, width: f64) -> Drawing {
        let (mut drawing, top) = Drawing::new(width, &self.title, &self.lead, self.told());
        let limit = |it: Option<f64>| it.filter(|it| it.is_finite() && *it > 0.0);
        let (goal, budget) = (limit(self.goal_seconds), limit(self.budget));
        let shown = || self.candidates.iter().filter(|it| it.is_finite());
        let ends = (top + Style::LABEL.line() * 2.0 + HEIGHT, top + Style::LABEL.line() * 2.0);
        let y = Axis::from_nothing(shown().map(|it| it.cost).chain(budget), ends);
        let left = Drawing::MARGIN + y.width();
        let right = drawing.right() - 8.0;
        let plot = Area { left, top: ends.1, width: right - left, height: HEIGHT };
        let x = Axis::over(shown().map(|it| it.seconds).chain(goal), (left, right));
        drawing.words(
            (Drawing::MARGIN, top + 12.0),
            Anchor::Start,
            Style::SMALL,
            self.unit.as_str(),
        );
        y.draw_left(&mut drawing, plot);
        let scale = if x.is_log() { ", log scale" } else { "" };
        let below = x.draw_below(&mut drawing, plot, &format!("{} (s{scale})", self.latency));
        draw_foot(&mut drawing, plot);
        let mut room = Room::new(Area { left: left + 2.0, width: right - left + 4.0, ..plot });
        if let Some(goal) = goal {
            let at = x.at(goal);
            draw_limit(&mut drawing, plot, at, &format!("goal {}", seconds(goal)));
            room.take_line((at, plot.top), (at, plot.bottom()));
        }
        if let Some(budget) = budget {
            draw_budget(
                &mut drawing,
                plot,
                y.at(budget),
                &format!("budget {}", self.unit.cell(budget)),
                &mut room,
            );
        }
        let place = |it: &Candidate| (x.at(it.seconds), y.at(it.cost));
        let joined: Vec<Point> = self.best().map(place).collect();
        draw_joined(&mut drawing, &joined, &mut room);
        let dots = self.dots(place);
        let unnamed = draw_dots(&mut drawing, &dots, self.unit, &mut room);
        let bottom = legend::draw(&mut drawing, (Drawing::MARGIN, below + 8.0), &legend(&dots));
        let bottom = draw_unnamed(&mut drawing, bottom, &unnamed, self.unit);
        drawing.with_height(bottom + 8.0)
    }
}

impl Frontier {
    /// What is on the frontier, in words.
    fn told(&self) -> String {
        let recommended = self.recommended.and_then(|it| self.candidates.get(it));
        let recommended = recommended
            .map(|it| format!("Recommended: {}. ", it.told(self.unit)))
            .unwrap_or_default();
        let best: Vec<String> = self.best().map(|it| it.told(self.unit)).collect();
        format!("{recommended}On the Pareto frontier: {}", best.join("; "))
    }

    /// Those on the frontier that can be drawn.
    fn best(&self) -> impl Iterator<Item = &Candidate> {
        self.best.iter().filter_map(|it| self.candidates.get(*it)).filter(|it| it.is_finite())
    }

    /// The dots, the most important last.
    fn dots(&self, place: impl Fn(&Candidate) -> Point) -> Vec<Dot<'_>> {
        let mut ranked: Vec<(Rank, &Candidate)> = Vec::new();
        for (index, it) in self.candidates.iter().enumerate().filter(|(_, it)| it.is_finite()) {
            let rank = match self.recommended {
                Some(recommended) if recommended == index => Rank::Recommended,
                _ if self.best.contains(&index) => Rank::Best,
                _ => Rank::Beaten,
            };
            ranked.push((rank, it));
        }
        // The first at a place gives its name and rank.
        ranked.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
        let mut dots: Vec<Dot<'_>> = Vec::new();
        for (rank, it) in ranked {
            let at = place(it);
            let near = |dot: &&mut Dot<'_>| {
                (dot.at.0 - at.0).abs() < SAME && (dot.at.1 - at.1).abs() < SAME
            };
            match dots.iter_mut().find(near) {
                Some(dot) => dot.candidates.push(it),
                None => dots.push(Dot { at, rank, candidates: vec![it] }),
            }
        }
        dots.reverse();
        dots
    }
}

fn draw_budget(drawing: &mut Drawing, plot: Area, y: f64, words: &str, room: &mut Room) {
    let dashed = stroke(LIMIT, 1.5) + " stroke-dasharray=\"6 3\"";
    drawing.line((plot.left, y), (plot.right(), y), &dashed);
    room.take_line((plot.left, y), (plot.right(), y));
    // Above the line, or below it where the plot ends.
    let width = Style::STRONG.width(words);
    let top = if y - 18.0 >= plot.top { y - 18.0 } else { y + 2.0 };
    let area = Area { left: plot.right() - width - 4.0, top, width, height: 16.0 };
    let at = (area.right(), area.top + 12.0);
    let with = fill(LIMIT) + &halo(PAPER);
    drawing.words_with(at, Anchor::End, Style::STRONG, &with, words);
    room.take(area);
}

/// Stairs along the frontier: between two of its dots there is nothing to be had.
fn draw_joined(drawing: &mut Drawing, dots: &[Point], room: &mut Room) {
    let mut stairs: Vec<Point> = Vec::new();
    for at in dots {
        if let Some(last) = stairs.last().copied() {
            let corner = (at.0, last.1);
            room.take_line(last, corner);
            room.take_line(corner, *at);
            stairs.push(corner);
        }
        stairs.push(*at);
    }
    if stairs.len() > 1 {
        drawing.curve(&stairs, &stroke(CHOSEN, 1.5));
    }
}

/// The dots and their labels; those for whose label there is no room.
fn draw_dots<'a>(
    drawing: &mut Drawing,
    dots: &'a [Dot<'_>],
    unit: CostUnit,
    room: &mut Room,
) -> Vec<&'a Dot<'a>> {
    for dot in dots {
        draw_dot(drawing, dot.at, dot.rank, &dot.told(unit));
        let (left, top) = (dot.at.0 - 7.0, dot.at.1 - 7.0);
        room.take(Area { left, top, width: 14.0, height: 14.0 });
    }
    let (mut labels, mut unnamed) = (Vec::new(), Vec::new());
    for dot in dots.iter().rev() {
        let style = if dot.rank == Rank::Recommended { Style::STRONG } else { Style::LABEL };
        let forms = LABEL.map(|room| style.wrapped(&dot.label(), room));
        let sizes = forms.each_ref().map(|lines| {
            let count = f64::from(u32::try_from(lines.len()).unwrap_or(1));
            (style.widest(lines) + 2.0, style.line() * count)
        });
        match room.find(dot.at, &sizes) {
            Some((form, area)) => {
                draw_leader(drawing, dot.at, area, room);
                labels.push((dot, area, style, forms[form].clone()));
            }
            None => unnamed.push(dot),
        }
    }
    // After all leaders, which they cover.
    for (dot, area, style, lines) in labels {
        draw_label(drawing, dot, area, style, &lines);
    }
    unnamed
}

/// A line from a dot to its label, where that is far.
fn draw_leader(drawing: &mut Drawing, dot: Point, area: Area, room: &mut Room) {
    let end = (dot.0.clamp(area.left, area.right()), dot.1.clamp(area.top, area.bottom()));
    if (end.0 - dot.0).hypot(end.1 - dot.1) > 14.0 {
        drawing.line(dot, end, &stroke(FAINT, 0.75));
        room.take_line(dot, end);
    }
}

fn draw_dot(drawing: &mut Drawing, at: Point, rank: Rank, told: &str) {
    let border = |colour| format!("{} stroke=\"{}\" stroke-width=\"2\"", fill(PAPER), colour);
    match rank {
        Rank::Beaten => drawing.dot(at, 3.5, &border(FAINT.light), told),
        Rank::Best => drawing.dot(at, 5.0, &fill(CHOSEN), told),
        Rank::Recommended => {
            drawing.dot(at, 8.0, &border(CHOSEN.light), "");
            drawing.dot(at, 5.0, &fill(CHOSEN), told);
        }
    }
}

fn draw_label(drawing: &mut Drawing, dot: &Dot<'_>, area: Area, style: Style, lines: &[String]) {
    let anchor = match () {
        () if area.left >= dot.at.0 => Anchor::Start,
        () if area.right() <= dot.at.0 => Anchor::End,
        () => Anchor::Middle,
    };
    let x = match anchor {
        Anchor::Start => area.left + 1.0,
        Anchor::Middle => area.left + area.width / 2.0,
        Anchor::End => area.right() - 1.0,
    };
    let colour = match dot.rank {
        Rank::Beaten => FAINT,
        Rank::Best => INK,
        Rank::Recommended => CHOSEN,
    };
    let with = fill(colour) + &halo(PAPER);
    let mut y = area.top + style.size;
    for line in lines {
        drawing.words_with((x, y), anchor, style, &with, line);
        y += style.line();
    }
}

fn legend<'a>(dots: &'a [Dot<'_>]) -> Vec<Entry<'a>> {
    let meanings = [
        (Rank::Recommended, "recommended"),
        (Rank::Best, "Pareto frontier: nothing is cheaper and sooner"),
        (Rank::Beaten, "dominated"),
    ];
    let meant = meanings.into_iter().filter(|(rank, _)| dots.iter().any(|it| it.rank == *rank));
    meant
        .map(|(rank, words)| {
            let swatch = move |drawing: &mut Drawing, area: Area| {
                let at = (area.left + area.width / 2.0, area.top + area.height / 2.0);
                draw_dot(drawing, at, rank, "");
            };
            Entry { swatch: Box::new(swatch), words: words.to_owned() }
        })
        .collect()
}

/// What could not be written beside its dot is written below; how far down it reaches.
fn draw_unnamed(drawing: &mut Drawing, top: f64, dots: &[&Dot<'_>], unit: CostUnit) -> f64 {
    if dots.is_empty() {
        return top;
    }
    let told: Vec<String> = dots.iter().map(|it| it.told(unit)).collect();
    let told = format!("Without a label: {}.", told.join("; "));
    let lines = Style::SMALL.wrapped(&told, drawing.room());
    drawing.lines((Drawing::MARGIN, top + 4.0), Anchor::Start, Style::SMALL, &lines)
}
