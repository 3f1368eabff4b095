//! A cold start by phase, as text.

use ragctl_chart::Bar;
use ragctl_stacks::budget::{Ahead, Range, Rollout, TaskRollout, VersionRollout};

use super::{
    Human, Page,
    figure::{seconds, span},
    stacked::bars,
    table::table,
    text::{count, wrapped},
};
use crate::{
    commands::budget::{Predicted, Switchable},
    output::{
        chart::segments,
        style::{BOLD, FAINT, GOOD, styled},
    },
};

impl Human for Predicted {
    fn human(&self, page: Page) -> String {
        let title = styled(BOLD, format!("{} ({})", self.stack, self.target));
        let mut rows: Vec<Vec<String>> = Vec::new();
        for it in &self.phases {
            rows.push(row(it.phase.as_str(), it.seconds, format!("{}: {}", it.basis, it.source)));
        }
        rows.extend(self.first_202.map(|it| row("first 202", it, String::new())));
        let ahead = self.ahead.map(|Ahead { sandboxes, .. }| {
            let more = format!("more than {} at once", counted(sandboxes, "request"));
            rows.push(row("beyond", self.beyond, more));
            format!("set up ahead: {sandboxes}")
        });
        rows.push(row("first 200", self.first_200, ahead.unwrap_or_default()));
        let mut text = format!("{title}: from nothing to the first answer\n");
        text += &table(&["phase", "best", "typical", "worst", "known from"], &rows);
        let typical = Bar { name: "typical".to_owned(), segments: segments(&self.phases) };
        text += &bars(&[typical], page);
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

fn counted(number: u32, one: &str) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), one)
}

fn rollout(rollout: Option<&Rollout>) -> String {
    match rollout {
        None => "rollout: the percentages of `deployment` let no task start or stop".to_owned(),
        Some(Rollout::Tasks(it)) => of_tasks(it),
        Some(Rollout::Version(it)) => of_version(it),
    }
}

fn of_tasks(rollout: &TaskRollout) -> String {
    let TaskRollout { seconds: all, tasks, batches, start, drain } = rollout;
    let tasks = counted(*tasks, "task");
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

fn of_version(rollout: &VersionRollout) -> String {
    let VersionRollout { seconds: all, publish, provision, probe } = rollout;
    let ahead = provision.map_or_else(String::new, |it| {
        format!("{} until its sandboxes are set up ahead, ", seconds(it.typical))
    });
    format!(
        "rollout: {} ({}): {} until a new version is published, {ahead}{} until it has answered",
        seconds(all.typical),
        span(*all),
        seconds(publish.typical),
        seconds(probe.typical)
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
