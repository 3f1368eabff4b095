//! A simulation as a page.

use ragctl_chart::{Column, Distribution, Series, Span, Table, Tasks, Timeline};
use ragctl_stacks::simulate::{Day, Latency, Simulated, Slot};

use super::{Drawn, Page, Part, summary};
use crate::{
    commands::simulate::SimulatedStack,
    output::human::{
        figure::{dollars, seconds},
        simulated::percent,
    },
};

impl Drawn for SimulatedStack {
    fn page(&self) -> Page {
        let it = &self.simulated;
        let on = match self.strategies.as_slice() {
            [] => "no strategy on".to_owned(),
            on => format!("{} on", on.join(", ")),
        };
        let mut figures = vec![summary(percent(self.cold_share), "of requests met a cold start")];
        figures
            .extend(it.latency.as_ref().map(|it| summary(seconds(it.p95), "p95 of all answers")));
        figures.extend(self.month.as_ref().map(|it| summary(dollars(it.total), "a month")));
        figures.push(summary(format!("{:.0} h", it.work.task_hours), "of tasks, as they are paid"));
        Page {
            title: format!("{} on {}, simulated", self.stack, self.target),
            lead: format!(
                "{} days of {}, with {on}: {} requests, {} of them answered.",
                it.days, it.traffic, it.requests, it.answered
            ),
            figures,
            parts: vec![
                latency_part(&[("all answers", it)], None),
                day_part(&it.day, "A day"),
                figures_part(self),
            ],
            command: "ragctl simulate",
        }
    }
}

/// How long answers took, of one simulation or of several.
pub(super) fn latency_part(all: &[(&str, &Simulated)], limit: Option<f64>) -> Part {
    let series = all
        .iter()
        .map(|(name, it)| Series { name: (*name).to_owned(), seconds: hundredths(&it.curve) });
    let chart = Distribution {
        title: "From question to answer".to_owned(),
        lead: "The share of requests that were answered within a time".to_owned(),
        series: series.collect(),
        limit,
    };
    Part {
        heading: "Latency".to_owned(),
        text: "From the first time that a caller asks until the answer. Callers who are told to come again do so when they \
               are told to."
            .to_owned(),
        chart: Some(("latency", Box::new(chart))),
        table: None,
    }
}

/// Of the curve, what each hundredth of all has: 1, 2, … 99, 100 in a hundred.
fn hundredths(curve: &[f64]) -> Vec<f64> {
    let inner = curve.get(1..100).unwrap_or_default().iter().copied();
    inner.chain(curve.last().copied()).collect()
}

/// One day: tasks, requests, and who met a cold start.
pub(super) fn day_part(day: &Day, heading: &str) -> Part {
    let hour = |slot: usize| {
        #[expect(clippy::cast_precision_loss, reason = "a day has 288 slots")]
        let seconds = (slot as u64 * day.slot_s) as f64;
        seconds / 3600.0
    };
    let slots = || day.slots.iter().enumerate();
    #[expect(clippy::cast_precision_loss, reason = "nobody asks 2^53 times in five minutes")]
    let requests = day.slots.iter().map(|it| it.requests as f64).collect();
    let chart = Timeline {
        title: format!("{}, from midnight to midnight", day.weekday),
        lead: "Five minutes a slot; hours in UTC".to_owned(),
        tasks: slots().map(|(at, it)| Tasks { from_hour: hour(at), running: it.tasks }).collect(),
        requests,
        cold: slots().filter(|(_, it)| it.cold > 0).map(|(at, _)| hour(at)).collect(),
        asleep: asleep(&day.slots, hour),
    };
    Part {
        heading: heading.to_owned(),
        text: String::new(),
        chart: Some(("day", Box::new(chart))),
        table: None,
    }
}

/// The slots in which the service mostly slept, those in a row put together.
fn asleep(slots: &[Slot], hour: impl Fn(usize) -> f64) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for (at, _) in slots.iter().enumerate().filter(|(_, it)| it.asleep >= 0.5) {
        let (from_hour, to_hour) = (hour(at), hour(at + 1));
        match spans.last_mut() {
            Some(last) if (last.to_hour - from_hour).abs() < 1e-9 => last.to_hour = to_hour,
            _ => spans.push(Span { from_hour, to_hour }),
        }
    }
    spans
}

fn figures_part(of: &SimulatedStack) -> Part {
    let it = &of.simulated;
    let latency = |name: &str, it: Option<&Latency>| {
        let it = it?;
        let times = [it.mean, it.p50, it.p95, it.p99, it.most].map(seconds);
        Some(std::iter::once(name.to_owned()).chain(times).collect::<Vec<_>>())
    };
    let rows = [
        latency("all", it.latency.as_ref()),
        latency("met a cold start", it.cold_latency.as_ref()),
        latency("all others", it.warm_latency.as_ref()),
    ];
    let headings = ["mean", "p50", "p95", "p99", "most"].map(|it| Column::Number(it.to_owned()));
    let columns = std::iter::once(Column::Words("answers".to_owned())).chain(headings).collect();
    let work = &it.work;
    Part {
        heading: "Figures".to_owned(),
        text: format!(
            "{:.1} hours of tasks were paid for, {} at once at most; {} were started, {} stopped by health checks. The service \
             slept for {:.0} hours and was woken {} times. Keep-alive asked {} times. The simulation began with the seed {}.",
            work.task_hours,
            work.most,
            work.started,
            work.unhealthy,
            work.asleep_hours,
            work.wakes,
            work.pings,
            it.seed
        ),
        chart: None,
        table: Some(Table {
            caption: "Latencies".to_owned(),
            columns,
            rows: rows.into_iter().flatten().collect(),
            marked: Vec::new(),
        }),
    }
}
