//! What a check finds.

use ragctl_stacks::backend::BackendError;
use serde::Serialize;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check.
    pub check: &'static str,
    /// How it came out.
    pub state: State,
    /// What was found: a fragment without a full stop.
    pub what: String,
    /// What can be typed or done about it.
    pub remedy: Option<String>,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// A deployment finds what it needs.
    Passed,
    /// A deployment succeeds, and something is worth a look.
    Warning,
    /// A deployment would fail, or what it makes would not work.
    Failed,
    /// There is nothing to check, or no way to.
    Skipped,
}

/// What one check has found so far.
#[derive(Debug)]
pub(super) struct Findings {
    check: &'static str,
    all: Vec<Finding>,
}

impl Findings {
    pub(super) const fn of(check: &'static str) -> Self {
        Self { check, all: Vec::new() }
    }

    pub(super) fn passed(&mut self, what: impl Into<String>) {
        self.add(State::Passed, what.into(), None);
    }

    pub(super) fn warning(&mut self, what: impl Into<String>, remedy: impl Into<String>) {
        self.add(State::Warning, what.into(), Some(remedy.into()));
    }

    pub(super) fn failed(&mut self, what: impl Into<String>, remedy: impl Into<String>) {
        self.add(State::Failed, what.into(), Some(remedy.into()));
    }

    pub(super) fn skipped(&mut self, what: impl Into<String>) {
        self.add(State::Skipped, what.into(), None);
    }

    /// A question that only this check asks was not answered. That it may not be asked keeps nobody from deploying.
    pub(super) fn unanswered(&mut self, error: &BackendError) {
        match error {
            BackendError::NotAllowed { operation, .. } => self.add(
                State::Skipped,
                format!("cannot be told: these credentials may not call {operation}"),
                // Only `verify` asks it, so that no policy for another command has it.
                Some(format!("allow them `{}`, or look yourself", operation.replace(' ', ":"))),
            ),
            _ => self.refused(error),
        }
    }

    /// A question that a deployment asks too was not answered.
    pub(super) fn refused(&mut self, error: &BackendError) {
        let remedy = match error {
            BackendError::NotAllowed { .. } => {
                "`ragctl iam policy` prints what the credentials must be allowed"
            }
            BackendError::Unreachable { .. } => "see that this machine reaches AWS, and try again",
            _ => "`ragctl deploy` would meet the same; mend what AWS names",
        };
        self.failed(error.to_string(), remedy);
    }

    fn add(&mut self, state: State, what: String, remedy: Option<String>) {
        self.all.push(Finding { check: self.check, state, what, remedy });
    }

    /// Whether nothing was found yet.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether something is in a deployment's way.
    pub(super) fn has_failed(&self) -> bool {
        self.all.iter().any(|it| it.state == State::Failed)
    }

    pub(super) fn done(self) -> Vec<Finding> {
        self.all
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list<T: AsRef<str>>(items: &[T]) -> String {
    let all: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match all.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// `1 subnet`, `2 subnets`.
pub(super) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}
