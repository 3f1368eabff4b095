//! The rules, each on a file that breaks it and on one that does not; and what mends a file.

mod fix;
mod report;
mod rules;

use ragctl_stacks::{check, config};

/// A file that begins with the stack's name.
fn named(rest: &str) -> String {
    format!("stack: handbook\n{rest}\n")
}

/// A file for Fargate, with nothing said that has a default.
fn fargate(rest: &str) -> String {
    named(&format!("target: fargate\nservice: {{image: 'rag-service:1.4'}}\n{rest}"))
}

/// A file for Lambda, with nothing said that has a default.
fn lambda(rest: &str) -> String {
    named(&format!("target: lambda\n{rest}"))
}

/// The names of the rules that a file breaks, in its environments or without.
fn broken(text: &str) -> Vec<&'static str> {
    let report = check::report(text, "ragctl.yaml", None);
    let found = report.findings.iter().map(|it| it.rule.id);
    found.chain(report.mistakes.iter().filter_map(|it| it.rule)).collect()
}

fn opened(text: &str) -> config::Opened {
    config::open(text, "ragctl.yaml", None).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}
