//! BERT's uncased `WordPiece`, exact: the same pieces as Hugging Face's `tokenizers` give.
//!
//! Clean, pad ideographs, strip accents, lower-case, split at space and punctuation, then take the
//! longest piece that fits, again and again. `model/parity.txt` holds lines with the expected pieces.

use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::UnicodeNormalization;

use super::table::{Table, UNKNOWN};
use crate::pipeline::terms::ascii_runs;

/// A longer word is unknown as a whole, as in the original.
const LONGEST_WORD: usize = 100;

/// Calls `found` with each word piece of `text`, in order.
pub(super) fn each_piece(table: &Table<'_>, text: &str, mut found: impl FnMut(u32)) {
    each_word(table, text, |_, pieces| pieces.iter().copied().for_each(&mut found));
}

/// How much of `text` the vocabulary spells in pieces that mean something, 0 … 1.
///
/// It is English. A word of another script is unknown to it, or spelt letter by letter, which says little of its
/// meaning; so is a code such as `HK88213`. Each letter of such a word counts as much as a piece of a known one. A
/// text without words is known.
pub(super) fn known_share(table: &Table<'_>, text: &str) -> f32 {
    let (mut known, mut unknown) = (0_u16, 0_u16);
    each_word(table, text, |word, pieces| {
        let letters = word.chars().count();
        if !word.chars().any(char::is_alphanumeric) {
            return;
        }
        let is_whole = word.is_ascii() && pieces.len() == 1;
        let is_known = pieces != [UNKNOWN] && (is_whole || letters >= 2 * pieces.len());
        let (side, weight) =
            if is_known { (&mut known, pieces.len()) } else { (&mut unknown, letters) };
        *side = side.saturating_add(u16::try_from(weight).unwrap_or(u16::MAX));
    });
    let (known, unknown) = (f32::from(known), f32::from(unknown));
    if unknown > 0.0 { known / (known + unknown) } else { 1.0 }
}

/// Calls `found` with each word of `text`, folded, and its pieces, in order.
fn each_word(table: &Table<'_>, text: &str, mut found: impl FnMut(&str, &[u32])) {
    let mut speller = Speller::new(table);
    for run in ascii_runs(text) {
        let cleaned = run.chars().filter(|&letter| !is_dropped(letter));
        if run.is_ascii() {
            cleaned.for_each(|letter| speller.take(letter.to_ascii_lowercase(), &mut found));
        } else {
            cleaned.nfd().flat_map(lowered).for_each(|letter| speller.take(letter, &mut found));
        }
    }
    speller.end_word(&mut found);
}

/// Spells one word after the other; its buffers are kept.
struct Speller<'a> {
    table: &'a Table<'a>,
    word: String,
    name: Vec<u8>,
    pieces: Vec<u32>,
}

impl<'a> Speller<'a> {
    fn new(table: &'a Table<'a>) -> Self {
        Self { table, word: String::new(), name: Vec::new(), pieces: Vec::new() }
    }

    fn take(&mut self, letter: char, found: &mut impl FnMut(&str, &[u32])) {
        if letter.is_whitespace() {
            self.end_word(found);
        } else if is_ideograph(letter) || is_punctuation(letter) {
            self.end_word(found);
            self.word.push(letter);
            self.end_word(found);
        } else {
            self.word.push(letter);
        }
    }

    /// Spells the word gathered so far, and empties it.
    fn end_word(&mut self, found: &mut impl FnMut(&str, &[u32])) {
        if self.word.is_empty() {
            return;
        }
        self.pieces.clear();
        if !self.spell() {
            self.pieces.clear();
            self.pieces.push(UNKNOWN);
        }
        found(&self.word, &self.pieces);
        self.word.clear();
    }

    /// Fills `pieces`; false when the vocabulary cannot spell the word.
    fn spell(&mut self) -> bool {
        if self.word.len() > LONGEST_WORD && self.word.chars().count() > LONGEST_WORD {
            return false;
        }
        let mut start = 0;
        while start < self.word.len() {
            let mark: &[u8] = if start > 0 { b"##" } else { b"" };
            self.name.clear();
            self.name.extend_from_slice(mark);
            self.name.extend_from_slice(&self.word.as_bytes()[start..]);
            match self.table.longest(&self.name) {
                Some((piece, length)) if length > mark.len() => {
                    self.pieces.push(piece);
                    start += length - mark.len();
                }
                _ => return false,
            }
        }
        true
    }
}

