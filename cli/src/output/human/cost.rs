//! What a month costs, as text.

use ragctl_stacks::cost::{Estimate, Priced, STAND_IN};

use super::{Human, Page, figure::dollars, table::table, text::wrapped};
use crate::{
    commands::cost::Cost,
    output::style::{BAD, BOLD, styled},
};

impl Human for Cost {
    fn human(&self, page: Page) -> String {
        let title = styled(BOLD, format!("{} ({})", self.stack, self.target));
        let Some(month) = &self.month else {
            return format!("{title}: costs nothing on this machine\n");
        };
        let mut text = format!("{title}: a month in {}\n", month.region);
        text += &table(&["item", "$", "because"], &rows(month));
        if let (Some(over), Some(limit)) = (self.over(), self.limit_usd) {
            let over = dollars(over);
            text += &styled(BAD, format!("{over} above `budget.monthly` of {limit} $"));
            text += "\n";
        }
        text += "\n";
        text + &wrapped(&told(month), page.width, 0)
    }
}

fn rows(month: &Estimate) -> Vec<Vec<String>> {
    let row = |name: &str, usd: f64, because: &str| {
        vec![name.to_owned(), format!("{usd:>7.2}"), because.to_owned()]
    };
    let mut rows: Vec<_> = month.items.iter().map(|it| row(it.name, it.usd, &it.because)).collect();
    let hours = format!("awake for {:.0} h of the month", month.awake_hours);
    rows.push(row("a month", month.total, &hours));
    rows.extend(month.asleep.map(|it| row("asleep", it, "of it, if nobody ever asked")));
    rows
}

fn told(month: &Estimate) -> String {
    let date = &month.prices_of;
    let items: Vec<String> = month.stand_ins.iter().map(|it| name(*it)).collect();
    let stand_in = match items.as_slice() {
        [] => String::new(),
        items => format!(
            " For {} no price in {} is known: that of {STAND_IN} stands in.",
            items.join(", "),
            month.region
        ),
    };
    let assumed = month.assumptions.join("; ");
    format!("Prices of {date} and later.{stand_in}\n\nAssumed: {assumed}.")
}

/// As the price table writes it.
fn name(item: Priced) -> String {
    serde_json::to_value(item)
        .ok()
        .and_then(|it| it.as_str().map(|it| it.replace('_', " ")))
        .unwrap_or_default()
}
