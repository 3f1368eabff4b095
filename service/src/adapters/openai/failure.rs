//! From what went wrong to [`ProviderError`], without a key or a URL in it.

use std::{error::Error, time::Duration};

use jiff::{Timestamp, fmt::rfc2822};
use reqwest::{Response, header::RETRY_AFTER};
use serde::Deserialize;
use serde_json::Value;

use crate::{config::Secret, ports::ProviderError};

/// The most of a refusal's body that is read.
const LONGEST_REFUSAL_BYTES: usize = 16 * 1024;

/// The most of a provider's own words that is passed on.
const LONGEST_REASON: usize = 300;

/// Names one provider's failures.
#[derive(Clone)]
pub(super) struct Failures {
    pub(super) provider: String,
    /// Taken out of whatever the provider says.
    pub(super) key: Option<Secret>,
}

/// `{"error": {"message": …}}`, `{"error": "…"}` and `{"message": …}` are all seen.
#[derive(Deserialize)]
struct Refusal {
    error: Option<Value>,
    message: Option<Value>,
}

impl Failures {
    /// No connection, or one that broke off.
    pub(super) fn transport(&self, error: reqwest::Error) -> ProviderError {
        let error = error.without_url();
        let mut reason = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            if !reason.ends_with(&cause_text) {
                reason.push_str(": ");
                reason.push_str(&cause_text);
            }
            source = cause.source();
        }
        ProviderError::Unreachable { provider: self.provider.clone(), reason: self.clean(&reason) }
    }

    /// An answer that is not a success.
    pub(super) async fn refusal(&self, mut response: Response) -> ProviderError {
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| pause(value.to_str().ok()?, Timestamp::now()));
        let mut body = Vec::new();
        while let Ok(Some(part)) = response.chunk().await {
            body.extend_from_slice(&part);
            if body.len() > LONGEST_REFUSAL_BYTES {
                break;
            }
        }
        ProviderError::Refused {
            provider: self.provider.clone(),
            status: response.status().as_u16(),
            reason: self.clean(&words(&body)),
            retry_after,
        }
    }

    /// A failure told within an answer that began as a success.
    pub(super) fn told(&self, error: &Value) -> ProviderError {
        let status =
            error.get("code").and_then(Value::as_u64).and_then(|code| code.try_into().ok());
        ProviderError::Refused {
            provider: self.provider.clone(),
            status: status.filter(|code| (400..600).contains(code)).unwrap_or(500),
            reason: self.clean(&message(error)),
            retry_after: None,
        }
    }

    /// A success that makes no sense.
    pub(super) fn unusable(&self, reason: impl Into<String>) -> ProviderError {
        ProviderError::Unusable {
            provider: self.provider.clone(),
            reason: self.clean(&reason.into()),
        }
    }

    /// On one line, short, and without the key.
    fn clean(&self, reason: &str) -> String {
        let reason = match &self.key {
            Some(key) => reason.replace(&*key.expose(), "[secret]"),
            None => reason.to_owned(),
        };
        let words: Vec<&str> = reason.split_whitespace().collect();
        let mut line = words.join(" ");
        if let Some((end, _)) = line.char_indices().nth(LONGEST_REASON) {
            line.truncate(end);
            line.push('…');
        }
        line
    }
}

fn words(body: &[u8]) -> String {
    match serde_json::from_slice::<Refusal>(body) {
        Ok(Refusal { error: Some(error), .. }) => message(&error),
        Ok(Refusal { message: Some(message), .. }) => self::message(&message),
        _ if body.is_empty() => "no reason given".to_owned(),
        _ => String::from_utf8_lossy(body).into_owned(),
    }
}

fn message(error: &Value) -> String {
    let words = error.get("message").unwrap_or(error);
    words.as_str().map_or_else(|| words.to_string(), ToOwned::to_owned)
}

/// Reads `Retry-After`: seconds, or a date.
fn pause(value: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = rfc2822::DateTimeParser::new().parse_timestamp(value.trim()).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures() -> Failures {
        Failures { provider: "models:1".to_owned(), key: Some(Secret::new("sk-123")) }
    }

    #[test]
    fn a_pause_is_seconds_or_a_date() {
        let now: Timestamp = "2015-10-21T07:27:30Z".parse().unwrap();
        assert_eq!(pause("20", now), Some(Duration::from_secs(20)));
        assert_eq!(pause("0.5", now), Some(Duration::from_millis(500)));
        let date = "Wed, 21 Oct 2015 07:28:00 GMT";
        assert_eq!(pause(date, now), Some(Duration::from_secs(30)));
        let past = "Wed, 21 Oct 2015 07:00:00 GMT";
        assert_eq!(pause(past, now), Some(Duration::ZERO));
        for nonsense in ["soon", "-1", "NaN", ""] {
            assert_eq!(pause(nonsense, now), None, "{nonsense}");
        }
    }

    #[test]
    fn the_reason_is_found_in_every_shape() {
        assert_eq!(words(br#"{"error":{"message":"bad key"}}"#), "bad key");
        assert_eq!(words(br#"{"error":"bad key"}"#), "bad key");
        assert_eq!(words(br#"{"message":"bad key","code":1}"#), "bad key");
        assert_eq!(words(b"<h1>bad gateway</h1>"), "<h1>bad gateway</h1>");
        assert_eq!(words(b""), "no reason given");
    }

    #[test]
    fn a_reason_is_one_short_line_without_the_key() {
        let line = failures().clean("wrong key\n  sk-123 ");
        assert_eq!(line, "wrong key [secret]");
        let long = failures().clean(&"字".repeat(1000));
        assert_eq!(long.chars().count(), LONGEST_REASON + 1);
    }
}
