//! The few styles that are used. Written always; taken out again where no colour is wanted.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

use ragctl_chart::Phase;
use ragctl_stacks::plan::Mark;

/// What is made, or well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What is edited, or worth a look.
pub(crate) const LOOK: Style = AnsiColor::Yellow.on_default();
/// What goes, or failed.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// What takes another's place.
pub(crate) const SWAP: Style = AnsiColor::Magenta.on_default();
/// What can be typed, and where things are.
pub(crate) const PLACE: Style = AnsiColor::Cyan.on_default();
/// Headings.
pub(crate) const BOLD: Style = Style::new().bold();
/// What matters less.
pub(crate) const FAINT: Style = Style::new().dimmed();

/// The style of a line of a plan.
pub(crate) const fn of_mark(mark: Mark) -> Style {
    match mark {
        Mark::Create => GOOD,
        Mark::Update => LOOK,
        Mark::Replace => SWAP,
        Mark::Delete => BAD,
        Mark::Frame => Style::new(),
    }
}

/// The style of a phase of a cold start.
pub(crate) const fn of_phase(phase: Phase) -> Style {
    let colour = match phase {
        Phase::Wake => AnsiColor::BrightBlack,
        Phase::Place => AnsiColor::Cyan,
        Phase::Pull => AnsiColor::Blue,
        Phase::Start => AnsiColor::Yellow,
        Phase::Bind => AnsiColor::Magenta,
        Phase::Warm => AnsiColor::BrightYellow,
        Phase::Register => AnsiColor::Green,
        Phase::Retry => AnsiColor::White,
        Phase::Question => AnsiColor::BrightMagenta,
    };
    colour.on_default()
}

/// `text` in `style`.
pub(crate) fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}
