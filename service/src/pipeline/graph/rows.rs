//! What a model writes of a chunk: a row for each thing and each relation.
//!
//! ```text
//! entity<|#|>name<|#|>sort<|#|>description
//! relation<|#|>one<|#|>other<|#|>keywords<|#|>description
//! <|COMPLETE|>
//! ```
//!
//! The form is LightRAG's. Models bend it; what can be read is read, what cannot is left out.

use std::collections::HashMap;

use crate::{
    pipeline::ask::without_thoughts,
    ports::graph::{EntityMention, Mentions, RelationMention, key},
};

/// Between the parts of a row.
pub(super) const DELIMITER: &str = "<|#|>";

/// After the last row.
pub(super) const END: &str = "<|COMPLETE|>";

/// What models make of the delimiter.
const BENT: [&str; 7] = ["<|#|", "<|#>", "<#|>", "<|＃|>", "<||#||>", "|#|>", "<#>"];

/// Things of one chunk that are kept; as LightRAG asks for.
pub(super) const MOST_ENTITIES: usize = 40;

/// Relations of one chunk that are kept: LightRAG asks for 100 rows of both.
pub(super) const MOST_RELATIONS: usize = 60;

/// Letters of a name, as LightRAG bounds it.
const LONGEST_NAME: usize = 256;

/// Letters of a sort.
const LONGEST_KIND: usize = 64;

/// Letters of keywords.
const LONGEST_KEYWORDS: usize = 512;

/// Letters of a description.
const LONGEST_DESCRIPTION: usize = 2000;

/// The sort of a thing that is only named by a relation.
const UNKNOWN: &str = "unknown";

/// What was read of one chunk so far, each thing and each pair once.
#[derive(Default)]
pub(super) struct Rows {
    mentions: Mentions,
    entities: HashMap<String, usize>,
    relations: HashMap<(String, String), usize>,
}

impl Rows {
    /// Reads what a model wrote. Of two descriptions of the same, the longer is kept.
    pub(super) fn read(&mut self, answer: &str) {
        let answer = without_thoughts(answer);
        let answer = answer.split(END).next().unwrap_or_default();
        for line in answer.lines() {
            let line = BENT.iter().fold(line.replace(DELIMITER, "\0"), |line, bent| {
                // The shortest form is a part of the right one, which is out of its way by now.
                line.replace(bent, "\0")
            });
            let parts: Vec<&str> = line.split('\0').map(bare).collect();
            match parts[..] {
                [row, name, kind, description] if is_row(row, "entity") => {
                    self.entity(name, kind, description);
                }
                [row, source, target, keywords, description, ..] if is_row(row, "relation") => {
                    self.relation(source, target, keywords, description);
                }
                _ => {}
            }
        }
    }

    /// Everything, without vectors. What only a relation names is a thing, too.
    pub(super) fn finish(mut self) -> Mentions {
        let mut relations = std::mem::take(&mut self.mentions.relations);
        relations.retain(|relation| {
            let ends = [&relation.source, &relation.target];
            ends.into_iter().all(|end| {
                self.entities.contains_key(&key(end))
                    || self.entity(end, UNKNOWN, &relation.description)
            })
        });
        Mentions { relations, ..self.mentions }
    }

    /// Whether it is there now.
    fn entity(&mut self, name: &str, kind: &str, description: &str) -> bool {
        let name = cut(name, LONGEST_NAME);
        let key = key(&name);
        let description = cut(description, LONGEST_DESCRIPTION);
        if key.is_empty() || description.is_empty() {
            return false;
        }
        if let Some(place) = self.entities.get(&key) {
            let known = &mut self.mentions.entities[*place];
            if description.len() > known.description.len() {
                known.description = description;
            }
            return true;
        }
        if self.mentions.entities.len() == MOST_ENTITIES {
            return false;
        }
        let kind = cut(kind, LONGEST_KIND);
        let kind = if kind.is_empty() { UNKNOWN.to_owned() } else { kind };
        self.entities.insert(key, self.mentions.entities.len());
        self.mentions.entities.push(EntityMention { name, kind, description, vector: Vec::new() });
        true
    }

