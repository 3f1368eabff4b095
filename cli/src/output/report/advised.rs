//! What is advised, as a page.

use super::{
    Drawn, Page, Part,
    judged::{frontier_part, table},
    notes, sentence,
    simulated::{day_part, latency_part},
    summary,
};
use crate::{
    commands::advise::AdvisedStack,
    output::human::{
        figure::{dollars, seconds},
        simulated::percent,
    },
};

impl Drawn for AdvisedStack {
    fn page(&self) -> Page {
        let advice = &self.advice;
        let choice = advice.choice();
        let it = &choice.simulated;
        let mut figures = Vec::new();
        figures
            .extend(it.latency.as_ref().map(|it| summary(seconds(it.p95), "p95 of all answers")));
        figures.push(summary(percent(it.cold_share()), "of requests meet a cold start"));
        figures.extend(choice.month.as_ref().map(|it| summary(dollars(it.total), "a month")));
        let mut all = vec![("advised", it)];
        let as_it_is = advice.judged.iter().find(|it| it.variant.changes.is_empty());
        let is_other = |other: &&ragctl_stacks::advise::Judged| other.variant != choice.variant;
        all.extend(as_it_is.filter(is_other).map(|it| ("as it is", &it.simulated)));
        Page {
            title: format!("{} on {}: what to switch on", self.stack, self.target),
            lead: format!(
                "For {}: {}. {}",
                self.traffic,
                choice.variant.name,
                sentence(&advice.why)
            ),
            figures,
            parts: vec![
                frontier_part(advice),
                changes_part(self),
                latency_part(&all, advice.aim.goal.map(|it| it.seconds)),
                day_part(&it.day, "A day of what is advised"),
                Part {
                    heading: "All that was looked at".to_owned(),
                    text: notes(&advice.notes),
                    chart: None,
                    table: Some(table(advice, &[], |_| Vec::new())),
                },
            ],
            command: "ragctl advise",
        }
    }
}

fn changes_part(of: &AdvisedStack) -> Part {
    let changes = &of.advice.choice().variant.changes;
    let rows = changes.iter().map(|it| {
        let value = serde_json::to_string(&it.value).unwrap_or_default();
        vec![it.path.clone(), value.trim_matches('"').to_owned(), it.why.clone()]
    });
    let columns =
        ["path", "value", "why"].map(|it| ragctl_chart::Column::Words(it.to_owned())).to_vec();
    let table = ragctl_chart::Table {
        caption: format!("Changes of {}", of.file),
        columns,
        rows: rows.collect(),
        marked: Vec::new(),
    };
    Part {
        heading: "The change".to_owned(),
        text: if changes.is_empty() { "The file is so already.".to_owned() } else { String::new() },
        chart: None,
        table: (!changes.is_empty()).then_some(table),
    }
}
