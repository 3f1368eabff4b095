//! What of all that was found the model is told: as much as the tokens allow, best first.

use super::Query;
use crate::{
    pipeline::{chunk::tokens, prompt},
    ports::{
        Context, Message, Passage,
        generator::{KnownEntity, KnownRelation},
    },
};

/// The history may take this part of all tokens.
const HISTORY_SHARE: usize = 4;

/// Kept for what stands around the passages: their numbers, names and borders. As in LightRAG.
const MARGIN: usize = 200;

/// The newest messages that have room.
pub(super) fn history(query: &Query) -> Vec<Message> {
    newest(&query.history, query.max_total_tokens / HISTORY_SHARE)
}

/// The newest messages that have `room` together, oldest first.
pub(super) fn newest(history: &[Message], mut room: usize) -> Vec<Message> {
    let has_room = |message: &&Message| fits(&message.content, &mut room);
    let mut newest: Vec<Message> = history.iter().rev().take_while(has_room).cloned().collect();
    newest.reverse();
    newest
}

/// The things that have room, best first, up to the first that has none.
pub(super) fn entities(query: &Query, entities: Vec<KnownEntity>) -> Vec<KnownEntity> {
    let mut room = query.max_entity_tokens;
    entities.into_iter().take_while(|entity| fits(&prompt::entity(entity), &mut room)).collect()
}

/// The relations that have room, best first, up to the first that has none.
pub(super) fn relations(query: &Query, relations: Vec<KnownRelation>) -> Vec<KnownRelation> {
    let mut room = query.max_relation_tokens;
    let has_room = |relation: &KnownRelation| fits(&prompt::relation(relation), &mut room);
    relations.into_iter().take_while(has_room).collect()
}

/// The passages that have room beside all else, best first, up to the first that has none.
pub(super) fn passages(query: &Query, context: &Context, passages: Vec<Passage>) -> Vec<Passage> {
    let mut room = query.max_total_tokens.saturating_sub(taken(query, context));
    let found = passages.len();
    let mut bytes: usize = passages.iter().map(|passage| passage.text.len()).sum();
    let has_room = |passage: &Passage| {
        // No letter is more than a token: where all that is left has room by its bytes, nothing has to be counted.
        let has_room = bytes <= room || fits(&passage.text, &mut room);
        bytes -= passage.text.len();
        has_room
    };
    let kept: Vec<Passage> = passages.into_iter().take_while(has_room).collect();
    if kept.is_empty() && found > 0 {
        let max_total_tokens = query.max_total_tokens;
        tracing::warn!(max_total_tokens, "no passage has room in what the model may be told");
    }
    kept
}

/// What the rules, the question, the history and the graph take.
fn taken(query: &Query, context: &Context) -> usize {
    let entities = context.entities.iter().map(|entity| tokens(&prompt::entity(entity)));
    let relations = context.relations.iter().map(|relation| tokens(&prompt::relation(relation)));
    let history = history(query);
    let said = history.iter().map(|message| message.content.as_str());
    let wishes = [&query.wishes, &query.form].into_iter().flatten().map(String::as_str);
    let words = said.chain(wishes).chain([prompt::RULES, query.text.as_str()]).map(tokens);
    entities.chain(relations).chain(words).sum::<usize>() + MARGIN
}

/// Takes what `text` needs of `room`; false when there is too little.
fn fits(text: &str, room: &mut usize) -> bool {
    let rest = room.checked_sub(tokens(text));
    *room = rest.unwrap_or(*room);
    rest.is_some()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        pipeline::query::{Mode, Output},
        ports::Role,
    };

    fn query(max_total_tokens: usize) -> Query {
        Query {
            text: "Why is it cold?".to_owned(),
            mode: Mode::Mix,
            top_k: 40,
            chunk_top_k: 20,
            max_entity_tokens: 30,
            max_relation_tokens: 30,
            max_total_tokens,
            high_level_keywords: Vec::new(),
            low_level_keywords: Vec::new(),
            history: Vec::new(),
            wishes: None,
            form: None,
            rerank: false,
            output: Output::Answer,
        }
    }

    fn passage(text: String) -> Passage {
        let (chunk, source) = (String::new(), String::new());
        Passage { reference: 1, chunk, source, text, score: 1.0 }
    }

    fn message(content: String) -> Message {
        Message { role: Role::User, content }
    }

    #[test]
    fn what_else_is_told_leaves_less_for_passages() {
        let texts = || (0..9).map(|_| passage("word ".repeat(100))).collect::<Vec<_>>();
        let kept = |query: &Query| passages(query, &Context::default(), texts()).len();
        let plain = query(900);
        let all = kept(&plain);
        assert!((1..9).contains(&all), "{all}");
        let said = vec![message("word ".repeat(200))];
        assert!(kept(&Query { history: said, ..plain.clone() }) < all);
        assert!(kept(&Query { wishes: Some("word ".repeat(200)), ..plain.clone() }) < all);
        assert_eq!(kept(&query(1)), 0);
        assert_eq!(kept(&query(100_000)), 9);
    }

    proptest! {
        #[test]
        fn passages_are_the_first_and_have_room(
            texts in prop::collection::vec("[a-z冷 ]{0,60}", 0..20), room in 0_usize..600,
        ) {
            let query = query(room);
            let given: Vec<Passage> = texts.into_iter().map(passage).collect();
            let kept = passages(&query, &Context::default(), given.clone());
            prop_assert_eq!(&kept[..], &given[..kept.len()]);
            let sum: usize = kept.iter().map(|passage| tokens(&passage.text)).sum();
            prop_assert!(sum + taken(&query, &Context::default()) <= room || kept.is_empty() || sum == 0);
        }

        #[test]
        fn the_history_is_the_newest_and_has_room(
            said in prop::collection::vec("[a-z冷 ]{0,60}", 0..20), room in 0_usize..200,
        ) {
            let given: Vec<Message> = said.into_iter().map(message).collect();
            let kept = newest(&given, room);
            prop_assert_eq!(&kept[..], &given[given.len() - kept.len()..]);
            prop_assert!(kept.iter().map(|message| tokens(&message.content)).sum::<usize>() <= room);
        }
    }
}
