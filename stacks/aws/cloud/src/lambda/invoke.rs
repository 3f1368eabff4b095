//! Calls of functions. Nothing runs here: a function answers what the test planted.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::missing;
use super::name::{LATEST, find, named};
use super::report;
use crate::account::{Here, Region};
use crate::input::{set, text};
use crate::refusal::{Refusal, Reply};

/// How many bytes of its log a function shows to whoever calls it.
const TAIL: usize = 4096;

/// What a function answers when it is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// What it returns; what went wrong, where it fails.
    pub payload: Value,
    /// `Unhandled` or `Handled` where it fails.
    pub error: Option<String>,
    /// What it logged, for callers who ask for the tail of that: Lambda's report comes behind it. Default: nothing.
    pub log: String,
    /// What it uses of a processor; with a part of one it takes longer. Default: nothing.
    pub work: Duration,
}

impl Answer {
    /// It returns this.
    pub fn returning(payload: Value) -> Self {
        Self { payload, ..Self::default() }
    }

    /// It fails with this message, as a function does that panics.
    pub fn failing(message: &str) -> Self {
        let payload = json!({"errorType": "Runtime.ExitError", "errorMessage": message});
        Self { payload, error: Some("Unhandled".into()), ..Self::default() }
    }

    /// The same with a log.
    pub fn logging(mut self, log: &str) -> Self {
        log.clone_into(&mut self.log);
        self
    }

    /// The same with this much work.
    pub fn working(mut self, work: Duration) -> Self {
        self.work = work;
        self
    }
}

impl From<Value> for Answer {
    fn from(payload: Value) -> Self {
        Self::returning(payload)
    }
}

impl Region {
    /// Has a function answer `answer` whenever it is called, unless something else is planted for
    /// what it is called by.
    pub fn plant_answer(&mut self, function: &str, answer: impl Into<Answer>) {
        self.lambda.answers.insert(function.to_owned(), answer.into());
    }

    /// Has a version (by number) or an alias of a function answer `answer` whenever it is called,
    /// also by the aliases that point to the version; `$LATEST` is what calls without a qualifier
    /// reach. What is planted for an alias comes before what is planted for its version.
    pub fn plant_answer_of(&mut self, function: &str, qualifier: &str, answer: Answer) {
        self.lambda.answers.insert(format!("{function}:{qualifier}"), answer);
    }
}

pub(super) fn invoke(here: &mut Here<'_>, input: &Value) -> Reply {
    let (now, named) = (here.now, named(input)?);
    let arn = named.arn(here.region);
    let function = find(here.region, input)?;
    let asked = named.qualifier.as_deref().unwrap_or(LATEST);
    let number = function.number_of(asked).ok_or_else(|| missing(&arn))?.to_owned();
    function.version_must_be_active(&number, now)?;
    if function.reserved == Some(0) {
        let message = "Rate Exceeded.";
        return Err(Refusal::new("TooManyRequestsException", message).with_status(429));
    }
    match text(input, "InvocationType") {
        Some("DryRun") => return Ok(json!({"StatusCode": 204})),
        Some("Event") => return Ok(json!({"StatusCode": 202, "ExecutedVersion": number})),
        _ => {}
    }
    let called = report::Called::now(function, &number);
    let answers = &here.region.lambda.answers;
    let name = &named.name;
    let planted = [format!("{name}:{asked}"), format!("{name}:{number}"), name.clone()];
    let answer = planted.iter().find_map(|it| answers.get(it));
    let answer = answer.ok_or_else(|| {
        Refusal::new("ServiceException", format!("no answer is planted for {name}"))
    })?;
    let mut said = json!({"StatusCode": 200, "ExecutedVersion": number, "Payload": answer.payload});
    if let Some(error) = &answer.error {
        set(&mut said, "FunctionError", error.as_str());
    }
    if text(input, "LogType") == Some("Tail") {
        let log = format!("{}{}", answer.log, called.report(answer.work));
        let log = log.as_bytes();
        let tail = log.get(log.len().saturating_sub(TAIL)..).unwrap_or_default();
        set(&mut said, "LogResult", STANDARD.encode(tail));
    }
    Ok(said)
}
