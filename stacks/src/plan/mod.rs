//! From what should be and what is to the steps between them. Pure: the same arguments always give the same plan.

mod compare;
mod markdown;
mod order;
mod record;
mod text;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};

pub use self::{
    markdown::plain as in_markdown,
    record::PlanRecordError,
    text::{Line, Mark},
};
use crate::{
    address::Address,
    desired::Desired,
    live::{Foreign, Live},
    resource::{Changes, Digest, ReplaceOrder, Resource},
};

/// Ordered steps from what is to what should be. A value: it can be saved, reviewed and carried out exactly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Version of this record's form.
    pub format: u32,
    /// Whose plan it is.
    pub scope: Scope,
    /// Each comes after those that it needs.
    pub steps: Vec<Step>,
    /// What was live when the plan was made.
    pub made_from: BTreeMap<Address, Digest>,
}

/// Whose plan it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// The stack.
    pub stack: String,
    /// The target.
    pub target: String,
    /// The environment, if one was chosen.
    pub environment: Option<String>,
}

/// One action on one address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What it is done to.
    pub address: Address,
    /// What is done.
    pub action: Action,
    /// Why. Explains; drives nothing.
    pub because: Reason,
    /// The steps of this plan that must be done before, by their addresses.
    pub after: BTreeSet<Address>,
}

/// What is done to a resource. Having nothing to do is having no step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Make it.
    Create(Resource),
    /// Edit it in place.
    Update {
        /// What it shall be.
        to: Resource,
        /// What differs.
        changes: Changes,
    },
    /// Put a new one in its place.
    Replace {
        /// What the new one shall be.
        to: Resource,
        /// Which comes first.
        order: ReplaceOrder,
        /// What differs.
        changes: Changes,
    },
    /// Remove it.
    Delete(Resource),
}

impl Action {
    /// The action in one word.
    #[must_use]
    pub const fn verb(&self) -> Verb {
        match self {
            Self::Create(_) => Verb::Create,
            Self::Update { .. } => Verb::Update,
            Self::Replace { .. } => Verb::Replace,
            Self::Delete(_) => Verb::Delete,
        }
    }

    /// What the resource shall be; `None` for a deletion.
    #[must_use]
    pub const fn wanted(&self) -> Option<&Resource> {
        match self {
            Self::Create(to) | Self::Update { to, .. } | Self::Replace { to, .. } => Some(to),
            Self::Delete(_) => None,
        }
    }
}

/// An action in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Make.
    Create,
    /// Edit in place.
    Update,
    /// Put a new one in its place.
    Replace,
    /// Remove.
    Delete,
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
        })
    }
}

/// Why there is a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The file wants it, and it is not there.
    NotThere,
    /// The file wants it otherwise.
    Differs,
    /// The file does not want it any more.
    NotWanted,
    /// It is part of this one, which is replaced.
    GoesWith(Address),
}

/// How many steps of each sort a plan has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// To create.
    pub create: usize,
    /// To update.
    pub update: usize,
    /// To replace.
    pub replace: usize,
    /// To delete.
    pub delete: usize,
}

impl Plan {
    /// The version that this program writes and reads.
    pub const FORMAT: u32 = 1;

    /// Whether there is nothing to do.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// How many steps of each sort there are.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for step in &self.steps {
            match step.action.verb() {
                Verb::Create => summary.create += 1,
                Verb::Update => summary.update += 1,
                Verb::Replace => summary.replace += 1,
                Verb::Delete => summary.delete += 1,
            }
        }
        summary
    }

    /// The first address, if any, at which `live` is not what the plan was made from.
    #[must_use]
    pub fn stale_at(&self, live: &Live) -> Option<Address> {
        let now = live.fingerprint();
        let before = &self.made_from;
        let addresses: BTreeSet<&Address> = now.keys().chain(before.keys()).collect();
        addresses.into_iter().find(|at| now.get(*at) != before.get(*at)).cloned()
    }

    /// The plan as plain lines, for people.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        text::lines(self)
    }

    /// The plan as Markdown, for a comment on a pull request.
    #[must_use]
    pub fn markdown(&self) -> String {
        markdown::page(self)
    }
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PlanError {
    /// Things of others have the names that the stack's resources would have. They are never touched.
    #[error("{}", told(.0))]
    NotOurs(BTreeMap<Address, Foreign>),
    /// Resources need each other in a circle: a fault of whoever listed them, not of the user.
    #[error("these need each other in a circle: {}", list(.0))]
    Ring(Vec<Address>),
    /// A wanted resource needs one that is not wanted: a fault as well.
    #[error("`{address}` needs `{needs}`, which is not wanted")]
    Unmet {
        /// What is wanted.
        address: Address,
        /// What it needs.
        needs: Address,
    },
}

fn told(foreign: &BTreeMap<Address, Foreign>) -> String {
    let each = foreign.iter().map(|(address, it)| match &it.owner {
        Some(owner) => format!("`{address}` would be {}, which belongs to stack `{owner}`", it.id),
        None => format!("`{address}` would be {}, which is not ragctl's", it.id),
    });
    each.collect::<Vec<_>>().join("\n")
}

fn list(addresses: &[Address]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Lists the steps that turn `live` into `desired`.
///
/// The same arguments always give the same plan. Each step comes after those it needs; a deletion comes after all that
/// still refer to what is deleted.
///
/// # Errors
///
/// [`PlanError::NotOurs`] when something of others has the name of a wanted resource, [`PlanError::Ring`] when resources
/// need each other in a circle, [`PlanError::Unmet`] when one needs another that is not wanted.
pub fn plan(desired: &Desired, live: &Live) -> Result<Plan, PlanError> {
    if let Some((address, needs)) = desired.unmet_need() {
        return Err(PlanError::Unmet { address, needs });
    }
    let foreign = |at: &Address| live.foreign(at).map(|it| (at.clone(), it.clone()));
    let foreign: BTreeMap<_, _> = desired.addresses().filter_map(foreign).collect();
    if !foreign.is_empty() {
        return Err(PlanError::NotOurs(foreign));
    }
    Ok(Plan {
        format: Plan::FORMAT,
        scope: desired.scope.clone(),
        steps: order::by_need(compare::steps(desired, live))?,
        made_from: live.fingerprint(),
    })
}
