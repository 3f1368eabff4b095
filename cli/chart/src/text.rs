//! How wide words are, and where lines of them break.

/// How text looks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// The height of a line's letters, in pixels.
    pub(crate) size: f64,
    pub(crate) is_bold: bool,
    pub(crate) is_faint: bool,
}

impl Style {
    pub(crate) const TITLE: Self = Self { size: 15.0, is_bold: true, is_faint: false };
    pub(crate) const LABEL: Self = Self { size: 12.0, is_bold: false, is_faint: false };
    pub(crate) const STRONG: Self = Self { size: 12.0, is_bold: true, is_faint: false };
    pub(crate) const FAINT: Self = Self { size: 12.0, is_bold: false, is_faint: true };
    pub(crate) const SMALL: Self = Self { size: 11.0, is_bold: false, is_faint: true };

    /// From one line to the next.
    pub(crate) fn line(self) -> f64 {
        (self.size * 1.35).round()
    }

    /// The width of `text` in pixels, in a font as wide as any that is common.
    pub(crate) fn width(self, text: &str) -> f64 {
        let sum: f64 = text.chars().map(|it| self.advance(it)).sum();
        sum * self.size / 1000.0
    }

    fn advance(self, character: char) -> f64 {
        let table = if self.is_bold { &BOLD } else { &REGULAR };
        let index = usize::try_from(u32::from(character)).ok().and_then(|it| it.checked_sub(32));
        let known = index.and_then(|it| table.get(it)).copied().map(f64::from);
        // Beyond ASCII: as the widest letters of Latin, or a square of Chinese.
        known.unwrap_or(if self.is_bold { 1170.0 } else { 1070.0 })
    }

    /// `text` in lines of at most `room` pixels: broken between words, within a long one after signs, and anywhere only
    /// where it must be.
    pub(crate) fn wrapped(self, text: &str, room: f64) -> Vec<String> {
        let mut lines = vec![String::new()];
        for word in text.split_inclusive(char::is_whitespace) {
            if self.width(word.trim_end()) <= room {
                self.append(&mut lines, word, room);
                continue;
            }
            for part in word.split_inclusive(|it| "+-/,._".contains(it)) {
                if self.width(part.trim_end()) <= room {
                    self.append(&mut lines, part, room);
                    continue;
                }
                for character in part.chars() {
                    self.append(&mut lines, character.encode_utf8(&mut [0; 4]), room);
                }
            }
        }
        lines.iter().map(|it| it.trim_end().to_owned()).collect()
    }

    /// Writes `text` on the last line, or on another where that has no room.
    fn append(self, lines: &mut Vec<String>, text: &str, room: f64) {
        match lines.last_mut() {
            Some(line)
                if line.is_empty() || self.width(line) + self.width(text.trim_end()) <= room =>
            {
                line.push_str(text);
            }
            _ => lines.push(text.trim_start().to_owned()),
        }
    }

    /// The widest of these lines.
    pub(crate) fn widest(self, lines: &[String]) -> f64 {
        lines.iter().map(|it| self.width(it)).fold(0.0, f64::max)
    }
}

/// Advances of `DejaVu Sans` from U+0020 to U+007E, in thousandths of the size.
#[rustfmt::skip]
const REGULAR: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337,
    636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531,
    1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787,
    603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500,
    500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612,
    635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];

/// The same of `DejaVu Sans Bold`.
#[rustfmt::skip]
const BOLD: [u16; 95] = [
    348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365,
    696, 696, 696, 696, 696, 696, 696, 696, 696, 696, 400, 400, 838, 838, 838, 580,
    1000, 774, 762, 734, 830, 683, 683, 821, 837, 372, 372, 775, 637, 995, 837, 850,
    733, 850, 770, 720, 682, 812, 774, 1103, 771, 724, 725, 457, 365, 457, 838, 500,
    500, 675, 716, 593, 716, 678, 435, 716, 712, 343, 343, 665, 343, 1042, 712, 687,
    716, 716, 493, 595, 478, 712, 652, 924, 645, 652, 582, 712, 365, 712, 838,
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_break_between_words_then_after_signs_then_anywhere() {
        let broken = |text| Style::LABEL.wrapped(text, 80.0);
        assert_eq!(broken("prewarm"), ["prewarm"]);
        assert_eq!(broken("prewarm + keepalive"), ["prewarm +", "keepalive"]);
        assert_eq!(broken("the edge-warm"), ["the", "edge-warm"]);
        assert_eq!(broken("edge-prewarm"), ["edge-", "prewarm"]);
        assert_eq!(broken("Donaudampfschiff"), ["Donaudampf", "schiff"]);
        assert_eq!(broken(""), [""]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_no_letter_is_lost(text in "[a-zA-Z +é中-]{0,60}", room in 20.0..300.0) {
            let lines = Style::STRONG.wrapped(&text, room);
            prop_assert!(Style::STRONG.widest(&lines) <= room);
            let letters = |it: &str| it.split_whitespace().collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
