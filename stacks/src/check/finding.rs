//! What a rule finds in a file.

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::rule::Rule;
use crate::config::{Spot, edit::NewValue};

/// What is wrong, as a rule says it: it knows the stack, and not the file that it is written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The fields that it is about, the one to change first.
    pub(super) fields: Vec<String>,
    /// What happens, with the figures of this stack: a sentence without its full stop.
    pub(super) why: String,
    /// What to do about it, in the same form.
    pub(super) remedy: String,
    /// The values that would mend it; none where only a person can say.
    pub(super) fix: Vec<Edit>,
}

/// A better value, and why it is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// The field, written with points.
    pub path: &'static str,
    /// What it should be.
    pub value: NewValue,
    /// Why, in words for a comment.
    pub reason: String,
}

impl Found {
    pub(super) fn at(fields: &[&str], why: impl Into<String>, remedy: impl Into<String>) -> Self {
        let fields = fields.iter().map(|it| (*it).to_owned()).collect();
        Self { fields, why: why.into(), remedy: remedy.into(), fix: Vec::new() }
    }

    /// Adds a value that mends it.
    pub(super) fn mended(
        mut self,
        path: &'static str,
        value: NewValue,
        reason: impl Into<String>,
    ) -> Self {
        self.fix.push(Edit { path, value, reason: reason.into() });
        self
    }
}

/// A rule that a file breaks, and where.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// The field that it is shown at, written with points.
    pub field: String,
    /// Where that stands; where nobody wrote it, the section that it belongs to, or the first line.
    pub at: Spot,
    /// Whether somebody wrote one of the fields that it is about; else all are defaults.
    pub is_written: bool,
    /// What happens, with the figures of this stack: a sentence without its full stop.
    pub why: String,
    /// What to do about it, in the same form.
    pub remedy: String,
    /// The values that would mend it; none where only a person can say.
    pub fix: Vec<Edit>,
    /// The environments that it holds in; `None` is the file without one.
    pub environments: Vec<Option<String>>,
}

impl Finding {
    /// Whether two are the same, told of different environments.
    pub(super) fn is(&self, other: &Self) -> bool {
        let is_there = self.at == other.at || !(self.is_written || other.is_written);
        self.rule.id == other.rule.id && is_there && self.why == other.why
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut all = to.serialize_struct("Finding", 12)?;
        all.serialize_field("rule", self.rule.id)?;
        all.serialize_field("severity", &self.rule.severity)?;
        all.serialize_field("title", self.rule.title)?;
        all.serialize_field("field", &self.field)?;
        all.serialize_field("line", &self.at.line)?;
        all.serialize_field("column", &self.at.column)?;
        all.serialize_field("is_written", &self.is_written)?;
        all.serialize_field("why", &self.why)?;
        all.serialize_field("remedy", &self.remedy)?;
        all.serialize_field("source", self.rule.source)?;
        all.serialize_field("fix", &self.fix)?;
        all.serialize_field("environments", &self.environments)?;
        all.end()
    }
}
