//! A graph in memory, from the mentions of all chunks: slow and plain.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rag_service::ports::{
    graph::{Entity, Mentions, Names, Near, Relation, key},
    store::Chunk,
};

/// All chunks with what they mention, oldest first.
pub(crate) struct Mentioned<'a>(pub(crate) Vec<(&'a Chunk, &'a Mentions)>);

type Pair = (String, String);

fn pair(one: &str, other: &str) -> Pair {
    let (one, other) = (key(one), key(other));
    if one <= other { (one, other) } else { (other, one) }
}

fn once<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

/// The best of each name, those that are near enough, best first.
fn nearest<K: Ord + Clone>(
    wanted: &[f32],
    mentions: impl Iterator<Item = (K, Vec<f32>)>,
    limit: usize,
    threshold: f32,
) -> Vec<Near<K>> {
    let mut best: BTreeMap<K, f32> = BTreeMap::new();
    for (key, vector) in mentions {
        let cosine: f32 = wanted.iter().zip(&vector).map(|(a, b)| a * b).sum();
        let score = best.entry(key).or_insert(f32::MIN);
        *score = score.max(cosine);
    }
    let mut near: Vec<Near<K>> = best
        .into_iter()
        .filter(|(_, score)| *score >= threshold)
        .map(|(found, score)| Near { found, score })
        .collect();
    near.sort_by(|one, other| other.score.total_cmp(&one.score));
    near.truncate(limit);
    near
}

impl Mentioned<'_> {
    pub(crate) fn nearest_entities(
        &self,
        vector: &[f32],
        limit: usize,
        least: f32,
    ) -> Vec<Near<String>> {
        let all = self.0.iter().flat_map(|(_, mentions)| &mentions.entities);
        nearest(vector, all.map(|it| (key(&it.name), it.vector.clone())), limit, least)
    }

    pub(crate) fn nearest_relations(
        &self,
        vector: &[f32],
        limit: usize,
        least: f32,
    ) -> Vec<Near<Pair>> {
        let all = self.0.iter().flat_map(|(_, mentions)| &mentions.relations);
        nearest(
            vector,
            all.map(|it| (pair(&it.source, &it.target), it.vector.clone())),
            limit,
            least,
        )
    }

    pub(crate) fn entity(&self, wanted: &str) -> Option<Entity> {
        let mut entity: Option<Entity> = None;
        for (chunk, mentions) in &self.0 {
            for mention in mentions.entities.iter().filter(|it| key(&it.name) == key(wanted)) {
                let entity = entity.get_or_insert_with(|| Entity {
                    name: mention.name.clone(),
                    kind: mention.kind.clone(),
                    descriptions: Vec::new(),
                    chunks: Vec::new(),
                    sources: Vec::new(),
                    degree: self.degree(wanted),
                    created_at: Timestamp::UNIX_EPOCH,
                });
                once(&mut entity.descriptions, mention.description.clone());
                once(&mut entity.chunks, chunk.id);
                once(&mut entity.sources, chunk.source.clone());
            }
        }
        entity
    }

    pub(crate) fn relation(&self, wanted: &Pair) -> Option<Relation> {
        let wanted = pair(&wanted.0, &wanted.1);
        let mut relation: Option<Relation> = None;
        for (chunk, mentions) in &self.0 {
            let fitting = |it: &&_| -> bool {
                let it: &rag_service::ports::graph::RelationMention = it;
                pair(&it.source, &it.target) == wanted
            };
            for mention in mentions.relations.iter().filter(fitting) {
                let relation = relation.get_or_insert_with(|| Relation {
                    source: mention.source.clone(),
                    target: mention.target.clone(),
                    keywords: Vec::new(),
                    descriptions: Vec::new(),
                    weight: 0.0,
                    chunks: Vec::new(),
                    sources: Vec::new(),
                    created_at: Timestamp::UNIX_EPOCH,
                });
                once(&mut relation.keywords, mention.keywords.clone());
                once(&mut relation.descriptions, mention.description.clone());
                once(&mut relation.chunks, chunk.id);
                once(&mut relation.sources, chunk.source.clone());
                relation.weight += mention.weight;
            }
        }
        relation
    }

    pub(crate) fn relations_of(&self, keys: &[String], limit: usize) -> Vec<Relation> {
        let keys: Vec<String> = keys.iter().map(|name| key(name)).collect();
        let pairs = self.pairs();
        let ours = pairs.iter().filter(|(one, other)| keys.contains(one) || keys.contains(other));
        let mut relations: Vec<(u64, Relation)> = ours
            .filter_map(|pair| {
                let degree = self.degree(&pair.0) + self.degree(&pair.1);
                Some((degree, self.relation(pair)?))
            })
            .collect();
        relations
            .sort_by(|(one, a), (other, b)| other.cmp(one).then(b.weight.total_cmp(&a.weight)));
        relations.into_iter().map(|(_, relation)| relation).take(limit).collect()
    }

    pub(crate) fn names(&self, order: &Names, limit: usize) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for mention in self.0.iter().flat_map(|(_, mentions)| &mentions.entities) {
            once(&mut names, mention.name.clone());
        }
        names.sort();
        match order {
            Names::Alphabetical => {}
            Names::Popular => names.sort_by_key(|name| u64::MAX - self.degree(name)),
            Names::Containing(part) => names.retain(|name| key(name).contains(&key(part))),
        }
        names.truncate(limit);
        names
    }

    fn pairs(&self) -> Vec<Pair> {
        let mut pairs = Vec::new();
        for mention in self.0.iter().flat_map(|(_, mentions)| &mentions.relations) {
            once(&mut pairs, pair(&mention.source, &mention.target));
        }
        pairs
    }

    fn degree(&self, name: &str) -> u64 {
        let name = key(name);
        self.pairs().iter().filter(|(one, other)| *one == name || *other == name).count() as u64
    }
}
