//! Where labels of dots have room.

use std::ops::RangeInclusive;

use crate::drawing::{Area, Point};

/// A part of the sheet, and what is taken of it.
pub(crate) struct Room {
    within: Area,
    taken: Vec<Area>,
    /// Lines, which labels cross only rather than be far from their dot.
    lines: Vec<Area>,
}

/// How far from its dot a label is: at the least, still near, and at the most.
const BESIDE: f64 = 9.0;
const NEAR: f64 = 19.0;
const FAR: f64 = 79.0;

impl Room {
    pub(crate) fn new(within: Area) -> Self {
        Self { within, taken: Vec::new(), lines: Vec::new() }
    }

    /// Keeps labels away from an area.
    pub(crate) fn take(&mut self, area: Area) {
        self.taken.push(area);
    }

    /// Keeps labels away from a straight line, where they need not be far for that.
    pub(crate) fn take_line(&mut self, from: Point, to: Point) {
        let (across, down) = (to.0 - from.0, to.1 - from.1);
        let parts = (across.hypot(down) / 4.0).ceil().clamp(1.0, 1000.0);
        for part in (0_u32..).map(f64::from).take_while(|it| *it <= parts) {
            let (x, y) = (from.0 + across * part / parts, from.1 + down * part / parts);
            self.lines.push(Area { left: x - 1.0, top: y - 1.0, width: 2.0, height: 2.0 });
        }
    }

    /// Finds and takes room of one of these sizes near a dot: beside it, else above or below, else further away. Says
    /// which size it is; none where everything is taken.
    pub(crate) fn find(&mut self, dot: Point, sizes: &[(f64, f64)]) -> Option<(usize, Area)> {
        let free = |area: &Area| area.is_within(self.within) && !meets(&self.taken, *area);
        let clear = |area: &Area| free(area) && !meets(&self.lines, *area);
        let any = |away: RangeInclusive<f64>, is_good: &dyn Fn(&Area) -> bool| {
            sizes.iter().enumerate().find_map(|(index, size)| {
                let found = places(dot, *size, away.clone()).find(|it| is_good(it));
                found.map(|it| (index, it))
            })
        };
        let found = any(BESIDE..=NEAR, &clear).or_else(|| any(BESIDE..=NEAR, &free));
        let found = found.or_else(|| any(NEAR..=FAR, &clear)).or_else(|| any(NEAR..=FAR, &free))?;
        self.taken.push(found.1);
        Some(found)
    }
}

/// The places around a dot that are so far from it, the nearest first.
fn places(
    (x, y): Point,
    (width, height): (f64, f64),
    away: RangeInclusive<f64>,
) -> impl Iterator<Item = Area> {
    let (first, last) = away.into_inner();
    let away = (0_u32..).map(move |it| first + f64::from(it) * 10.0);
    let places = away.take_while(move |it| *it <= last).flat_map(move |away| {
        let (right, left) = (x + away, x - away - width);
        let (above, below) = (y - away - height, y + away);
        let (middle, level) = (x - width / 2.0, y - height / 2.0);
        [
            (right, level),
            (left, level),
            (middle, above),
            (middle, below),
            (right - BESIDE, above),
            (left + BESIDE, above),
            (right - BESIDE, below),
            (left + BESIDE, below),
        ]
    });
    places.map(move |(left, top)| Area { left, top, width, height })
}

fn meets(taken: &[Area], area: Area) -> bool {
    taken.iter().any(|it| it.overlaps(area))
}

impl Area {
    fn overlaps(self, other: Self) -> bool {
        self.left < other.right()
            && other.left < self.right()
            && self.top < other.bottom()
            && other.top < self.bottom()
    }

    fn is_within(self, other: Self) -> bool {
        self.left >= other.left
            && self.right() <= other.right()
            && self.top >= other.top
            && self.bottom() <= other.bottom()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOT: Point = (50.0, 30.0);
    const SIZE: (f64, f64) = (30.0, 12.0);

    #[test]
    fn labels_stand_beside_their_dot_and_move_where_that_is_taken() {
        let mut room = Room::new(Area { left: 0.0, top: 0.0, width: 100.0, height: 60.0 });
        let first = room.find(DOT, &[SIZE]).unwrap().1;
        assert_eq!((first.left, first.top), (59.0, 24.0));
        let second = room.find(DOT, &[SIZE]).unwrap().1;
        assert_eq!((second.left, second.top), (11.0, 24.0));
        let third = room.find(DOT, &[SIZE]).unwrap().1;
        assert_eq!((third.left, third.top), (35.0, 9.0), "above it");
        assert_eq!(room.find(DOT, &[(300.0, 12.0)]), None);
        let (which, _) = room.find(DOT, &[(300.0, 12.0), (20.0, 12.0)]).unwrap();
        assert_eq!(which, 1, "the smaller one");
    }

    #[test]
    fn a_line_is_crossed_rather_than_to_be_far_from_the_dot() {
        let mut room = Room::new(Area { left: 0.0, top: 0.0, width: 100.0, height: 60.0 });
        room.take_line((70.0, 0.0), (70.0, 60.0));
        let left = room.find(DOT, &[SIZE]).unwrap().1;
        assert_eq!(left.left, 11.0, "on the side without the line");
        for y in [10.0, 50.0] {
            room.take_line((0.0, y), (100.0, y));
        }
        let across = room.find(DOT, &[SIZE]).unwrap().1;
        assert_eq!((across.left, across.top), (59.0, 24.0));
    }
}
