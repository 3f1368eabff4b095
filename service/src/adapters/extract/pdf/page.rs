//! A page: letters at places, to lines and paragraphs.

use pdf_extract::Transform;

use crate::pipeline::terms::is_unspaced;

/// A gap of this part of the letters' size is a space.
const SPACE: f64 = 0.15;

/// Letters that are off the line by more than this part of their size are on another; less is a raised or lowered sign.
const LINE: f64 = 0.5;

/// Lines that are further apart than so many times their size are of two paragraphs.
const PARAGRAPH: f64 = 1.6;

/// What is on a page so far.
#[derive(Default)]
pub(super) struct Page {
    text: String,
    last: Option<Letter>,
    /// Whether what comes next was placed by itself.
    is_placed: bool,
}

/// The letter that was put last.
#[derive(Clone, Copy)]
struct Letter {
    /// Where it ends.
    x: f64,
    y: f64,
    size: f64,
}

impl Page {
    /// Says that what comes next was placed by itself.
    pub(super) fn begin(&mut self) {
        self.is_placed = true;
    }

    /// Puts letters at a place: `width` is theirs, as a part of `size`, before both are transformed.
    pub(super) fn put(&mut self, place: &Transform, width: f64, size: f64, letters: &str) {
        // The way that the line goes, so that turned text is read as any other.
        let length = place.m11.hypot(place.m12);
        let (along_x, along_y) = match length > 0.0 {
            true => (place.m11 / length, place.m12 / length),
            false => (1.0, 0.0),
        };
        let (x, y) = (place.m31, place.m32);
        let height = size * (place.m11 * place.m22 - place.m12 * place.m21).abs().sqrt();
        if let Some(last) = self.last.filter(|_| self.is_placed) {
            let (right, up) = (x - last.x, y - last.y);
            let gap = right * along_x + up * along_y;
            let shift = (up * along_x - right * along_y).abs();
            self.part(gap / height, shift / height.min(last.size), letters);
        }
        self.is_placed = false;
        self.text.push_str(letters);
        let width = width * size * length;
        self.last = Some(Letter { x: x + width * along_x, y: y + width * along_y, size: height });
    }

    /// Parts what comes from what is there, by the gap on the line and the shift from it, in sizes of a letter.
    fn part(&mut self, gap: f64, shift: f64, letters: &str) {
        if shift > PARAGRAPH {
            self.text.push_str("\n\n");
        } else if shift > LINE {
            self.text.push('\n');
        } else if !(-1.0..=SPACE).contains(&gap) {
            let is_run = self.text.ends_with(is_unspaced) && letters.starts_with(is_unspaced);
            if !(is_run && gap < 1.0) {
                self.text.push(' ');
            }
        }
    }

    /// The text of the page.
    pub(super) fn text(&self) -> String {
        joined(self.text.trim())
    }
}

/// Puts together the words that the end of a line parts: those with a hyphen there, and Chinese and Japanese.
fn joined(page: &str) -> String {
    let mut text = String::with_capacity(page.len() + 1);
    for line in page.split('\n').map(str::trim_end) {
        let before = text.trim_end_matches('\n');
        let is_next = before.len() + 1 == text.len();
        match line.chars().next().filter(|_| is_next) {
            Some(first) if is_hyphenated(before, first) => {
                let end = before.trim_end_matches(is_hyphen).len();
                text.truncate(end);
            }
            Some(first) if is_unspaced(first) && before.ends_with(is_unspaced) => {
                let end = before.len();
                text.truncate(end);
            }
            _ => {}
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

fn is_hyphenated(before: &str, next: char) -> bool {
    let word = before.strip_suffix(is_hyphen);
    next.is_lowercase() && word.is_some_and(|word| word.ends_with(char::is_lowercase))
}

fn is_hyphen(letter: char) -> bool {
    matches!(letter, '-' | '\u{2010}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Puts words at places, each letter half as wide as high.
    fn page(words: &[(f64, f64, &str)], turned: bool) -> String {
        let mut page = Page::default();
        for &(x, y, word) in words {
            page.begin();
            for (at, letter) in (0_u8..).zip(word.chars()) {
                let x = x + f64::from(at) * 5.0;
                let place = match turned {
                    true => Transform::row_major(0.0, 1.0, -1.0, 0.0, -y, x),
                    false => Transform::row_major(1.0, 0.0, 0.0, 1.0, x, y),
                };
                page.put(&place, 0.5, 10.0, &letter.to_string());
            }
        }
        page.text()
    }

    #[test]
    fn letters_at_places_are_words_lines_and_paragraphs() {
        for (words, text) in [
            (&[(0.0, 0.0, "one"), (16.0, 0.0, "two")][..], "onetwo\n"),
            (&[(0.0, 0.0, "one"), (18.0, 0.0, "two")], "one two\n"),
            (&[(0.0, 0.0, "x"), (5.0, 4.0, "2"), (12.0, 0.0, "y")], "x2 y\n"),
            (&[(0.0, 0.0, "one"), (0.0, -12.0, "two")], "one\ntwo\n"),
            (&[(0.0, 0.0, "one"), (0.0, -30.0, "two")], "one\n\ntwo\n"),
            (&[(90.0, 0.0, "right"), (0.0, 0.0, "left")], "right left\n"),
            (&[(0.0, 0.0, "混"), (8.0, 0.0, "合")], "混合\n"),
            (&[], "\n"),
        ] {
            assert_eq!(page(words, false), text);
            assert_eq!(page(words, true), text);
        }
    }

    #[test]
    fn words_that_a_line_parts_are_put_together() {
        for (page, text) in [
            ("an exam-\nple of it", "an example of it\n"),
            ("Smith-\nJones\nnext", "Smith-\nJones\nnext\n"),
            ("混合检\n索系统", "混合检索系统\n"),
            ("混合。\n\n检索", "混合。\n\n检索\n"),
            ("one  \ntwo\n\nthree-\n\nfour", "one\ntwo\n\nthree-\n\nfour\n"),
            ("", "\n"),
        ] {
            assert_eq!(joined(page), text);
        }
    }
}
