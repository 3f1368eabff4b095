//! Which sources an answer cites, read as its words come.

use std::collections::BTreeSet;

/// The longest that is taken for a citation; what is longer is a bracket of the text.
const LONGEST: usize = 64;

/// The numbers that stand in brackets: `[1]`, and `[1, 3]` for two.
#[derive(Debug, Default)]
pub(super) struct Citations {
    found: BTreeSet<String>,
    /// What stands since the last bracket that was opened, while none was closed.
    open: Option<String>,
}

impl Citations {
    /// Reads the next words, which may begin and end within a citation.
    pub(super) fn read(&mut self, words: &str) {
        for letter in words.chars() {
            match (letter, &mut self.open) {
                ('[', _) => self.open = Some(String::new()),
                (']', open) => {
                    let inside = open.take().unwrap_or_default();
                    self.found.extend(inside.split(',').map(|it| it.trim().to_owned()));
                }
                (_, Some(inside)) if inside.len() < LONGEST => inside.push(letter),
                (_, open) => *open = None,
            }
        }
    }

    /// Whether the source with this number is cited.
    pub(super) fn has(&self, number: &str) -> bool {
        self.found.contains(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn citations_are_found_however_the_words_are_cut() {
        let text = "One [1], two [2][12]; a list [3, 4], [[5]. No: [x] 6] [7 8 [9";
        for size in 1..=text.len() {
            let mut citations = Citations::default();
            for piece in text.as_bytes().chunks(size) {
                citations.read(std::str::from_utf8(piece).unwrap());
            }
            let cited: Vec<String> =
                (1..=12).map(|it| it.to_string()).filter(|it| citations.has(it)).collect();
            assert_eq!(cited, ["1", "2", "3", "4", "5", "12"], "pieces of {size}");
        }
    }

    #[test]
    fn a_bracket_that_is_never_closed_takes_no_room() {
        let mut citations = Citations::default();
        citations.read(&format!("[{} 1]", "x".repeat(1000)));
        assert!(citations.open.is_none() && !citations.has("1"));
    }
}
