//! The body of a document: paragraphs and tables, in their order.

use std::io::Write;

use super::{
    lists::Lists,
    styles::{Look, Styles},
    table::Table,
    xml::{Element, Node, Xml},
};
use crate::adapters::extract::child::{Fault, Output};

/// How deep tables and frames may lie in each other.
const DEEPEST: usize = 64;

/// Markdown has no deeper headings.
const DEEPEST_HEADING: usize = 6;

/// Writes what it reads.
pub(super) struct Body<'a, W> {
    styles: &'a Styles,
    lists: Lists,
    out: &'a mut Output<W>,
    /// Headings are one level down once the document has a title.
    has_title: bool,
    /// What was written last.
    last: Block,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Nothing,
    Paragraph,
    Item,
}

/// A paragraph while it is read.
#[derive(Default)]
struct Paragraph {
    text: String,
    style: Option<String>,
    look: Look,
}

impl<'a, W: Write> Body<'a, W> {
    /// A body with these styles and lists.
    pub(super) fn new(styles: &'a Styles, lists: Lists, out: &'a mut Output<W>) -> Self {
        Self { styles, lists, out, has_title: false, last: Block::Nothing }
    }

    /// Writes the paragraphs and tables of `document.xml`.
    pub(super) fn read(&mut self, xml: &mut Xml<'_>) -> Result<(), Fault> {
        loop {
            match xml.next()? {
                Node::Start(element) => match element.name.as_str() {
                    "p" => {
                        let mut frames = Vec::new();
                        let paragraph = self.paragraph(xml, &mut frames, 0)?;
                        self.write(&paragraph)?;
                        for frame in frames {
                            self.block(Block::Paragraph, &frame)?;
                        }
                    }
                    "tbl" => {
                        let table = self.table(xml, 0)?;
                        self.block(Block::Paragraph, &table)?;
                    }
                    _ if is_no_text(&element) => xml.skip()?,
                    _ => {}
                },
                Node::Eof => return Ok(()),
                Node::End(_) | Node::Text(_) => {}
            }
        }
    }

    /// Writes the notes of a part, each after the mark that the text refers to it by.
    pub(super) fn read_notes(&mut self, xml: &mut Xml<'_>, mark: &str) -> Result<(), Fault> {
        let mut id = String::new();
        loop {
            match xml.next()? {
                Node::Start(element) => match element.name.as_str() {
                    "footnote" | "endnote" => {
                        // Those that have a type are lines between text and notes.
                        match element.value("type").is_none_or(|kind| kind == "normal") {
                            true => id = element.value("id").unwrap_or_default().to_owned(),
                            false => xml.skip()?,
                        }
                    }
                    "p" => {
                        let mut frames = Vec::new();
                        let text = self.paragraph(xml, &mut frames, 0)?.text;
                        if !text.trim().is_empty() {
                            let note = format!("[^{mark}{id}]: {}", text.trim());
                            self.block(Block::Paragraph, &note)?;
                        }
                    }
                    _ => {}
                },
                Node::Eof => return Ok(()),
                Node::End(_) | Node::Text(_) => {}
            }
        }
    }

    /// Reads to the end of a paragraph. What stands in frames within it goes to `frames`.
    fn paragraph(
        &mut self,
        xml: &mut Xml<'_>,
        frames: &mut Vec<String>,
        depth: usize,
    ) -> Result<Paragraph, Fault> {
        let mut paragraph = Paragraph::default();
        let mut is_text = false;
        loop {
            match xml.next()? {
                Node::Start(element) => match element.name.as_str() {
                    "t" => is_text = true,
                    "p" | "tbl" if depth >= DEEPEST => {
                        return Err(Fault::refused("it is nested too deeply"));
                    }
                    "p" => {
                        let inner = self.paragraph(xml, frames, depth + 1)?;
                        frames.push(inner.text.trim().to_owned());
                    }
                    "tbl" => {
                        let table = self.table(xml, depth + 1)?;
                        frames.push(table);
                    }
                    _ if is_no_text(&element) => xml.skip()?,
                    _ => paragraph.take(&element),
                },
                Node::End(name) => match name.as_str() {
                    "t" => is_text = false,
                    "p" => return Ok(paragraph),
                    _ => {}
                },
                Node::Text(text) if is_text => paragraph.text.push_str(&text),
                Node::Text(_) => {}
                Node::Eof => return Ok(paragraph),
            }
        }
    }

