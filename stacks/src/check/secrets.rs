//! SE: secrets, and who may do what.

use super::{
    facts::Facts,
    finding::Found,
    rule::{Decided, On, Rule, Severity},
};
use crate::stack::{Scheme, Target};

pub(super) static RULES: [Rule; 5] = [
    Rule {
        id: "SE01",
        severity: Severity::Error,
        on: On::EveryTarget,
        title: "a secret in the file",
        why: "What stands in the file is read by everybody who may read the repository, and on AWS \
              by everybody who may look at the task definition.",
        source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html",
        remedy: "Move it to `service.secrets`, and say where it is kept: `ssm:/path`, \
                 `secretsmanager:name`, or on this machine `env:NAME`. Replace it where others \
                 have seen the file.",
        decided: Decided::File(in_the_file),
    },
    Rule {
        id: "SE02",
        severity: Severity::Error,
        on: On::Fargate,
        title: "a secret that the task may not read",
        why: "The task stops with ResourceInitializationError.",
        source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html",
        remedy: "Allow its role to.",
        decided: Decided::Design(
            "ragctl allows the role exactly the secrets that the file names; `ragctl verify` sees \
             whether they are there",
        ),
    },
    Rule {
        id: "SE04",
        severity: Severity::Warning,
        on: On::Aws,
        title: "a role that may do more than it needs",
        why: "Whoever breaks into the service may do what its role may.",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
        remedy: "Allow no more than it needs.",
        decided: Decided::Design(
            "each role of a stack is its own, and has the least that it needs",
        ),
    },
    Rule {
        id: "SE05",
        severity: Severity::Error,
        on: On::Aws,
        title: "any repository may deploy",
        why: "A role that trusts GitHub without naming a repository and a branch trusts everybody.",
        source: "https://docs.github.com/en/actions/security-for-github-actions/security-hardening-your-deployments/configuring-openid-connect-in-amazon-web-services",
        remedy: "Name them.",
        decided: Decided::Design("`ragctl iam github-oidc` always names them"),
    },
    Rule {
        id: "SE06",
        severity: Severity::Warning,
        on: On::Fargate,
        title: "everybody on the internet can wake the service",
        why: "Scanners ask every public address several times an hour. Each of their requests wakes \
              a service that sleeps, and keeps it from sleeping, which is paid for.",
        source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html",
        remedy: "Say by which name clients come (`load_balancer.domain`, or `hosts` of a listener \
                 that is shared): requests for any other end in 404. Or let only your own network \
                 in (`scheme: internal`).",
        decided: Decided::File(woken_by_all),
    },
];

/// How the secrets of well-known providers begin.
const BEGINNINGS: [&str; 12] = [
    "sk-",
    "sk_live_",
    "AKIA",
    "ASIA",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "hf_",
    "-----BEGIN",
];

/// The last words of names that stand for secrets.
const WORDS: [&str; 7] =
    ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIALS"];

/// Shorter texts are rather settings than secrets.
const SHORTEST: usize = 8;

fn in_the_file(facts: &Facts<'_>) -> Option<Found> {
    let all = &facts.file.service.environment;
    let names: Vec<&str> = all
        .iter()
        .filter(|(name, value)| is_secret(name.as_str(), value))
        .map(|(name, _)| name.as_str())
        .collect();
    let (first, more) = names.split_first()?;
    let kept = match facts.file.target {
        Target::Local => format!("env:{first}"),
        Target::Fargate | Target::Lambda => "ssm:/path".to_owned(),
    };
    let told = match more.len() {
        0 => format!("`{first}` looks like a secret"),
        _ => format!("`{}` look like secrets", names.join("`, `")),
    };
    // The value itself is never repeated.
    Some(Found::at(
        &[&format!("service.environment.{first}")],
        format!("{told}, and everybody who reads the file reads it"),
        format!(
            "write it beneath `service.secrets:` as `{first}: {kept}`, and replace it where others have seen it"
        ),
    ))
}

fn is_secret(name: &str, value: &str) -> bool {
    let value = value.trim();
    if BEGINNINGS.iter().any(|it| value.starts_with(it)) || has_password(value) {
        return true;
    }
    let last = name.rsplit('_').next().unwrap_or(name).to_ascii_uppercase();
    let is_place = value.starts_with('/') || value.contains("://");
    let is_dense = value.len() >= SHORTEST && !value.contains(char::is_whitespace);
    let has_letters = value.chars().any(char::is_alphabetic);
    WORDS.contains(&last.as_str()) && is_dense && has_letters && !is_place
}

/// Whether an address holds a password: `postgres://user:password@host`.
fn has_password(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    user.and_then(|it| it.split_once(':')).is_some_and(|(_, password)| !password.is_empty())
}

fn woken_by_all(facts: &Facts<'_>) -> Option<Found> {
    let balancer = &facts.file.load_balancer;
    let is_narrow = match &balancer.listener {
        Some(shared) => !shared.hosts.is_empty(),
        None => balancer.domain.is_some(),
    };
    let is_open = balancer.scheme == Scheme::InternetFacing && !is_narrow;
    (is_open && facts.file.idle.is_some()).then(|| {
        Found::at(
            &["idle", "load_balancer.domain"],
            "any request from the internet wakes the service, and scanners send some every hour",
            "write the name by which clients come, `load_balancer: {domain: answers.example.com}`: \
             requests for any other end in 404; or `scheme: internal`",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_from_settings() {
        for (name, value) in [
            ("OPENAI", "sk-abcdef"),
            ("X", "AKIAIOSFODNN7EXAMPLE"),
            ("WEBHOOK_TOKEN", "3f9c2e71aa"),
            ("db_password", "correct-horse"),
            ("DATABASE_URL", "postgres://app:hunter2@db/app"),
            ("KEY", "-----BEGIN PRIVATE KEY-----"),
        ] {
            assert!(is_secret(name, value), "{name}");
        }
        for (name, value) in [
            ("LOG_LEVEL", "debug"),
            ("MAX_TOKEN", "4096"),
            ("TOKEN", "12345678"),
            ("KEY_FILE_KEY", "/run/keys/service"),
            ("PUBLIC_KEY", "https://example.org/key"),
            ("GREETING", "good morning to all of you"),
            ("DATABASE_URL", "postgres://app@db/app"),
            ("API_KEY", "none"),
        ] {
            assert!(!is_secret(name, value), "{name}");
        }
    }
}
