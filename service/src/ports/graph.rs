//! Things and how they are related, as the documents mention them.
//!
//! There is no graph apart from its mentions: an entity is what all chunks say of one name. So nothing has to be
//! merged when documents come, and nothing is left when they go.

use jiff::Timestamp;
use unicode_normalization::UnicodeNormalization;

use super::store::Reply;

/// What may stand around a name without being part of it.
const QUOTES: [char; 6] = ['"', '\'', '“', '”', '「', '」'];

/// What one chunk says of which things.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mentions {
    /// The things.
    pub entities: Vec<EntityMention>,
    /// What connects them.
    pub relations: Vec<RelationMention>,
}

impl Mentions {
    /// Whether the chunk says nothing of anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty() && self.relations.is_empty()
    }
}

/// What a chunk says of a thing.
#[derive(Debug, Clone, PartialEq)]
pub struct EntityMention {
    /// Its name as it is shown.
    pub name: String,
    /// What sort of thing it is, such as `person`.
    pub kind: String,
    /// What is said of it.
    pub description: String,
    /// What name and description mean, of unit length.
    pub vector: Vec<f32>,
}

/// What a chunk says of two things. It has no direction.
#[derive(Debug, Clone, PartialEq)]
pub struct RelationMention {
    /// One.
    pub source: String,
    /// The other.
    pub target: String,
    /// What it is about, separated by commas.
    pub keywords: String,
    /// What is said of it.
    pub description: String,
    /// How strong it is; 1 as a rule.
    pub weight: f32,
    /// What all of it means, of unit length.
    pub vector: Vec<f32>,
}

/// What all chunks say of a thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Entity {
    /// Its name, as it is written most often.
    pub name: String,
    /// What sort of thing it is, as most chunks say.
    pub kind: String,
    /// What is said of it, each once, oldest first.
    pub descriptions: Vec<String>,
    /// The chunks that mention it, oldest first.
    pub chunks: Vec<i64>,
    /// The sources of these, each once.
    pub sources: Vec<String>,
    /// How many other things it is related to.
    pub degree: u64,
    /// When the oldest of its documents came.
    pub created_at: Timestamp,
}

/// What all chunks say of two things.
#[derive(Debug, Clone, PartialEq)]
pub struct Relation {
    /// One; the two are in the order of their keys.
    pub source: String,
    /// The other.
    pub target: String,
    /// What it is about, each once.
    pub keywords: Vec<String>,
    /// What is said of it, each once, oldest first.
    pub descriptions: Vec<String>,
    /// The sum of its mentions' weights.
    pub weight: f32,
    /// The chunks that mention it, oldest first.
    pub chunks: Vec<i64>,
    /// The sources of these, each once.
    pub sources: Vec<String>,
    /// When the oldest of its documents came.
    pub created_at: Timestamp,
}

/// Something found by its vector.
#[derive(Debug, Clone, PartialEq)]
pub struct Near<T> {
    /// What was found.
    pub found: T,
    /// The cosine of its best mention.
    pub score: f32,
}

/// What names are compared by: without case, width and outer blanks or quotes. A key's key is itself.
#[must_use]
pub fn key(name: &str) -> String {
    let lower: String = name.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    lower.trim_matches(|letter: char| letter.is_whitespace() || QUOTES.contains(&letter)).to_owned()
}

/// Finds things and relations. Names are given and compared by [`key`].
pub trait Graph: Send + Sync + 'static {
    /// The keys of the things whose mentions are nearest to `vector` (cosine, at least `threshold`), best first.
    fn nearest_entities(
        &self,
        vector: Vec<f32>,
        limit: usize,
        threshold: f32,
    ) -> Reply<'_, Vec<Near<String>>>;

    /// The pairs of keys whose mentions are nearest to `vector`, best first.
    fn nearest_relations(
        &self,
        vector: Vec<f32>,
        limit: usize,
        threshold: f32,
    ) -> Reply<'_, Vec<Near<(String, String)>>>;

    /// The things with these keys, in that order; those that nothing mentions are left out.
    fn entities(&self, keys: Vec<String>) -> Reply<'_, Vec<Entity>>;

    /// The relations between these pairs of keys, in that order.
    fn relations(&self, pairs: Vec<(String, String)>) -> Reply<'_, Vec<Relation>>;

    /// The relations of these things to any others, each once, `limit` at most: by the degree of both ends, then by weight,
    /// greatest first.
    fn relations_of(&self, keys: Vec<String>, limit: usize) -> Reply<'_, Vec<Relation>>;

    /// Names of things, `limit` at most.
    fn names(&self, order: Names, limit: usize) -> Reply<'_, Vec<String>>;
}

/// Which names, in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Names {
    /// All, by the alphabet.
    Alphabetical,
    /// All, by their degree, greatest first.
    Popular,
    /// Those that contain this, whatever the case; those that begin with it first.
    Containing(String),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::key;

    #[test]
    fn names_that_mean_the_same_have_one_key() {
        for name in ["Acme", " ＡＣＭＥ　", "“acme”", "'\" Acme \"'", "ＡｃＭｅ\u{a0}"]
        {
            assert_eq!(key(name), "acme", "{name}");
        }
        assert_eq!(key("「ｶﾞﾗｽの靴」"), "ガラスの靴");
        assert_ne!(key("Acme's"), key("Acmes"));
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(name in "\\PC*|(?s).*") {
            prop_assert_eq!(key(&key(&name)), key(&name));
        }
    }
}