/// The letter without its accents, in lower case: after decomposition, accents stand alone.
fn lowered(letter: char) -> impl Iterator<Item = char> {
    let is_accent =
        !letter.is_ascii() && get_general_category(letter) == GeneralCategory::NonspacingMark;
    (!is_accent).then(|| letter.to_lowercase()).into_iter().flatten()
}

/// Control characters and the like, which the original takes out first.
fn is_dropped(letter: char) -> bool {
    use GeneralCategory::{Control, Format, PrivateUse, Surrogate};
    match letter {
        '\t' | '\n' | '\r' => false,
        '\u{fffd}' => true,
        _ if letter.is_ascii() => letter.is_ascii_control(),
        _ => matches!(get_general_category(letter), Control | Format | PrivateUse | Surrogate),
    }
}

fn is_punctuation(letter: char) -> bool {
    use GeneralCategory::{
        ClosePunctuation, ConnectorPunctuation, DashPunctuation, FinalPunctuation,
        InitialPunctuation, OpenPunctuation, OtherPunctuation,
    };
    if letter.is_ascii() {
        return letter.is_ascii_punctuation();
    }
    matches!(
        get_general_category(letter),
        ConnectorPunctuation
            | DashPunctuation
            | OpenPunctuation
            | ClosePunctuation
            | InitialPunctuation
            | FinalPunctuation
            | OtherPunctuation
    )
}

/// What BERT takes for a Chinese character: each is a word of its own. Kana and Hangul are not among them.
fn is_ideograph(letter: char) -> bool {
    matches!(letter,
        '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{20000}'..='\u{2a6df}'
        | '\u{2a700}'..='\u{2b73f}' | '\u{2b740}'..='\u{2b81f}' | '\u{2b920}'..='\u{2ceaf}'
        | '\u{f900}'..='\u{faff}' | '\u{2f800}'..='\u{2fa1f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::adapters::built_in::table::tests::table;

    fn pieces(text: &str) -> Vec<u32> {
        let mut pieces = Vec::new();
        each_piece(&table(), text, |piece| pieces.push(piece));
        pieces
    }

    fn known(text: &str) -> f32 {
        known_share(&table(), text)
    }

    #[test]
    fn the_pieces_are_those_of_the_original() {
        for line in include_str!("../../../model/parity.txt").split_terminator('\n') {
            let (expected, text) = line.split_once('\t').expect("pieces, a tab, a text");
            let expected: Vec<u32> = expected.split(' ').filter_map(|id| id.parse().ok()).collect();
            assert_eq!(pieces(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_word_of_more_than_a_hundred_letters_is_unknown() {
        assert_eq!(pieces(&"a".repeat(101)), [UNKNOWN]);
        assert_ne!(pieces(&"a".repeat(100)), [UNKNOWN]);
    }

    #[test]
    fn english_is_known_and_unspaced_scripts_are_not() {
        assert_eq!(known("How do I reset my password for Ledgerly 6.2?"), 1.0);
        assert_eq!(known("HK88213"), 0.0);
        assert_eq!(known("年假最多可以顺延到什么时候？"), 0.0);
        assert_eq!(known("ありがとうございます。カタカナも"), 0.0);
        let mixed = known("用Rust写的service");
        assert!(0.3 < mixed && mixed < 0.7, "{mixed}");
        assert_eq!(known("?!"), 1.0);
    }

    proptest! {
        #[test]
        fn what_is_known_is_a_share(text in "\\PC*|(?s).*") {
            prop_assert!((0.0..=1.0).contains(&known(&text)));
        }

        #[test]
        fn any_text_has_pieces_of_the_table(text in "\\PC*|(?s).*") {
            for piece in pieces(&text) {
                prop_assert!(piece < 30_522);
            }
        }
    }
}
