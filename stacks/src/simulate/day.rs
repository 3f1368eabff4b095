//! One day of a simulation, slot by slot.

use std::time::Duration;

use serde::Serialize;

use super::scenario::DAY;
use crate::rounded;

/// How long a slot of a day is: five minutes.
const SLOT: Duration = Duration::from_secs(300);

/// A day, in slots of equal length from midnight.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Day {
    /// Which one, from 0.
    pub day: u32,
    /// Its name, as `Monday`.
    pub weekday: String,
    /// Seconds of a slot.
    pub slot_s: u64,
    /// What happened in each.
    pub slots: Vec<Slot>,
}

/// What happened in a slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Slot {
    /// Tasks that ran, on average.
    #[serde(serialize_with = "rounded::number")]
    pub tasks: f64,
    /// Requests of users.
    pub requests: u64,
    /// Of those that were answered in it, those that met a cold start.
    pub cold: u64,
    /// The share of it in which the service slept.
    #[serde(serialize_with = "rounded::number")]
    pub asleep: f64,
}

impl Day {
    pub(super) fn new(day: u32, weekday: String) -> Self {
        let slots = DAY.as_secs() / SLOT.as_secs();
        let slots = vec![Slot::default(); usize::try_from(slots).unwrap_or_default()];
        Self { day, weekday, slot_s: SLOT.as_secs(), slots }
    }

    /// The slot of a moment, where that is on this day.
    pub(super) fn at(&mut self, at: Duration) -> Option<&mut Slot> {
        let since = at.checked_sub(DAY * self.day)?;
        self.slots.get_mut(usize::try_from(since.as_secs() / SLOT.as_secs()).ok()?)
    }

    /// Notes how many tasks ran from one moment to another, and whether the service slept.
    pub(super) fn passes(&mut self, from: Duration, to: Duration, tasks: u32, asleep: bool) {
        let start = DAY * self.day;
        let (from, to) = (from.max(start), to.min(start + DAY));
        let mut at = from;
        while at < to {
            let slot = (at - start).as_secs() / SLOT.as_secs();
            let end = start + SLOT * u32::try_from(slot + 1).unwrap_or(u32::MAX);
            let share = (end.min(to) - at).as_secs_f64() / SLOT.as_secs_f64();
            if let Some(slot) = self.at(at) {
                slot.tasks += share * f64::from(tasks);
                slot.asleep += if asleep { share } else { 0.0 };
            }
            at = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_shared_out_among_the_slots_of_the_day() {
        let mut day = Day::new(1, "Tuesday".to_owned());
        assert_eq!(day.slots.len(), 288);
        day.passes(DAY - SLOT, DAY + SLOT / 2, 2, false);
        day.passes(DAY + SLOT / 2, DAY + 3 * SLOT, 0, true);
        let told: Vec<_> = day.slots[..4].iter().map(|it| (it.tasks, it.asleep)).collect();
        assert_eq!(told, [(1.0, 0.5), (0.0, 1.0), (0.0, 1.0), (0.0, 0.0)]);
        day.passes(Duration::ZERO, 3 * DAY, 1, false);
        assert!(day.slots.iter().all(|it| it.tasks >= 1.0));
        assert!(day.at(DAY - SLOT).is_none() && day.at(2 * DAY).is_none());
    }
}
