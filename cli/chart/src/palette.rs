//! The few colours, each on white paper and on a dark screen.
//!
//! Figures are written in the colours of paper. A page replaces them where the screen is dark, by these pairs.

/// A colour, as `#rrggbb` in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Colour {
    pub(crate) light: &'static str,
    pub(crate) dark: &'static str,
}

impl Colour {
    const fn new(light: &'static str, dark: &'static str) -> Self {
        Self { light, dark }
    }
}

pub(crate) const PAPER: Colour = Colour::new("#ffffff", "#15181c");
pub(crate) const INK: Colour = Colour::new("#1c1f23", "#e8eaed");
pub(crate) const FAINT: Colour = Colour::new("#59606b", "#a6aeba");
pub(crate) const GRID: Colour = Colour::new("#e2e5e9", "#30353c");
pub(crate) const SHADE: Colour = Colour::new("#e9edf3", "#262c35");
/// What should be looked at.
pub(crate) const ALARM: Colour = Colour::new("#b42318", "#ff8a7a");
/// What is recommended, and what it is joined to.
pub(crate) const CHOSEN: Colour = Colour::new("#0b6e4f", "#4fc79b");
/// What is a limit.
pub(crate) const LIMIT: Colour = Colour::new("#8a4b08", "#e0a458");
pub(crate) const FIRST: Colour = Colour::new("#1f5fa8", "#7fb2ee");
pub(crate) const SECOND: Colour = Colour::new("#a34b08", "#f0a35e");

/// The curves of a figure with several, which differ in their dashes as well.
pub(crate) const SERIES: [Colour; 6] = [
    FIRST,
    SECOND,
    Colour::new("#14705d", "#5fd0b8"),
    Colour::new("#8e3b8a", "#d793d3"),
    Colour::new("#6b6b1e", "#c9c866"),
    Colour::new("#444b57", "#c3c9d3"),
];

/// The phases of a cold start, in their order, and the question itself.
pub(crate) const PHASES: [Colour; 9] = [
    Colour::new("#475063", "#66718a"),
    Colour::new("#a9cdf0", "#a9cdf0"),
    Colour::new("#2a66ae", "#2f72c3"),
    Colour::new("#f5dca6", "#f5dca6"),
    Colour::new("#9c4f12", "#b05c1a"),
    Colour::new("#eab048", "#eab048"),
    Colour::new("#2f6b4f", "#37805e"),
    Colour::new("#d8dade", "#d8dade"),
    Colour::new("#75388f", "#8c48a8"),
];

/// Letters on a light and on a dark phase: the same on every screen.
pub(crate) const ON_LIGHT: Colour = Colour::new("#111111", "#111111");
pub(crate) const ON_DARK: Colour = Colour::new("#fefefe", "#fefefe");

/// The rules of CSS that replace the colours of paper in a figure.
pub(crate) fn dark_rules() -> String {
    let named = [PAPER, INK, FAINT, GRID, SHADE, ALARM, CHOSEN, LIMIT];
    let all = named.into_iter().chain(SERIES).chain(PHASES);
    all.map(|Colour { light, dark }| {
        format!("svg [fill=\"{light}\"]{{fill:{dark}}}svg [stroke=\"{light}\"]{{stroke:{dark}}}\n")
    })
    .collect()
}

/// How light a colour is, from 0 (black) to 100 (white): CIE 1976 L*.
#[cfg(test)]
pub(crate) fn lightness(colour: &str) -> f64 {
    let luminance = luminance(colour);
    if luminance > 0.008_856 { 116.0 * luminance.cbrt() - 16.0 } else { 903.3 * luminance }
}

/// The relative luminance of WCAG 2.2, from 0 to 1.
#[cfg(test)]
fn luminance(colour: &str) -> f64 {
    let part = |from: usize| {
        let part = f64::from(u8::from_str_radix(&colour[from..from + 2], 16).unwrap()) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// WCAG 2.2, 1.4.3 and 1.4.11, level AA.
    #[test]
    fn words_and_lines_stand_out_on_paper_and_on_a_dark_screen() {
        let grounds = |it: fn(Colour) -> &'static str| [it(PAPER), it(SHADE)];
        for colour in [INK, FAINT, ALARM, CHOSEN, LIMIT].into_iter().chain(SERIES) {
            for ground in grounds(|it| it.light) {
                assert!(contrast(colour.light, ground) >= 4.5, "{colour:?} on {ground}");
            }
            for ground in grounds(|it| it.dark) {
                assert!(contrast(colour.dark, ground) >= 4.5, "{colour:?} on {ground}");
            }
        }
    }

    #[test]
    fn a_colour_of_paper_is_replaced_by_one_of_the_screen() {
        let rules = dark_rules();
        for colour in [PAPER, INK, FAINT, GRID, SHADE].into_iter().chain(SERIES).chain(PHASES) {
            let rule = format!("[fill=\"{}\"]", colour.light);
            assert_eq!(rules.matches(&rule).count(), 1, "{colour:?}");
        }
    }
}
