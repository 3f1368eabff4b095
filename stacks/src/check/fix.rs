//! Better values, written into the file.

use std::collections::BTreeSet;

use super::{Finding, findings};
use crate::config::{self, Mistakes, Opened, edit};

/// A file with better values.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// Its text.
    pub text: String,
    /// What was mended, in the order in which it was.
    pub mended: Vec<Mended>,
}

/// A finding that was mended.
#[derive(Clone, Debug)]
pub struct Mended {
    /// What was found.
    pub finding: Finding,
    /// The file's text afterwards.
    pub text: String,
}

/// Writes better values into a file, or into the overlay of one of its environments, until no rule
/// has one to offer; each with its reason as a comment.
///
/// A value that the file would be wrong with is left out, so that what loads before loads after. A
/// file that was mended once is not changed again.
///
/// # Errors
///
/// When the file has mistakes: they come first.
pub fn fix(text: &str, file_name: &str, environment: Option<&str>) -> Result<Fixed, Mistakes> {
    let mut opened = config::open(text, file_name, environment)?;
    let before = config::check_all(text, file_name);
    if !before.is_empty() {
        return Err(before);
    }
    let mut fixed = Fixed { text: text.to_owned(), mended: Vec::new() };
    // Each rule has one turn, so that two of them cannot undo each other for ever.
    let mut tried: BTreeSet<&str> = BTreeSet::new();
    while let Some(finding) = next(&opened, &tried) {
        tried.insert(finding.rule.id);
        let Some(edited) = mended(&fixed.text, environment, &finding) else { continue };
        if !config::check_all(&edited, file_name).is_empty() {
            continue;
        }
        let Ok(now) = config::open(&edited, file_name, environment) else { continue };
        if findings(&now).iter().any(|it| it.rule.id == finding.rule.id) {
            continue;
        }
        opened = now;
        fixed.mended.push(Mended { finding, text: edited.clone() });
        fixed.text = edited;
    }
    Ok(fixed)
}

/// The next finding that can be mended and was not tried yet.
fn next(opened: &Opened, tried: &BTreeSet<&str>) -> Option<Finding> {
    findings(opened).into_iter().find(|it| {
        let id = it.rule.id;
        !it.fix.is_empty() && !tried.contains(id) && !opened.source.allows(id)
    })
}

fn mended(text: &str, environment: Option<&str>, finding: &Finding) -> Option<String> {
    let mut text = text.to_owned();
    for change in &finding.fix {
        text = edit::set(&text, environment, change.path, &change.value).ok()?;
    }
    for (index, change) in finding.fix.iter().enumerate() {
        let note =
            edit::Note { about: finding.rule.id, text: &change.reason, is_first: index == 0 };
        text = edit::note(&text, environment, change.path, note);
    }
    Some(text)
}
