//! What a YAML parser stumbled over, in the words of whoever wrote the file.

use saphyr_parser::ScanError;

use super::super::mistake::Mistake;
use super::super::place::{self, bytes};

/// What is said about a place where YAML ends.
struct Told {
    start: usize,
    end: usize,
    title: String,
    label: String,
    help: String,
}

impl Told {
    fn new(
        range: (usize, usize),
        title: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let (start, end) = range;
        Self { start, end, title: title.into(), label: label.into(), help: help.into() }
    }

    fn mistake(self, text: &str) -> Mistake {
        let Self { start, end, title, label, help } = self;
        place::mistake(text, bytes(start, end), title, label, help)
    }
}

/// A mistake from what `saphyr-parser` stumbled over at a byte.
///
/// `bracket` is the innermost `[` or `{` that was still open.
pub(super) fn of_scan(error: &ScanError, at: usize, bracket: Option<usize>, text: &str) -> Mistake {
    let at = at.min(text.len());
    let info = error.info();
    let line = Line::around(text, at);
    let told = depth(info, at)
        .or_else(|| tab(&line))
        .or_else(|| quote(info, at, text))
        .or_else(|| open_bracket(info, bracket, text))
        .or_else(|| colon(info, &line, at))
        .or_else(|| control_character(info, at, text))
        .or_else(|| character(info, at, text))
        .or_else(|| indentation(info, &line, at))
        .unwrap_or_else(|| plainly(info, at, text));
    told.mistake(text)
}

/// A mistake from what `serde_yaml` stumbled over, where `saphyr-parser` did not.
pub(super) fn of_serde(error: &serde_yaml::Error, text: &str) -> Mistake {
    let said = error.to_string();
    // For a control character, the place stands in the words alone.
    let at = match said.strip_prefix("control characters are not allowed at position ") {
        Some(position) => position.parse().ok(),
        None => error.location().map(|location| location.index()),
    };
    let at = at.unwrap_or(0).min(text.len());
    let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let info = said.split(" at line ").next().unwrap_or(&said);
    let line = Line::around(text, at);
    tab(&line)
        .or_else(|| control_character(info, at, text))
        .unwrap_or_else(|| plainly(info, at, text))
        .mistake(text)
}

/// The line that a byte is in, without its line break.
struct Line<'t> {
    start: usize,
    text: &'t str,
    before: &'t str,
}

impl<'t> Line<'t> {
    fn around(text: &'t str, at: usize) -> Self {
        let start = text[..at].rfind('\n').map_or(0, |found| found + 1);
        let end = text[start..].find('\n').map_or(text.len(), |found| start + found);
        Self { start, text: text[start..end].trim_end_matches('\r'), before: &text[..start] }
    }

    fn indentation(&self) -> usize {
        self.text.len() - self.text.trim_start().len()
    }

    /// From the first character that is no space to the last.
    fn content(&self) -> (usize, usize) {
        (self.start + self.indentation(), self.start + self.text.trim_end().len())
    }

    /// The nearest line above with something on it.
    fn above(&self) -> Option<Self> {
        let mut line = Self::around(self.before, self.before.len().checked_sub(1)?);
        loop {
            let content = line.text.trim();
            if !content.is_empty() && !content.starts_with('#') {
                return Some(line);
            }
            line = Self::around(line.before, line.before.len().checked_sub(1)?);
        }
    }
}

/// What is said about brackets within brackets without end.
fn depth(info: &str, at: usize) -> Option<Told> {
    let title = "the file is nested too deeply";
    let help = "a stack file needs four levels; check the brackets";
    info.contains("recursion limit").then(|| Told::new((at, at), title, "too many levels", help))
}

fn tab(line: &Line<'_>) -> Option<Told> {
    let blank = &line.text[..line.indentation()];
    let at = line.start + blank.find('\t')?;
    let help = "replace it by spaces; two for each level are usual";
    Some(Told::new((at, at + 1), "a line is indented with a tab", "a tab", help))
}

fn quote(info: &str, at: usize, text: &str) -> Option<Told> {
    let quote = text[at..].chars().next().filter(|c| matches!(c, '"' | '\''));
    if info.contains("unknown escape character") || info.contains("escape") {
        let line = Line::around(text, at);
        let rest = &line.text[at - line.start..];
        let escapes =
            rest.char_indices().zip(rest.chars().skip(1)).filter(|((_, c), _)| *c == '\\');
        let known = "0abtnvfre \"/\\N_LPxuU\t";
        let mut unknown = escapes.filter(|(_, next)| !known.contains(*next));
        let (start, next) = unknown.next().map(|((start, _), next)| (at + start, next))?;
        return Some(Told::new(
            (start, start + 1 + next.len_utf8()),
            format!("`\\{next}` means nothing between double quotes"),
            "an unknown escape",
            "use single quotes, in which a backslash is a backslash",
        ));
    }
    if info.contains("trailing content") {
        let line = Line::around(text, at);
        return Some(Told::new(
            (at, line.content().1.max(at)),
            "text follows a closing quote",
            "outside the quotes",
            "put all of the value between the quotes; write `\\\"` for a quote within double \
             quotes, `''` within single ones",
        ));
    }
    let unclosed = info.contains("quoted scalar") || info.contains("unexpected end of stream");
    let quote = quote.filter(|_| unclosed)?;
    let title = "a quote is not closed";
    let help = format!("write `{quote}` at the end of the value too");
    Some(Told::new((at, at + 1), title, "opened here", help))
}

