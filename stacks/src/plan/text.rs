//! A plan as plain lines, for people. How they are coloured is the terminal's business.

use serde_json::Value;

use super::{Action, Plan, Step};
use crate::resource::Change;

/// A line of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it says of its resource.
    pub mark: Mark,
    /// The line, its mark included.
    pub text: String,
}

/// What a line says of its resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It is new.
    Create,
    /// It is edited.
    Update,
    /// A new one takes its place.
    Replace,
    /// It goes.
    Delete,
    /// Heading or summary.
    Frame,
}

pub(super) fn lines(plan: &Plan) -> Vec<Line> {
    let scope = &plan.scope;
    let place = match &scope.environment {
        Some(environment) => format!("{} in {environment} ({})", scope.stack, scope.target),
        None => format!("{} ({})", scope.stack, scope.target),
    };
    let frame = |text: String| Line { mark: Mark::Frame, text };
    if plan.is_empty() {
        return vec![frame(place), frame("nothing to do: all is as the file says".to_owned())];
    }
    let (drift, wanted) = (of_steps(plan, true), of_steps(plan, false));
    let mut lines = vec![frame(place)];
    if !drift.is_empty() {
        lines.push(frame("changed outside ragctl, and put back:".to_owned()));
        lines.extend(drift);
        if !wanted.is_empty() {
            lines.push(frame("wanted by the file:".to_owned()));
        }
    }
    lines.extend(wanted);
    lines.push(frame(summary(plan)));
    lines
}

/// How many steps of each sort there are.
pub(super) fn summary(plan: &Plan) -> String {
    let count = plan.summary();
    format!(
        "{} to create, {} to update, {} to replace, {} to delete",
        count.create, count.update, count.replace, count.delete
    )
}

/// The lines of all steps: those of the fields that somebody else has changed, or all others.
pub(super) fn of_steps(plan: &Plan, outside: bool) -> Vec<Line> {
    let width = plan.steps.iter().map(|it| it.address.to_string().len()).max().unwrap_or(0);
    plan.steps.iter().flat_map(|step| of_step(step, width, outside)).collect()
}

/// The lines of a step: those of the fields that somebody else has changed, or all others.
fn of_step(step: &Step, width: usize, outside: bool) -> Vec<Line> {
    let (mark, sign) = match &step.action {
        Action::Create(_) => (Mark::Create, '+'),
        Action::Update { .. } => (Mark::Update, '~'),
        Action::Replace { .. } => (Mark::Replace, '±'),
        Action::Delete(_) => (Mark::Delete, '-'),
    };
    let line = |text: String| Line { mark, text: text.trim_end().to_owned() };
    let head = |rest: &str| line(format!("  {sign} {:width$}   {rest}", step.address.to_string()));
    match &step.action {
        Action::Create(_) | Action::Delete(_) if outside => Vec::new(),
        Action::Create(it) => vec![head(&it.in_short())],
        Action::Delete(it) => vec![head(&it.loss())],
        Action::Update { changes, .. } | Action::Replace { changes, .. } => {
            let indent = width + 7;
            let told: Vec<String> =
                changes.iter().filter(|it| it.outside == outside).map(change).collect();
            let Some((first, rest)) = told.split_first() else { return Vec::new() };
            let more = rest.iter().map(|it| line(format!("{:indent$}{it}", "")));
            std::iter::once(head(first)).chain(more).collect()
        }
    }
}

fn change(change: &Change) -> String {
    match (&change.from, &change.to) {
        (Value::Null, to) => format!("{}: {} (new)", change.field, value(to)),
        (from, Value::Null) => format!("{}: {} (gone)", change.field, value(from)),
        (from, to) => format!("{}: {} → {}", change.field, value(from), value(to)),
    }
}

/// A value as it would stand in a line of the file.
fn value(value: &Value) -> String {
    let listed = |all: Vec<String>| all.join(", ");
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => format!("[{}]", listed(all.iter().map(self::value).collect())),
        Value::Object(all) => {
            let pairs = all.iter().map(|(key, it)| format!("{key}: {}", self::value(it)));
            format!("{{{}}}", listed(pairs.collect()))
        }
        other => other.to_string(),
    }
}
