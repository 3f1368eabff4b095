//! What tasks do, which the tag of their image decides.

use serde_json::Value;

use crate::account::Region;
use crate::input::{list, text};

/// How a task fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fare {
    /// It runs and is healthy.
    Good,
    /// `slow*`: good, but it is pending for 50 phases.
    Slow,
    /// `crash*`: it starts and exits with 1.
    Crash,
    /// `oom*`: it starts and is killed for its memory.
    OutOfMemory,
    /// `nopull*`: its image is not there.
    NoPull,
    /// `sick*`: it runs, but its target fails the balancer's check.
    Sick,
    /// `unhealthy*`: it runs, but fails its container's check.
    Unhealthy,
    /// `stuck*`: it is pending for ever.
    Stuck,
}

/// The tag of an image; for a bare digest the tag of the image planted with it.
fn tag_of(region: &Region, image: &str) -> String {
    let (name, digest) = match image.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (image, None),
    };
    let after_path = name.rsplit('/').next().unwrap_or(name);
    match (after_path.split_once(':'), digest) {
        (Some((_, tag)), _) => tag.to_owned(),
        (None, Some(digest)) => region.ecr.tag_of(digest).unwrap_or_default(),
        (None, None) => String::from("latest"),
    }
}

/// How tasks of a definition fare, and the tag that says so.
pub(super) fn fare(region: &Region, definition: &Value) -> (Fare, String) {
    let containers = list(definition, "containerDefinitions");
    let tags: Vec<String> = containers
        .iter()
        .map(|container| tag_of(region, text(container, "image").unwrap_or_default()))
        .collect();
    let told = tags.iter().map(|tag| (of_tag(tag), tag)).find(|(fare, _)| *fare != Fare::Good);
    match told {
        Some((fare, tag)) => (fare, tag.clone()),
        None => (Fare::Good, tags.into_iter().next().unwrap_or_default()),
    }
}

fn of_tag(tag: &str) -> Fare {
    const FARES: [(&str, Fare); 7] = [
        ("slow", Fare::Slow),
        ("crash", Fare::Crash),
        ("oom", Fare::OutOfMemory),
        ("nopull", Fare::NoPull),
        ("sick", Fare::Sick),
        ("unhealthy", Fare::Unhealthy),
        ("stuck", Fare::Stuck),
    ];
    FARES.iter().find(|(prefix, _)| tag.starts_with(prefix)).map_or(Fare::Good, |(_, fare)| *fare)
}

/// What a task writes when it starts, unless the test chose lines for its tag.
pub(super) fn lines(region: &Region, tag: &str, fare: Fare) -> Vec<String> {
    if let Some(lines) = region.logs.said.get(tag) {
        return lines.clone();
    }
    let lines: &[&str] = match fare {
        Fare::Crash => &["starting", "Error: could not open the index: No such file or directory"],
        Fare::OutOfMemory => &["starting", "loading the model"],
        Fare::NoPull | Fare::Stuck => &[],
        Fare::Sick => &["starting", "not ready: the index is empty"],
        Fare::Good | Fare::Slow | Fare::Unhealthy => &["starting", "listening on 0.0.0.0:8000"],
    };
    lines.iter().map(|line| (*line).to_owned()).collect()
}
