//! Where a secret is kept. The secret itself never enters a stack.

use std::fmt;

use super::value::{FromText, ValueError, text_value};
use super::variable::VariableName;

/// Where a secret is kept: `ssm:/path`, `secretsmanager:name` or `env:NAME`.
///
/// A stack names its secrets and never holds one, so that none can reach a plan, a log or a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SecretReference {
    /// A parameter of AWS Systems Manager's Parameter Store.
    Ssm(String),
    /// A secret of AWS Secrets Manager.
    SecretsManager(String),
    /// A variable in the environment of whoever deploys; on this machine only.
    Environment(VariableName),
}

impl SecretReference {
    /// Whether AWS keeps it, so that only a target on AWS can read it.
    pub fn is_on_aws(&self) -> bool {
        match self {
            Self::Ssm(_) | Self::SecretsManager(_) => true,
            Self::Environment(_) => false,
        }
    }
}

impl fmt::Display for SecretReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ssm(path) => write!(f, "ssm:{path}"),
            Self::SecretsManager(name) => write!(f, "secretsmanager:{name}"),
            Self::Environment(name) => write!(f, "env:{name}"),
        }
    }
}

const EXPECTED: &str = "where the secret is kept: `ssm:/path`, `secretsmanager:name` or `env:NAME`";

impl FromText for SecretReference {
    const EXPECTED: &'static str = EXPECTED;

    // The text may be a secret that someone pasted here, so that no message may repeat it.
    fn from_text(text: &str) -> Result<Self, ValueError> {
        let refused =
            |problem: &str, why: &str| Err(ValueError::new(problem, EXPECTED).because(why));
        match text.split_once(':') {
            Some(("ssm", path)) if is_parameter(path) => Ok(Self::Ssm(path.to_owned())),
            Some(("ssm", _)) => refused(
                "does not name a parameter",
                "a path begins with `/`, has letters, digits and `/_.-`, and does not begin with \
                 `/aws` or `/ssm`",
            ),
            Some(("secretsmanager", name)) if is_secret(name) => {
                Ok(Self::SecretsManager(name.to_owned()))
            }
            Some(("secretsmanager", _)) => refused(
                "does not name a secret",
                "a name has 1 to 512 letters, digits and `/_+=.@-`",
            ),
            Some(("env", name)) => match VariableName::from_text(name) {
                Ok(name) => Ok(Self::Environment(name)),
                Err(_) => refused(
                    "does not name a variable",
                    "after `env:` come letters, digits and `_`, not beginning with a digit",
                ),
            },
            _ => refused(
                "must name where the secret is kept, not hold it",
                "put the secret into an environment variable and write `env:` and its name, or \
                 keep it in Parameter Store and write `ssm:` and its path; if this was a real \
                 secret, replace it",
            ),
        }
    }
}

text_value!(SecretReference, { "pattern": "^(ssm:/.+|secretsmanager:.+|env:[A-Za-z_][A-Za-z0-9_]*)$" });

/// Source: <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html>
fn is_parameter(path: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "/_.-".contains(c);
    let lower = path.to_ascii_lowercase();
    path.starts_with('/')
        && !path.ends_with('/')
        && path.len() <= 1011
        && path.chars().all(inside)
        && !["/aws", "/ssm"].iter().any(|kept| lower.starts_with(kept))
}

/// Source: <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>
fn is_secret(name: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c);
    (1..=512).contains(&name.len()) && name.chars().all(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_and_written_back() {
        for text in ["ssm:/handbook/key", "secretsmanager:handbook/key", "env:OPENAI_API_KEY"] {
            assert_eq!(SecretReference::from_text(text).unwrap().to_string(), text);
        }
        for text in ["ssm:key", "ssm:/aws/key", "ssm:/a b", "secretsmanager:", "env:1", "vault:x"] {
            assert!(SecretReference::from_text(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_pasted_secret_is_not_repeated() {
        for text in ["sk-canary-1234", "ssm:sk-canary-1234", "env:sk-canary-1234"] {
            let error = SecretReference::from_text(text).unwrap_err();
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }
}