    fn relation(&mut self, source: &str, target: &str, keywords: &str, description: &str) {
        let (source, target) = (cut(source, LONGEST_NAME), cut(target, LONGEST_NAME));
        let description = cut(description, LONGEST_DESCRIPTION);
        let (one, other) = (key(&source), key(&target));
        let is_empty = one.is_empty() || other.is_empty() || description.is_empty();
        if is_empty || one == other {
            return;
        }
        let pair = if one < other { (one, other) } else { (other, one) };
        if let Some(place) = self.relations.get(&pair) {
            let known = &mut self.mentions.relations[*place];
            if description.len() > known.description.len() {
                known.description = description;
            }
            return;
        }
        if self.mentions.relations.len() == MOST_RELATIONS {
            return;
        }
        let keywords = cut(&keywords.replace(['，', '、'], ", "), LONGEST_KEYWORDS);
        self.relations.insert(pair, self.mentions.relations.len());
        self.mentions.relations.push(RelationMention {
            source,
            target,
            keywords,
            description,
            weight: 1.0,
            vector: Vec::new(),
        });
    }
}

/// Whether a part says what the row is, whatever a list, a tuple or a number puts before it.
fn is_row(part: &str, kind: &str) -> bool {
    let mut words = part.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let word = words.next_back().unwrap_or_default();
    word.eq_ignore_ascii_case(kind)
        || (kind == "relation" && word.eq_ignore_ascii_case("relationship"))
}

/// A part without blanks and quotes around it.
fn bare(part: &str) -> &str {
    let part = part.trim();
    let inner = part.strip_prefix(['"', '“']).and_then(|part| part.strip_suffix(['"', '”']));
    inner.unwrap_or(part).trim()
}

