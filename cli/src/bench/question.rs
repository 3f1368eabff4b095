//! The seed's question, asked until it is answered.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::pace::Asked;
use crate::{
    failure::Failure,
    service::{Client, Mode, Question},
};

/// What the seed's test asks: `{"query": "test query", "mode": "naive"}`.
pub(crate) const QUERY: &str = "test query";

/// How long the seed's test waits for an answer, in seconds of the stack.
pub(super) const LIMIT: f64 = 120.0;

/// How a question went.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answered {
    /// Seconds of the stack until the answer.
    pub(super) took: f64,
    /// When the question was asked that was answered, where that was not the first time; in seconds since what it belongs to was
    /// asked for.
    pub(super) asked_again: Option<f64>,
}

/// Asks, comes again when it is told to, and returns once there is an answer.
pub(super) async fn asked(client: &Client, since: Asked) -> Result<Answered, Failure> {
    let began = since.elapsed();
    let question = Question { query: QUERY.to_owned(), mode: Some(Mode::Naive), chunk_top_k: None };
    let until = Instant::now() + since.pace.real(LIMIT);
    let mut asked_again = None;
    let mut last = None;
    let ask = async {
        loop {
            let error = match client.query(&question).await {
                Ok(answer) if answer.response.trim().is_empty() => {
                    return Err(Failure::NoAnswer("the answer is empty".to_owned()));
                }
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            let Some(after) = error.retry_after() else { return Err(error.into()) };
            last = Some(error.to_string());
            sleep(since.pace.real(after.as_secs_f64())).await;
            asked_again = Some(since.elapsed());
        }
    };
    let done = timeout_at(until, ask).await;
    let silent = || Failure::NoAnswer(last.unwrap_or_else(|| "it says nothing".to_owned()));
    done.map_err(|_| silent())??;
    Ok(Answered { took: since.elapsed() - began, asked_again })
}

/// How long the balancer may be silent before a call is given up: longer than any answer that counts.
pub(super) fn silence(pace: super::pace::Pace) -> Duration {
    pace.real(2.0 * LIMIT) + Duration::from_secs(5)
}
