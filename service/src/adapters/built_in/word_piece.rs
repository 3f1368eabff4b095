//! BERT's uncased `WordPiece`, exact: the same pieces as Hugging Face's `tokenizers` give.
//!
//! Clean, pad ideographs, strip accents, lower-case, split at space and punctuation, then take the
//! longest piece that fits, again and again. `model/parity.txt` holds lines with the expected pieces.

use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::UnicodeNormalization;

use super::table::{TABLE, UNKNOWN};

/// A longer word is unknown as a whole, as in the original.
const LONGEST_WORD: usize = 100;

/// Calls `found` with each word piece of `text`, in order.
pub(super) fn each_piece(text: &str, mut found: impl FnMut(u32)) {
    let mut speller = Speller::default();
    let cleaned = text.chars().filter(|&letter| !is_dropped(letter));
    for letter in cleaned.nfd().flat_map(lowered) {
        if letter.is_whitespace() {
            speller.end_word(&mut found);
        } else if is_ideograph(letter) || is_punctuation(letter) {
            speller.end_word(&mut found);
            speller.word.push(letter);
            speller.end_word(&mut found);
        } else {
            speller.word.push(letter);
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
            let Some((piece, end)) = self.longest(start) else { return false };
            self.pieces.push(piece);
            start = end;
        }
        true
    }

    /// The longest piece that begins at `start`, and where it ends.
    fn longest(&mut self, start: usize) -> Option<(u32, usize)> {
        self.name.clear();
        self.name.extend_from_slice(if start > 0 { b"##" } else { b"" });
        self.name.extend_from_slice(&self.word.as_bytes()[start..]);
        let mut end = self.word.len();
        while end > start {
            if let Some(piece) = TABLE.find(&self.name) {
                return Some((piece, end));
            }
            let last = self.word[start..end].chars().next_back().map_or(1, char::len_utf8);
            end -= last;
            self.name.truncate(self.name.len() - last);
        }
        None
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
