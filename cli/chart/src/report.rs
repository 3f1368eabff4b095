//! A page of figures and tables: one file of HTML that needs no script and nothing from elsewhere.

mod style;
#[cfg(test)]
mod tests;

use crate::{Chart, Drawing, escape::escaped};

/// The page.
#[derive(Default)]
pub struct Report {
    /// The page's heading, and its name in the browser.
    pub title: String,
    /// What was found, in a sentence or two.
    pub lead: String,
    /// The few figures to remember.
    pub summary: Vec<Summary>,
    /// From top to bottom.
    pub sections: Vec<Section>,
    /// Where and when it was made, and by what.
    pub foot: String,
}

/// A figure to remember, and what it is.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// With its unit.
    pub figure: String,
    /// In a few words.
    pub meaning: String,
}

/// A part of the page under a heading.
#[derive(Default)]
pub struct Section {
    /// In a few words.
    pub heading: String,
    /// From top to bottom.
    pub blocks: Vec<Block>,
}

/// What a section is made of.
pub enum Block {
    /// Paragraphs, with an empty line between two.
    Text(String),
    /// A figure.
    Chart(Box<dyn Chart>),
    /// Rows of words and numbers.
    Table(Table),
}

/// Rows of words and numbers.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// What it shows: its accessible name.
    pub caption: String,
    /// From left to right; words in the first one name its row.
    pub columns: Vec<Column>,
    /// A cell for each column.
    pub rows: Vec<Vec<String>>,
    /// Rows that stand out, by their index.
    pub marked: Vec<usize>,
}

/// A column's heading; its kind says to which side its cells are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// To the left.
    Words(String),
    /// To the right, digits under digits.
    Number(String),
}

impl Report {
    /// The page as HTML.
    ///
    /// Light or dark as the reader's screen is, on white in print. Each figure is there twice, for screens and for phones,
    /// and the style shows the one that fits.
    #[must_use]
    pub fn html(&self) -> String {
        let title = escaped(&self.title);
        let sections: String = self.sections.iter().map(Section::html).collect();
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
             <title>{title}</title>\n<style>\n{}</style>\n</head>\n<body>\n\
             <header>\n<h1>{title}</h1>\n{}</header>\n<main>\n{}{sections}</main>\n{}</body>\n</html>\n",
            style::POLICY,
            style::rules(),
            paragraphs(&self.lead),
            self.summary(),
            foot(&self.foot),
        )
    }

    fn summary(&self) -> String {
        if self.summary.is_empty() {
            return String::new();
        }
        let figures = self.summary.iter().map(|Summary { figure, meaning }| {
            format!("<div><dt>{}</dt><dd>{}</dd></div>\n", escaped(meaning), escaped(figure))
        });
        format!("<dl>\n{}</dl>\n", figures.collect::<String>())
    }
}

fn foot(text: &str) -> String {
    match paragraphs(text).as_str() {
        "" => String::new(),
        text => format!("<footer>\n{text}</footer>\n"),
    }
}

fn paragraphs(text: &str) -> String {
    let paragraphs = text.split("\n\n").filter(|it| !it.trim().is_empty());
    paragraphs.map(|it| format!("<p>{}</p>\n", escaped(it.trim()))).collect()
}

impl Section {
    fn html(&self) -> String {
        let blocks: String = self.blocks.iter().map(Block::html).collect();
        format!("<section>\n<h2>{}</h2>\n{blocks}</section>\n", escaped(&self.heading))
    }
}

impl Block {
    fn html(&self) -> String {
        match self {
            Self::Text(text) => paragraphs(text),
            Self::Chart(chart) => {
                let of = |width| chart.drawing(width).svg();
                format!(
                    "<div class=\"wide\">\n{}</div>\n<div class=\"narrow\">\n{}</div>\n",
                    of(Drawing::WIDE),
                    of(Drawing::NARROW)
                )
            }
            Self::Table(table) => table.html(),
        }
    }
}

impl Table {
    fn html(&self) -> String {
        let heading: String = self.columns.iter().map(Column::html).collect();
        let rows: String =
            self.rows.iter().enumerate().map(|(index, it)| self.row(index, it)).collect();
        let caption = escaped(&self.caption);
        // What is wider than a phone is scrolled within its frame, also by keys.
        format!(
            "<div class=\"table\" role=\"region\" aria-label=\"{caption}\" tabindex=\"0\">\n<table>\n\
             <caption>{caption}</caption>\n<thead><tr>{heading}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>\n"
        )
    }

    fn row(&self, index: usize, cells: &[String]) -> String {
        let cells = self.columns.iter().zip(cells).enumerate().map(|(column, (it, cell))| {
            let cell = escaped(cell);
            match it {
                Column::Words(_) if column == 0 => format!("<th scope=\"row\">{cell}</th>"),
                Column::Words(_) => format!("<td>{cell}</td>"),
                Column::Number(_) => format!("<td class=\"number\">{cell}</td>"),
            }
        });
        let marked = if self.marked.contains(&index) { " class=\"marked\"" } else { "" };
        format!("<tr{marked}>{}</tr>\n", cells.collect::<String>())
    }
}

impl Column {
    fn html(&self) -> String {
        match self {
            Self::Words(name) => format!("<th scope=\"col\">{}</th>", escaped(name)),
            Self::Number(name) => {
                format!("<th scope=\"col\" class=\"number\">{}</th>", escaped(name))
            }
        }
    }
}
