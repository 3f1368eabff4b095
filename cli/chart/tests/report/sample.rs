//! A report that has everything, with names that are hard to fit.

use ragctl_chart::{
    Bar, Block, Candidate, Column, Distribution, Frontier, Phase, Report, Section, Segment, Series,
    Size, Span, Stacked, Summary, Table, Tasks, Timeline, Tuning,
};

const COMBINATIONS: [(&str, f64, f64); 10] = [
    ("none", 21.4, 119.0),
    ("prewarm", 21.4, 89.0),
    ("reduced-workers", 21.4, 119.0),
    ("async-init", 21.4, 104.0),
    ("keepalive", 55.2, 31.0),
    ("edge-prewarm", 24.9, 74.0),
    ("prewarm + keepalive", 55.2, 1.1),
    ("prewarm + async-init", 22.0, 86.0),
    ("prewarm + reduced-workers + async-init + edge-prewarm", 38.0, 61.0),
    ("prewarm + keepalive + edge-prewarm + provisioned-concurrency", 88.6, 0.4),
];

pub(crate) fn stacked() -> Stacked {
    let bar = |name: &str, seconds: [f64; 9]| Bar {
        name: name.to_owned(),
        segments: Phase::ALL
            .into_iter()
            .zip(seconds)
            .map(|(phase, seconds)| Segment { phase, seconds })
            .collect(),
    };
    Stacked {
        title: "A cold start, phase by phase".to_owned(),
        lead: "fargate in eu-central-1; medians of 12 forced cold starts, 27 November 2026"
            .to_owned(),
        bars: vec![
            bar("none", [4.0, 17.0, 20.0, 3.5, 3.0, 30.0, 31.0, 8.0, 2.5]),
            bar("prewarm", [4.0, 17.0, 20.0, 3.5, 3.0, 16.0, 15.0, 8.0, 2.5]),
            bar(
                "prewarm + async-init + reduced-workers",
                [4.0, 17.0, 20.0, 3.5, 3.0, 9.0, 6.0, 0.0, 2.5],
            ),
            bar("image of 60 MB instead of 600 MB", [4.0, 17.0, 2.1, 3.5, 0.4, 9.0, 6.0, 0.0, 2.5]),
            bar("provisioned-concurrency", [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.42]),
        ],
    }
}

pub(crate) fn distribution() -> Distribution {
    // Shares of a curve that looks as latencies do: most are short, some wait for a cold start.
    let series = |name: &str, warm: f64, cold: f64, share: u32| Series {
        name: name.to_owned(),
        seconds: (1..1000_u32)
            .map(|it| {
                let part = f64::from(it) / 1000.0;
                let spread = (part / (1.0 - part)).powf(0.22);
                if it % 1000 < 1000 - share { warm * spread } else { cold * spread }
            })
            .collect(),
    };
    Distribution {
        title: "How long answers take".to_owned(),
        lead: "999 requests each, over one simulated day".to_owned(),
        series: vec![
            series("none", 0.35, 60.0, 80),
            series("prewarm", 0.33, 31.0, 60),
            series("keepalive", 0.33, 0.6, 20),
        ],
        limit: Some(2.0),
    }
}

pub(crate) fn frontier() -> Frontier {
    let candidate = |(name, cost, seconds): (&str, f64, f64)| Candidate {
        name: name.to_owned(),
        cost,
        seconds,
    };
    Frontier {
        title: "What a shorter cold start costs".to_owned(),
        lead: "fargate in eu-central-1; 400 questions a day".to_owned(),
        latency: "first answer, typical".to_owned(),
        candidates: COMBINATIONS.into_iter().map(candidate).collect(),
        best: vec![1, 7, 5, 8, 6, 9],
        recommended: Some(6),
        goal_seconds: Some(2.0),
        budget: Some(60.0),
        ..Frontier::default()
    }
}