fn open_bracket(info: &str, bracket: Option<usize>, text: &str) -> Option<Told> {
    let start = bracket?;
    let within = info.contains("flow") || info.contains("illegal placement of ':'");
    let ended = info.contains("did not find expected node content");
    if !within && !ended {
        return None;
    }
    let (open, close) = if text[start..].starts_with('[') { ('[', ']') } else { ('{', '}') };
    let title = format!("`{open}` is not closed");
    let help = format!("write `{close}` where it ends, and a comma between its parts");
    Some(Told::new((start, start + 1), title, "opened here", help))
}

fn colon(info: &str, line: &Line<'_>, at: usize) -> Option<Told> {
    if !info.contains("mapping values are not allowed") {
        return None;
    }
    let before = &line.text[..(at - line.start).min(line.text.len())];
    if let Some((_, value)) = before.split_once(": ") {
        let start = line.start + before.len() - value.len();
        let value = line.text[start - line.start..].trim_end();
        return Some(Told::new(
            (start, start + value.len()),
            "a value holds a colon and a space",
            "YAML takes this for a second key",
            format!("put the value into quotes: `\"{}\"`", value.replace('"', "\\\"")),
        ));
    }
    let above = line.above()?;
    let content = above.text.trim();
    if let Some((key, value)) = content.split_once(':').filter(|(_, value)| !value.is_empty()) {
        if !value.starts_with([' ', '\t']) {
            return Some(Told::new(
                above.content(),
                "a colon is not followed by a space",
                "YAML sees no key here",
                format!("write `{key}: {value}`"),
            ));
        }
        let (start, end) = line.content();
        return Some(Told::new(
            (start, end.max(at)),
            "a line is indented too deeply",
            "deeper than the line above, which has a value already",
            "begin it under the first letter of the line above",
        ));
    }
    Some(Told::new(
        above.content(),
        "a line has no colon",
        "a key needs `: ` behind it",
        match content.split_once(' ') {
            Some((key, value)) => format!("write `{key}: {value}`"),
            None => format!("write `{content}: ` and a value"),
        },
    ))
}

fn control_character(info: &str, at: usize, text: &str) -> Option<Told> {
    if !info.contains("unprintable") && !info.contains("control character") {
        return None;
    }
    let c = text[at..].chars().next()?;
    Some(Told::new(
        (at, at + c.len_utf8()),
        format!("the file holds the control character U+{:04X}", u32::from(c)),
        "not allowed in YAML",
        "remove it, and save the file as UTF-8 text",
    ))
}

fn character(info: &str, at: usize, text: &str) -> Option<Told> {
    if info.contains("unknown anchor") {
        let length = text[at..].find(char::is_whitespace).unwrap_or(text.len() - at);
        let name = &text[at..at + length];
        let help = "write the value itself, or put quotes around a text that begins with `*`";
        let title = format!("`{name}` repeats nothing");
        return Some(Told::new((at, at + length), title, "no such anchor above", help));
    }
    if info.contains("must be followed by a valid YAML whitespace") {
        let line = Line::around(text, at);
        let tab = line.text.find(":\t").map(|colon| line.start + colon + 1)?;
        let help = "replace it by a space";
        return Some(Told::new((tab, tab + 1), "a colon is followed by a tab", "a tab", help));
    }
    if !info.contains("unexpected character") {
        return None;
    }
    let c = text[at..].chars().next()?;
    let line = Line::around(text, at);
    let value = line.text[at - line.start..].trim_end();
    Some(Told::new(
        (at, at + c.len_utf8()),
        format!("a value cannot begin with `{c}`"),
        "YAML keeps this character for itself",
        format!("put the value into quotes: `\"{}\"`", value.replace('"', "\\\"")),
    ))
}

fn indentation(info: &str, line: &Line<'_>, at: usize) -> Option<Told> {
    let (start, end) = line.content();
    if info.contains("did not find expected '-' indicator") {
        let help = "indent the list under a key of its own, or write every line of it with `- `";
        let title = "a list goes over into something else";
        return Some(Told::new((start, end.max(at)), title, "expected `- ` here", help));
    }
    if info.contains("did not find expected key") {
        return Some(Told::new(
            (start, end.max(at)),
            "a line is indented like no line above it",
            "belongs to no mapping",
            "begin it under the first letter of its neighbours",
        ));
    }
    None
}

fn plainly(info: &str, at: usize, text: &str) -> Told {
    let end = text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
    let said = info.trim_end_matches('.');
    Told::new(
        (at, end),
        "this is not YAML",
        said,
        "check quotes, brackets and indentation here and on the line above",
    )
}
