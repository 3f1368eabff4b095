//! A chunk's text as lexemes: what the index by words holds.
//!
//! Postgres can say which chunks have a lexeme, and only by reading each chunk's words again how often. So how often is
//! made part of the index: a chunk that has `fish` three times has the lexemes `fish`, `fish 2` and `fish 3`.

use std::{collections::HashMap, fmt::Write};

use crate::pipeline::terms;

/// How often a term has to be in a chunk for a lexeme of its own. What is between counts as the one below; more than the
/// last hardly counts more.
pub(super) const TIMES: [u16; 8] = [1, 2, 3, 4, 6, 8, 12, 16];

/// The most bytes of a chunk's lexemes together.
/// Source: <https://www.postgresql.org/docs/current/textsearch-limitations.html>
const LEXEMES_BYTES: usize = 1_000_000;

/// The lexemes of a chunk.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lexemes {
    /// How many terms the chunk has.
    pub(super) length: i32,
    /// Its lexemes, parted by tabs.
    pub(super) joined: String,
}

impl Lexemes {
    /// Cuts a chunk's text.
    pub(super) fn of(text: &str) -> Self {
        let terms = terms::indexed(text);
        let mut counts: HashMap<&str, u16> = HashMap::new();
        let mut length = 0_i32;
        for term in terms.split_terminator(' ') {
            let count = counts.entry(term).or_default();
            *count = count.saturating_add(1);
            length = length.saturating_add(1);
        }
        let mut joined = String::with_capacity(terms.len());
        for (term, count) in counts {
            for times in TIMES.into_iter().filter(|&times| times <= count) {
                // A text of nothing but different words, thousands of pages long: its last are not found.
                if joined.len() + term.len() > LEXEMES_BYTES {
                    break;
                }
                if !joined.is_empty() {
                    joined.push('\t');
                }
                push_lexeme(&mut joined, term, times);
            }
        }
        Self { length, joined }
    }
}

fn push_lexeme(to: &mut String, term: &str, times: u16) {
    to.push_str(term);
    if times > 1 {
        write!(to, " {times}").expect("a string takes everything");
    }
}

/// A lexeme as a query: terms hold letters and digits only, so nothing in it has to be hidden.
pub(super) fn query(term: &str, times: u16) -> String {
    let mut query = String::with_capacity(term.len() + 5);
    query.push('\'');
    push_lexeme(&mut query, term, times);
    query.push('\'');
    query
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lexemes(text: &str) -> Vec<String> {
        let mut lexemes: Vec<_> =
            Lexemes::of(text).joined.split_terminator('\t').map(str::to_owned).collect();
        lexemes.sort();
        lexemes
    }

    #[test]
    fn lexemes_say_how_often_a_term_is_there() {
        assert_eq!(lexemes("Fish, fish: a fish!"), ["a", "fish", "fish 2", "fish 3"]);
        assert_eq!(lexemes(&"x ".repeat(1000)).len(), TIMES.len());
        assert_eq!(Lexemes::of("Fish, fish: a fish!").length, 4);
        assert_eq!(Lexemes::of("…"), Lexemes { length: 0, joined: String::new() });
    }

    #[test]
    fn lexemes_of_a_chunk_never_are_too_many() {
        let text: String = (0..300_000).map(|number| format!("word{number} ")).collect();
        assert!(Lexemes::of(&text).joined.len() <= LEXEMES_BYTES + 100);
    }

    proptest! {
        #[test]
        fn lexemes_need_no_quoting(text in "\\PC*|(?s).*") {
            for term in terms::asked(&text) {
                prop_assert!(!term.contains(['\'', '\\', '\0', '\t', ' ']), "{:?}", term);
            }
        }
    }
}
