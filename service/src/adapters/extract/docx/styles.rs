//! The styles of a document: which paragraphs are headings, and which are items of a list.

use std::collections::HashMap;

use super::xml::{Element, Node, Xml};
use crate::adapters::extract::child::Fault;

/// How far styles are followed to those that they build upon.
const LONGEST_CHAIN: usize = 16;

/// What a style, or a paragraph itself, says of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// A heading of this level, from 1.
    pub(super) heading: Option<usize>,
    /// The title of the document.
    pub(super) is_title: bool,
    /// The list that it is an item of.
    pub(super) list: Option<String>,
    /// How deep in the list, from 0.
    pub(super) level: Option<usize>,
}

impl Look {
    /// Takes up a property of a paragraph.
    pub(super) fn take(&mut self, property: &Element) {
        let number = || property.val().and_then(|value| value.parse::<usize>().ok());
        match property.name.as_str() {
            // Level 9 is that of text.
            "outlineLvl" => self.heading = number().filter(|level| *level < 9).map(|it| it + 1),
            "numId" => self.list = property.val().map(str::to_owned),
            "ilvl" => self.level = number(),
            _ => {}
        }
    }

    /// What `self` does not say, as `other` says it.
    pub(super) fn or(self, other: &Self) -> Self {
        Self {
            heading: self.heading.or(other.heading),
            is_title: self.is_title || other.is_title,
            list: self.list.or_else(|| other.list.clone()),
            level: self.level.or(other.level),
        }
    }
}

/// The styles, by their ids.
#[derive(Debug, Default)]
pub(super) struct Styles(HashMap<String, Style>);

#[derive(Debug, Default)]
struct Style {
    look: Look,
    base: Option<String>,
}

impl Styles {
    /// Reads `styles.xml`.
    pub(super) fn read(xml: &mut Xml<'_>) -> Result<Self, Fault> {
        let mut styles = HashMap::new();
        loop {
            match xml.next()? {
                Node::Start(element) if element.name == "style" => {
                    let id = element.value("styleId").unwrap_or_default().to_owned();
                    styles.insert(id, Style::read(xml)?);
                }
                Node::Eof => return Ok(Self(styles)),
                Node::Start(_) | Node::End(_) | Node::Text(_) => {}
            }
        }
    }

    /// What a style says of its paragraphs, and those that it builds upon.
    pub(super) fn look(&self, id: &str) -> Look {
        let mut look = Look::default();
        let mut id = Some(id);
        for _ in 0..LONGEST_CHAIN {
            let Some(style) = id.and_then(|id| self.0.get(id)) else { break };
            look = look.or(&style.look);
            id = style.base.as_deref();
        }
        look
    }
}

impl Style {
    fn read(xml: &mut Xml<'_>) -> Result<Self, Fault> {
        let mut style = Self::default();
        loop {
            match xml.next()? {
                Node::Start(element) => match element.name.as_str() {
                    "name" => style.name(element.val().unwrap_or_default()),
                    "basedOn" => style.base = element.val().map(str::to_owned),
                    _ => style.look.take(&element),
                },
                Node::End(name) if name == "style" => return Ok(style),
                Node::Eof => return Ok(style),
                Node::End(_) | Node::Text(_) => {}
            }
        }
    }

    /// The names of Word's own styles are English in every language's Word.
    fn name(&mut self, name: &str) {
        let name = name.to_ascii_lowercase();
        self.look.is_title = name == "title";
        let level = name.strip_prefix("heading ").and_then(|level| level.trim().parse().ok());
        self.look.heading = level.filter(|level| (1..=9).contains(level)).or(self.look.heading);
    }
}
