//! One day of a service: when it runs, what it is asked, and who waits for it.

use crate::{
    Chart, Drawing,
    axis::{Axis, draw_foot},
    drawing::{Anchor, Area, Point, fill, stroke},
    legend::{self, Entry},
    palette::{ALARM, FIRST, SECOND, SHADE},
    text::Style,
};

/// A day, in hours from 0 to 24.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// Its heading, and its accessible name.
    pub title: String,
    /// Which day, and what is simulated; may be empty.
    pub lead: String,
    /// When the number of running tasks changes. None run before the first.
    pub tasks: Vec<Tasks>,
    /// Requests in each slot; all slots are as long, and fill the day.
    pub requests: Vec<f64>,
    /// When requests found no task that was ready, in hours.
    pub cold: Vec<f64>,
    /// When the service was asleep.
    pub asleep: Vec<Span>,
}

/// How many tasks run from an hour on.
#[derive(Clone, Copy, Debug)]
pub struct Tasks {
    /// From 0 to 24.
    pub from_hour: f64,
    /// A number of tasks; may be a mean, with a fraction.
    pub running: f64,
}

/// From one hour to another.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// From 0 to 24.
    pub from_hour: f64,
    /// Later than that.
    pub to_hour: f64,
}

const DAY: f64 = 24.0;
const TALL: f64 = 90.0;
const LOW: f64 = 16.0;
const GAP: f64 = 10.0;

impl Chart for Timeline {
    fn drawing(&self, width: f64) -> Drawing {
        let (mut drawing, top) = Drawing::new(width, &self.title, &self.lead, self.told());
        let name = Style::SMALL.line() + 10.0;
        let (tasks, requests) = (self.running(), self.asked());
        let upright = |top: f64, figures: &mut dyn Iterator<Item = f64>| {
            Axis::from_nothing(figures, (top + TALL, top))
        };
        let first = top + name;
        let second = first + TALL + GAP + name;
        let third = second + TALL + GAP + name;
        let tasks_axis = upright(first, &mut tasks.iter().map(|it| it.running));
        let requests_axis = upright(second, &mut requests.iter().copied());
        let left = Drawing::MARGIN + tasks_axis.width().max(requests_axis.width());
        let right = drawing.right() - 8.0;
        let area = |top, height| Area { left, top, width: right - left, height };
        let (upper, middle) = (area(first, TALL), area(second, TALL));
        let lower = area(third, LOW);
        let hours = Axis::of_a_day(if width < 500.0 { 6 } else { 3 }, (left, right));

        for Span { from_hour, to_hour } in self.asleep() {
            let (from, to) = (hours.at(from_hour), hours.at(to_hour));
            let height = lower.bottom() - first;
            drawing.surface(
                Area { left: from, top: first, width: to - from, height },
                &fill(SHADE),
                "",
            );
        }
        let whole = area(first, lower.bottom() - first);
        let below = hours.draw_below(&mut drawing, whole, "hour of the day");
        let names = [
            (upper, "running tasks".to_owned()),
            (middle, format!("requests in {}", slot(requests.len()))),
            (lower, format!("cold requests: {}", self.waited().count())),
        ];
        for (area, name) in names {
            let at = (Drawing::MARGIN, area.top - 11.0);
            drawing.words(at, Anchor::Start, Style::SMALL, &name);
            draw_foot(&mut drawing, area);
        }
        tasks_axis.draw_left(&mut drawing, upper);
        requests_axis.draw_left(&mut drawing, middle);
        draw_tasks(&mut drawing, &tasks, &hours, &tasks_axis);
        draw_requests(&mut drawing, &requests, middle, &requests_axis);
        for hour in self.waited() {
            draw_cold(&mut drawing, hours.at(hour), lower);
        }
        let bottom = legend::draw(&mut drawing, (Drawing::MARGIN, below + 8.0), &legend());
        drawing.with_height(bottom + 8.0)
    }
}

impl Timeline {
    fn told(&self) -> String {
        let most = self.running().iter().map(|it| it.running).fold(0.0, f64::max);
        let asked: f64 = self.asked().iter().sum();
        let asleep: f64 = self.asleep().map(|it| it.to_hour - it.from_hour).sum();
        let cold = self.waited().count();
        format!(
            "{asked:.0} requests, {cold} of them cold; at most {most} tasks; asleep for {asleep:.1} h"
        )
    }

    /// The changes of this day, in order.
    fn running(&self) -> Vec<Tasks> {
        let is_sane = |it: &Tasks| it.from_hour.is_finite() && it.running.is_finite();
        let mut changes: Vec<Tasks> = self.tasks.iter().copied().filter(is_sane).collect();
        changes.sort_by(|one, other| one.from_hour.total_cmp(&other.from_hour));
        for change in &mut changes {
            change.running = change.running.max(0.0);
        }
        changes
    }

    fn asked(&self) -> Vec<f64> {
        let sane = |it: &f64| if it.is_finite() { it.max(0.0) } else { 0.0 };
        self.requests.iter().map(sane).collect()
    }

    fn waited(&self) -> impl Iterator<Item = f64> {
        self.cold.iter().copied().filter(|it| (0.0..=DAY).contains(it))
    }

    fn asleep(&self) -> impl Iterator<Item = Span> {
        let within = |it: &Span| Span {
            from_hour: it.from_hour.clamp(0.0, DAY),
            to_hour: it.to_hour.clamp(0.0, DAY),
        };
        self.asleep.iter().map(within).filter(|it| it.from_hour < it.to_hour)
    }
}

