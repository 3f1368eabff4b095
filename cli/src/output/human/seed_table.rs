//! The service before beside ours, as text: the seed's table.

use ragctl_stacks::bench::InSet;

use super::{
    Human, Page,
    cold_starts::{LINES, SPEED_UP, WARM, figure, lines},
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
            _ => format!("{:+.0} %", (ours / before.max(f64::MIN_POSITIVE) - 1.0) * 100.0),
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
        let scale = self.ours.record.time_scale;
        format!(
            "{before}, and \"ours\" the bundled service with {strategies}: real processes behind the same balancer, \
             against the same provider, {scale} times faster than real."
        )
    }

    /// Why ours takes the time that it takes.
    fn why(&self) -> String {
        let (worker, pool) = (self.model.worker_s, self.model.pool_s());
        let has = |name: &str| self.ours.record.strategies.iter().any(|it| it == name);
        let how = match (has("prewarm"), has("async-init")) {
            (true, _) => "sets both pools up side by side before the first question",
            (false, true) => {
                "sets both pools up side by side, and tells who asks meanwhile to come again"
            }
            (false, false) => "sets its pools up at the first question, one after the other",
        };
        let pools = match self.model.pools {
            InSet::InTurn => format!("{pool} s + {pool} s"),
            InSet::SideBySide => format!("{pool} s"),
        };
        format!(
            "Ours {how}, and each is ready at its first worker: {worker} s in place of {pools}. The connections are \
             kept, so that no later question waits for one; the other workers follow behind."
        )
    }
}
