//! What a service says when it does not do what was asked.

/// An error as AWS words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// AWS's name of the error, such as `ClusterNotFoundException`.
    pub code: String,
    /// The sentence beside it.
    pub message: String,
    /// The HTTP status it comes with.
    pub status: u16,
}

/// What a service answers: its output, or why not.
pub(crate) type Reply = Result<serde_json::Value, Refusal>;

impl Refusal {
    /// A refusal with HTTP status 400, which most of AWS's are.
    pub(crate) fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), status: 400 }
    }

    /// The same with another HTTP status.
    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// An action that nobody has written here yet.
    pub(crate) fn not_here(service: &str, action: &str) -> Self {
        let message = format!("{service} {action} is not in this account in memory");
        Self::new("NotImplementedHere", message).with_status(501)
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refusal {}
