//! All combinations of strategies, as a page.

use super::{
    Drawn, Page, Part,
    cold_starts::phases_part,
    judged::{frontier_part, table},
    notes, sentence,
    simulated::{day_part, latency_part},
    summary,
};
use crate::{
    commands::bench::ablation::Ablation,
    output::human::{
        figure::{dollars, seconds},
        simulated::percent,
    },
};

impl Drawn for Ablation {
    fn page(&self) -> Page {
        let advice = &self.advice;
        let choice = advice.choice();
        let mut figures =
            vec![summary(percent(choice.simulated.cold_share()), "meet a cold start")];
        figures.extend(
            choice
                .simulated
                .latency
                .as_ref()
                .map(|it| summary(seconds(it.p95), "p95 of all answers")),
        );
        figures.extend(choice.month.as_ref().map(|it| summary(dollars(it.total), "a month")));
        let bars = self.bars();
        let mut parts = Vec::new();
        if !bars.is_empty() {
            parts.push(phases_part(bars));
        }
        parts.push(frontier_part(advice));
        let goal = advice.aim.goal.map(|it| it.seconds);
        parts.push(latency_part(&[(&choice.variant.name, &choice.simulated)], goal));
        parts.push(day_part(&choice.simulated.day, "A day"));
        parts.push(Part {
            heading: "All combinations".to_owned(),
            text: notes(&advice.notes),
            chart: None,
            table: Some(table(advice, &["cold, first answer", "warm p99"], |it| {
                self.measured(it).to_vec()
            })),
        });
        Page {
            title: format!("{}: every combination of strategies", self.stack),
            lead: format!("For {}. {}", self.traffic, sentence(&advice.why)),
            figures,
            parts,
            command: "ragctl bench cold-start --strategies all",
        }
    }
}
