//! Rows in columns.

use crate::output::style::{FAINT, styled};

/// The rows under a faint heading, each column as wide as its widest cell, after two spaces.
pub(crate) fn table(heading: &[&str], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = (0..heading.len())
        .map(|i| {
            let cells = rows.iter().filter_map(|row| row.get(i)).map(|cell| cell.chars().count());
            cells.chain([heading[i].chars().count()]).max().unwrap_or(0)
        })
        .collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let cells: Vec<String> = cells.zip(&widths).map(|(cell, w)| format!("{cell:w$}")).collect();
        format!("  {}", cells.join("  ").trim_end())
    };
    let mut text = styled(FAINT, line(&mut heading.iter().copied())) + "\n";
    for row in rows {
        text.push_str(&line(&mut row.iter().map(String::as_str)));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows =
            [vec!["a".to_owned(), "long cell".to_owned()], vec!["bcd".to_owned(), "x".to_owned()]];
        let text = anstream::adapter::strip_str(&table(&["id", "state"], &rows)).to_string();
        assert_eq!(text, "  id   state\n  a    long cell\n  bcd  x\n");
    }
}
