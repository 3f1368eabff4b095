//! Text to the terms that full text search knows, the same for documents and for questions.
//!
//! Words are lower-cased, freed of accents and of the commonest English endings. Scripts that put no
//! space between words (Chinese, Japanese, …) are cut into pairs of letters, and for documents into
//! single letters too, so that any part of a run is found without a dictionary.
//!
//! A term holds letters and digits only. Changing what comes out here changes what stored text can be
//! found by: the store's schema version has to change with it.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// Longer words are cut here, in bytes: nobody searches for them, and a file of noise stays small.
const LONGEST: usize = 64;

/// The terms of a document, separated by spaces, in its order.
#[must_use]
pub fn indexed(text: &str) -> String {
    let mut terms = String::with_capacity(text.len() + text.len() / 4);
    each(text, Letters::Too, |term| {
        terms.push_str(term);
        terms.push(' ');
    });
    terms
}

/// The terms to look for, each once, in the question's order.
///
/// Words that say nothing are left out, unless there are no others.
#[must_use]
pub fn asked(text: &str) -> Vec<String> {
    let (mut telling, mut all): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    each(text, Letters::OnlyAlone, |term| {
        let list = if is_stop_word(term) { &mut all } else { &mut telling };
        if !list.iter().any(|known| known == term) {
            list.push(term.to_owned());
        }
    });
    if telling.is_empty() { all } else { telling }
}

/// Calls `found` with each term of a text as questions are cut, stop words among them.
pub fn each_asked(text: &str, found: impl FnMut(&str)) {
    each(text, Letters::OnlyAlone, found);
}

/// Whether single letters of an unspaced run are terms.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Letters {
    /// Beside the pairs, for documents.
    Too,
    /// Only where a run has no pair, for questions.
    OnlyAlone,
}

/// Cuts `text` into terms.
fn each(text: &str, letters: Letters, found: impl FnMut(&str)) {
    let text = if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(folded(text)) };
    let mut cutter = Cutter { letters, found, word: String::new(), before: None };
    for letter in text.chars() {
        cutter.take(letter);
    }
    cutter.end_word();
    cutter.end_run();
}

/// Width, ligatures and accents made alike: `Ｃａｆé` becomes `Cafe`.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for run in ascii_runs(text) {
        if run.is_ascii() {
            folded.push_str(run);
            continue;
        }
        for letter in run.nfkc() {
            if letter.is_ascii() || is_unspaced(letter) {
                folded.push(letter);
            } else {
                folded.extend(std::iter::once(letter).nfd().filter(|&part| !is_accent(part)));
            }
        }
    }
    folded
}

/// The runs of a text that are ASCII, and those that are not, in turn.
///
/// Folding them apart is the same as together and far faster: an accent on an ASCII letter is dropped
/// in any case.
pub(crate) fn ascii_runs(text: &str) -> impl Iterator<Item = &str> {
    let mut end = 0;
    text.as_bytes().chunk_by(|one, next| one.is_ascii() == next.is_ascii()).map(move |run| {
        let start = end;
        end += run.len();
        &text[start..end]
    })
}

/// Gathers letters into words, and runs of unspaced script into pairs.
struct Cutter<F> {
    letters: Letters,
    found: F,
    /// The word so far.
    word: String,
    /// The letter before, when it was of an unspaced run, and whether it was part of a pair.
    before: Option<(char, bool)>,
}

impl<F: FnMut(&str)> Cutter<F> {
    fn take(&mut self, letter: char) {
        if letter.is_ascii_alphanumeric() {
            self.end_run();
            self.word.push(letter.to_ascii_lowercase());
        } else if letter.is_ascii() {
            // An apostrophe within a word joins: `don't` is one word.
            if letter != '\'' || self.word.is_empty() {
                self.end_word();
            }
            self.end_run();
        } else if is_unspaced(letter) {
            self.end_word();
            self.pair(letter);
        } else if letter.is_alphanumeric() || (is_mark(letter) && !self.word.is_empty()) {
            self.end_run();
            self.word.extend(letter.to_lowercase());
        } else {
            if letter != '’' || self.word.is_empty() {
                self.end_word();
            }
            self.end_run();
        }
    }

    /// Ends a word: its stem is a term.
    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        if self.word.len() > LONGEST {
            self.word.truncate(self.word.floor_char_boundary(LONGEST));
        }
        stem(&mut self.word);
        (self.found)(&self.word);
        self.word.clear();
    }

    /// Takes the next letter of an unspaced run.
    fn pair(&mut self, letter: char) {
        let mut room = [0; 8];
        if let Some((before, _)) = self.before {
            let first = before.encode_utf8(&mut room).len();
            let both = first + letter.encode_utf8(&mut room[first..]).len();
            (self.found)(std::str::from_utf8(&room[..both]).expect("two letters are text"));
        }
        if self.letters == Letters::Too {
            (self.found)(letter.encode_utf8(&mut room));
        }
        self.before = Some((letter, self.before.is_some()));
    }

    /// Ends a run of unspaced script: a letter that was alone is a term.
    fn end_run(&mut self) {
        if let Some((letter, false)) = self.before.take()
            && self.letters == Letters::OnlyAlone
        {
            (self.found)(letter.encode_utf8(&mut [0; 4]));
        }
    }
}

