//! Figures as bars.

/// A bar of at most `width` characters, as long as `figure` is of `most`, by eighths of a character.
pub(crate) fn bar(figure: f64, most: f64, width: u32) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let share = if most > 0.0 { (figure / most).clamp(0.0, 1.0) } else { 0.0 };
    // Something that is there is seen, however small.
    let wanted = (share * f64::from(width) * 8.0).round().max(f64::from(u8::from(figure > 0.0)));
    let eighths = (0..=width * 8).rev().find(|it| f64::from(*it) <= wanted).unwrap_or(0);
    let (whole, part) = (eighths / 8, eighths % 8);
    let blocks = usize::try_from(whole).unwrap_or_default();
    let part = PARTS[usize::try_from(part).unwrap_or_default()];
    format!("{}{part}", "█".repeat(blocks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_in_proportion() {
        assert_eq!(bar(10.0, 10.0, 4), "████");
        assert_eq!(bar(5.0, 10.0, 4), "██");
        assert_eq!(bar(1.0, 10.0, 5), "▌");
        assert_eq!(bar(0.001, 10.0, 4), "▏", "something is there");
        assert_eq!(bar(0.0, 10.0, 4), "");
        assert_eq!(bar(0.0, 0.0, 4), "");
    }
}
