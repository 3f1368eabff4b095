//! The modes that search by things and relations, in LightRAG's meaning.
//!
//! `local` begins with the things that the question names, `global` with the relations that it is about; both follow
//! them to their neighbours, and to the chunks that mention them.

use std::collections::{HashMap, HashSet};

use super::{
    Answers, Found, Keywords, Mode, Query, QueryError, Stage, Tally, Watch, budget, chunks,
    keywords, passages, pick,
};
use crate::{
    config::ChunkRetrieval,
    metrics::{self, StoreCall},
    pipeline::chunk::tokens,
    ports::{
        Context,
        generator::{KnownEntity, KnownRelation},
        graph::{Entity, Relation, key},
        store::{Hit, Search},
    },
};

/// Relations that are looked at for each thing that was found.
const RELATIONS_PER_ENTITY: usize = 4;

/// Chunks whose closeness to the question counts among those that mention what was found.
const CLOSE_CHUNKS: usize = 100;

/// The most tokens of what is said of one thing or relation, so that a popular one leaves room for others. What LightRAG
/// has its summaries be as long as.
const DESCRIPTION_TOKENS: usize = 600;

/// What the question and its keywords mean.
struct Vectors {
    question: Option<Vec<f32>>,
    high: Option<Vec<f32>>,
    low: Option<Vec<f32>>,
}

/// Things and relations, best first.
#[derive(Default)]
struct Part {
    entities: Vec<Entity>,
    relations: Vec<Relation>,
}

/// Finds what the graph and the chunks hold on a question. `is_detailed` has each thing and relation name the chunks that
/// mention it, also those that are not among the passages.
///
/// # Errors
///
/// [`QueryError`] by its cause.
pub(super) async fn find(
    answers: &Answers,
    query: &Query,
    watch: &Watch,
    is_detailed: bool,
) -> Result<Found, QueryError> {
    let keywords = keywords::keywords(&answers.llm, &answers.keywords, query, watch).await?;
    let vectors = vectors(answers, query, &keywords).await?;
    let local = local(answers, query, vectors.low, watch).await?;
    let global = global(answers, query, vectors.high, watch).await?;
    let entities = pick::in_turn(vec![local.entities, global.entities], |it| key(&it.name));
    let relations = pick::in_turn(vec![local.relations, global.relations], ends);
    let mut tally = Tally {
        entities_found: entities.len(),
        relations_found: relations.len(),
        ..Tally::default()
    };
    let mut context = Context {
        entities: budget::entities(query, entities.iter().map(known_entity).collect()),
        relations: budget::relations(query, relations.iter().map(known_relation).collect()),
        ..Context::default()
    };
    // What the model is not told of, chooses no chunks either.
    let entities = &entities[..context.entities.len()];
    let relations = &relations[..context.relations.len()];
    let hits = related_chunks(answers, query, vectors.question, entities, relations, watch).await?;
    tally.chunks_found = hits.len();
    context.passages = passages::passages(answers, query, &context, hits, watch).await?;
    if is_detailed {
        name_chunks(answers, &mut context, entities, relations).await?;
    }
    let Keywords { high, low } = keywords;
    Ok(Found { context, high_level_keywords: high, low_level_keywords: low, tally })
}

/// All that has to be embedded, in one call.
async fn vectors(
    answers: &Answers,
    query: &Query,
    keywords: &Keywords,
) -> Result<Vectors, QueryError> {
    let question = answers.defaults.chunk_retrieval != ChunkRetrieval::Words;
    let low = query.mode != Mode::Global && !keywords.low.is_empty();
    let high = query.mode != Mode::Local && !keywords.high.is_empty();
    let mut texts = Vec::new();
    texts.extend(question.then(|| query.text.clone()));
    texts.extend(low.then(|| keywords.low.join(", ")));
    texts.extend(high.then(|| keywords.high.join(", ")));
    let mut vectors = answers.embedding.embed(texts).await?.into_iter();
    let mut next = |is_there: bool| if is_there { vectors.next() } else { None };
    Ok(Vectors { question: next(question), low: next(low), high: next(high) })
}

/// The things that are nearest to the low-level keywords, and their relations.
async fn local(
    answers: &Answers,
    query: &Query,
    vector: Option<Vec<f32>>,
    watch: &Watch,
) -> Result<Part, QueryError> {
    let Some(vector) = vector else { return Ok(Part::default()) };
    watch.tell(Stage::RetrievingEntities);
    let threshold = answers.retrieval.threshold;
    let near = answers.graph.nearest_entities(vector, query.top_k, threshold).await?;
    let keys: Vec<String> = near.into_iter().map(|near| near.found).collect();
    if keys.is_empty() {
        return Ok(Part::default());
    }
    let entities = answers.graph.entities(keys.clone()).await?;
    let limit = query.top_k * RELATIONS_PER_ENTITY;
    let relations = answers.graph.relations_of(keys, limit).await?;
    Ok(Part { entities, relations })
}

/// The relations that are nearest to the high-level keywords, and what they connect.
async fn global(
    answers: &Answers,
    query: &Query,
    vector: Option<Vec<f32>>,
    watch: &Watch,
) -> Result<Part, QueryError> {
    let Some(vector) = vector else { return Ok(Part::default()) };
    watch.tell(Stage::RetrievingRelations);
    let threshold = answers.retrieval.threshold;
    let near = answers.graph.nearest_relations(vector, query.top_k, threshold).await?;
    let pairs: Vec<(String, String)> = near.into_iter().map(|near| near.found).collect();
    if pairs.is_empty() {
        return Ok(Part::default());
    }
    let mut keys: Vec<String> = Vec::new();
    for end in pairs.iter().flat_map(|(one, other)| [one, other]) {
        if !keys.contains(end) {
            keys.push(end.clone());
        }
    }
    let relations = answers.graph.relations(pairs).await?;
    let entities = answers.graph.entities(keys).await?;
    Ok(Part { entities, relations })
}

