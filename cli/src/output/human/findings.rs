//! What rules find in a file, as text.

use anstyle::Style;
use ragctl_stacks::check::{Finding, Severity};

use super::{Page, text::wrapped};
use crate::output::style::{BAD, BOLD, FAINT, LOOK, PLACE, styled};

/// How far what belongs to a finding stands from the margin.
const INDENT: usize = 4;

/// All findings, each with its place, what happens and what to do, and an empty line between two.
pub(crate) fn all(findings: &[Finding], file: &str, page: Page) -> String {
    let all: Vec<String> = findings.iter().map(|it| one(it, file, page)).collect();
    all.join("\n")
}

fn one(finding: &Finding, file: &str, page: Page) -> String {
    let Finding { rule, at, field, .. } = finding;
    let word = styled(look(rule.severity), format!("{}[{}]", rule.severity.as_str(), rule.id));
    let title = styled(BOLD, rule.title);
    let whose = environments(&finding.environments);
    let place = styled(FAINT, format!("{file}:{}:{}", at.line, at.column));
    let why = wrapped(&format!("{}.", begun(&finding.why)), page.width, INDENT);
    // Indented, and then coloured, which has no width.
    let help = wrapped(&format!("help: {}", finding.remedy), page.width, INDENT);
    let help = help.replacen("help:", &styled(PLACE, "help:"), 1);
    format!("{word}: {title}\n  {place} `{field}`{whose}\n{why}{help}")
}

/// The rules that are broken, a line each.
pub(crate) fn short(findings: &[Finding]) -> String {
    let line = |Finding { rule, .. }: &Finding| {
        format!("{}  {}\n", styled(look(rule.severity), rule.id), rule.title)
    };
    let text: String = findings.iter().map(line).collect();
    let first = findings.first().map(|it| it.rule.id).unwrap_or_default();
    let hint = format!("`ragctl explain {first}` says more, `ragctl check` where");
    text + &styled(FAINT, hint) + "\n"
}

/// In which environments it holds, where it does not hold without one.
fn environments(names: &[Option<String>]) -> String {
    if names.contains(&None) {
        return String::new();
    }
    let names: Vec<String> = names.iter().flatten().map(|name| format!("`{name}`")).collect();
    let word = if names.len() == 1 { "environment" } else { "environments" };
    format!(" in the {word} {}", names.join(", "))
}

/// A text that begins with a capital letter.
pub(crate) fn begun(text: &str) -> String {
    let mut rest = text.chars();
    match rest.next() {
        Some(first) => first.to_uppercase().chain(rest).collect(),
        None => String::new(),
    }
}

/// The style of a severity.
pub(crate) const fn look(severity: Severity) -> Style {
    match severity {
        Severity::Error => BAD,
        Severity::Warning => LOOK,
        Severity::Note => FAINT,
    }
}
