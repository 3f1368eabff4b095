//! A row of a service's table.

use serde_json::{Value, json};

use super::{Purpose, subject::Subject};
use crate::tags;

/// Actions on a sort of thing, and for what they are needed.
///
/// Rows of one [`Right::sid`] have the same condition and become one statement, for a policy may not be large. It says no
/// more than they do: an action is only ever about its own sort of thing.
#[derive(Clone, Copy)]
pub(super) struct Right {
    /// The statement's name.
    pub(super) sid: &'static str,
    /// Who needs it.
    pub(super) purposes: &'static [Purpose],
    /// Whether this stack does.
    pub(super) need: fn(&Subject<'_>) -> bool,
    /// The things, by their ARNs; none: nothing is needed.
    pub(super) on: fn(&Subject<'_>) -> Vec<String>,
    /// What must be the case besides.
    pub(super) only: fn(&Subject<'_>) -> Option<Value>,
    /// The actions, as IAM writes them.
    pub(super) actions: &'static [&'static str],
}

/// Whoever uses ragctl.
pub(super) const EVERYBODY: &[Purpose] = &[Purpose::Plan, Purpose::Deploy, Purpose::Destroy];

/// Whoever only looks.
pub(super) const PLAN: &[Purpose] = &[Purpose::Plan];

/// Whoever changes something.
pub(super) const CHANGING: &[Purpose] = &[Purpose::Deploy, Purpose::Destroy];

/// Whoever deploys.
pub(super) const DEPLOY: &[Purpose] = &[Purpose::Deploy];

/// Whoever takes a stack down.
pub(super) const DESTROY: &[Purpose] = &[Purpose::Destroy];

/// What AWS cannot tell apart, so that it is on `*`.
const READ: &str = "Read";

/// What has the stack's name in its ARN.
pub(super) const OWN: &str = "Own";

/// What an edit of the file can leave out, so that a deployment removes it.
pub(super) const LEFT_OUT: &str = "LeftOut";

/// A row that says nothing yet: `..RIGHT` fills in what most rows have.
pub(super) const RIGHT: Right = Right {
    sid: READ,
    purposes: EVERYBODY,
    need: |_| true,
    on: |_| vec!["*".to_owned()],
    only: |_| None,
    actions: &[],
};

/// Only what has the stack's tag.
#[expect(clippy::unnecessary_wraps, reason = "the form that a row's condition has")]
pub(super) fn tagged(of: &Subject<'_>) -> Option<Value> {
    let key = format!("aws:ResourceTag/{}", tags::STACK);
    Some(json!({ "StringEquals": { key: of.names.stack() } }))
}
