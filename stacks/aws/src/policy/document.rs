//! A policy, as IAM takes it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{Purpose, right::Right, rights, subject::Subject};

/// What somebody may do.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    version: &'static str,
    statement: Vec<Statement>,
}

/// Actions on some things.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Statement {
    /// Its name.
    pub sid: &'static str,
    effect: &'static str,
    /// The actions, such as `ecs:CreateService`.
    #[serde(serialize_with = "one_or_all")]
    pub action: BTreeSet<&'static str>,
    /// On what: ARNs with `*` for anything and `?` for any letter, or `*`.
    #[serde(serialize_with = "one_or_all")]
    pub resource: BTreeSet<String>,
    /// What must be the case besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<Value>,
}

impl Policy {
    pub(super) fn of(subject: &Subject<'_>, purpose: Purpose) -> Self {
        let mut by_sid: BTreeMap<&'static str, Statement> = BTreeMap::new();
        let needed = |it: &&Right| it.purposes.contains(&purpose) && (it.need)(subject);
        for right in rights::of(subject.stack.target).iter().copied().flatten().filter(needed) {
            let resource = (right.on)(subject);
            if resource.is_empty() {
                continue;
            }
            let condition = (right.only)(subject);
            let new = || Statement {
                sid: right.sid,
                effect: "Allow",
                action: BTreeSet::new(),
                resource: BTreeSet::new(),
                condition: condition.clone(),
            };
            let statement = by_sid.entry(right.sid).or_insert_with(new);
            debug_assert_eq!(statement.condition, condition, "{}", right.sid);
            statement.action.extend(right.actions);
            statement.resource.extend(resource);
        }
        Self { version: "2012-10-17", statement: by_sid.into_values().collect() }
    }

    /// What it says, by the names of its statements.
    #[must_use]
    pub fn statements(&self) -> &[Statement] {
        &self.statement
    }

    /// How large it is, as IAM counts.
    #[must_use]
    pub fn size(&self) -> usize {
        let text = serde_json::to_string(self).expect("a policy has a JSON form");
        text.chars().filter(|it| !it.is_whitespace()).count()
    }
}

/// A list of one is written as the one.
fn one_or_all<S: Serializer, T: Serialize + Ord>(
    all: &BTreeSet<T>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match all.first() {
        Some(one) if all.len() == 1 => one.serialize(to),
        _ => all.serialize(to),
    }
}
