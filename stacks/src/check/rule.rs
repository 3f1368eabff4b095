//! What a rule is.

use serde::Serialize;

use super::{facts::Facts, finding::Found};

/// Something that a stack file can get wrong, and how that is seen.
#[derive(Debug)]
pub struct Rule {
    /// Its name: the family's two letters and a number.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where it holds.
    pub on: On,
    /// What is wrong, in a line without its full stop.
    pub title: &'static str,
    /// What happens then, in whole sentences.
    pub why: &'static str,
    /// The page that says so.
    pub source: &'static str,
    /// What to do about it, in whole sentences.
    pub remedy: &'static str,
    /// Who sees whether it is broken.
    pub decided: Decided,
}

/// How bad it is when a rule is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It will not work, or gives something away: nothing is deployed.
    Error,
    /// It works, and hurts.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// Every severity, the worst first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Note];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// The targets that a rule holds on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// Each of them.
    EveryTarget,
    /// Those where tasks run: this machine and Fargate.
    Tasks,
    /// Those on AWS: Fargate and Lambda.
    Aws,
    /// Fargate alone.
    Fargate,
    /// Lambda alone.
    Lambda,
}

impl On {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EveryTarget => "every target",
            Self::Tasks => "local and fargate",
            Self::Aws => "fargate and lambda",
            Self::Fargate => "fargate",
            Self::Lambda => "lambda",
        }
    }
}

/// Who sees whether a rule is broken.
#[derive(Clone, Copy, Debug)]
pub enum Decided {
    /// `check`, by looking at the file.
    File(Look),
    /// `check`, by looking at the file; about a strategy that is on.
    Strategy(&'static str, Look),
    /// The reader of the file, which refuses it as a mistake.
    Mistake,
    /// `ragctl verify`, which asks AWS.
    Verify,
    /// Nobody: it cannot be broken, because of this.
    Design(&'static str),
}

/// Looks whether a stack breaks a rule.
pub type Look = fn(&Facts<'_>) -> Option<Found>;

impl Rule {
    /// How the file is looked at, where that shows whether the rule is broken.
    pub const fn look(&self) -> Option<Look> {
        match self.decided {
            Decided::File(look) | Decided::Strategy(_, look) => Some(look),
            Decided::Mistake | Decided::Verify | Decided::Design(_) => None,
        }
    }

    /// The strategy that it is about.
    pub const fn strategy(&self) -> Option<&'static str> {
        match self.decided {
            Decided::Strategy(name, _) => Some(name),
            Decided::File(_) | Decided::Mistake | Decided::Verify | Decided::Design(_) => None,
        }
    }
}
