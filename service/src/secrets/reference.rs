//! Where a value is kept.

use std::fmt;

/// Where a value is kept: `ssm:/path` or `secretsmanager:name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// A parameter of AWS Systems Manager's Parameter Store.
    Ssm(String),
    /// A secret of AWS Secrets Manager.
    SecretsManager(String),
}

impl Reference {
    /// Whether `text` begins as a reference does.
    pub(super) fn begins(text: &str) -> bool {
        let text = text.trim_start();
        text.starts_with("ssm:") || text.starts_with("secretsmanager:")
    }

    /// Reads a reference. What is said of one that is none does not repeat it.
    ///
    /// # Errors
    ///
    /// A fragment that says what is wrong.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        match text.split_once(':') {
            Some(("ssm", path)) if is_parameter(path) => Ok(Self::Ssm(path.to_owned())),
            Some(("ssm", _)) => Err("it is not the path of a parameter, such as ssm:/handbook/key"),
            Some(("secretsmanager", name)) if is_secret(name) => {
                Ok(Self::SecretsManager(name.to_owned()))
            }
            Some(("secretsmanager", _)) => {
                Err("it is not the name of a secret, such as secretsmanager:handbook/key")
            }
            _ => Err("it is not where a value is kept, ssm:/path or secretsmanager:name"),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ssm(path) => write!(f, "ssm:{path}"),
            Self::SecretsManager(name) => write!(f, "secretsmanager:{name}"),
        }
    }
}

/// As `ragctl.yaml` has it.
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html>
fn is_parameter(path: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "/_.-".contains(c);
    path.starts_with('/') && !path.ends_with('/') && path.len() <= 1011 && path.chars().all(inside)
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>
fn is_secret(name: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c);
    (1..=512).contains(&name.len()) && name.chars().all(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_and_written_back() {
        for text in ["ssm:/handbook/key", "secretsmanager:handbook/key"] {
            assert_eq!(Reference::read(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_reference_is_not_repeated() {
        for text in [
            "sk-5ecret",
            "ssm:sk-5ecret",
            "secretsmanager:5ecret word",
            "ssm:/5ecret/",
            "env:5ecret",
        ] {
            let told = Reference::read(text).unwrap_err();
            assert!(!told.contains("5ecret"), "{told}");
        }
    }
}
