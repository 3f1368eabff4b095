//! Names that AWS will take wherever ragctl puts them.

use std::fmt;

use super::value::{FromText, ValueError, quoted, text_value};

/// The most characters of a stack's name.
///
/// A balancer's name has at most 32, and what ragctl adds has at most 8.
pub const LONGEST_NAME: usize = 24;

const EXPECTED: &str = "lower-case letters, digits and single hyphens, beginning with a letter";
const PATTERN: &str = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$";

/// The name of a stack, and the start of the name of everything that it owns.
///
/// At most 24 characters: lower-case letters, digits and single hyphens, beginning with a letter.
/// A stack in an environment is named after both: `handbook-production`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StackName(String);

impl StackName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the same stack in an environment.
    ///
    /// # Errors
    ///
    /// When the two together are longer than a name may be.
    pub fn within(&self, environment: &EnvironmentName) -> Result<Self, ValueError> {
        let both = format!("{self}-{environment}");
        if both.len() <= LONGEST_NAME {
            return Ok(Self(both));
        }
        let problem =
            format!("makes the stack's name too long: `{both}` has {} characters", both.len());
        Err(ValueError::new(problem, format!("together at most {LONGEST_NAME} characters"))
            .because("shorten the name of the stack or of the environment"))
    }
}

impl fmt::Display for StackName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromText for StackName {
    const EXPECTED: &'static str = "a name";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        checked(text).map(Self)
    }
}

text_value!(StackName, { "pattern": PATTERN, "maxLength": LONGEST_NAME });

/// The name of an environment, such as `staging` or `production`. Written as a stack's name is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvironmentName(String);

impl EnvironmentName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EnvironmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromText for EnvironmentName {
    const EXPECTED: &'static str = "a name";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        checked(text).map(Self)
    }
}

text_value!(EnvironmentName, { "pattern": PATTERN, "maxLength": LONGEST_NAME });

fn checked(text: &str) -> Result<String, ValueError> {
    let length = text.chars().count();
    if length > LONGEST_NAME {
        let problem = format!("is too long: {} has {length} characters", quoted(text));
        return Err(ValueError::new(problem, format!("at most {LONGEST_NAME} characters"))
            .because("a load balancer's name has at most 32, and ragctl adds up to 8"));
    }
    if is_name(text) {
        return Ok(text.to_owned());
    }
    let error = ValueError::new(format!("cannot be {}", quoted(text)), EXPECTED);
    let near = nearest(text);
    Err(if is_name(&near) { error.suggest(near) } else { error })
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.split('-').all(|part| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        })
}

/// The text with everything else made a hyphen, which is a name more often than not.
fn nearest(text: &str) -> String {
    let lower = text.to_lowercase();
    let parts = lower.split(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit());
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rule_that_every_aws_name_follows() {
        for name in ["a", "handbook", "a-b", "a1-2", "abcdefghijklmnopqrstuvwx"] {
            assert!(StackName::from_text(name).is_ok(), "{name}");
        }
        for name in
            ["", "1a", "-a", "a-", "a--b", "A", "a_b", "a b", "é", "abcdefghijklmnopqrstuvwxy"]
        {
            assert!(StackName::from_text(name).is_err(), "{name}");
        }
    }

    #[test]
    fn the_nearest_name_is_suggested() {
        let suggested = |text| StackName::from_text(text).unwrap_err().suggestion;
        assert_eq!(suggested("My Handbook_v2").as_deref(), Some("my-handbook-v2"));
        assert_eq!(suggested("a--b-").as_deref(), Some("a-b"));
        assert_eq!(suggested("2024"), None);
    }

    #[test]
    fn an_environment_lengthens_the_name() {
        let stack = StackName::from_text("handbook").unwrap();
        let production = EnvironmentName::from_text("production").unwrap();
        assert_eq!(stack.within(&production).unwrap().as_str(), "handbook-production");
        let long = EnvironmentName::from_text("production-europe").unwrap();
        assert!(stack.within(&long).is_err());
    }
}
