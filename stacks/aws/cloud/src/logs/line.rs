//! Log lines, and the calls that read them.

use serde_json::{Value, json};

use super::group::find;
use super::pattern::Pattern;
use crate::account::Region;
use crate::input::{flag, text, texts, whole};
use crate::refusal::{Refusal, Reply};
use crate::time::Time;

/// How many lines one answer holds, so that tests meet a second page.
const PAGE: usize = 100;

/// One line of one stream.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    at: i64,
    text: String,
}

/// Writes a line, as a task does; without its group it is lost.
pub(crate) fn write(region: &mut Region, group: &str, stream: &str, at: Time, text: &str) {
    if let Some(group) = region.logs.groups.get_mut(group) {
        let line = Line { at: at.millis(), text: text.to_owned() };
        group.streams.entry(stream.to_owned()).or_default().push(line);
    }
}

impl Region {
    /// What tasks of images with this tag write from now on when they start.
    pub fn say(&mut self, image_tag: &str, lines: &[&str]) {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        self.logs.said.insert(image_tag.to_owned(), lines);
    }

    /// Writes a line into a stream now; false when the group is not there.
    pub fn plant_line(&mut self, group: &str, stream: &str, text: &str) -> bool {
        write(self, group, stream, Time::now(), text);
        self.logs.groups.contains_key(group)
    }
}

pub(super) fn streams(region: &mut Region, input: &Value) -> Reply {
    let arn = find(region, input)?.fields["logGroupArn"].clone();
    let group = find(region, input)?;
    let prefix = text(input, "logStreamNamePrefix").unwrap_or_default();
    let mut streams: Vec<(&String, &Vec<Line>)> =
        group.streams.iter().filter(|(name, _)| name.starts_with(prefix)).collect();
    let when = |lines: &[Line]| lines.last().map_or(0, |line| line.at);
    if text(input, "orderBy") == Some("LastEventTime") {
        streams.sort_by_key(|(_, lines)| when(lines));
    }
    if flag(input, "descending") == Some(true) {
        streams.reverse();
    }
    let limit = usize::try_from(whole(input, "limit").unwrap_or(50)).unwrap_or(50);
    let shown = streams.into_iter().take(limit).map(|(name, lines)| {
        let first = lines.first().map(|line| line.at);
        json!({"logStreamName": name, "creationTime": first, "firstEventTimestamp": first,
               "lastEventTimestamp": when(lines), "lastIngestionTime": when(lines),
               "arn": format!("{}:log-stream:{name}", arn.as_str().unwrap_or_default())})
    });
    Ok(json!({"logStreams": shown.collect::<Value>()}))
}

/// Whether a line lies in the span that a call asks for.
fn in_span(line: &Line, input: &Value) -> bool {
    whole(input, "startTime").is_none_or(|start| line.at >= start)
        && whole(input, "endTime").is_none_or(|end| line.at < end)
}

pub(super) fn get(region: &mut Region, input: &Value) -> Reply {
    let group = find(region, input)?;
    let name = text(input, "logStreamName").unwrap_or_default();
    let lines = group.streams.get(name).ok_or_else(|| {
        let message = "The specified log stream does not exist.";
        Refusal::new("ResourceNotFoundException", message)
    })?;
    let token = text(input, "nextToken").and_then(|token| token.split('/').nth(1)?.parse().ok());
    let fitting: Vec<&Line> = lines.iter().filter(|line| in_span(line, input)).collect();
    let limit = usize::try_from(whole(input, "limit").unwrap_or(10_000)).unwrap_or(10_000);
    let from: usize = match token {
        Some(at) => at,
        None if flag(input, "startFromHead") == Some(true) => 0,
        None => fitting.len().saturating_sub(limit),
    };
    let shown: Vec<Value> = fitting
        .iter()
        .skip(from)
        .take(limit)
        .map(|line| json!({"timestamp": line.at, "message": line.text, "ingestionTime": line.at}))
        .collect();
    let end = from + shown.len();
    Ok(json!({"events": shown, "nextForwardToken": format!("f/{end}/s"),
              "nextBackwardToken": format!("b/{from}/s")}))
}

pub(super) fn filter(region: &mut Region, input: &Value) -> Reply {
    let group = find(region, input)?;
    let prefix = text(input, "logStreamNamePrefix").unwrap_or_default();
    let names = texts(input, "logStreamNames");
    let pattern = Pattern::read(text(input, "filterPattern").unwrap_or_default())?;
    let mut lines: Vec<(i64, usize, &String, &Line)> = Vec::new();
    for (name, written) in &group.streams {
        if name.starts_with(prefix) && (names.is_empty() || names.contains(name)) {
            let fits = |line: &&Line| in_span(line, input) && pattern.fits(&line.text);
            let numbered = written.iter().enumerate().filter(|(_, line)| fits(line));
            lines.extend(numbered.map(|(n, line)| (line.at, n, name, line)));
        }
    }
    lines.sort_by_key(|(at, n, name, _)| (*at, *name, *n));
    let from: usize = text(input, "nextToken").and_then(|t| t.parse().ok()).unwrap_or_default();
    let limit = usize::try_from(whole(input, "limit").unwrap_or(10_000)).unwrap_or(PAGE).min(PAGE);
    let next = (from + limit < lines.len()).then(|| (from + limit).to_string());
    let shown = lines.into_iter().skip(from).take(limit).map(|(at, n, name, line)| {
        json!({"logStreamName": name, "timestamp": at, "message": line.text, "ingestionTime": at,
               "eventId": format!("{at:020}{n:06}{name}")})
    });
    let events: Value = shown.collect();
    let mut answer = json!({"events": events, "searchedLogStreams": []});
    if let Some(next) = next {
        crate::input::set(&mut answer, "nextToken", next);
    }
    Ok(answer)
}
