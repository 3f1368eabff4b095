//! A store of a known size.

use std::{fmt::Write as _, path::Path, process::Command};

const NAMES: [&str; 20] = [
    "Aldgate",
    "Borough",
    "Camden",
    "Deptford",
    "Ealing",
    "Fulham",
    "Greenwich",
    "Hackney",
    "Islington",
    "Kennington",
    "Lambeth",
    "Mayfair",
    "Northolt",
    "Osterley",
    "Peckham",
    "Richmond",
    "Soho",
    "Tooting",
    "Uxbridge",
    "Vauxhall",
];

/// Fills the store under `data` with `count` documents of one chunk each, by the service's own `ingest`
/// with these settings.
pub(crate) fn fill(data: &Path, count: usize, settings: &[(&str, &str)]) {
    let folder = data.join("texts");
    std::fs::create_dir_all(&folder).unwrap();
    for number in 0..count {
        std::fs::write(folder.join(format!("report-{number:04}.txt")), text(number)).unwrap();
    }
    let status = Command::new(env!("CARGO_BIN_EXE_rag-service"))
        .arg("ingest")
        .arg(&folder)
        .env("DATA_DIR", data)
        .env("LOG_LEVEL", "error")
        .envs(settings.iter().copied())
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "the texts can be ingested");
}

fn text(number: usize) -> String {
    let (name, other) = (NAMES[number % 20], NAMES[(number * 7 + 3) % 20]);
    let mut text =
        format!("Report {number} describes {name} station, opened in {}.", 1860 + number % 100);
    for line in 0..12 {
        write!(
            text,
            " Line {line} runs from {name} to {other} and carries {} passengers a day; its engine shed holds {} \
             engines and a small library.",
            1000 + number * 13 + line * 37,
            line + 3
        )
        .unwrap();
    }
    text
}

/// A question that no other number asks.
pub(crate) fn question(number: usize) -> String {
    let name = NAMES[number % 20];
    format!(
        "Question {number}: how many passengers does the line from {name} carry in report {}?",
        number % 97
    )
}
