//! `docs/reference/rules.md`: what `check` looks for, from its rules.

use ragctl_stacks::check::{FAMILIES, Rule};

use crate::commands::explain::decided;

/// The page.
pub(super) fn page() -> String {
    let mut page = "\
# Rules

Made by `ragctl reference rules`; a test fails when the two differ. `ragctl explain HC07` says the same of one rule, and
whether the file at hand breaks it.

An error stops a deployment, a warning is shown with the plan, a note is shown by `ragctl check` alone. `allow` in the file
silences a rule, an error only with a reason: `allow: [HC07]`, or `allow: {HC07: \"a slow probe on purpose\"}`. What is told as
a mistake cannot be silenced.
"
    .to_owned();
    for family in &FAMILIES {
        page += &["\n## ", family.letters, ": ", family.about, "\n"].concat();
        page.extend(family.rules.iter().map(section));
    }
    page
}

fn section(rule: &Rule) -> String {
    let Rule { id, severity, on, title, why, source, remedy, .. } = rule;
    let head = format!("### {id}: {title}");
    let kind = format!("{}, {}; {}.", severity.as_str(), on.as_str(), decided(rule));
    format!("\n{head}\n\n{kind}\n\n{why} {remedy} [Source]({source})\n")
}
