//! Results as text for people: a function from a value to text each.

pub(crate) mod ablation;
pub(crate) mod advised;
pub(crate) mod bars;
pub(crate) mod budget;
pub(crate) mod cold_starts;
pub(crate) mod compared;
pub(crate) mod cost;
pub(crate) mod diff;
pub(crate) mod figure;
pub(crate) mod findings;
pub(crate) mod gate;
pub(crate) mod imported;
pub(crate) mod judged;
pub(crate) mod mistakes;
pub(crate) mod outlook;
pub(crate) mod plan;
pub(crate) mod scatter;
pub(crate) mod seed_table;
pub(crate) mod simulated;
pub(crate) mod stacked;
pub(crate) mod status;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod tuned;
pub(crate) mod verify;

/// A value that can be shown to people.
pub(crate) trait Human {
    /// The value as text that ends with a line end.
    fn human(&self, page: Page) -> String;
}

/// What the text is written on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    /// Its width in characters.
    pub(crate) width: usize,
}

impl Page {
    /// Wider lines than this are hard to read, so paragraphs are never wider.
    const WIDEST: usize = 100;
    /// Where nothing is known, as of old.
    const UNKNOWN: usize = 80;

    /// The terminal that stdout is, or a page of 80 columns.
    pub(crate) fn of_stdout() -> Self {
        let size = rustix::termios::tcgetwinsize(std::io::stdout());
        let width = size.map_or(0, |size| usize::from(size.ws_col));
        Self { width: if width == 0 { Self::UNKNOWN } else { width.min(Self::WIDEST) } }
    }
}
