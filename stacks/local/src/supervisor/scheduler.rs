//! Pings at fixed times.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use ragctl_stacks::{
    address::Address,
    resource::{Resource, Schedule},
    stack,
    status::NextRun,
};
use tokio::{net::TcpStream, time::timeout};

use crate::balancer::PURPOSE;

/// How long a ping may take, in real time. As `EventBridge`'s API destinations: at most 5 s.
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html>
const PING_LIMIT: Duration = Duration::from_secs(5);

/// The schedules of a stack, and when each runs next, in the stack's own time.
///
/// The stack's own time starts at the wall clock's and runs at the time scale, so that `cron(0 8 …)` has a meaning at any scale.
#[derive(Debug)]
pub(super) struct Scheduler {
    started: Timestamp,
    next: BTreeMap<Address, Entry>,
}

#[derive(Debug)]
struct Entry {
    schedule: Schedule,
    at: Option<Timestamp>,
}

impl Scheduler {
    /// Counts from `started`, the wall clock's time when the stack's clock stood at zero.
    pub(super) const fn new(started: Timestamp) -> Self {
        Self { started, next: BTreeMap::new() }
    }

    /// Takes over what schedules there are now; one that did not change keeps its next time.
    pub(super) fn edit<'a>(
        &mut self,
        now: Duration,
        resources: impl IntoIterator<Item = &'a Resource>,
    ) {
        let now = self.time(now);
        let mut old = std::mem::take(&mut self.next);
        for resource in resources {
            let Resource::Schedule(schedule) = resource else { continue };
            let address = resource.address();
            let same =
                old.remove(&address).filter(|it| it.schedule.expression == schedule.expression);
            let at = same.map_or_else(|| next_after(&schedule.expression, now), |it| it.at);
            self.next.insert(address, Entry { schedule: schedule.clone(), at });
        }
    }

    /// The paths to ask for now. What was missed while nobody looked is asked for once.
    pub(super) fn due(&mut self, now: Duration) -> Vec<String> {
        let now = self.time(now);
        let due = self.next.values_mut().filter(|it| it.at.is_some_and(|at| at <= now));
        due.filter_map(|it| {
            it.at = next_after(&it.schedule.expression, now);
            it.schedule.path.clone()
        })
        .collect()
    }

    /// When each runs next, on the wall clock.
    pub(super) fn next_runs(
        &self,
        now: Duration,
        real: impl Fn(Duration) -> Duration,
    ) -> Vec<NextRun> {
        let (now, wall) = (self.time(now), Timestamp::now());
        let at = |it: &Entry| {
            let wait = Duration::try_from(it.at?.duration_since(now)).unwrap_or_default();
            wall.checked_add(real(wait)).ok()
        };
        let all = self.next.iter();
        all.map(|(address, it)| NextRun { address: address.clone(), at: at(it) }).collect()
    }

    fn time(&self, now: Duration) -> Timestamp {
        self.started.checked_add(now).unwrap_or(Timestamp::MAX)
    }
}

/// When `expression` next holds, strictly after `after`; `None` when it never does.
fn next_after(expression: &str, after: Timestamp) -> Option<Timestamp> {
    match stack::Schedule::parse(expression) {
        Ok(schedule) => schedule.next_after(after),
        Err(_) => {
            // The stack file is checked for this; only a step made by hand can get here.
            tracing::warn!(expression, "a schedule cannot be read, and never runs");
            None
        }
    }
}

/// Asks the balancer at `port` for `path`, as a ping.
pub(super) async fn ping(port: u16, path: &str) -> Result<StatusCode, String> {
    let asked = async {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.map_err(|it| it.to_string())?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|it| it.to_string())?;
        tokio::spawn(connection);
        let request = Request::get(path)
            .header(http::header::HOST, format!("127.0.0.1:{port}"))
            .header(PURPOSE, "ping")
            .body(Empty::<Bytes>::new())
            .map_err(|it| it.to_string())?;
        let answer = sender.send_request(request).await.map_err(|it| it.to_string())?;
        let status = answer.status();
        // Read to its end, so that the task does not see its caller go away.
        answer.into_body().collect().await.map_err(|it| it.to_string())?;
        Ok(status)
    };
    let limit = format!("no answer within {} s", PING_LIMIT.as_secs());
    timeout(PING_LIMIT, asked).await.unwrap_or(Err(limit))
}

#[cfg(test)]
mod tests {
    use ragctl_stacks::address::{Kind, Name};

    use super::*;

    fn schedule(expression: &str) -> Resource {
        Schedule {
            name: Name::app(),
            expression: expression.into(),
            path: Some("/health".into()),
            through: Address::app(Kind::LoadBalancer),
            role: None,
        }
        .into()
    }

    const fn minutes(count: u64) -> Duration {
        Duration::from_secs(60 * count)
    }

    #[test]
    fn a_rate_is_due_once_each_period_and_what_was_missed_only_once() {
        let mut scheduler = Scheduler::new(Timestamp::UNIX_EPOCH);
        scheduler.edit(minutes(0), &[schedule("rate(10 minutes)")]);
        assert_eq!(scheduler.due(minutes(9)), [""; 0]);
        assert_eq!(scheduler.due(minutes(10)), ["/health"]);
        assert_eq!(scheduler.due(minutes(11)), [""; 0]);
        assert_eq!(scheduler.due(minutes(55)), ["/health"]);
        assert_eq!(scheduler.due(minutes(55)), [""; 0]);
    }

    #[test]
    fn an_edit_of_the_rate_counts_anew_and_any_other_does_not() {
        let mut scheduler = Scheduler::new(Timestamp::UNIX_EPOCH);
        scheduler.edit(minutes(0), &[schedule("rate(10 minutes)")]);
        scheduler.edit(minutes(8), &[schedule("rate(10 minutes)")]);
        assert_eq!(scheduler.due(minutes(10)).len(), 1);
        scheduler.edit(minutes(12), &[schedule("rate(1 hour)")]);
        assert_eq!(scheduler.due(minutes(71)).len(), 0);
        assert_eq!(scheduler.due(minutes(72)).len(), 1);
        scheduler.edit(minutes(73), &[]);
        assert_eq!(scheduler.due(minutes(7300)).len(), 0);
    }

    #[test]
    fn a_cron_expression_is_meant_in_the_stacks_own_time() {
        let mut scheduler = Scheduler::new("2026-01-01T07:50:00Z".parse().unwrap());
        scheduler.edit(minutes(0), &[schedule("cron(0 8 * * ? *)")]);
        assert_eq!(scheduler.due(minutes(9)).len(), 0);
        assert_eq!(scheduler.due(minutes(10)).len(), 1);
        assert_eq!(scheduler.due(minutes(11)).len(), 0);
        assert_eq!(scheduler.due(minutes(10 + 24 * 60)).len(), 1);
    }

    #[test]
    fn the_next_run_is_told_on_the_wall_clock() {
        let mut scheduler = Scheduler::new(Timestamp::UNIX_EPOCH);
        scheduler.edit(minutes(0), &[schedule("rate(10 minutes)")]);
        let runs = scheduler.next_runs(minutes(4), |virtual_time| virtual_time / 60);
        let wait = runs[0].at.unwrap().duration_since(Timestamp::now());
        assert!((4.0..=6.0).contains(&wait.as_secs_f64()), "six minutes at scale 60: {wait:?}");
    }
}
