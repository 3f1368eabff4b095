//! What edits change in a file.

use similar::{Algorithm, ChangeTag, capture_diff_slices, group_diff_ops};

use crate::output::style::{BAD, FAINT, GOOD, styled};

/// Lines that stay, shown around those that change.
const AROUND: usize = 2;

/// The parts of the text that differ, with line numbers and two lines around them; empty when nothing does.
pub(crate) fn diff(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let parts = group_diff_ops(capture_diff_slices(Algorithm::Myers, &old, &new), AROUND);
    let part = |ops: &Vec<similar::DiffOp>| -> String {
        let changes = ops.iter().flat_map(|op| op.iter_changes(&old, &new));
        let line = |it: similar::Change<&str>| {
            let (style, sign, number) = match it.tag() {
                ChangeTag::Equal => (FAINT, ' ', it.new_index()),
                ChangeTag::Delete => (BAD, '-', it.old_index()),
                ChangeTag::Insert => (GOOD, '+', it.new_index()),
            };
            let number = number.unwrap_or_default() + 1;
            styled(style, format!("{number:>5} {sign} {}", it.value()).trim_end()) + "\n"
        };
        changes.map(line).collect()
    };
    let between = styled(FAINT, "    …") + "\n";
    parts.iter().map(part).collect::<Vec<_>>().join(&between)
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
    fn what_changes_far_apart_is_in_parts_and_what_stays_between_is_not_told() {
        let before = "a\nb\nc\nd\ne\nf\ng\n";
        assert_eq!(
            plain(before, "A\nb\nc\nd\ne\nf\ng\nh\n"),
            "    1 - a\n    1 + A\n    2   b\n    3   c\n    …\n    6   f\n    7   g\n    8 + h\n"
        );
    }

    #[test]
    fn a_changed_line_is_shown_before_and_after() {
        assert_eq!(plain("a\nb\n", "a\nc\n"), "    1   a\n    2 - b\n    2 + c\n");
        assert_eq!(plain("", "x\n"), "    1 + x\n");
        assert_eq!(plain("a\na\n", "a\n"), "    1   a\n    2 - a\n");
    }
}
