//! Cold against warm, as text.

use ragctl_stacks::tune::{Spread, Timings};

use super::{Human, Page, figure::millis, table::table, text::wrapped};
use crate::{
    commands::lambda::measure::Measured,
    output::style::{BOLD, GOOD, styled},
};

const HEADING: [&str; 10] =
    ["", "answer p50", "p95", "p99", "init p50", "p95", "p99", "billed p50", "p95", "p99"];

impl Human for Measured {
    fn human(&self, page: Page) -> String {
        let it = &self.compared;
        let limited = self.limited_by.map(|it| format!(", its CPU limited by {it}"));
        let title = styled(BOLD, format!("{} with {} MB", self.function, it.memory_mb));
        let mut rows = vec![row("cold", &it.cold), row("warm", &it.warm)];
        rows.extend(it.ahead.as_ref().map(|it| row("set up ahead", it)));
        let mut text =
            format!("{title}{}, {} runs each\n", limited.unwrap_or_default(), it.cold.runs);
        text += &table(&HEADING, &rows);
        text += "\n";
        let warm =
            format!("a warm run answers {:.1} times sooner than a cold start", self.speed_up.warm);
        let ahead = match self.speed_up.ahead {
            Some(times) => format!(
                "with provisioned concurrency the first answer comes {times:.1} times sooner"
            ),
            None => {
                "clients are served without provisioned concurrency, so nothing was set up ahead"
                    .to_owned()
            }
        };
        text + &styled(GOOD, wrapped(&format!("{warm}; {ahead}"), page.width, 0).trim_end()) + "\n"
    }
}

fn row(name: &str, timings: &Timings) -> Vec<String> {
    let cells = |spread: Option<Spread>| match spread {
        Some(Spread { p50, p95, p99 }) => [p50, p95, p99].map(millis),
        None => [const { String::new() }; 3],
    };
    let all = [Some(timings.answer), timings.init, Some(timings.billed)];
    std::iter::once(name.to_owned()).chain(all.into_iter().flat_map(cells)).collect()
}
