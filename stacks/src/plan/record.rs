//! A plan in a file: saved, reviewed, and carried out exactly.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::Plan;
use crate::address::Address;

/// Why a file is not a plan that can be carried out.
#[derive(Debug, thiserror::Error)]
pub enum PlanRecordError {
    /// It has another form than this program writes.
    #[error("the plan has format {found}, and this program reads {}", Plan::FORMAT)]
    OtherFormat {
        /// Its form.
        found: u32,
    },
    /// It is no plan at all.
    #[error("the file is not a plan")]
    NotAPlan {
        /// What the reader said.
        source: serde_json::Error,
    },
    /// A step stands before one that it needs, or twice: someone has edited it.
    #[error("the step on `{0}` is out of order")]
    OutOfOrder(Address),
}

impl Plan {
    /// The plan as a record that [`Plan::from_json`] reads.
    ///
    /// # Panics
    ///
    /// Never: all that a plan holds has a JSON form.
    #[must_use]
    pub fn to_json(&self) -> String {
        let json = serde_json::to_string_pretty(self).expect("a plan has a JSON form");
        json + "\n"
    }

    /// Reads a plan that [`Plan::to_json`] wrote.
    ///
    /// # Errors
    ///
    /// [`PlanRecordError`], when it is of another form, no plan, or was edited.
    pub fn from_json(text: &str) -> Result<Self, PlanRecordError> {
        #[derive(Deserialize)]
        struct Form {
            format: u32,
        }
        let not_a_plan = |source| PlanRecordError::NotAPlan { source };
        let form: Form = serde_json::from_str(text).map_err(not_a_plan)?;
        if form.format != Self::FORMAT {
            return Err(PlanRecordError::OtherFormat { found: form.format });
        }
        let plan: Self = serde_json::from_str(text).map_err(not_a_plan)?;
        plan.in_order()?;
        Ok(plan)
    }

    fn in_order(&self) -> Result<(), PlanRecordError> {
        let mut done = BTreeSet::new();
        for step in &self.steps {
            if !step.after.is_subset(&done) || !done.insert(step.address.clone()) {
                return Err(PlanRecordError::OutOfOrder(step.address.clone()));
            }
        }
        Ok(())
    }
}
