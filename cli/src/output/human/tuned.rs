//! What memory does to a function, as text.

use ragctl_stacks::tune::{SizeFigures, Spread, Tried};

use super::{
    Human, Page,
    bars::bar,
    figure::{dollars, millis},
    table::table,
    text::wrapped,
};
use crate::{
    commands::lambda::tune::Tuned,
    output::style::{BAD, BOLD, FAINT, GOOD, styled},
};

/// How long the longest bar is.
const BAR: u32 = 22;

impl Human for Tuned {
    fn human(&self, page: Page) -> String {
        let measured = self.measured();
        let limited = self.limited_by.map(|it| format!(", its CPU limited by {it}"));
        let title = styled(BOLD, &self.function) + &limited.unwrap_or_default();
        let mut text = format!("{title}\n");
        text += &table(&HEADING, &measured.iter().map(row).collect::<Vec<_>>());
        text += &self.sizes.iter().filter_map(failed).collect::<String>();
        text += "\n";
        text += &self.chart(&measured);
        text += "\n";
        text += &styled(GOOD, &self.choice.why);
        text += "\n";
        text += &self.choice.note.as_ref().map(|it| format!("{it}\n")).unwrap_or_default();
        let tariff = &self.tariff;
        let prices = format!(
            "Medians; $ for a million invocations at {} prices of {} and later, without free tiers.",
            tariff.architecture.as_str(),
            tariff.prices_of,
        );
        text + &styled(FAINT, wrapped(&prices, page.width, 0).trim_end()) + "\n"
    }
}

const HEADING: [&str; 9] =
    ["memory", "cold", "p95", "init", "warm", "p95", "peak", "$ cold", "$ warm"];

fn row(it: &SizeFigures) -> Vec<String> {
    vec![
        format!("{} MB", it.memory_mb),
        millis(it.cold.answer.p50),
        millis(it.cold.answer.p95),
        it.cold.init.map(|Spread { p50, .. }| millis(p50)).unwrap_or_default(),
        millis(it.warm.duration.p50),
        millis(it.warm.duration.p95),
        format!("{:.0} MB", it.warm.peak_mb.max(it.cold.peak_mb)),
        format!("{:.2}", it.cold_usd_per_million),
        format!("{:.2}", it.warm_usd_per_million),
    ]
}

/// The line of a size with which it did not run.
fn failed(it: &Tried) -> Option<String> {
    match it {
        Tried::Failed(it) => {
            let words = format!("{} MB: {}", it.memory_mb, it.reason);
            Some(format!("  {}\n", styled(BAD, words)))
        }
        Tried::Measured(_) => None,
    }
}

impl Tuned {
    /// Duration and cost of warm runs over memory.
    fn chart(&self, sizes: &[SizeFigures]) -> String {
        let most = |of: fn(&SizeFigures) -> f64| sizes.iter().map(of).fold(0.0, f64::max);
        let (time, usd) =
            (|it: &SizeFigures| it.warm.duration.p50, |it: &SizeFigures| it.warm_usd_per_million);
        let (most_time, most_usd) = (most(time), most(usd));
        let rows: Vec<Vec<String>> = sizes
            .iter()
            .map(|it| {
                let is_chosen = it.memory_mb == self.choice.memory_mb;
                vec![
                    format!("{} MB", it.memory_mb),
                    format!("{} {}", bar(time(it), most_time, BAR), millis(time(it))),
                    format!("{} {}", bar(usd(it), most_usd, BAR), dollars(usd(it))),
                    if is_chosen { "←".to_owned() } else { String::new() },
                ]
            })
            .collect();
        let by = format!("chosen by {}", self.goal);
        table(&["memory", "warm duration", "a million invocations", &by], &rows)
    }
}
