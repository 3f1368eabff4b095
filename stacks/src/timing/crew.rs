//! Which tasks start and which go, as functions of how they stand.

use super::{
    container_check::ContainerHealth,
    health::Health,
    rollout::{Tasks, Work},
};

/// How a task stands on its way from start to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Started, not yet known to be healthy.
    Starting,
    /// Gets requests.
    Healthy,
    /// Failed its checks; kept only until another one can take its place.
    Ailing,
    /// Finishes what it has.
    Draining,
    /// Was told to stop.
    Stopping,
}

/// A task, as far as decisions need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen<Id> {
    /// Its name.
    pub id: Id,
    /// How it stands.
    pub standing: Standing,
    /// Whether it runs the revision that is wanted.
    pub is_wanted: bool,
}

/// The tasks of one side that are neither draining nor stopping.
#[must_use]
pub fn side<Id>(tasks: &[Seen<Id>], wanted: bool) -> Tasks {
    let here = tasks.iter().filter(|it| it.is_wanted == wanted);
    here.fold(Tasks::default(), |sum, it| match it.standing {
        Standing::Starting | Standing::Ailing => Tasks { running: sum.running + 1, ..sum },
        Standing::Healthy => Tasks { running: sum.running + 1, healthy: sum.healthy + 1 },
        Standing::Draining | Standing::Stopping => sum,
    })
}

/// What to do while nothing is being rolled out.
///
/// `desired` tasks of the wanted revision, none of others, and another one in the place of each that ails, made before that one
/// goes where `most` tasks allow it.
#[must_use]
pub fn steady<Id>(tasks: &[Seen<Id>], desired: u32, most: u32) -> Work {
    let (wanted, others) = (side(tasks, true), side(tasks, false));
    let ailing = count(tasks, Standing::Ailing);
    let sound = wanted.running - ailing;
    let room = most.max(desired).saturating_sub(wanted.running + others.running);
    let start = desired.saturating_sub(sound).min(room);
    // Those that ail go once enough are healthy, or when their places are needed.
    let replaced = wanted.healthy.saturating_sub(desired.saturating_sub(ailing)).min(ailing);
    let needed = desired.saturating_sub(sound + start).min(ailing);
    let surplus = (sound + start).saturating_sub(desired);
    let ailing_go = if desired == 0 { ailing } else { replaced.max(needed) };
    Work { start, drain_others: others.running, drain_wanted: ailing_go + surplus }
}

fn count<Id>(tasks: &[Seen<Id>], standing: Standing) -> u32 {
    let found = tasks.iter().filter(|it| it.is_wanted && it.standing == standing).count();
    u32::try_from(found).unwrap_or(u32::MAX)
}

/// The tasks of one side that go first: those that ail, then those that start, then the youngest of the healthy.
///
/// `tasks` is in the order of their starts.
#[must_use]
pub fn first_to_go<Id: Clone>(tasks: &[Seen<Id>], wanted: bool, count: u32) -> Vec<Id> {
    let worth = |it: &Seen<Id>| match it.standing {
        Standing::Ailing => Some(0),
        Standing::Starting => Some(1),
        Standing::Healthy => Some(2),
        Standing::Draining | Standing::Stopping => None,
    };
    let here = tasks.iter().rev().filter(|it| it.is_wanted == wanted);
    let mut here: Vec<_> = here.filter_map(|it| Some((worth(it)?, it))).collect();
    here.sort_by_key(|(worth, _)| *worth);
    here.into_iter().take(count as usize).map(|(_, it)| it.id.clone()).collect()
}

/// Whether a task that is past its grace period has failed its checks, and why.
#[must_use]
pub fn ails(
    target: Option<(Health, Option<&str>)>,
    own: Option<ContainerHealth>,
) -> Option<String> {
    match (target, own) {
        (Some((Health::Unhealthy, reason)), _) => Some(match reason {
            Some(reason) => format!("it failed the balancer's health checks: {reason}"),
            None => "it failed the balancer's health checks".to_owned(),
        }),
        (_, Some(ContainerHealth::Unhealthy)) => Some("it failed its own health check".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tasks(text: &str) -> Vec<Seen<String>> {
        let one = |(n, c): (usize, char)| Seen {
            id: n.to_string(),
            standing: match c.to_ascii_lowercase() {
                's' => Standing::Starting,
                'h' => Standing::Healthy,
                'a' => Standing::Ailing,
                'd' => Standing::Draining,
                _ => Standing::Stopping,
            },
            is_wanted: c.is_lowercase(),
        };
        text.chars().enumerate().map(one).collect()
    }

    fn work(start: u32, drain_others: u32, drain_wanted: u32) -> Work {
        Work { start, drain_others, drain_wanted }
    }

    #[test]
    fn as_many_tasks_run_as_are_desired() {
        for (now, desired, most, todo) in [
            ("", 2, 4, work(2, 0, 0)),
            ("h", 2, 4, work(1, 0, 0)),
            ("hh", 2, 4, work(0, 0, 0)),
            ("hhh", 2, 4, work(0, 0, 1)),
            ("dxh", 1, 2, work(0, 0, 0)),
            ("HSh", 1, 2, work(0, 2, 0)),
            ("hh", 0, 0, work(0, 0, 2)),
            ("a", 0, 0, work(0, 0, 1)),
        ] {
            assert_eq!(steady(&tasks(now), desired, most), todo, "{now} for {desired}");
        }
    }

    #[test]
    fn an_ailing_task_goes_once_another_has_taken_its_place() {
        assert_eq!(steady(&tasks("a"), 1, 2), work(1, 0, 0));
        assert_eq!(steady(&tasks("as"), 1, 2), work(0, 0, 0));
        assert_eq!(steady(&tasks("ah"), 1, 2), work(0, 0, 1));
        assert_eq!(steady(&tasks("ha"), 2, 3), work(1, 0, 0));
        assert_eq!(steady(&tasks("has"), 2, 3), work(0, 0, 0));
        assert_eq!(steady(&tasks("hah"), 2, 3), work(0, 0, 1));
        assert_eq!(steady(&tasks("aa"), 2, 3), work(1, 0, 1), "one place is free, one is made");
    }

    #[test]
    fn an_ailing_task_goes_first_where_there_is_no_room_beside_it() {
        assert_eq!(steady(&tasks("a"), 1, 1), work(0, 0, 1));
        assert_eq!(steady(&tasks("ha"), 2, 2), work(0, 0, 1));
    }

    #[test]
    fn those_that_answer_worst_and_are_youngest_go_first() {
        assert_eq!(first_to_go(&tasks("hhash"), true, 3), ["2", "3", "4"]);
        assert_eq!(first_to_go(&tasks("hhash"), true, 5), ["2", "3", "4", "1", "0"]);
        assert_eq!(first_to_go(&tasks("dxHh"), false, 5), ["2"]);
    }

    #[test]
    fn what_fails_a_check_ails_and_says_which() {
        let own = Some(ContainerHealth::Unhealthy);
        let bad = Some((Health::Unhealthy, Some("status 503")));
        assert!(ails(bad, None).unwrap().ends_with("balancer's health checks: status 503"));
        assert_eq!(ails(None, own).unwrap(), "it failed its own health check");
        assert_eq!(ails(Some((Health::Initial, None)), Some(ContainerHealth::Unknown)), None);
    }
}
