//! What the documents are read for, when a graph is wanted.

use super::{Binding, read::Reader};

/// What sorts of things are looked for when nobody says. LightRAG's list.
const KINDS: [&str; 11] = [
    "Person",
    "Creature",
    "Organization",
    "Location",
    "Event",
    "Concept",
    "Method",
    "Content",
    "Data",
    "Artifact",
    "NaturalObject",
];

/// Sorts of things that may be named.
const MOST_KINDS: usize = 64;

/// Whether there is a graph, and what goes into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphSettings {
    /// Whether documents are read for things and relations as they come. `ENABLE_GRAPH`, default false.
    pub is_on: bool,
    /// How often the model is asked for what it missed in a chunk. `MAX_GLEANING`, default 1.
    pub gleanings: usize,
    /// The language of what is said of things; none: that of the text. `SUMMARY_LANGUAGE`.
    pub language: Option<String>,
    /// What sorts of things are looked for. `ENTITY_TYPES`.
    pub kinds: Vec<String>,
    /// The most things of one picture of the graph. `MAX_GRAPH_NODES`, default 1000.
    pub max_nodes: usize,
}

impl GraphSettings {
    pub(super) fn read<L: Fn(&str) -> Option<String>>(from: &mut Reader<L>) -> Self {
        Self {
            is_on: from.switch("ENABLE_GRAPH"),
            gleanings: from.number("MAX_GLEANING", 1, 0..=5),
            language: from.text("SUMMARY_LANGUAGE").filter(|language| is_plain(from, language)),
            kinds: kinds(from),
            max_nodes: from.number("MAX_GRAPH_NODES", 1000, 1..=10_000),
        }
    }

    /// Complains when there is to be a graph, and nobody to read the documents for it.
    pub(super) fn check<L: Fn(&str) -> Option<String>>(&self, from: &mut Reader<L>, llm: &Binding) {
        if self.is_on && *llm == Binding::BuiltIn {
            from.complain(
                "ENABLE_GRAPH: the built-in answerer only quotes; things and relations are found by a language model: \
                 set LLM_BINDING_HOST and LLM_MODEL"
                    .to_owned(),
            );
        }
    }
}

/// Names go into the rules for the model, and are short words therefore.
fn is_plain<L: Fn(&str) -> Option<String>>(from: &mut Reader<L>, language: &str) -> bool {
    let is_plain = is_short_line(language);
    if !is_plain {
        from.complain("SUMMARY_LANGUAGE: it is not the name of a language".to_owned());
    }
    is_plain
}

fn is_short_line(name: &str) -> bool {
    (1..=64).contains(&name.chars().count()) && !name.contains(char::is_control)
}

/// A JSON list, as LightRAG takes it, or words with commas between them.
fn kinds<L: Fn(&str) -> Option<String>>(from: &mut Reader<L>) -> Vec<String> {
    let Some(text) = from.text("ENTITY_TYPES") else {
        return KINDS.map(ToOwned::to_owned).to_vec();
    };
    let kinds: Vec<String> = match text.starts_with('[') {
        true => serde_json::from_str(&text).unwrap_or_default(),
        false => text.split(',').map(|kind| kind.trim().to_owned()).collect(),
    };
    if !(1..=MOST_KINDS).contains(&kinds.len()) || !kinds.iter().all(|kind| is_short_line(kind)) {
        from.complain(format!("ENTITY_TYPES: `{text}` is not a list such as Person,Place"));
    }
    kinds
}
