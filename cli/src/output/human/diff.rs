//! What an edit changes in a file.

use crate::output::style::{BAD, FAINT, GOOD, styled};

/// Lines that stay, shown around those that change.
const AROUND: usize = 2;

/// The part of the text that differs, with line numbers and two lines around it; empty when nothing does.
///
/// An edit of one place is one block, so there is no need to look for equal lines within it.
pub(crate) fn diff(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    if head == old.len() && head == new.len() {
        return String::new();
    }
    let rest = old.len().min(new.len()) - head;
    let tail =
        old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let (old_end, new_end) = (old.len() - tail, new.len() - tail);
    let mut text = String::new();
    let mut push = |style, number: usize, sign: char, line: &str| {
        text.push_str(&styled(style, format!("{:>5} {sign} {line}", number + 1).trim_end()));
        text.push('\n');
    };
    for (i, line) in old.iter().enumerate().take(head).skip(head.saturating_sub(AROUND)) {
        push(FAINT, i, ' ', line);
    }
    for (i, line) in old.iter().enumerate().take(old_end).skip(head) {
        push(BAD, i, '-', line);
    }
    for (i, line) in new.iter().enumerate().take(new_end).skip(head) {
        push(GOOD, i, '+', line);
    }
    for (i, line) in new.iter().enumerate().skip(new_end).take(AROUND) {
        push(FAINT, i, ' ', line);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(before: &str, after: &str) -> String {
        anstream::adapter::strip_str(&diff(before, after)).to_string()
    }

    #[test]
    fn equal_texts_have_no_difference() {
        assert_eq!(diff("a\nb\n", "a\nb\n"), "");
    }

    #[test]
    fn an_added_line_stands_between_its_neighbours() {
        assert_eq!(
            plain("a\nb\nc\nd\ne\n", "a\nb\nc\nnew\nd\ne\n"),
            "    2   b\n    3   c\n    4 + new\n    5   d\n    6   e\n"
        );
    }

    #[test]
    fn a_changed_line_is_shown_before_and_after() {
        assert_eq!(plain("a\nb\n", "a\nc\n"), "    1   a\n    2 - b\n    2 + c\n");
        assert_eq!(plain("", "x\n"), "    1 + x\n");
        assert_eq!(plain("a\na\n", "a\n"), "    1   a\n    2 - a\n");
    }
}
