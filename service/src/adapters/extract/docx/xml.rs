//! The XML of a part: elements by their local names, and text with its references resolved.

use std::{
    collections::HashMap,
    io::{self, BufRead, BufReader, Read},
};

use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesStart, Event},
};

use crate::adapters::extract::child::Fault;

/// What comes next in a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// An element begins.
    Start(Element),
    /// The element of this name ends.
    End(String),
    /// Words.
    Text(String),
    /// There is no more.
    Eof,
}

/// An element: its name and attributes without their prefixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element {
    /// Its name.
    pub(super) name: String,
    attributes: HashMap<String, String>,
}

impl Element {
    /// The value of an attribute.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// The value of the attribute that most elements have only.
    pub(super) fn val(&self) -> Option<&str> {
        self.value("val")
    }
}

/// A part that is read.
pub(super) struct Xml<'a> {
    reader: Reader<Box<dyn BufRead + 'a>>,
    room: Vec<u8>,
    /// An element that is empty, whose end comes next.
    ending: Option<String>,
}

impl<'a> Xml<'a> {
    /// Reads at most `limit` bytes.
    pub(super) fn new(part: impl Read + 'a, limit: u64) -> Self {
        let limited = Limited { reader: part, left: limit };
        let mut reader = Reader::from_reader(Box::new(BufReader::new(limited)) as Box<dyn BufRead>);
        // What is not closed well is text all the same.
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        Self { reader, room: Vec::new(), ending: None }
    }

    /// What comes next.
    pub(super) fn next(&mut self) -> Result<Node, Fault> {
        if let Some(name) = self.ending.take() {
            return Ok(Node::End(name));
        }
        loop {
            self.room.clear();
            return Ok(match self.reader.read_event_into(&mut self.room).map_err(fault)? {
                Event::Start(start) => Node::Start(element(&start)),
                Event::Empty(start) => {
                    let element = element(&start);
                    self.ending = Some(element.name.clone());
                    Node::Start(element)
                }
                Event::End(end) => Node::End(end.local_name().as_ref().to_owned()),
                Event::Text(text) => Node::Text(text.xml10_content().into_owned()),
                Event::CData(text) => Node::Text(text.xml10_content().into_owned()),
                Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                    Ok(Some(letter)) => Node::Text(letter.to_string()),
                    // None but the five that every XML knows: nothing is looked up.
                    _ => match resolve_predefined_entity(&reference) {
                        Some(text) => Node::Text(text.to_owned()),
                        None => continue,
                    },
                },
                Event::Eof => Node::Eof,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => continue,
            });
        }
    }

    /// Goes past the end of the element that was begun last.
    pub(super) fn skip(&mut self) -> Result<(), Fault> {
        let mut depth = 1;
        while depth > 0 {
            match self.next()? {
                Node::Start(_) => depth += 1,
                Node::End(_) => depth -= 1,
                Node::Text(_) => {}
                Node::Eof => return Ok(()),
            }
        }
        Ok(())
    }
}

fn element(start: &BytesStart<'_>) -> Element {
    // Without a look for names that come twice, which takes the longer the more there are.
    let mut attributes = start.attributes();
    attributes.with_checks(false);
    let attributes = attributes.flatten().map(|attribute| {
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).unwrap_or_default();
        (attribute.key.local_name().as_ref().to_owned(), value.into_owned())
    });
    let attributes = attributes.collect();
    Element { name: start.local_name().as_ref().to_owned(), attributes }
}

fn fault(error: quick_xml::Error) -> Fault {
    match error {
        quick_xml::Error::Io(error) => match error.kind() {
            io::ErrorKind::OutOfMemory => Fault::Io(io::ErrorKind::OutOfMemory.into()),
            _ => Fault::refused(error.to_string()),
        },
        error => Fault::refused(format!("its XML is damaged: {error}")),
    }
}

/// Reads up to a limit, and fails past it.
struct Limited<R> {
    reader: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(room)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other("it unpacks to more than a document is"))?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(xml: &str, limit: u64) -> Result<Vec<Node>, Fault> {
        let mut xml = Xml::new(xml.as_bytes(), limit);
        let mut nodes = Vec::new();
        loop {
            match xml.next()? {
                Node::Eof => return Ok(nodes),
                node => nodes.push(node),
            }
        }
    }

    #[test]
    fn names_have_no_prefix_and_references_are_resolved() {
        let nodes = nodes("<w:a w:val='1 &lt; 2'/>x&#65;&gt;&nothing;<!-- y -->", 999).unwrap();
        let Node::Start(element) = &nodes[0] else { panic!("{nodes:?}") };
        assert_eq!((element.name.as_str(), element.val()), ("a", Some("1 < 2")));
        let text = |text: &str| Node::Text(text.to_owned());
        assert_eq!(nodes[1..], [Node::End("a".to_owned()), text("x"), text("A"), text(">")]);
    }

    #[test]
    fn a_part_that_unpacks_to_more_than_it_may_is_refused() {
        let long = format!("<a>{}</a>", "x".repeat(1000));
        assert!(nodes(&long, 1007).is_ok());
        let told = nodes(&long, 1006);
        assert!(
            matches!(&told, Err(Fault::Refused(reason)) if reason.contains("unpacks to more")),
            "{told:?}"
        );
    }
}
