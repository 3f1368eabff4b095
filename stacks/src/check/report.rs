//! All that is wrong with a file, in one of its environments or in all of them.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Finding, Severity, findings};
use crate::config::{self, Mistakes, Opened, Spot};

/// All that is wrong with a file.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What the reader refuses.
    #[serde(skip)]
    pub mistakes: Mistakes,
    /// What the rules find and the file does not allow: the worst first, then by line.
    pub findings: Vec<Finding>,
    /// What the file allows.
    pub allowed: Vec<Allowed>,
}

/// A rule that the file allows to be broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Allowed {
    /// The rule.
    pub rule: &'static str,
    /// Why, if the file says so.
    pub reason: Option<String>,
    /// Where the file allows it.
    #[serde(flatten)]
    pub at: Spot,
    /// Whether there is anything to allow.
    pub is_needed: bool,
}

/// Reports on a file: in this environment, or by itself and in each of its environments.
pub fn report(text: &str, file_name: &str, environment: Option<&str>) -> Report {
    let mut mistakes = match environment {
        None => config::check_all(text, file_name),
        Some(_) => Mistakes::none(file_name, text),
    };
    let names: Vec<Option<String>> = match environment {
        Some(name) => vec![Some(name.to_owned())],
        None => {
            let all = config::environments(text, file_name).unwrap_or_default();
            std::iter::once(None).chain(all.iter().map(|it| Some(it.to_string()))).collect()
        }
    };
    let mut opened = Vec::new();
    for name in names {
        match config::open(text, file_name, name.as_deref()) {
            Ok(it) => opened.push(it),
            // Without one that was chosen, all mistakes are known already.
            Err(found) if environment.is_some() => mistakes = found,
            Err(_) => {}
        }
    }
    let mut report = Report::of(mistakes, &opened);
    if environment.is_some() || !report.mistakes.is_empty() {
        // What was not looked at may need it.
        report.allowed.retain(|it| it.is_needed);
    }
    report
}

impl Report {
    fn of(mistakes: Mistakes, opened: &[Opened]) -> Self {
        let mut told: Vec<Finding> = Vec::new();
        let mut allowed: Vec<Allowed> = Vec::new();
        for one in opened {
            let mut broken: BTreeSet<&str> = BTreeSet::new();
            for finding in findings(one) {
                broken.insert(finding.rule.id);
                if !one.source.allows(finding.rule.id) {
                    tell(finding, &mut told);
                }
            }
            for allowance in one.source.allowances() {
                let is_needed = broken.contains(allowance.rule.id);
                let known = allowed
                    .iter_mut()
                    .find(|it| it.rule == allowance.rule.id && it.at == allowance.at);
                match known {
                    Some(known) => known.is_needed |= is_needed,
                    None => allowed.push(Allowed {
                        rule: allowance.rule.id,
                        reason: allowance.reason.clone(),
                        at: allowance.at,
                        is_needed,
                    }),
                }
            }
        }
        told.sort_by_key(|it| (it.rule.severity, it.at));
        Self { mistakes, findings: told, allowed }
    }

    /// The findings of a severity.
    pub fn of_severity(&self, severity: Severity) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |it| it.rule.severity == severity)
    }

    /// Whether something keeps the stack from being deployed.
    pub fn forbids(&self) -> bool {
        !self.mistakes.is_empty() || self.of_severity(Severity::Error).next().is_some()
    }
}

/// Adds a finding, or its environment to the same finding of another one.
fn tell(finding: Finding, told: &mut Vec<Finding>) {
    match told.iter_mut().find(|it| it.is(&finding)) {
        Some(known) => known.environments.extend(finding.environments),
        None => told.push(finding),
    }
}