    /// Reads to the end of a table: its rows as those of Markdown.
    fn table(&mut self, xml: &mut Xml<'_>, depth: usize) -> Result<String, Fault> {
        let mut table = Table::default();
        loop {
            match xml.next()? {
                Node::Start(element) => match element.name.as_str() {
                    "tc" => table.begin_cell(),
                    "p" | "tbl" if depth >= DEEPEST => {
                        return Err(Fault::refused("it is nested too deeply"));
                    }
                    "p" => {
                        let mut frames = Vec::new();
                        table.add(&self.paragraph(xml, &mut frames, depth + 1)?.text);
                        frames.iter().for_each(|frame| table.add(frame));
                    }
                    "tbl" => table.add_table(&self.table(xml, depth + 1)?),
                    _ if is_no_text(&element) => xml.skip()?,
                    _ => {}
                },
                Node::End(name) if name == "tr" => table.end_row(),
                Node::End(name) if name == "tbl" => return Ok(table.rows),
                Node::Eof => return Ok(table.rows),
                Node::End(_) | Node::Text(_) => {}
            }
        }
    }

    /// Writes a paragraph as what it is.
    fn write(&mut self, paragraph: &Paragraph) -> Result<(), Fault> {
        let text = paragraph.text.trim();
        if text.is_empty() {
            return Ok(());
        }
        let style = paragraph.style.as_deref().map(|style| self.styles.look(style));
        let look = paragraph.look.clone().or(&style.unwrap_or_default());
        let heading = match look.heading {
            _ if look.is_title => Some(1),
            Some(level) => Some((level + usize::from(self.has_title)).min(DEEPEST_HEADING)),
            None => None,
        };
        self.has_title |= look.is_title;
        if let Some(level) = heading {
            let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
            return self.block(Block::Paragraph, &format!("{} {line}", "#".repeat(level)));
        }
        let list = look.list.as_deref();
        match list.and_then(|list| self.lists.mark(list, look.level.unwrap_or(0))) {
            Some(mark) => self.block(Block::Item, &format!("{mark}{text}")),
            None => self.block(Block::Paragraph, text),
        }
    }

    /// Writes a block, after an empty line unless it goes on with a list.
    fn block(&mut self, kind: Block, text: &str) -> Result<(), Fault> {
        let text = text.trim_end();
        if text.is_empty() {
            return Ok(());
        }
        if self.last != Block::Nothing && (self.last, kind) != (Block::Item, Block::Item) {
            self.out.text("\n")?;
        }
        self.last = kind;
        self.out.text(text)?;
        self.out.text("\n")?;
        Ok(())
    }
}

impl Paragraph {
    /// Takes up an element that holds no others of interest.
    fn take(&mut self, element: &Element) {
        match element.name.as_str() {
            "pStyle" => self.style = element.val().map(str::to_owned),
            "tab" => self.text.push(' '),
            "br" | "cr" => self.text.push('\n'),
            "noBreakHyphen" => self.text.push('-'),
            "footnoteReference" => self.note("", element),
            "endnoteReference" => self.note("e", element),
            _ => self.look.take(element),
        }
    }

    fn note(&mut self, mark: &str, element: &Element) {
        let id = element.value("id").unwrap_or_default();
        self.text.extend(["[^", mark, id, "]"]);
    }
}

/// What Word shows as nothing, or a second time for programs that do not know the first.
fn is_no_text(element: &Element) -> bool {
    matches!(element.name.as_str(), "Fallback" | "del" | "moveFrom" | "instrText" | "tabs")
}
