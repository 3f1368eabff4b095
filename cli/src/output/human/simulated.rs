//! A simulation as text.

use ragctl_stacks::simulate::{Day, Failed, Latency, Simulated, Slot};

use super::{
    Human, Page,
    figure::{dollars, seconds},
    table::table,
    text::count,
};
use crate::{
    commands::simulate::SimulatedStack,
    output::style::{BAD, BOLD, FAINT, LOOK, styled},
};

/// Half hours of a day: how many columns its picture has.
const COLUMNS: usize = 48;

impl Human for SimulatedStack {
    fn human(&self, _: Page) -> String {
        let it = &self.simulated;
        let on = match self.strategies.as_slice() {
            [] => "no strategy".to_owned(),
            on => on.join(", "),
        };
        let title = styled(BOLD, format!("{} ({})", self.stack, self.target));
        let mut text = format!("{title}: {} days of {}, {on}\n\n", it.days, it.traffic);
        let mut rows = vec![
            row("requests", requests(it)),
            row("met a cold start", format!("{} ({})", percent(self.cold_share), it.cold)),
        ];
        let latencies = [
            ("latency", &it.latency),
            ("if cold", &it.cold_latency),
            ("if warm", &it.warm_latency),
        ];
        let told =
            latencies.into_iter().filter_map(|(name, it)| Some(row(name, latency(it.as_ref()?))));
        rows.extend(told);
        rows.push(row("tasks", work(it, &self.target)));
        rows.extend(self.month.as_ref().map(|month| row("a month", dollars(month.total))));
        text += &table(&["", ""], &rows)
            .lines()
            .skip(1)
            .map(|it| format!("{it}\n"))
            .collect::<String>();
        text += "\n";
        text += &day(&it.day);
        let failed: String = it.failed.iter().map(|(why, count)| failed(*why, *count)).collect();
        text + &failed
    }
}

fn row(name: &str, told: String) -> Vec<String> {
    vec![name.to_owned(), told]
}

fn requests(it: &Simulated) -> String {
    let unanswered = it.requests - it.answered;
    match unanswered {
        0 => format!("{}, all answered", it.requests),
        some => format!("{}, {some} without an answer", it.requests),
    }
}

/// `p50 4 s, p95 66 s, p99 98 s, most 120 s`.
pub(crate) fn latency(it: &Latency) -> String {
    let Latency { p50, p95, p99, most, .. } = it;
    let [p50, p95, p99, most] = [p50, p95, p99, most].map(|it| seconds(*it));
    format!("p50 {p50}, p95 {p95}, p99 {p99}, most {most}")
}

/// `3.1 %`, with a digit more where it is small.
pub(crate) fn percent(share: f64) -> String {
    match share * 100.0 {
        0.0 => "0 %".to_owned(),
        it if it < 0.95 => format!("{it:.2} %"),
        it if it < 99.95 => format!("{it:.1} %"),
        it => format!("{it:.0} %"),
    }
}

fn work(it: &Simulated, target: &str) -> String {
    let work = &it.work;
    let what = if target == "lambda" { "of work" } else { "paid" };
    let mut told = vec![
        format!("{:.1} h {what}", work.task_hours),
        format!("{} at once at most", work.most),
        format!("{} started", work.started),
    ];
    if work.wakes > 0 || work.asleep_hours > 0.0 {
        told.push(format!("asleep {:.0} h, woken {} times", work.asleep_hours, work.wakes));
    }
    if work.unhealthy > 0 {
        let killed = count(usize::try_from(work.unhealthy).unwrap_or(usize::MAX), "task");
        told.push(styled(BAD, format!("{killed} stopped by health checks")));
    }
    told.join(", ")
}

fn failed(why: Failed, count: u64) -> String {
    let why = match why {
        Failed::NoTask => "found no task, and were not told to come again (503)",
        Failed::NotListening => "came to a task that did not listen yet (502)",
        Failed::TooMany => "found too many before them (429)",
        Failed::CutOff => "were cut off as their task was stopped (502)",
        Failed::GaveUp => "gave up waiting",
    };
    format!("{} {count} {why}\n", styled(LOOK, "warning:"))
}

/// A day as three lines of columns.
fn day(day: &Day) -> String {
    let all: Vec<&[Slot]> = day.slots.chunks(day.slots.len().div_ceil(COLUMNS).max(1)).collect();
    #[expect(clippy::cast_precision_loss, reason = "nobody asks 2^53 times in half an hour")]
    let sum = |slots: &[Slot], of: fn(&Slot) -> u64| slots.iter().map(of).sum::<u64>() as f64;
    #[expect(clippy::cast_precision_loss, reason = "a day has 288 slots")]
    let mean = |slots: &[Slot], of: fn(&Slot) -> f64| {
        slots.iter().map(of).sum::<f64>() / slots.len() as f64
    };
    let requests: Vec<f64> = all.iter().map(|it| sum(it, |slot| slot.requests)).collect();
    let cold: Vec<f64> = all.iter().map(|it| sum(it, |slot| slot.cold)).collect();
    let tasks: Vec<f64> = all.iter().map(|it| mean(it, |slot| slot.tasks)).collect();
    let hours: String = (0..24).step_by(3).map(|hour| format!("{hour:<6}")).collect();
    let rows = [
        ("requests", spark(&requests), format!("{:.0} in half an hour at most", most(&requests))),
        ("cold", spark(&cold), format!("{:.0} that day", cold.iter().sum::<f64>())),
        ("tasks", spark(&tasks), format!("{:.1} at most", most(&tasks))),
    ];
    let title = format!("  day {}, {}  ", day.day, day.weekday);
    let width = title.chars().count();
    let text = format!("{title}{}\n", styled(FAINT, hours.trim_end()));
    let row = |(what, line, told): (&str, String, String)| {
        format!("  {what:<w$}{line}  {}\n", styled(FAINT, told), w = width - 2)
    };
    text + &rows.map(row).concat()
}

fn most(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

/// A column each, as high as its value is of the most.
fn spark(values: &[f64]) -> String {
    const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = most(values);
    let height = |value: f64| {
        let wanted = value / most * 8.0;
        let at = (1..=8).find(|step| wanted <= f64::from(*step)).unwrap_or(8);
        HEIGHTS[usize::try_from(at - 1).unwrap_or(0)]
    };
    values.iter().map(|it| if *it > 0.0 { height(*it) } else { '·' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_high_as_their_values() {
        assert_eq!(spark(&[0.0, 1.0, 4.0, 8.0]), "·▁▄█");
        assert_eq!(spark(&[0.0, 0.0]), "··");
    }

    #[test]
    fn shares_have_the_digits_that_they_deserve() {
        assert_eq!(
            [0.0, 0.0004, 0.031, 0.5, 1.0].map(percent),
            ["0 %", "0.04 %", "3.1 %", "50.0 %", "100 %"]
        );
    }
}
