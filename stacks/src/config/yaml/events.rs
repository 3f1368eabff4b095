//! The shape of a text: `saphyr-parser`'s events made into a tree with places.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::super::mistake::Mistake;
use super::super::place;
use super::super::tree::{Entry, Layer, Node, Place, Scalar, Value};
use super::syntax;

/// The deepest nesting that is read.
const DEEPEST: usize = 64;

/// The most nodes of a tree, so that aliases of aliases cannot fill the memory.
const MOST_NODES: usize = 100_000;

/// Reads the shape of the one document of a text; scalars get their kinds later.
pub(super) fn tree(text: &str) -> Result<Node, Mistake> {
    let mut builder = Builder::new(text);
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        match next {
            Ok((Event::StreamEnd, _)) => break,
            Ok((event, span)) => builder.take(event, span)?,
            Err(error) => {
                let at = builder.offsets.byte(error.marker().index());
                return Err(syntax::of_scan(&error, at, builder.open_bracket(), text));
            }
        }
    }
    let place = Place { start: 0, end: 0, layer: Layer::File };
    Ok(builder.root.unwrap_or(Node { value: Value::Null, place, shown: place }))
}

struct Builder<'t> {
    text: &'t str,
    offsets: Offsets,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    root: Option<Node>,
    documents: usize,
    nodes: usize,
}

/// A collection whose end has not come yet.
struct Open {
    start: usize,
    anchor: usize,
    inside: Inside,
}