/// Takes off the English endings that only change the number: `policies` and `policy` are one term.
fn stem(word: &mut String) {
    let bytes = word.as_bytes();
    if bytes.len() < 4 || !word.is_ascii() || !word.ends_with('s') {
        return;
    }
    if word.ends_with("ies") && bytes.len() > 4 {
        word.truncate(word.len() - 3);
        word.push('y');
    } else if ["sses", "shes", "ches", "xes", "zes"].iter().any(|ending| word.ends_with(ending)) {
        word.truncate(word.len() - 2);
    } else if !["ss", "us", "is"].iter().any(|ending| word.ends_with(ending)) {
        word.truncate(word.len() - 1);
    }
}

/// Whether a term says nothing in a question.
fn is_stop_word(term: &str) -> bool {
    STOP_WORDS.binary_search(&term).is_ok()
}

/// English words that say nothing, stemmed, sorted.
#[rustfmt::skip]
const STOP_WORDS: [&str; 124] = [
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be",
    "because", "been", "before", "being", "between", "both", "but", "by", "can", "cannot", "could",
    "did", "do", "doe", "doing", "don", "dont", "down", "during", "each", "few", "for", "from",
    "further", "had", "has", "have", "having", "he", "her", "here", "him", "his", "how", "i", "if",
    "in", "into", "is", "isnt", "it", "its", "itself", "just", "let", "me", "more", "most", "much",
    "my", "myself", "no", "nor", "not", "now", "of", "off", "on", "once", "only", "or", "other",
    "our", "out", "over", "own", "please", "same", "she", "should", "so", "some", "such", "tell",
    "than", "that", "the", "their", "them", "themselve", "then", "there", "these", "they", "this",
    "those", "through", "to", "too", "under", "until", "up", "very", "wa", "was", "we", "were",
    "what", "when", "where", "which", "while", "who", "whom", "whose", "why", "will", "with",
    "would", "you", "your",
];

/// Scripts written without spaces between words.
pub(crate) fn is_unspaced(letter: char) -> bool {
    matches!(letter,
        '\u{0e00}'..='\u{0eff}'                                 // Thai, Lao
        | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'     // Myanmar, Khmer
        | '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7af}'     // Hangul: spaced, but endings stick to words
        | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{3096}' | '\u{309d}'..='\u{309f}'
        | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3105}'..='\u{312f}' | '\u{31a0}'..='\u{31bf}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}')
}

/// Marks that are dropped: the accents of Latin, Greek and Cyrillic, Hebrew points, Arabic vowels.
fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{0300}'..='\u{036f}' | '\u{0591}'..='\u{05c7}' | '\u{064b}'..='\u{065f}' | '\u{0670}')
}

/// Marks that belong to a word, as the vowel signs of Hindi do.
fn is_mark(letter: char) -> bool {
    use unicode_general_category::{GeneralCategory, get_general_category};
    matches!(
        get_general_category(letter),
        GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_folded_and_stemmed_alike_on_both_sides() {
        for (one, other) in [
            ("Policies", "policy"),
            ("health CHECKS", "health check"),
            ("Café", "cafe"),
            ("ÉCOLE Ёлка", "ecole елка"),
            ("ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
            ("the user\u{2019}s files", "the user's file"),
            ("MAX_ASYNC", "max async"),
            ("caches boxes classes buses", "cach box class buse"),
        ] {
            assert_eq!(indexed(one), indexed(other));
        }
    }

    #[test]
    fn endings_that_are_no_plural_stay() {
        assert_eq!(indexed("status class analysis gas AWS"), "status class analysis gas aws ");
    }

    #[test]
    fn unspaced_runs_become_pairs_and_letters() {
        assert_eq!(indexed("混合检索"), "混 混合 合 合检 检 检索 索 ");
        assert_eq!(asked("混合检索"), ["混合", "合检", "检索"]);
        assert_eq!(asked("索"), ["索"]);
        assert_eq!(indexed("用Rust写"), "用 rust 写 ");
        assert_eq!(asked("用Rust写。好"), ["用", "rust", "写", "好"]);
    }

    #[test]
    fn voiced_kana_stay_apart_from_unvoiced() {
        assert_ne!(indexed("ガラス"), indexed("カラス"));
        assert_eq!(indexed("ｶﾞﾗｽ"), indexed("ガラス"));
    }

    #[test]
    fn questions_lose_words_that_say_nothing() {
        assert_eq!(asked("How do I deploy the service, and why deploy?"), ["deploy", "service"]);
        assert_eq!(asked("What is it?"), ["what", "is", "it"]);
        assert!(asked("?! …").is_empty());
    }

    #[test]
    fn stop_words_are_sorted_and_stemmed() {
        assert!(STOP_WORDS.is_sorted());
        for word in STOP_WORDS {
            assert_eq!(indexed(word), format!("{word} "));
        }
    }

    proptest! {
        #[test]
        fn terms_are_short_and_plain_whatever_the_text(text in "\\PC*|(?s).*") {
            for term in indexed(&text).split_terminator(' ') {
                prop_assert!(!term.is_empty() && term.len() <= LONGEST + 4, "{:?}", term);
                prop_assert!(term.bytes().all(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii()));
            }
        }

        #[test]
        fn what_a_question_asks_for_is_among_the_terms_of_the_same_text(text in "(?s).*") {
            let indexed = indexed(&text);
            let terms: Vec<&str> = indexed.split(' ').collect();
            for term in asked(&text) {
                prop_assert!(terms.contains(&term.as_str()), "{:?}", term);
            }
        }
    }
}
