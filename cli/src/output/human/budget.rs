//! A cold start by phase, as text.

use ragctl_stacks::budget::{Range, Rollout};

use super::{
    Human, Page,
    figure::{seconds, span},
    table::table,
    text::{count, wrapped},
};
use crate::{
    commands::budget::{Predicted, Switchable},
    output::style::{BOLD, FAINT, GOOD, styled},
};

impl Human for Predicted {
    fn human(&self, page: Page) -> String {
        let title = styled(BOLD, format!("{} ({})", self.stack, self.target));
        let mut rows: Vec<Vec<String>> = Vec::new();
        for it in &self.phases {
            rows.push(row(it.phase.as_str(), it.seconds, format!("{}: {}", it.basis, it.source)));
        }
        rows.extend(self.first_202.map(|it| row("first 202", it, String::new())));
        rows.push(row("first 200", self.first_200, String::new()));
        let mut text = format!("{title}: from nothing to the first answer\n");
        text += &table(&["phase", "best", "typical", "worst", "known from"], &rows);
        text += "\n";
        text += &wrapped(&rollout(self.rollout.as_ref()), page.width, 0);
        text += "\n";
        let width = self.strategies.iter().map(|it| it.name.len()).max().unwrap_or(0);
        text + &self.strategies.iter().map(|it| switch(it, width)).collect::<String>()
    }
}

fn row(name: &str, range: Range, from: String) -> Vec<String> {
    let Range { best, typical, worst } = range;
    vec![name.to_owned(), seconds(best), seconds(typical), seconds(worst), from]
}

fn rollout(rollout: Option<&Rollout>) -> String {
    let Some(Rollout { seconds: all, tasks, batches, start, drain }) = rollout else {
        return "rollout: the percentages of `deployment` let no task start or stop".to_owned();
    };
    let tasks = count(usize::try_from(*tasks).unwrap_or(usize::MAX), "task");
    let batches = match batches {
        1 => "at once".to_owned(),
        several => format!("in {several} batches"),
    };
    format!(
        "rollout: {} ({}) for {tasks} {batches}: {} until a new one is healthy, {} until an old \
         one is gone",
        seconds(all.typical),
        span(*all),
        seconds(start.typical),
        seconds(drain.typical)
    )
}

fn switch(it: &Switchable, width: usize) -> String {
    let state = if it.on { styled(GOOD, "on ") } else { styled(FAINT, "off") };
    let other = if it.on { "off" } else { "on" };
    let effect = match &it.effect {
        Some(effect) => format!("switched {other}: {}", effect.told()),
        None => format!("cannot be switched {other} by one line"),
    };
    format!("{state}  {}  {effect}\n", styled(BOLD, format!("{:width$}", it.name)))
}
