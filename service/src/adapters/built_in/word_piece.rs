//! BERT's uncased `WordPiece`, exact: the same pieces as Hugging Face's `tokenizers` give.
//!
//! Clean, pad ideographs, strip accents, lower-case, split at space and punctuation, then take the
//! longest piece that fits, again and again. `model/parity.txt` holds lines with the expected pieces.

use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::UnicodeNormalization;

use super::table::{TABLE, UNKNOWN};
use crate::pipeline::terms::ascii_runs;

/// A longer word is unknown as a whole, as in the original.
const LONGEST_WORD: usize = 100;

/// Calls `found` with each word piece of `text`, in order.
pub(super) fn each_piece(text: &str, mut found: impl FnMut(u32)) {
    let mut speller = Speller::default();
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
#[derive(Default)]
struct Speller {
    word: String,
    name: Vec<u8>,
    pieces: Vec<u32>,
}

impl Speller {
    fn take(&mut self, letter: char, found: &mut impl FnMut(u32)) {
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
    fn end_word(&mut self, found: &mut impl FnMut(u32)) {
        if self.word.is_empty() {
            return;
        }
        self.pieces.clear();
        if self.spell() {
            self.pieces.iter().copied().for_each(found);
        } else {
            found(UNKNOWN);
        }
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
            match TABLE.longest(&self.name) {
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

    fn pieces(text: &str) -> Vec<u32> {
        let mut pieces = Vec::new();
        each_piece(text, |piece| pieces.push(piece));
        pieces
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

    proptest! {
        #[test]
        fn any_text_has_pieces_of_the_table(text in "\\PC*|(?s).*") {
            for piece in pieces(&text) {
                prop_assert!(piece < 30_522);
            }
        }
    }
}
