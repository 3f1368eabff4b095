//! How many hours of a month a service that may sleep is awake.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::{
    shape::Idle,
    stack::{Budget, Schedule},
};

/// Hours of a month, as AWS's own calculator counts them.
pub(super) const MONTH: f64 = 730.0;

/// Days of a month.
pub(super) const DAYS: f64 = MONTH / 24.0;

/// Over how many weeks a schedule is looked at.
const WEEKS: i64 = 4;

/// A Monday from which a schedule is looked at, 2026-01-05T00:00:00Z, in seconds.
const MONDAY: i64 = 1_767_571_200;

/// What keeps a service awake once it is: until it answers, until it is idle, and until it has left the balancer.
pub(super) struct Tail {
    /// Seconds without a request, and how it is woken.
    pub(super) idle: Idle,
    /// All of it in seconds.
    pub(super) seconds: f64,
}

/// Hours of a month in which a service is awake that users ask, and that a schedule asks.
pub(super) fn awake(tail: &Tail, budget: &Budget, ping: Option<&Schedule>) -> f64 {
    // Pings come while users do, as far as they can: that is what they are for.
    of_users(tail, budget).max(ping.map_or(0.0, |it| of_pings(tail, it))).min(MONTH)
}

/// Users ask at equal distances in the active hours: either that keeps it awake, or each of them wakes it.
fn of_users(tail: &Tail, budget: &Budget) -> f64 {
    let (rate, active) =
        (f64::from(budget.requests_per_hour.get()), f64::from(budget.active_hours.get()));
    if rate * active == 0.0 {
        return 0.0;
    }
    let tail_hours = tail.seconds / 3600.0;
    let in_one_piece = active + tail_hours;
    let apart = rate * active * tail_hours;
    let stays_up = 3600.0 / rate < tail.idle.after.as_secs_f64();
    DAYS * if stays_up { in_one_piece } else { apart.min(in_one_piece) }
}

fn of_pings(tail: &Tail, ping: &Schedule) -> f64 {
    let awake: f64 = gaps(ping).map(|gap| gap.as_secs_f64().min(tail.seconds)).sum();
    awake / looked_at().as_secs_f64() * MONTH
}

/// How many times a month a schedule asks.
pub(super) fn times(ping: &Schedule) -> f64 {
    let times: f64 = gaps(ping).map(|_| 1.0).sum();
    times / looked_at().as_secs_f64() * MONTH * 3600.0
}

fn looked_at() -> Duration {
    SignedDuration::from_hours(WEEKS * 7 * 24).unsigned_abs()
}

/// The times from one ping to the next, all those that begin within the weeks that are looked at.
fn gaps(ping: &Schedule) -> impl Iterator<Item = Duration> {
    let monday = Timestamp::from_second(MONDAY).expect("a Monday is a time");
    let end = monday + looked_at();
    let pings = std::iter::successors(ping.next_after(monday), |at| ping.next_after(*at));
    let mut pings = pings.peekable();
    std::iter::from_fn(move || {
        let at = pings.next().filter(|at| *at <= end)?;
        let next = pings.peek().copied().unwrap_or(end).max(at);
        Some(next.duration_since(at).unsigned_abs())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{budget::tests::on_fargate, resource::WhileWaking, shape::Wake};

    fn tail(after: u64) -> Tail {
        let (wake, while_waking) = (Wake::Function, WhileWaking::Refuse);
        let idle = Idle { after: Duration::from_secs(after), wake, while_waking };
        let overhead = Duration::from_secs(120);
        Tail { idle, seconds: (idle.after + overhead).as_secs_f64() }
    }

    fn awake_with(lines: &str, ping: Option<&str>) -> f64 {
        let ping = ping.map(|it| Schedule::parse(it).unwrap());
        awake(&tail(900), &on_fargate(lines).budget, ping.as_ref())
    }

    fn near(value: f64, wanted: f64) -> bool {
        (value - wanted).abs() < 0.1
    }

    #[test]
    fn frequent_users_keep_it_awake_for_their_hours_and_one_tail_a_day() {
        let two = awake_with("budget: {active_hours: 2}\n", None);
        assert!(near(two, DAYS * (2.0 + 1020.0 / 3600.0)), "{two}");
        assert!(near(awake_with("budget: {active_hours: 24}\n", None), MONTH));
    }

    #[test]
    fn rare_users_wake_it_one_by_one() {
        let rare = awake_with("budget: {active_hours: 5, requests_per_hour: 1}\n", None);
        assert!(near(rare, DAYS * 5.0 * 1020.0 / 3600.0), "{rare}");
        assert!(near(awake_with("budget: {requests_per_hour: 0}\n", None), 0.0));
    }

    #[test]
    fn just_rare_enough_costs_no_more_than_just_frequent_enough() {
        let frequent = awake_with("budget: {active_hours: 5, requests_per_hour: 5}\n", None);
        let rare = awake_with("budget: {active_hours: 5, requests_per_hour: 4}\n", None);
        assert!(rare <= frequent, "{rare} {frequent}");
    }

    #[test]
    fn pings_more_often_than_it_sleeps_keep_it_awake_all_month() {
        assert!(near(awake_with("", Some("rate(10 minutes)")), MONTH));
        let nobody = "budget: {requests_per_hour: 0}\n";
        let hourly = awake_with(nobody, Some("rate(1 hour)"));
        assert!(near(hourly, MONTH * 1020.0 / 3600.0), "{hourly}");
    }

    #[test]
    fn pings_in_working_hours_keep_it_awake_for_those() {
        let nobody = "budget: {requests_per_hour: 0}\n";
        let office = awake_with(nobody, Some("cron(0/10 8-17 ? * MON-FRI *)"));
        // Ten hours on five days: from the first ping to the last, and a tail.
        let a_day = 9.0 + 50.0 / 60.0 + 1020.0 / 3600.0;
        assert!(near(office, a_day * 5.0 / 7.0 * DAYS), "{office}");
        let count = times(&Schedule::parse("cron(0/10 8-17 ? * MON-FRI *)").unwrap());
        assert!(near(count, 60.0 * 5.0 / 7.0 * DAYS), "{count}");
        assert!(near(times(&Schedule::parse("rate(10 minutes)").unwrap()), 4380.0));
    }
}
