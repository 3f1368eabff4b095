//! The service before beside ours, as text: the seed's table.

use ragctl_stacks::bench::InSet;

use super::{
    Human, Page,
    cold_starts::{LINES, SPEED_UP, WARM, figure, lines},
    stacked::bars,
    table::table,
    text::{count, wrapped},
};
use crate::{
    commands::bench::cold_start::Table,
    output::style::{BOLD, GOOD, styled},
};

impl Human for Table {
    fn human(&self, page: Page) -> String {
        let starts = count(self.ours.summary.runs, "cold start");
        let title = styled(BOLD, &self.ours.record.place);
        let heading: &[&str] = match self.told {
            Some(_) => &["", "seed before", "measured", "seed after", "ours", "change"],
            None => &["", "before", "ours", "change"],
        };
        let measured = lines(&self.before.summary).into_iter().zip(lines(&self.ours.summary));
        let mut rows: Vec<Vec<String>> = measured
            .enumerate()
            .map(|(at, (before, ours))| {
                let told = self.told.map(|it| [it.before[at], it.after[at]]);
                self.row(LINES[at], told, before.p50, ours.p50)
            })
            .collect();
        if let (Some(before), Some(ours)) = (self.before.summary.warm, self.ours.summary.warm) {
            rows.push(self.row(WARM, None, before.p50, ours.p50));
        }
        let mut text = format!("{title}: {starts} each, p50\n");
        text += &table(heading, &rows);
        text += &bars(&self.bars(), page);
        text += "\n";
        text += &wrapped(&self.columns(), page.width, 0);
        text += "\n";
        text + &styled(GOOD, wrapped(&self.why(), page.width, 0).trim_end()) + "\n"
    }
}

impl Table {
    fn row(&self, line: &str, told: Option<[f64; 2]>, before: f64, ours: f64) -> Vec<String> {
        let change = match line {
            // It is a change itself.
            SPEED_UP => String::new(),
            _ => percent(before, ours),
        };
        let [before, ours] = [before, ours].map(|it| figure(line, it));
        let told = told.map(|it| it.map(|it| figure(line, it)));
        let [seed_before, seed_after] = told.unwrap_or_default();
        let cells = match self.told {
            Some(_) => vec![seed_before, before, seed_after, ours, change],
            None => vec![before, ours, change],
        };
        std::iter::once(line.to_owned()).chain(cells).collect()
    }

    /// What stands in which column.
    fn columns(&self) -> String {
        let before = match self.told {
            Some(_) => {
                "\"seed before\" and \"seed after\" are what its document tells; \"measured\" is a stand-in of its \
                 service before"
            }
            None => "\"before\" is a stand-in of the service before",
        };
        let strategies = match self.ours.record.strategies.join(", ") {
            none if none.is_empty() => "no strategy".to_owned(),
            some => some,
        };
        let speed = match self.ours.record.time_scale {
            1.0 => "in real time".to_owned(),
            scale => format!("{scale} times faster than real"),
        };
        format!(
            "{before}, and \"ours\" the bundled service with {strategies}: real processes behind the same balancer, \
             against the same provider, {speed}."
        )
    }

    /// Why ours takes the time that it takes.
    pub(crate) fn why(&self) -> String {
        let (worker, pool) = (self.model.worker_s, self.model.pool_s());
        let has = |name: &str| self.ours.record.strategies.iter().any(|it| it == name);
        let how = match (has("prewarm"), has("async-init")) {
            (true, _) => "sets both pools up side by side before the first question",
            (false, true) => {
                "sets both pools up side by side, and tells who asks meanwhile to come again"
            }
            (false, false) => "sets its pools up at the first question, one after the other",
        };
        let (pools, took) = match self.model.pools {
            InSet::InTurn => (format!("{pool} s + {pool} s"), pool + pool),
            InSet::SideBySide => (format!("{pool} s"), pool),
        };
        if worker >= took {
            return format!(
                "Ours {how}, which takes {worker} s as before: with this provider the wait only comes at another time."
            );
        }
        format!(
            "Ours {how}, and each is ready at its first worker: {worker} s in place of {pools}. The connections are \
             kept, so that no later question waits for one; the other workers follow behind."
        )
    }
}

/// By how much of `before` the other one is more or less.
fn percent(before: f64, ours: f64) -> String {
    let percent = ((ours / before.max(f64::MIN_POSITIVE) - 1.0) * 100.0).round();
    if percent == 0.0 { "0 %".to_owned() } else { format!("{percent:+.0} %") }
}

#[cfg(test)]
mod tests {
    use ragctl_stacks::bench::{ColdRun, ColdStarts, ProviderModel};

    use super::*;
    use crate::commands::bench::cold_start::Forced;

    fn forced(ready_s: f64, first_query_s: f64, strategies: &[&str]) -> Forced {
        let run = ColdRun {
            phases: [].into(),
            ready_s,
            first_query_s,
            second_query_s: 4.0,
            warm_s: Vec::new(),
        };
        Forced::of(ColdStarts {
            format: ColdStarts::FORMAT,
            stack: "seed".to_owned(),
            place: "here".to_owned(),
            time: "2026-11-27".to_owned(),
            strategies: strategies.iter().map(|it| (*it).to_owned()).collect(),
            time_scale: 10.0,
            runs: vec![run],
        })
    }

    fn shown(model: ProviderModel) -> String {
        let (before, ours) = (forced(10.0, 64.0, &[]), forced(13.75, 4.0, &["prewarm"]));
        let text = Table { told: model.told, model, before, ours }.human(Page { width: 80 });
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn the_seeds_lines_stand_beside_both_measurements() {
        let text = shown(ProviderModel::seed());
        let rows: Vec<String> = text
            .lines()
            .skip(2)
            .take(5)
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(
            rows,
            [
                "Service ready in 10.2 s 10.0 s 28.5 s 13.8 s +38 %",
                "First query completed in 62.5 s 64.0 s 6.2 s 4.0 s -94 %",
                "Total cold start time 72.7 s 74.0 s 34.7 s 17.8 s -76 %",
                "Second query completed in 4.3 s 4.0 s 4.1 s 4.0 s 0 %",
                "Speedup 14.5x 16.0x 1.5x 1.0x",
            ]
        );
        assert!(text.contains("3.75 s in place of 30 s + 30 s"), "{text}");
    }

    #[test]
    fn a_model_of_ones_own_has_no_columns_of_the_seed() {
        let text = shown(ProviderModel { told: None, ..ProviderModel::seed() });
        assert!(!text.contains("seed before") && text.contains("\"before\""), "{text}");
    }

    #[test]
    fn where_nothing_is_sooner_nothing_is_claimed() {
        let model = ProviderModel {
            connections: InSet::SideBySide,
            pools: InSet::SideBySide,
            ..ProviderModel::seed()
        };
        let text = shown(model).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("takes 3.75 s as before") && !text.contains("in place of"), "{text}");
    }
}