pub(crate) fn timeline() -> Timeline {
    let tasks = |from_hour, running| Tasks { from_hour, running };
    let asked = |slot: u32| {
        let hour = f64::from(slot) / 4.0;
        let busy =
            (-(hour - 10.5).powi(2) / 5.0).exp() + 0.8 * (-(hour - 15.5).powi(2) / 6.0).exp();
        (40.0 * busy + f64::from(slot % 5) - 2.0).max(0.0).round()
    };
    Timeline {
        title: "One day of `handbook`".to_owned(),
        lead: "a working day, simulated; asleep after 15 minutes without a question".to_owned(),
        tasks: vec![
            tasks(0.4, 1.0),
            tasks(0.8, 0.0),
            tasks(6.5, 1.0),
            tasks(9.25, 2.0),
            tasks(10.0, 3.0),
            tasks(12.5, 2.0),
            tasks(14.75, 3.0),
            tasks(17.0, 1.0),
            tasks(20.6, 0.0),
        ],
        requests: (0..96).map(asked).collect(),
        cold: vec![0.4, 6.5, 6.52, 9.27, 10.02, 14.76],
        asleep: vec![
            Span { from_hour: 0.0, to_hour: 0.4 },
            Span { from_hour: 0.8, to_hour: 6.5 },
            Span { from_hour: 20.6, to_hour: 24.0 },
        ],
    }
}

pub(crate) fn tuning() -> Tuning {
    let size = |(memory_mb, millis, usd)| Size { memory_mb, millis, usd };
    let sizes = [
        (128, 81.2, 0.37),
        (256, 40.1, 0.37),
        (512, 20.3, 0.37),
        (1024, 10.4, 0.38),
        (1769, 6.1, 0.38),
        (3008, 6.0, 0.5),
    ];
    Tuning {
        title: "handbook in eu-central-1".to_owned(),
        lead: "1769 MB is the smallest of 6 sizes within 3 % of the fastest".to_owned(),
        sizes: sizes.map(size).to_vec(),
        chosen: Some(4),
    }
}

fn table() -> Table {
    let row = |(name, usd, seconds): (&str, f64, f64)| {
        let (least, most) = (seconds * 0.55, seconds * 2.1);
        let cells = [format!("{least:.1}"), format!("{seconds:.1}"), format!("{most:.1}")];
        [vec![name.to_owned()], cells.to_vec(), vec![format!("{usd:.2}")]].concat()
    };
    Table {
        caption: "All combinations".to_owned(),
        columns: [
            vec![Column::Words("strategies".to_owned())],
            ["best (s)", "typical (s)", "worst (s)", "$ a month"]
                .map(|it| Column::Number(it.to_owned()))
                .to_vec(),
        ]
        .concat(),
        rows: COMBINATIONS.into_iter().map(row).collect(),
        marked: vec![6],
    }
}

fn summary(figure: &str, meaning: &str) -> Summary {
    Summary { figure: figure.to_owned(), meaning: meaning.to_owned() }
}

pub(crate) fn report() -> Report {
    let section =
        |heading: &str, blocks: Vec<Block>| Section { heading: heading.to_owned(), blocks };
    let text = |words: &str| Block::Text(words.to_owned());
    Report {
        title: "Cold starts of handbook, with and without each strategy".to_owned(),
        lead: "With prewarm and keepalive the first answer comes after 1.1 s instead of 119 s, for 33.80 $ a month more."
            .to_owned(),
        summary: vec![
            summary("119 s → 1.1 s", "first answer, typical"),
            summary("+33.80 $", "a month"),
            summary("6 of 999", "requests that wait for a start, in a day"),
            summary("0.42 s", "p95 while warm"),
        ],
        sections: vec![
            section(
                "Where the seconds go",
                vec![
                    text("Pulling the image and warming the pools are two thirds of it. <Nothing> else is worth as much."),
                    Block::Chart(Box::new(stacked())),
                    text("Each figure is the median; the spread is in the table below.\n\nA second paragraph."),
                ],
            ),
            section("How long answers take", vec![Block::Chart(Box::new(distribution()))]),
            section(
                "What it costs",
                vec![Block::Chart(Box::new(frontier())), Block::Table(table())],
            ),
            section("A day", vec![Block::Chart(Box::new(timeline()))]),
            section("Memory", vec![Block::Chart(Box::new(tuning()))]),
        ],
        foot: "Made on 27 November 2026 by ragctl 0.1.0 from measured.json.".to_owned(),
    }
}
