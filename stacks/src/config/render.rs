//! A mistake as text for people, the line that it is in included.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::mistake::Mistake;

/// Whether rendered text carries colours for a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Text alone.
    Plain,
    /// With ANSI escapes.
    Ansi,
}

/// One mistake: `error: …`, the place, the line with a pointer into it, and what to do.
pub(super) fn mistake(mistake: &Mistake, file_name: &str, text: &str, colour: Colour) -> String {
    let line = Line::of(mistake, text);
    let label = AnnotationKind::Primary.span(line.pointer.clone()).label(&*mistake.label);
    let snippet =
        Snippet::source(&line.text).line_start(mistake.line).path(file_name).annotation(label);
    let mut title = Level::ERROR.primary_title(&*mistake.title);
    if let Some(rule) = mistake.rule {
        title = title.id(rule);
    }
    let mut group = Group::with_title(title).element(snippet);
    if let Some(environment) = &mistake.environment {
        group = group.element(Level::NOTE.message(format!("in the environment `{environment}`")));
    }
    group = group.element(Level::HELP.message(&*mistake.help));
    let renderer = match colour {
        Colour::Plain => Renderer::plain(),
        Colour::Ansi => Renderer::styled(),
    };
    let text = renderer.render(&[group]);
    // Padding behind the last column would be noise in files and tests.
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// The one line that a mistake is shown in.
struct Line {
    text: String,
    pointer: std::ops::Range<usize>,
}

impl Line {
    fn of(mistake: &Mistake, text: &str) -> Self {
        let start = text[..mistake.span.start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let line = text[start..end].trim_end_matches('\r');
        let from = (mistake.span.start - start).min(line.len());
        let to = (mistake.span.end - start).clamp(from, line.len());
        Self { text: line.to_owned(), pointer: from..to }
    }
}
