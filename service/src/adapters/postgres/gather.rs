//! Mentions put together to things and relations.

use std::collections::HashMap;

use jiff::Timestamp;
use tokio_postgres::Row;

use super::error::Refusal;
use crate::ports::graph::{Entity, Relation};

/// The keys of the two ends of a relation.
pub(super) type Pair = (String, String);

/// Things by key, from mentions that come oldest first: key, name, kind, description, chunk, source, time.
pub(super) fn entities(
    mentions: &[Row],
    degree: &HashMap<String, u64>,
) -> Result<HashMap<String, Entity>, Refusal> {
    let mut by_key: HashMap<String, Gathered> = HashMap::new();
    for row in mentions {
        let gathered = by_key.entry(row.try_get(0)?).or_default();
        gathered.names.add(row.try_get(1)?);
        gathered.kinds.add(row.try_get(2)?);
        gathered.add_description(row.try_get(3)?);
        gathered.add_place(row.try_get(4)?, row.try_get(5)?, row.try_get(6)?);
    }
    let entity = |(key, gathered): (String, Gathered)| {
        let entity = Entity {
            name: gathered.names.most_frequent(),
            kind: gathered.kinds.most_frequent(),
            descriptions: gathered.descriptions,
            chunks: gathered.chunks,
            sources: gathered.sources,
            degree: degree.get(&key).copied().unwrap_or(0),
            created_at: gathered.created_at.unwrap_or_default(),
        };
        (key, entity)
    };
    Ok(by_key.into_iter().map(entity).collect())
}

/// Relations by their pair of keys, from mentions that come oldest first: both keys, both names, keywords, description,
/// weight, chunk, source, time.
pub(super) fn relations(mentions: &[Row]) -> Result<HashMap<Pair, Relation>, Refusal> {
    let mut by_pair: HashMap<Pair, Gathered> = HashMap::new();
    for row in mentions {
        let gathered = by_pair.entry((row.try_get(0)?, row.try_get(1)?)).or_default();
        gathered.names.add(row.try_get(2)?);
        gathered.other_names.add(row.try_get(3)?);
        gathered.add_keywords(row.try_get(4)?);
        gathered.add_description(row.try_get(5)?);
        gathered.weight += row.try_get::<_, f32>(6)?;
        gathered.add_place(row.try_get(7)?, row.try_get(8)?, row.try_get(9)?);
    }
    let relation = |gathered: Gathered| Relation {
        source: gathered.names.most_frequent(),
        target: gathered.other_names.most_frequent(),
        keywords: gathered.keywords,
        descriptions: gathered.descriptions,
        weight: gathered.weight,
        chunks: gathered.chunks,
        sources: gathered.sources,
        created_at: gathered.created_at.unwrap_or_default(),
    };
    Ok(by_pair.into_iter().map(|(pair, gathered)| (pair, relation(gathered))).collect())
}

/// What mentions of one thing, or of two, say together.
#[derive(Default)]
struct Gathered {
    names: Tally,
    other_names: Tally,
    kinds: Tally,
    keywords: Vec<String>,
    descriptions: Vec<String>,
    weight: f32,
    chunks: Vec<i64>,
    sources: Vec<String>,
    created_at: Option<Timestamp>,
}

impl Gathered {
    fn add_description(&mut self, description: &str) {
        if !description.is_empty() {
            add_once(&mut self.descriptions, description);
        }
    }

    fn add_keywords(&mut self, keywords: &str) {
        for word in keywords.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            add_once(&mut self.keywords, word);
        }
    }

    fn add_place(&mut self, chunk: i64, source: &str, created_at: Timestamp) {
        // Mentions of one chunk follow each other.
        if self.chunks.last() != Some(&chunk) {
            self.chunks.push(chunk);
        }
        add_once(&mut self.sources, source);
        self.created_at = Some(self.created_at.map_or(created_at, |oldest| oldest.min(created_at)));
    }
}

fn add_once(list: &mut Vec<String>, text: &str) {
    if !list.iter().any(|known| known == text) {
        list.push(text.to_owned());
    }
}

/// Words, how often each came, in the order in which they first came.
#[derive(Default)]
struct Tally(Vec<(String, usize)>);

impl Tally {
    fn add(&mut self, word: &str) {
        match self.0.iter_mut().find(|(known, _)| known == word) {
            Some((_, times)) => *times += 1,
            None => self.0.push((word.to_owned(), 1)),
        }
    }

    /// The one that came most often; of two as frequent, the one that came first.
    fn most_frequent(self) -> String {
        let most = self.0.iter().map(|&(_, times)| times).max();
        let first = self.0.into_iter().find(|&(_, times)| Some(times) == most);
        first.map(|(word, _)| word).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_most_frequent_words_is_shown() {
        let mut tally = Tally::default();
        for word in ["a", "c", "b", "b", "c"] {
            tally.add(word);
        }
        assert_eq!(tally.most_frequent(), "c");
        assert_eq!(Tally::default().most_frequent(), "");
    }

    #[test]
    fn keywords_are_kept_once_without_blanks() {
        let mut gathered = Gathered::default();
        gathered.add_keywords("trade, iron ,, trade");
        gathered.add_keywords(" iron,roads");
        assert_eq!(gathered.keywords, ["trade", "iron", "roads"]);
    }
}
