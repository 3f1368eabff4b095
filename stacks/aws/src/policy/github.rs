//! Who may take a role on from GitHub Actions: one repository, and of it one environment, one branch, or pull requests.

use std::{fmt, str::FromStr};

use serde::Serialize;
use serde_json::{Value, json};

/// The provider that GitHub's tokens come from.
const PROVIDER: &str = "token.actions.githubusercontent.com";

/// A repository: its owner and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository(String);

/// Why a text is no repository.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a repository such as `acme/handbook`")]
pub struct NotARepository(pub String);

/// Which runs of the repository's workflows are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Jobs of this environment, whose protection rules then decide who may run them.
    Environment(String),
    /// Jobs that run on this branch.
    Branch(String),
    /// Jobs of pull requests, whatever is in them: for roles that can only read.
    PullRequest,
}

/// A role's trust policy for GitHub Actions.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GithubTrust {
    version: &'static str,
    statement: [Statement; 1],
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: &'static str,
    principal: Value,
    action: &'static str,
    condition: Value,
}

impl GithubTrust {
    /// Trusts the runs of `repository` that `claim` means, and no others.
    ///
    /// Source: <https://docs.github.com/en/actions/reference/security/oidc>
    #[must_use]
    pub fn new(account: &str, repository: &Repository, claim: &Claim) -> Self {
        let audience = format!("{PROVIDER}:aud");
        let subject = format!("{PROVIDER}:sub");
        let condition = json!({ "StringEquals": {
            audience: "sts.amazonaws.com",
            subject: format!("repo:{repository}:{claim}"),
        } });
        let provider = format!("arn:aws:iam::{account}:oidc-provider/{PROVIDER}");
        let statement = Statement {
            effect: "Allow",
            principal: json!({ "Federated": provider }),
            action: "sts:AssumeRoleWithWebIdentity",
            condition,
        };
        Self { version: "2012-10-17", statement: [statement] }
    }
}

impl FromStr for Repository {
    type Err = NotARepository;

    fn from_str(text: &str) -> Result<Self, NotARepository> {
        let is_owner = |it: &str| {
            (1..=39).contains(&it.len())
                && it.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
                && !it.starts_with('-')
        };
        let is_name = |it: &str| {
            (1..=100).contains(&it.len())
                && it.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
                && it != "."
                && it != ".."
        };
        match text.split_once('/') {
            Some((owner, name)) if is_owner(owner) && is_name(name) => Ok(Self(text.to_owned())),
            _ => Err(NotARepository(text.to_owned())),
        }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // GitHub writes a colon so, for it stands between the parts.
            Self::Environment(name) => write!(f, "environment:{}", name.replace(':', "%3A")),
            Self::Branch(name) => write!(f, "ref:refs/heads/{name}"),
            Self::PullRequest => f.write_str("pull_request"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_repository_and_one_sort_of_run_is_trusted() {
        let repository: Repository = "acme/handbook".parse().unwrap();
        for (claim, subject) in [
            (Claim::Environment("production".to_owned()), "environment:production"),
            (Claim::Branch("main".to_owned()), "ref:refs/heads/main"),
            (Claim::PullRequest, "pull_request"),
        ] {
            let trust = GithubTrust::new("123456789012", &repository, &claim);
            let read = serde_json::to_value(trust).unwrap();
            let equals = &read["Statement"][0]["Condition"]["StringEquals"];
            assert_eq!(equals[format!("{PROVIDER}:aud")], "sts.amazonaws.com");
            assert_eq!(equals[format!("{PROVIDER}:sub")], format!("repo:acme/handbook:{subject}"));
            assert!(!read.to_string().contains('*'));
        }
    }

    #[test]
    fn what_is_no_repository_is_refused() {
        for text in ["acme", "acme/", "/handbook", "acme/*", "*/*", "a/b/c", "acme/a b", ""] {
            assert!(text.parse::<Repository>().is_err(), "{text}");
        }
        for text in ["acme/handbook", "a-b/c.d_e", "acme/.github"] {
            assert!(text.parse::<Repository>().is_ok(), "{text}");
        }
    }
}
