//! The names of rules, as a file writes them to allow what they find.

use std::fmt;

use super::{nearest, registry, rule::Rule};
use crate::stack::value::{FromText, ValueError, quoted, text_value};

/// The name of a rule that exists, such as `HC07`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(&'static str);

impl RuleId {
    /// Its rule.
    pub fn rule(self) -> &'static Rule {
        registry::find(self.0).expect("only the names of rules are made")
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FromText for RuleId {
    const EXPECTED: &'static str = "the name of a rule, such as `HC07`";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        if let Some(rule) = registry::all().find(|rule| rule.id == text) {
            return Ok(Self(rule.id));
        }
        let problem = format!("cannot be {}", quoted(text));
        let error = ValueError::new(problem, Self::EXPECTED);
        Err(match registry::find(text).or_else(|| nearest(text)) {
            Some(rule) => error.suggest(rule.id).because(rule.title),
            None => error.because("`ragctl explain` lists the rules"),
        })
    }
}

text_value!(RuleId, { "pattern": "^[A-Z]{2}[0-9]{2}$" });
