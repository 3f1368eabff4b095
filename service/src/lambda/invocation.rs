//! One event, and the time that there is for it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::{HeaderMap, HeaderValue};
use bytes::Bytes;
use tokio::time::Instant;

/// How long before the end of an invocation its answer has to be there: late enough to be of use, early enough for the
/// client to learn why there is none. At the end, Lambda kills the process.
const FOR_THE_ANSWER: Duration = Duration::from_millis(750);

/// How long before its end nothing is done any more.
const FOR_THE_REST: Duration = Duration::from_millis(250);

/// The longest time that a function can have, when nobody says how long this one has.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const LONGEST: Duration = Duration::from_secs(900);

/// One event.
pub(super) struct Invocation {
    /// What Lambda calls it.
    pub(super) id: String,
    /// To be sent back with the answer, where it came with the event: by it Lambda knows a late answer to an earlier one.
    pub(super) sequence: Option<HeaderValue>,
    /// `Root=…;Parent=…;Sampled=…`, as X-Ray writes it.
    pub(super) trace: Option<HeaderValue>,
    pub(super) event: Bytes,
    began: Instant,
    end: Instant,
}

impl Invocation {
    /// An event with what came beside it; none when it has no id.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-next>
    pub(super) fn new(headers: &HeaderMap, event: Bytes) -> Option<Self> {
        let id = headers.get("lambda-runtime-aws-request-id")?.to_str().ok()?.to_owned();
        let end_ms = headers.get("lambda-runtime-deadline-ms").and_then(|it| it.to_str().ok());
        let end = end_ms.and_then(|it| it.parse().ok()).map(Duration::from_millis);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let left = end.map_or(LONGEST, |end| end.saturating_sub(now)).min(LONGEST);
        let began = Instant::now();
        Some(Self {
            id,
            sequence: headers.get("lambda-runtime-invocation-id").cloned(),
            trace: headers.get("lambda-runtime-trace-id").cloned(),
            event,
            began,
            end: began + left,
        })
    }

    /// When the answer has to be there. A function with a second or less has half of it for the answer.
    pub(super) fn answer_by(&self) -> Instant {
        self.end - FOR_THE_ANSWER.min((self.end - self.began) / 2)
    }

    /// The same, as a time from its begin.
    pub(super) fn time_for_answer(&self) -> Duration {
        self.answer_by() - self.began
    }

    /// When everything has to be done.
    pub(super) fn finish_by(&self) -> Instant {
        self.end - FOR_THE_REST.min((self.end - self.began) / 4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invocation(left: Duration) -> Invocation {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("lambda-runtime-aws-request-id", HeaderValue::from_static("a"));
        headers.insert(
            "lambda-runtime-deadline-ms",
            HeaderValue::try_from((now + left).as_millis().to_string()).unwrap(),
        );
        Invocation::new(&headers, Bytes::new()).unwrap()
    }

    #[tokio::test]
    async fn the_answer_comes_before_the_rest_and_the_rest_before_the_end() {
        for seconds in [1, 3, 900] {
            let it = invocation(Duration::from_secs(seconds));
            assert!(it.began < it.answer_by(), "{seconds}");
            assert!(it.answer_by() < it.finish_by() && it.finish_by() < it.end, "{seconds}");
        }
        let late = invocation(Duration::ZERO);
        assert_eq!(late.time_for_answer(), Duration::ZERO);
    }

    #[test]
    fn an_event_without_an_id_is_none() {
        assert!(Invocation::new(&HeaderMap::new(), Bytes::new()).is_none());
    }
}
