//! Where labels of dots have room.

use crate::drawing::{Area, Point};

/// A part of the sheet, and what is taken of it.
pub(crate) struct Room {
    within: Area,
    taken: Vec<Area>,
}

impl Room {
    pub(crate) fn new(within: Area) -> Self {
        Self { within, taken: Vec::new() }
    }

    /// Keeps labels away from an area.
    pub(crate) fn take(&mut self, area: Area) {
        self.taken.push(area);
    }

    /// Keeps labels away from a straight line.
    pub(crate) fn take_line(&mut self, from: Point, to: Point) {
        let (across, down) = (to.0 - from.0, to.1 - from.1);
        let parts = (across.hypot(down) / 4.0).ceil().clamp(1.0, 1000.0);
        for part in (0_u32..).map(f64::from).take_while(|it| *it <= parts) {
            let (x, y) = (from.0 + across * part / parts, from.1 + down * part / parts);
            self.taken.push(Area { left: x - 1.0, top: y - 1.0, width: 2.0, height: 2.0 });
        }
    }

    /// Finds and takes room of such a size near a dot: beside it, else above or below, else further away. None where
    /// everything is taken.
    pub(crate) fn find(&mut self, (x, y): Point, (width, height): (f64, f64)) -> Option<Area> {
        const BESIDE: f64 = 9.0;
        const FARTHEST: u32 = 7;
        let away = (0..FARTHEST).map(|it| BESIDE + f64::from(it) * 10.0);
        let places = away.flat_map(|away| {
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
        let mut areas = places.map(|(left, top)| Area { left, top, width, height });
        let free = areas.find(|it| it.is_within(self.within) && !self.is_taken(*it))?;
        self.taken.push(free);
        Some(free)
    }

    fn is_taken(&self, area: Area) -> bool {
        self.taken.iter().any(|it| it.overlaps(area))
    }
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

    #[test]
    fn labels_stand_beside_their_dot_and_move_where_that_is_taken() {
        let mut room = Room::new(Area { left: 0.0, top: 0.0, width: 100.0, height: 60.0 });
        let first = room.find((50.0, 30.0), (30.0, 12.0)).unwrap();
        assert_eq!((first.left, first.top), (59.0, 24.0));
        let second = room.find((50.0, 30.0), (30.0, 12.0)).unwrap();
        assert_eq!((second.left, second.top), (11.0, 24.0));
        room.take_line((0.0, 12.0), (100.0, 12.0));
        room.take_line((0.0, 48.0), (100.0, 48.0));
        assert_eq!(room.find((50.0, 30.0), (30.0, 12.0)), None);
        assert_eq!(room.find((50.0, 30.0), (300.0, 12.0)), None);
    }
}