enum Inside {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, key: Option<(String, Place)> },
}

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            offsets: Offsets::of(text),
            open: Vec::new(),
            anchors: HashMap::new(),
            root: None,
            documents: 0,
            nodes: 0,
        }
    }

    fn place(&self, span: Span) -> Place {
        let start = self.offsets.byte(span.start.index());
        let end = self.offsets.byte(span.end.index()).max(start);
        Place { start, end, layer: Layer::File }
    }

    /// Where the innermost `[` or `{` that is still open stands.
    fn open_bracket(&self) -> Option<usize> {
        let is_flow = |open: &&Open| self.text[open.start..].starts_with(['[', '{']);
        self.open.iter().rev().find(is_flow).map(|open| open.start)
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Mistake> {
        let place = self.place(span);
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(self.refused(
                        place,
                        "the file holds more than one document",
                        "the second begins here",
                        "keep one stack in a file, and remove the `---` line",
                    ));
                }
            }
            Event::MappingStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), place)?;
                self.push(place, anchor, Inside::Map { entries: Vec::new(), key: None })?;
            }
            Event::SequenceStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), place)?;
                self.push(place, anchor, Inside::List(Vec::new()))?;
            }
            Event::MappingEnd | Event::SequenceEnd => self.close(place)?,
            Event::Scalar(text, style, anchor, tag) => {
                self.check_tag(tag.as_deref(), place)?;
                let place = match style {
                    ScalarStyle::SingleQuoted => self.without_tail(place, '\''),
                    ScalarStyle::DoubleQuoted => self.without_tail(place, '"'),
                    ScalarStyle::Plain | ScalarStyle::Literal | ScalarStyle::Folded => place,
                };
                let is_null = text.is_empty() && style == ScalarStyle::Plain && tag.is_none();
                let value = if is_null {
                    Value::Null
                } else {
                    Value::Scalar(Scalar::unread(text.into_owned()))
                };
                self.complete(Node { value, place, shown: place }, anchor)?;
            }
            Event::Alias(anchor) => {
                let Some(mut node) = self.anchors.get(&anchor).cloned() else {
                    return Err(self.refused(
                        place,
                        "an alias refers to what it stands in",
                        "this alias",
                        "an alias may only repeat what was complete before it",
                    ));
                };
                node.place = place;
                node.shown = place;
                self.nodes += size(&node);
                self.complete(node, 0)?;
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn push(&mut self, place: Place, anchor: usize, inside: Inside) -> Result<(), Mistake> {
        if self.open.len() >= DEEPEST {
            return Err(self.refused(
                place,
                "the file is nested too deeply",
                format!("more than {DEEPEST} levels"),
                "a stack file needs four levels; check the indentation and the brackets",
            ));
        }
        self.open.push(Open { start: place.start, anchor, inside });
        Ok(())
    }

    fn close(&mut self, place: Place) -> Result<(), Mistake> {
        let open = self.open.pop().expect("events come in pairs");
        let is_flow = self.text[open.start..].starts_with(['[', '{']);
        let last = match &open.inside {
            Inside::List(items) => items.last().map(|item| item.place),
            Inside::Map { entries, .. } => entries.last().map(|entry| {
                if entry.node.place.end > entry.key_place.end {
                    entry.node.place
                } else {
                    entry.key_place
                }
            }),
        };
        let end = if is_flow {
            self.behind_bracket(place.start)
        } else {
            last.map_or(open.start, |place| place.end)
        };
        let place = Place { start: open.start, end: end.max(open.start), layer: Layer::File };
        let value = match open.inside {
            Inside::List(items) => Value::List(items),
            Inside::Map { entries, .. } => Value::Map(entries),
        };
        self.complete(Node { value, place, shown: place }, open.anchor)
    }

    /// The end of the closing bracket that comes next. The parser counts what follows it on the
    /// line to it, and may begin at a comma in front of it.
    fn behind_bracket(&self, from: usize) -> usize {
        let mut in_comment = false;
        for (at, c) in self.text[from..].char_indices() {
            match c {
                '\n' => in_comment = false,
                '#' => in_comment = true,
                ']' | '}' if !in_comment => return from + at + 1,
                _ => {}
            }
        }
        self.text.len()
    }

    /// The place of a quoted text up to its closing quote; the parser counts what follows on the
    /// line to it.
    fn without_tail(&self, place: Place, quote: char) -> Place {
        let written = &self.text[place.start..place.end];
        let Some(opening) = written.find(quote) else { return place };
        let mut inside = written.char_indices().skip_while(|(at, _)| *at <= opening).peekable();
        while let Some((at, c)) = inside.next() {
            let is_escape = match quote {
                '"' => c == '\\',
                _ => c == quote && inside.peek().is_some_and(|(_, next)| *next == quote),
            };
            if is_escape {
                inside.next();
            } else if c == quote {
                return Place { end: place.start + at + quote.len_utf8(), ..place };
            }
        }
        place
    }

    /// Puts a complete node where it belongs.
    fn complete(&mut self, node: Node, anchor: usize) -> Result<(), Mistake> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(self.refused(
                node.place,
                "the file has too many values",
                format!("value {MOST_NODES} is here"),
                "a stack file has a few dozen; check the aliases",
            ));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.inside) {
            None => self.root = Some(node),
            Some(Inside::List(items)) => items.push(node),
            Some(Inside::Map { entries, key }) => match key.take() {
                Some((key, key_place)) => entries.push(Entry { key, key_place, node }),
                None => match node.value {
                    Value::Scalar(scalar) => *key = Some((scalar.text, node.place)),
                    Value::Null | Value::List(_) | Value::Map(_) => {
                        return Err(self.refused(
                            node.place,
                            "a key is a single word",
                            "this is no key",
                            "write `key: value` lines",
                        ));
                    }
                },
            },
        }
        Ok(())
    }

    fn check_tag(&self, tag: Option<&Tag>, place: Place) -> Result<(), Mistake> {
        match tag {
            Some(tag) if !tag.is_yaml_core_schema() => Err(self.refused(
                place,
                format!("tags such as `{tag}` are not read"),
                "a tag",
                "write the value itself",
            )),
            Some(_) | None => Ok(()),
        }
    }

    fn refused(
        &self,
        place: Place,
        title: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) -> Mistake {
        place::mistake(self.text, place, title, label, help)
    }
}

fn size(node: &Node) -> usize {
    match &node.value {
        Value::Null | Value::Scalar(_) => 1,
        Value::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Map(entries) => 1 + entries.iter().map(|entry| size(&entry.node)).sum::<usize>(),
    }
}

/// Where each character begins in bytes; the parser counts characters.
enum Offsets {
    Ascii { length: usize },
    Table(Vec<usize>),
}

impl Offsets {
    fn of(text: &str) -> Self {
        if text.is_ascii() {
            return Self::Ascii { length: text.len() };
        }
        let starts = text.char_indices().map(|(start, _)| start);
        Self::Table(starts.chain([text.len()]).collect())
    }

    fn byte(&self, character: usize) -> usize {
        match self {
            Self::Ascii { length } => character.min(*length),
            Self::Table(starts) => {
                starts.get(character).or(starts.last()).copied().unwrap_or_default()
            }
        }
    }
}