/// How long one of so many slots of a day is: `an hour`, `15 min`.
fn slot(slots: usize) -> String {
    match slots {
        0 => "no slot".to_owned(),
        24 => "an hour".to_owned(),
        slots => {
            let minutes = DAY * 60.0 / f64::from(u32::try_from(slots).unwrap_or(u32::MAX));
            let digits = usize::from(minutes.fract() != 0.0);
            format!("{minutes:.digits$} min")
        }
    }
}

fn draw_tasks(drawing: &mut Drawing, tasks: &[Tasks], hours: &Axis, axis: &Axis) {
    let mut stairs: Vec<Point> = vec![(hours.at(0.0), axis.at(0.0))];
    for Tasks { from_hour, running } in tasks {
        let last = stairs.last().map_or(axis.at(0.0), |it| it.1);
        stairs.push((hours.at(*from_hour), last));
        stairs.push((hours.at(*from_hour), axis.at(*running)));
    }
    let last = stairs.last().map_or(axis.at(0.0), |it| it.1);
    stairs.push((hours.at(DAY), last));
    let edge = stairs.clone();
    stairs.push((hours.at(DAY), axis.at(0.0)));
    drawing.curve(&stairs, &(fill(FIRST) + " fill-opacity=\"0.25\""));
    drawing.curve(&edge, &stroke(FIRST, 1.5));
}

fn draw_requests(drawing: &mut Drawing, requests: &[f64], area: Area, axis: &Axis) {
    let slots = f64::from(u32::try_from(requests.len()).unwrap_or(u32::MAX));
    let width = area.width / slots;
    let gap = if width >= 4.0 { 1.0 } else { 0.0 };
    for (index, requests) in (0_u32..).map(f64::from).zip(requests) {
        if *requests > 0.0 {
            let top = axis.at(*requests).min(area.bottom() - 0.5);
            let bar = Area {
                left: area.left + index * width,
                top,
                width: width - gap,
                height: area.bottom() - top,
            };
            drawing.surface(bar, &fill(SECOND), "");
        }
    }
}

/// A mark that stands on the foot of its lane.
fn draw_cold(drawing: &mut Drawing, x: f64, lane: Area) {
    drawing.line((x, lane.top), (x, lane.bottom()), &stroke(ALARM, 1.5));
    drawing.dot((x, lane.top + 3.0), 3.0, &fill(ALARM), "");
}

fn legend() -> Vec<Entry<'static>> {
    let surface =
        |with: String| move |drawing: &mut Drawing, area| drawing.surface(area, &with, "");
    let cold =
        |drawing: &mut Drawing, area: Area| draw_cold(drawing, area.left + area.width / 2.0, area);
    vec![
        Entry {
            swatch: Box::new(surface(fill(FIRST) + " fill-opacity=\"0.25\"")),
            words: "running tasks".to_owned(),
        },
        Entry { swatch: Box::new(surface(fill(SECOND))), words: "requests".to_owned() },
        Entry { swatch: Box::new(cold), words: "a request that waits for a start".to_owned() },
        Entry { swatch: Box::new(surface(fill(SHADE))), words: "asleep".to_owned() },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::{SHAPES, fits};

    fn day() -> Timeline {
        let change = |from_hour, running| Tasks { from_hour, running };
        Timeline {
            title: "A day of <handbook>".to_owned(),
            lead: "a Tuesday".to_owned(),
            tasks: vec![change(8.0, 1.0), change(12.5, 3.0), change(18.0, 0.0)],
            requests: (0..96).map(|it| f64::from(it % 7)).collect(),
            cold: vec![8.0, 12.5, 30.0, f64::NAN],
            asleep: vec![
                Span { from_hour: -2.0, to_hour: 8.0 },
                Span { from_hour: 18.0, to_hour: 24.0 },
            ],
        }
    }

    #[test]
    fn a_day_has_its_tasks_requests_waits_and_sleep() {
        let svg = day().svg();
        let asked = 96 - 96_usize.div_ceil(7);
        assert_eq!(
            svg.matches("<rect").count(),
            1 + 2 + asked + 3,
            "paper, sleep, slots, legend\n{svg}"
        );
        assert_eq!(svg.matches("<circle").count(), 2 + 1, "of this day, and the legend's\n{svg}");
        for words in [
            ">running tasks<",
            ">requests in 15 min<",
            ">cold requests: 2<",
            ">24<",
            "at most 3 tasks; asleep for 14.0 h",
            "A day of &lt;handbook&gt;",
        ] {
            assert!(svg.contains(words), "{words}\n{svg}");
        }
    }

    #[test]
    fn a_slot_is_told_by_its_length() {
        assert_eq!([24, 96, 48, 7].map(slot), ["an hour", "15 min", "30 min", "205.7 min"]);
    }

    #[test]
    fn all_sorts_of_days_have_their_place() {
        let tasks = |hour, running| vec![Tasks { from_hour: hour, running }];
        for timeline in [
            day(),
            Timeline::default(),
            Timeline { tasks: tasks(0.0, 1.0), requests: vec![1.0], ..day() },
            Timeline { tasks: tasks(-5.0, 1e9), requests: vec![1e12; 1440], ..day() },
            Timeline { tasks: tasks(99.0, f64::NAN), requests: vec![f64::INFINITY, 1e-9], ..day() },
            Timeline { cold: (0..3000).map(|it| f64::from(it) / 125.0).collect(), ..day() },
        ] {
            for width in SHAPES {
                fits(&timeline.drawing(width).svg());
            }
        }
    }
}
