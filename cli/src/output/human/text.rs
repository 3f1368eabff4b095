//! Paragraphs, durations and sizes, as people read them.

use std::{collections::BTreeMap, time::Duration};

use ragctl_stacks::address::Address;

/// `text` cut into lines of at most `width` characters, each after `indent` spaces. Words are never cut, paragraphs
/// are kept.
pub(crate) fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let room = width.saturating_sub(indent).max(20);
    let mut lines = Vec::new();
    for paragraph in text.trim().split("\n\n") {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let length = line.chars().count();
            if length > 0 && length + 1 + word.chars().count() > room {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    let indented = lines.iter().map(|line| match line.as_str() {
        "" => "\n".to_owned(),
        line => format!("{:indent$}{line}\n", ""),
    });
    indented.collect()
}

/// What is left for later and why, a line each; nothing when nothing is. `again` is the command that does it then.
pub(crate) fn left_for_later(postponed: &BTreeMap<Address, String>, again: &str) -> String {
    if postponed.is_empty() {
        return String::new();
    }
    let lines: String =
        postponed.iter().map(|(address, why)| format!("  {address}: {why}\n")).collect();
    format!("left for later, and `{again}` removes it then:\n{lines}")
}

/// Seconds with as many digits as they deserve: `0.012 s`, `1.42 s`, `75 s`.
pub(crate) fn seconds(duration: Duration) -> String {
    super::figure::measured(duration.as_secs_f64())
}

/// The largest units that matter: `42s`, `5m 3s`, `2h 10m`, `3d 4h`.
pub(crate) fn span(duration: Duration) -> String {
    let s = duration.as_secs();
    match s {
        0..60 => format!("{s}s"),
        60..3600 => format!("{}m {}s", s / 60, s % 60),
        3600..86_400 => format!("{}h {}m", s / 3600, s % 3600 / 60),
        _ => format!("{}d {}h", s / 86_400, s % 86_400 / 3600),
    }
}

/// Mebibytes with a digit behind the point.
pub(crate) fn mebibytes(bytes: u64) -> String {
    let tenths = bytes * 10 / (1 << 20);
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

/// `1 file`, `2 files`.
pub(crate) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_the_page_and_paragraphs_stay() {
        let text = "one two three four five six seven eight\nnine ten\n\nsecond paragraph";
        let wrapped = wrapped(text, 24, 2);
        assert_eq!(
            wrapped,
            "  one two three four\n  five six seven eight\n  nine ten\n\n  second paragraph\n"
        );
    }

    #[test]
    fn a_word_wider_than_the_page_is_not_cut() {
        assert_eq!(
            wrapped("a https://example.org/long/path/x b", 20, 0),
            "a\nhttps://example.org/long/path/x\nb\n"
        );
    }

    #[test]
    fn durations_have_the_digits_that_they_deserve() {
        let told = |millis| seconds(Duration::from_millis(millis));
        assert_eq!(
            [told(12), told(1420), told(45_600), told(75_000)],
            ["0.012 s", "1.42 s", "45.6 s", "75 s"]
        );
        let told = |s| span(Duration::from_secs(s));
        assert_eq!(
            [told(42), told(303), told(7800), told(273_600)],
            ["42s", "5m 3s", "2h 10m", "3d 4h"]
        );
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(
            [count(0, "file"), count(1, "file"), count(2, "file")],
            ["0 files", "1 file", "2 files"]
        );
        assert_eq!(mebibytes(26_528_973), "25.3 MiB");
    }
}
