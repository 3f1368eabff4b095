//! The sections that a chunk stands in.

use super::{Part, tokens};
use crate::pipeline::piece::Kind;

/// The headings of the section that we are in, outermost first, with their levels.
#[derive(Default)]
pub(super) struct Path(Vec<(usize, String)>);

impl Path {
    /// Goes past these parts of `text`.
    pub(super) fn follow(&mut self, text: &str, parts: &[Part]) {
        for part in parts {
            if let Kind::Heading(level) = part.span.kind {
                self.0.retain(|(above, _)| *above < level);
                let title = text[part.span.start..part.span.end].trim().trim_matches('#').trim();
                self.0.push((level, title.to_owned()));
            }
        }
    }

    /// The line that heads a chunk which begins with `first`: `Guide > Install`, of at most `limit` tokens.
    pub(super) fn above(&self, first: &Part, limit: usize) -> String {
        let own = match first.span.kind {
            Kind::Heading(level) => level,
            _ => usize::MAX,
        };
        let titles: Vec<_> = self
            .0
            .iter()
            .filter(|(level, title)| *level < own && !title.is_empty())
            .map(|(_, title)| title.as_str())
            .collect();
        (0..titles.len())
            .map(|outermost| titles[outermost..].join(" > "))
            .find(|path| tokens(path) <= limit)
            .unwrap_or_default()
    }
}
