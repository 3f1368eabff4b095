//! One cold start, whatever it is forced on: all tasks are stopped, a request asks for one, and questions follow.

use std::{future::Future, time::Duration};

use ragctl_stacks::bench::{Before, ColdRun, Marks};
use tokio::time::{sleep, timeout};

use super::{
    pace::{Asked, Pace},
    question,
};
use crate::{
    failure::Failure,
    service::{Client, Health},
};

/// How long the service may take to say how its start went.
const TELL: Duration = Duration::from_secs(5);

/// What cold starts are forced on.
pub(super) trait Subject {
    /// Lets every task end, and returns when none is left; where a task is only replaced, notes which are there.
    fn cool(&mut self) -> impl Future<Output = Result<(), Failure>>;

    /// Asks for a start, where a request does not do that by itself.
    fn start(&mut self) -> impl Future<Output = Result<(), Failure>>;

    /// Returns once requests reach new tasks alone; at once where no other is there.
    fn is_alone(&self) -> impl Future<Output = Result<(), Failure>>;

    /// Watches a start until a task runs, and as long as more of it can be seen.
    fn watch(&self, asked: Asked) -> impl Future<Output = Result<Watched, Failure>>;

    /// How the service's start went, in its own words.
    fn health(&self, watched: &Watched) -> impl Future<Output = Result<Health, Failure>>;
}

/// What was seen of a start, in seconds since it was asked for.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    /// What came before its process, where anything does.
    pub(super) before: Option<Before>,
    /// Its process runs.
    pub(super) runs: f64,
    /// It listens; none where that cannot be seen from outside.
    pub(super) listens: Option<f64>,
    /// Where the task itself listens.
    pub(super) address: Option<String>,
}

/// How a cold start is measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    pub(super) pace: Pace,
    /// How long it may take until it is ready, in seconds of the stack.
    pub(super) limit: f64,
    /// Questions after the second one.
    pub(super) warm: u32,
    /// Between two looks whether it is ready, where nobody holds the request until it is.
    pub(super) look_every: Duration,
}

/// Forces a cold start, and measures it through `client`.
pub(super) async fn cold(
    subject: &mut impl Subject,
    client: &Client,
    manner: Manner,
    tell: &impl Fn(&str),
) -> Result<ColdRun, Failure> {
    tell("stopping all tasks");
    subject.cool().await?;
    tell("starting");
    let asked = Asked::now(manner.pace);
    subject.start().await?;
    let seen =
        async { tokio::try_join!(ready(subject, client, asked, manner), subject.watch(asked)) };
    let limit = manner.pace.real(manner.limit);
    let late = |_| Failure::NotAwake { limit, notes: Vec::new() };
    let (ready, watched) = timeout(limit, seen).await.map_err(late)??;
    tell("the first question");
    let first = question::asked(client, asked).await?;
    tell("the second question");
    let second = question::asked(client, asked).await?;
    let health = subject.health(&watched).await?;
    let mut others = Vec::new();
    if manner.warm > 0 {
        tell("warm questions");
    }
    // One after another: a worker that is needed for the first time sets its own connections up.
    for _ in 0..manner.warm {
        others.push(question::asked(client, asked).await?.took);
    }
    let marks = marks(&watched, &health, ready, first.asked_again, manner.pace);
    Ok(ColdRun {
        phases: marks.phases().into_iter().map(|(phase, it)| (phase, whole_micros(it))).collect(),
        ready_s: whole_micros(ready),
        first_query_s: whole_micros(first.took),
        second_query_s: whole_micros(second.took),
        warm_s: others.into_iter().map(whole_micros).collect(),
    })
}

/// Seconds in whole microseconds: more digits would be noise.
fn whole_micros(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e6
}

/// Asks for `/health` until it is answered with 200, for ever.
async fn ready(
    subject: &impl Subject,
    client: &Client,
    asked: Asked,
    manner: Manner,
) -> Result<f64, Failure> {
    subject.is_alone().await?;
    loop {
        if client.answers(manner.pace.real(manner.limit)).await.is_ok() {
            return Ok(asked.elapsed());
        }
        sleep(manner.look_every).await;
    }
}

/// Puts what was seen from outside and what the service tells on one axis of time.
fn marks(
    watched: &Watched,
    health: &Health,
    ready: f64,
    asked_again: Option<f64>,
    pace: Pace,
) -> Marks {
    let told = |name: &str| {
        let ms = health.phases.get(name).copied().flatten()?;
        Some(pace.seconds(Duration::from_secs_f64(ms.max(0.0) / 1e3)))
    };
    let bind = told("bind_ms");
    let listens = watched.listens.or(bind.map(|it| watched.runs + it)).unwrap_or(watched.runs);
    // The service counts from its own start, which a script before it may have kept waiting.
    let warm = bind.zip(told("warm_ms")).map(|(bind, warm)| listens + (warm - bind));
    Marks { before: watched.before, runs: watched.runs, listens, warm, ready, asked_again }
}

/// Asks a service how its start went.
pub(super) async fn told_by(client: &Client) -> Result<Health, Failure> {
    Ok(client.health(TELL).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn health(phases: &str) -> Health {
        let text = format!(r#"{{"status": "healthy", "workers_ready": true, "phases": {phases}}}"#);
        serde_json::from_str(&text).unwrap()
    }

    const WATCHED: Watched =
        Watched { before: None, runs: 0.5, listens: Some(10.6), address: None };

    #[test]
    fn what_the_service_counts_from_its_own_start_is_put_behind_what_was_seen() {
        let health = health(r#"{"bind_ms": 10.0, "warm_ms": 410.0}"#);
        let marks = marks(&WATCHED, &health, 15.0, None, Pace(10.0));
        assert!((marks.warm.unwrap() - 14.6).abs() < 1e-9, "{marks:?}");
        assert!((marks.listens - 10.6).abs() < 1e-9);
    }

    #[test]
    fn where_nobody_sees_it_listen_the_service_says_when() {
        let watched = Watched { listens: None, ..WATCHED };
        let marks = marks(&watched, &health(r#"{"bind_ms": 10.0}"#), 15.0, None, Pace(1.0));
        assert!((marks.listens - 0.51).abs() < 1e-9 && marks.warm.is_none(), "{marks:?}");
    }

    #[test]
    fn a_service_that_tells_nothing_is_seen_from_outside_alone() {
        let marks = marks(&WATCHED, &health("{}"), 15.0, None, Pace(1.0));
        assert!((marks.listens - 10.6).abs() < 1e-9 && marks.warm.is_none(), "{marks:?}");
    }
}
