//! A plan as Markdown, for a comment on a pull request: the same lines that people read on a terminal, as a diff.

use super::{
    Plan,
    text::{self, Line, Mark},
};

/// The most that is shown of a plan: GitHub refuses comments of more than 65,536 characters.
///
/// Source: <https://docs.github.com/en/rest/issues/comments>, as its refusals say.
const LONGEST: usize = 60_000;

pub(super) fn page(plan: &Plan) -> String {
    let scope = &plan.scope;
    let within = scope.environment.as_deref().map(|it| format!(" in {}", plain(it)));
    let (stack, target) = (plain(&scope.stack), plain(&scope.target));
    let mut page = format!("### {stack}{} ({target})\n\n", within.unwrap_or_default());
    if plan.is_empty() {
        return page + "**Nothing to do**: all is as the file says.\n";
    }
    page.extend([format!("**{}**\n", text::summary(plan))]);
    let (drift, wanted) = (text::of_steps(plan, true), text::of_steps(plan, false));
    if !drift.is_empty() {
        page.extend([format!("\nChanged outside ragctl, and put back:\n\n{}", diff(&drift))]);
        if !wanted.is_empty() {
            page += "\nWanted by the file:\n";
        }
    }
    if !wanted.is_empty() {
        page.extend([format!("\n{}", diff(&wanted))]);
    }
    page
}

/// Words that stand in a line of Markdown and mean nothing there.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars() {
        if c.is_ascii_punctuation() && !matches!(c, '-' | '.' | ',' | '/' | ':') {
            plain.push('\\');
        }
        plain.push(if c.is_control() { ' ' } else { c });
    }
    plain
}

/// A block that nothing in it can end: its fence is longer than any run of backticks within.
fn diff(lines: &[Line]) -> String {
    let mut block = String::new();
    for (shown, line) in lines.iter().enumerate() {
        let line = of_line(line);
        if block.len() + line.len() > LONGEST / 2 {
            block.extend([format!(
                "# and {} more lines: `ragctl plan` shows them\n",
                lines.len() - shown
            )]);
            break;
        }
        block += &line;
    }
    let fence = "`".repeat(longest_run(&block, '`').max(2) + 1);
    format!("{fence}diff\n{block}{fence}\n")
}

/// A line by whose first character a page shows a diff's colours; the plan's own mark stays where there is none for it.
fn of_line(line: &Line) -> String {
    // The text begins with two spaces, its mark, and one more.
    let is_first = !line.text.starts_with("    ");
    let rest: String = line.text.chars().skip(4).flat_map(on_one_line).collect();
    let mark = match (line.mark, is_first) {
        (Mark::Create, _) => "+",
        (Mark::Delete, _) => "-",
        (Mark::Update, true) => "!~",
        (Mark::Replace, true) => "!±",
        (Mark::Update | Mark::Replace, false) => "!",
        (Mark::Frame, _) => "",
    };
    format!("{mark:2} {rest}\n")
}

/// A value may have line ends; a line of a diff has none.
fn on_one_line(c: char) -> impl Iterator<Item = char> {
    let (kept, escaped) = match c.is_control() {
        true => (None, Some(c.escape_default())),
        false => (Some(c), None),
    };
    kept.into_iter().chain(escaped.into_iter().flatten())
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|c| c != of).map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;
    use crate::{
        address::{Address, Kind, Name},
        plan::{Action, Reason, Scope, Step},
        resource::{Changes, ReplaceOrder, Resource, ScalableTarget},
    };

    fn bounds(maximum: u32) -> Resource {
        let service = Address::app(Kind::Service);
        ScalableTarget { name: Name::app(), service, minimum: 1, maximum, sleeps_by: None }.into()
    }

    fn plan(actions: Vec<Action>) -> Plan {
        let step = |action: Action| Step {
            address: Address::app(Kind::ScalableTarget),
            action,
            because: Reason::Differs,
            after: BTreeSet::new(),
        };
        Plan {
            format: Plan::FORMAT,
            scope: Scope {
                stack: "handbook".to_owned(),
                target: "fargate".to_owned(),
                environment: Some("pro*duction*".to_owned()),
            },
            steps: actions.into_iter().map(step).collect(),
            made_from: BTreeMap::new(),
        }
    }

    fn changes(outside: impl Fn(&str) -> bool) -> Changes {
        let live = json!({"maximum": 9, "name": "a|b", "text": "```\nend"});
        let changes = Changes::between(&json!({"maximum": 3, "name": "c", "text": "x"}), &live);
        changes.unwrap().noting_outside(|it| outside(&it.field))
    }

    #[test]
    fn nothing_in_a_value_breaks_the_page() {
        let update = Action::Update { to: bounds(3), changes: changes(|field| field == "maximum") };
        let page = plan(vec![Action::Create(bounds(3)), update]).markdown();
        assert_snapshot!(page, @r"
        ### handbook in pro\*duction\* (fargate)

        **1 to create, 1 to update, 0 to replace, 0 to delete**

        Changed outside ragctl, and put back:

        ```diff
        !~ scalable_target/app   maximum: 9 → 3
        ```

        Wanted by the file:

        ````diff
        +  scalable_target/app   1 to 3 tasks
        !~ scalable_target/app   name: a|b → c
        !                        text: ```\nend → x
        ````
        ");
    }

    #[test]
    fn each_sort_of_step_has_its_mark() {
        let (to, order) = (bounds(3), ReplaceOrder::CreateThenDelete);
        let replace = Action::Replace { to, order, changes: changes(|_| false) };
        let page = plan(vec![replace, Action::Delete(bounds(3))]).markdown();
        assert_snapshot!(page, @r"
        ### handbook in pro\*duction\* (fargate)

        **0 to create, 0 to update, 1 to replace, 1 to delete**

        ````diff
        !± scalable_target/app   maximum: 9 → 3
        !                        name: a|b → c
        !                        text: ```\nend → x
        -  scalable_target/app
        ````
        ");
    }

    #[test]
    fn having_nothing_to_do_is_said() {
        assert_snapshot!(plan(Vec::new()).markdown(), @r"
        ### handbook in pro\*duction\* (fargate)

        **Nothing to do**: all is as the file says.
        ");
    }

    #[test]
    fn a_comment_is_never_too_long() {
        let many = std::iter::repeat_with(|| Action::Create(bounds(3))).take(5000).collect();
        let page = plan(many).markdown();
        assert!(page.len() < LONGEST, "{}", page.len());
        assert!(page.contains(" more lines: `ragctl plan` shows them\n"), "{page}");
    }
}