/// The first letters, on one line.
fn cut(words: &str, longest: usize) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(longest) {
        Some((end, _)) => line[..end].trim_end().to_owned(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(answer: &str) -> Mentions {
        let mut rows = Rows::default();
        rows.read(answer);
        rows.finish()
    }

    fn names(mentions: &Mentions) -> Vec<&str> {
        mentions.entities.iter().map(|entity| entity.name.as_str()).collect()
    }

    #[test]
    fn rows_are_read_as_they_should_be_written() {
        let mentions = read(
            "entity<|#|>Ada Lovelace<|#|>Person<|#|>She wrote the first program.\n\
             entity<|#|>Analytical Engine<|#|>Artifact<|#|>A machine that was never built.\n\
             relation<|#|>Ada Lovelace<|#|>Analytical Engine<|#|>programming, history<|#|>She wrote for it.\n\
             <|COMPLETE|>\n\
             entity<|#|>After<|#|>Concept<|#|>Nobody reads this.",
        );
        assert_eq!(names(&mentions), ["Ada Lovelace", "Analytical Engine"]);
        let entity = &mentions.entities[0];
        assert_eq!(
            (entity.kind.as_str(), entity.description.as_str()),
            ("Person", "She wrote the first program.")
        );
        let relation = &mentions.relations[0];
        assert_eq!(
            (relation.source.as_str(), relation.target.as_str()),
            ("Ada Lovelace", "Analytical Engine")
        );
        assert_eq!((relation.keywords.as_str(), relation.weight), ("programming, history", 1.0));
    }

    #[test]
    fn rows_are_read_as_models_write_them() {
        let mentions = read(
            "<think>entity<|#|>No<|#|>x<|#|>only thought</think>Here are the rows:\n\
             - (\"entity\"<|#|>\"Fargate\"<|#|>\"Service\"<|#|>\"It runs tasks.\")\n\
             1. ENTITY<|#>ECS<|#|  Service <#>It schedules\ttasks.\n\
             relationship<|#|>Fargate<|#|>ECS<|#|>运行，调度<|#|>One runs what the other schedules.<|#|>9\n\
             entity<|#|>one<|#|>two<|#|>three<|#|>a relation by mistake\n\
             entity<|#|><|#|>x<|#|>no name\n\
             entity<|#|>no description<|#|>x<|#|>\n\
             relation<|#|>Fargate<|#|>fargate<|#|>x<|#|>of itself\n\
             That is all.",
        );
        assert_eq!(names(&mentions), ["Fargate", "ECS"]);
        assert_eq!(mentions.entities[1].description, "It schedules tasks.");
        assert_eq!(mentions.relations.len(), 1);
        assert_eq!(mentions.relations[0].keywords, "运行, 调度");
    }

    #[test]
    fn the_same_thing_is_mentioned_once_and_by_its_longer_description() {
        let mut rows = Rows::default();
        rows.read("entity<|#|>Ada<|#|>Person<|#|>A countess.\nrelation<|#|>Ada<|#|>Babbage<|#|>x<|#|>friends");
        rows.read("entity<|#|>ADA<|#|>Other<|#|>A countess, and a mathematician.\nrelation<|#|>babbage<|#|>ada<|#|>y<|#|>friend");
        let mentions = rows.finish();
        assert_eq!(names(&mentions), ["Ada", "Babbage"]);
        assert_eq!(mentions.entities[0].description, "A countess, and a mathematician.");
        assert_eq!(
            (mentions.entities[1].kind.as_str(), mentions.entities[1].description.as_str()),
            ("unknown", "friends")
        );
        assert_eq!(mentions.relations.len(), 1);
    }

    #[test]
    fn a_relation_has_both_its_ends_even_where_there_is_no_room_for_more_things() {
        let rows = |name: &str| format!("entity<|#|>{name}<|#|>x<|#|>y\n");
        let many: String = (0..100).map(|number| rows(&format!("thing {number}"))).collect();
        let mentions = read(&format!(
            "{many}relation<|#|>thing 1<|#|>thing 2<|#|>x<|#|>y\nrelation<|#|>thing 1<|#|>stranger<|#|>x<|#|>y"
        ));
        assert_eq!(mentions.entities.len(), MOST_ENTITIES);
        assert_eq!(mentions.relations.len(), 1);
    }

    fn words() -> impl Strategy<Value = String> {
        "[a-zA-Zé冷启动 ]{0,12}[a-z冷]"
    }

    proptest! {
        #[test]
        fn whatever_is_written_mentions_are_bounded(
            lines in prop::collection::vec(prop_oneof![
                ".{0,40}",
                (words(), words(), words(), words(), "(entity|relation|x)", "(<\\|#\\|>|<\\|#>|#|<\\|COMPLETE\\|>)")
                    .prop_map(|(a, b, c, d, row, by)| [row, a, b, c, d].join(&by)),
            ], 0..24),
        ) {
            let mentions = read(&lines.join("\n"));
            prop_assert!(mentions.entities.len() <= MOST_ENTITIES);
            prop_assert!(mentions.relations.len() <= MOST_RELATIONS);
            let keys: Vec<String> = mentions.entities.iter().map(|entity| key(&entity.name)).collect();
            for entity in &mentions.entities {
                prop_assert!(!entity.name.is_empty() && entity.name.chars().count() <= LONGEST_NAME);
                prop_assert!(!entity.kind.is_empty() && !entity.description.is_empty());
            }
            for relation in &mentions.relations {
                prop_assert!(keys.contains(&key(&relation.source)) && keys.contains(&key(&relation.target)));
            }
        }

        #[test]
        fn what_is_written_right_is_read_whole(things in prop::collection::hash_map("[a-z]{1,9}", words(), 0..MOST_ENTITIES)) {
            let rows: Vec<String> = things.iter().map(|(name, said)| format!("entity<|#|>{name}<|#|>Concept<|#|>{said}")).collect();
            let mentions = read(&rows.join("\n"));
            prop_assert_eq!(mentions.entities.len(), things.len());
            for entity in mentions.entities {
                let said = things[&entity.name].split_whitespace().collect::<Vec<_>>().join(" ");
                prop_assert_eq!(entity.description, said);
            }
        }
    }
}