/// The chunks to read, best first: those that fit the question (`mix`), those that mention the things, and those that
/// mention the relations, in turn.
async fn related_chunks(
    answers: &Answers,
    query: &Query,
    vector: Option<Vec<f32>>,
    entities: &[Entity],
    relations: &[Relation],
    watch: &Watch,
) -> Result<Vec<Hit>, QueryError> {
    watch.tell(Stage::RetrievingChunks);
    let is_mix = query.mode == Mode::Mix;
    let by_words = is_mix && answers.defaults.chunk_retrieval != ChunkRetrieval::Vector;
    let search = Search {
        vector,
        text: by_words.then(|| query.text.clone()),
        limit: (2 * query.chunk_top_k).max(CLOSE_CHUNKS),
        threshold: answers.retrieval.threshold,
    };
    let candidates =
        metrics::store(StoreCall::Candidates, answers.store.candidates(search)).await?;
    let each = answers.defaults.related_chunks;
    let owners: Vec<&[i64]> = entities.iter().map(|entity| entity.chunks.as_slice()).collect();
    let of_entities = pick::mentioned(&owners, &candidates.near, &HashSet::new(), each);
    let owners: Vec<&[i64]> = relations.iter().map(|it| it.chunks.as_slice()).collect();
    let taken = of_entities.iter().copied().collect();
    let of_relations = pick::mentioned(&owners, &candidates.near, &taken, each);
    let fitting: Vec<i64> = match is_mix {
        true => chunks::best(answers, candidates, query).into_iter().map(|hit| hit.chunk).collect(),
        false => Vec::new(),
    };
    let merged = pick::in_turn(vec![fitting, of_entities, of_relations], |chunk| *chunk);
    // Three rankings have no score in common but their order.
    let score = |place: usize| 1.0 / f32::from(u16::try_from(place).unwrap_or(u16::MAX));
    Ok(merged
        .into_iter()
        .zip(1..)
        .map(|(chunk, place)| Hit { chunk, score: score(place) })
        .collect())
}

/// Has each thing and relation name the chunks that mention it, as far as they would be chosen.
async fn name_chunks(
    answers: &Answers,
    context: &mut Context,
    entities: &[Entity],
    relations: &[Relation],
) -> Result<(), QueryError> {
    let each = answers.defaults.related_chunks;
    let first = |chunks: &[i64]| chunks.iter().take(each).copied().collect::<Vec<i64>>();
    let mentioned = entities.iter().map(|entity| first(&entity.chunks));
    let mentioned = mentioned.chain(relations.iter().map(|relation| first(&relation.chunks)));
    let mut wanted: Vec<i64> = mentioned.flatten().collect();
    wanted.sort_unstable();
    wanted.dedup();
    let chunks = answers.store.chunks(wanted).await?;
    let names: HashMap<i64, String> =
        chunks.into_iter().map(|chunk| (chunk.id, chunk.name())).collect();
    let named =
        |chunks: &[i64]| first(chunks).iter().filter_map(|id| names.get(id).cloned()).collect();
    for (known, entity) in context.entities.iter_mut().zip(entities) {
        known.chunks = named(&entity.chunks);
    }
    for (known, relation) in context.relations.iter_mut().zip(relations) {
        known.chunks = named(&relation.chunks);
    }
    Ok(())
}

/// What two relations between the same things have in common.
fn ends(relation: &Relation) -> (String, String) {
    let (one, other) = (key(&relation.source), key(&relation.target));
    if one <= other { (one, other) } else { (other, one) }
}

fn known_entity(entity: &Entity) -> KnownEntity {
    KnownEntity {
        name: entity.name.clone(),
        kind: entity.kind.clone(),
        description: described(&entity.descriptions),
        chunks: Vec::new(),
        sources: entity.sources.clone(),
        created_at: entity.created_at,
    }
}

fn known_relation(relation: &Relation) -> KnownRelation {
    KnownRelation {
        source: relation.source.clone(),
        target: relation.target.clone(),
        keywords: relation.keywords.join(", "),
        description: described(&relation.descriptions),
        weight: relation.weight,
        chunks: Vec::new(),
        sources: relation.sources.clone(),
        created_at: relation.created_at,
    }
}

/// What is said of something, oldest first, as much as has room; the first always has.
fn described(descriptions: &[String]) -> String {
    let mut described = String::new();
    let mut room = DESCRIPTION_TOKENS;
    for description in descriptions {
        match room.checked_sub(tokens(description)) {
            Some(rest) => room = rest,
            None if described.is_empty() => room = 0,
            None => break,
        }
        if !described.is_empty() {
            described.push('\n');
        }
        described.push_str(description);
    }
    described
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_popular_thing_is_bounded() {
        let said = |count: usize| vec!["word ".repeat(100).trim_end().to_owned(); count];
        assert_eq!(described(&said(2)).lines().count(), 2);
        assert_eq!(described(&said(1000)).lines().count(), DESCRIPTION_TOKENS / 100);
        let long = vec!["word ".repeat(5000), "more".to_owned()];
        assert_eq!(described(&long), long[0], "something is always said");
        assert_eq!(described(&[]), "");
    }
}
