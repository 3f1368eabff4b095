//! The formula of the budget against cold starts that others have published:
//! `docs/measurements/published-cold-starts.json`.
//!
//! `cargo test --workspace --lib published -- --nocapture` prints the table that `docs/budget-and-cost.md` shows.

use serde::Deserialize;

use super::{
    assumed::SCHEDULE,
    cold_start::ColdStart,
    phase::Phase,
    range::Range,
    tests::{on_fargate, shape},
};

#[derive(Deserialize)]
struct Published {
    measurements: Vec<Measurement>,
}

#[derive(Deserialize)]
struct Measurement {
    id: String,
    image_mb: Option<u32>,
    sets: Vec<String>,
    spans: Vec<Span>,
}

/// What was measured between two times of a task, in seconds.
#[derive(Deserialize)]
struct Span {
    from: String,
    to: String,
    least: Option<f64>,
    middle: Option<f64>,
    most: Option<f64>,
}

/// The times of a task after its `createdAt`, the phase that ends with each, and the constant that predicts it.
const TIMES: [(&str, Phase, &str); 3] = [
    ("pullStartedAt", Phase::Place, "PROVISION"),
    ("pullStoppedAt", Phase::Pull, "PULL_RATE"),
    ("startedAt", Phase::Start, "START"),
];

impl Span {
    /// The phases that lie in it.
    fn phases(&self) -> Vec<Phase> {
        self.times().iter().map(|it| it.1).collect()
    }

    fn times(&self) -> &'static [(&'static str, Phase, &'static str)] {
        let after = |name: &str| TIMES.iter().position(|it| it.0 == name).map_or(0, |it| it + 1);
        &TIMES[after(&self.from)..after(&self.to)]
    }

    /// What the formula says of it; none where it hangs on a size that is not known.
    fn predicted(&self, image_mb: Option<u32>) -> Option<Range> {
        let needs_size = self.phases().contains(&Phase::Pull);
        let size = image_mb.or((!needs_size).then_some(1))?;
        let stack = on_fargate(&format!("budget: {{image_size: {size}}}\n"));
        let cold = ColdStart::of(&shape(&stack), &stack.budget, None);
        let of = |phase: Phase| match phase {
            // Before `createdAt` lies what the scheduler takes, which no time of a task tells.
            Phase::Place => cold.time(phase).zip(SCHEDULE, |place, schedule| place - schedule),
            other => cold.time(other),
        };
        Some(self.phases().into_iter().map(of).sum())
    }

    /// All that is known of it lies in the range, and how the middle compares where there is one.
    fn verdict(&self, predicted: Option<Range>) -> String {
        let Some(Range { best, typical, worst }) = predicted else {
            return "no size, no prediction".to_owned();
        };
        let known = [self.least, self.middle, self.most].into_iter().flatten();
        // A tenth of a second is what is shown.
        let is_within = known.clone().all(|it| best - 0.05 <= it && it <= worst + 0.05);
        let middle = self.middle.or(self.least.zip(self.most).map(|(a, b)| f64::midpoint(a, b)));
        let times = middle.map(|it| format!("{:.1} × typical", it / typical)).unwrap_or_default();
        format!("{}, {times}", if is_within { "within" } else { "outside" })
    }
}

fn told(range: Range) -> String {
    format!("{:.1}, {:.1}, {:.1}", range.best, range.typical, range.worst)
}

fn row(of: &Measurement, span: &Span) -> String {
    let known = |it: Option<f64>| it.map_or("–".to_owned(), |it| format!("{it:.1}"));
    let measured = [span.least, span.middle, span.most].map(known).join(", ");
    let phases = span.phases().iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(" + ");
    let predicted = span.predicted(of.image_mb);
    let size = of.image_mb.map_or("–".to_owned(), |it| format!("{it} MB"));
    let sets = span.times().iter().any(|it| of.sets.iter().any(|set| set == it.2));
    let sets = if sets { "yes" } else { "no" };
    format!(
        "| {} | {size} | {phases} | {} | {measured} | {} | {sets} |\n",
        of.id,
        predicted.map_or("–".to_owned(), told),
        span.verdict(predicted)
    )
}

fn table() -> String {
    let text = include_str!("../../../docs/measurements/published-cold-starts.json");
    let published: Published = serde_json::from_str(text).unwrap();
    let mut table = "| | image | phases | predicted | measured | measured against predicted | sets constants |\n\
                     | --- | --: | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for of in &published.measurements {
        table.extend(of.spans.iter().map(|span| row(of, span)));
    }
    table
}

#[test]
fn published_cold_starts_against_the_formula_are_what_the_page_shows() {
    let table = table();
    println!("{table}");
    let page = include_str!("../../../docs/budget-and-cost.md");
    assert!(page.contains(&table), "the page does not show this table:\n{table}");
}
