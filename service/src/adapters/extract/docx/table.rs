//! A table, row by row.

/// The line below the first row.
const RULE: &str = " --- |";

/// A table while it is read.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The rows that are complete, as Markdown.
    pub(super) rows: String,
    cells: Vec<String>,
}

impl Table {
    /// Begins the next cell of the row.
    pub(super) fn begin_cell(&mut self) {
        self.cells.push(String::new());
    }

    /// Adds words to the last cell, on its line.
    pub(super) fn add(&mut self, text: &str) {
        if self.cells.is_empty() {
            self.begin_cell();
        }
        let cell = self.cells.last_mut().expect("there is one");
        for word in text.split_whitespace() {
            if !cell.is_empty() {
                cell.push(' ');
            }
            cell.push_str(&word.replace('|', "\\|"));
        }
    }

    /// Adds the words of a table that stands in the last cell.
    pub(super) fn add_table(&mut self, rows: &str) {
        for row in rows.lines().filter(|row| !row.starts_with(&format!("|{RULE}"))) {
            self.add(&row.replace('|', " "));
        }
    }

    /// Ends the row. One without words is left out.
    pub(super) fn end_row(&mut self) {
        let cells = std::mem::take(&mut self.cells);
        if cells.iter().all(String::is_empty) {
            return;
        }
        let is_first = self.rows.is_empty();
        self.rows.extend(["| ", &cells.join(" | "), " |\n"]);
        if is_first {
            self.rows.extend(["|", &RULE.repeat(cells.len()), "\n"]);
        }
    }
}
