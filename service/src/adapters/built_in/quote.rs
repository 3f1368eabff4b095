//! The sentences of the passages that fit a question best.
//!
//! A sentence fits by how many of the question's terms it has, rare ones counting more, and by how near
//! its meaning is. Meaning is only looked at for the few that fit best by terms: a query has to cost
//! little.

use std::ops::ControlFlow;

use super::{
    embedder::vector,
    table::{DIMENSION, Table},
};
use crate::{
    pipeline::{
        piece::{Border, Kind, Piece, pieces},
        terms,
    },
    ports::{Passage, Prompt},
};

/// A sentence to quote.
#[derive(Debug, PartialEq)]
pub(super) struct Quote {
    /// Its words.
    pub(super) text: String,
    /// The number of its source.
    pub(super) reference: usize,
}

/// The most quotes of an answer.
const QUOTES: usize = 3;

/// Passages, and bytes of them, that are looked at.
const PASSAGES: usize = 5;
const BYTES: usize = 12 * 1024;

/// Terms of the question that are looked at.
const TERMS: usize = 32;

/// Sentences whose meaning is looked at, and bytes of each.
const FINALISTS: usize = 6;
const MEANING_BYTES: usize = 200;

/// What having all terms counts, and what having the same meaning. Measured on a few dozen questions:
/// a sentence in other words reaches a cosine of 0.4 to 0.6, one of another subject rarely 0.2.
const TERMS_SHARE: f32 = 0.45;
const MEANING_SHARE: f32 = 0.75;

/// What a sentence must reach to be quoted at all, and as a part of the best one.
const LEAST: f32 = 0.32;
const LEAST_OF_BEST: f32 = 0.75;

/// What a term counts that stands in the heading and not in the sentence.
const HEADING_SHARE: f32 = 0.4;

/// Longer quotes are cut, in characters.
const LONGEST: usize = 400;

/// A sentence and the terms of the question that it has, a bit each.
struct Sentence<'a> {
    passage: &'a Passage,
    piece: Piece<'a>,
    own: u32,
    heading: u32,
    score: f32,
}

/// The sentences to quote, best first; none where nothing fits.
pub(super) fn best(table: &Table<'_>, prompt: &Prompt) -> Vec<Quote> {
    let question = Question::new(table, &prompt.question);
    let mut sentences = question.sentences(&prompt.context.passages);
    question.score_terms(&mut sentences);
    // The sort is stable: of equal sentences, those of the better passage stay first.
    sentences.sort_by(|one, other| other.score.total_cmp(&one.score));
    sentences.truncate(FINALISTS);
    question.score_meaning(&mut sentences);
    sentences.sort_by(|one, other| other.score.total_cmp(&one.score));
    let least = sentences.first().map_or(LEAST, |best| LEAST.max(best.score * LEAST_OF_BEST));
    let mut quotes: Vec<Quote> = Vec::new();
    for sentence in sentences.iter().filter(|sentence| sentence.score >= least) {
        let text = readable(&sentence.piece);
        if quotes.len() < QUOTES && quotes.iter().all(|quote| quote.text != text) {
            quotes.push(Quote { text, reference: sentence.passage.reference });
        }
    }
    quotes
}

/// What is looked for.
struct Question<'t> {
    table: &'t Table<'t>,
    terms: Vec<String>,
    /// A bit for each first letter and length of a term: most words are ruled out by it.
    filter: u64,
    /// None for a question in a script that the embedder hardly knows.
    meaning: Option<[f32; DIMENSION]>,
}

impl<'t> Question<'t> {
    fn new(table: &'t Table<'t>, text: &str) -> Self {
        let mut terms = terms::asked(text);
        terms.truncate(TERMS);
        let filter = terms.iter().fold(0, |filter, term| filter | filter_bit(term));
        let unspaced = terms.iter().filter(|term| term.starts_with(terms::is_unspaced)).count();
        let meaning = (unspaced * 2 < terms.len().max(1)).then(|| vector(table, text));
        Self { table, terms, filter, meaning }
    }

    /// The sentences of the best passages, with their terms.
    fn sentences<'a>(&self, passages: &'a [Passage]) -> Vec<Sentence<'a>> {
        let mut sentences = Vec::new();
        let mut bytes = BYTES;
        let _: ControlFlow<()> = passages.iter().take(PASSAGES).try_for_each(|passage| {
            let end = passage.text.floor_char_boundary(bytes);
            bytes -= end;
            self.add_sentences(passage, &passage.text[..end], &mut sentences);
            if bytes == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        sentences
    }

    fn add_sentences<'a>(
        &self,
        passage: &'a Passage,
        text: &'a str,
        sentences: &mut Vec<Sentence<'a>>,
    ) {
        let pieces = pieces(text);
        let mut heading = 0;
        for (position, &piece) in pieces.iter().enumerate() {
            let has = self.terms_of(piece.text);
            if matches!(piece.kind, Kind::Heading(_)) {
                heading = has;
            } else if position == 0 && is_path(&pieces) {
                heading |= has;
            } else if piece.text.contains(char::is_alphanumeric) {
                sentences.push(Sentence { passage, piece, own: has, heading, score: 0.0 });
            }
        }
    }

    /// The terms that `text` has, a bit each.
    fn terms_of(&self, text: &str) -> u32 {
        let mut found = 0;
        terms::each_asked(text, |term| {
            if self.filter & filter_bit(term) != 0
                && let Some(position) = self.terms.iter().position(|wanted| wanted == term)
            {
                found |= 1 << position;
            }
        });
        found
    }

    /// Scores by terms: the part of the question's weight that a sentence has.
    fn score_terms(&self, sentences: &mut [Sentence<'_>]) {
        let count = |bit: u32| sentences.iter().filter(|one| one.own & bit != 0).count();
        #[expect(clippy::cast_precision_loss, reason = "there are a few thousand at most")]
        let rarity = |bit: u32| (1.0 + sentences.len() as f32 / (1.0 + count(bit) as f32)).ln();
        let weights: Vec<f32> =
            (0..self.terms.len()).map(|position| rarity(1 << position)).collect();
        let sum = |bits: u32| -> f32 {
            weights
                .iter()
                .enumerate()
                .filter(|(position, _)| bits & (1 << position) != 0)
                .map(|(_, weight)| weight)
                .sum()
        };
        let all = sum(u32::MAX).max(f32::MIN_POSITIVE);
        for one in sentences {
            one.score = (sum(one.own) + HEADING_SHARE * sum(one.heading & !one.own)) / all;
        }
    }

    /// Adds to the scores what the meaning counts.
    fn score_meaning(&self, sentences: &mut [Sentence<'_>]) {
        let Some(wanted) = &self.meaning else { return };
        for one in sentences {
            let text = one.piece.text;
            let meaning = vector(self.table, &text[..text.floor_char_boundary(MEANING_BYTES)]);
            let cosine: f32 = meaning.iter().zip(wanted).map(|(a, b)| a * b).sum();
            let fits = TERMS_SHARE * one.score + MEANING_SHARE * cosine.max(0.0);
            one.score = fits * said_by(one.piece.kind);
        }
    }
}

/// How much of an answer a piece is that fits: a sentence says something, a line of a table or of code hardly does.
fn said_by(kind: Kind) -> f32 {
    match kind {
        Kind::Sentence | Kind::Heading(_) => 1.0,
        Kind::Row => 0.85,
        Kind::Code => 0.7,
    }
}

/// Depends on a term's length and first letter.
fn filter_bit(term: &str) -> u64 {
    let first = term.as_bytes().first().copied().unwrap_or_default();
    let length = u8::try_from(term.len() % 4).unwrap_or_default();
    1 << ((first ^ (length << 4)) & 63)
}

/// Whether a passage begins with the line of headings that its chunk was given.
fn is_path(pieces: &[Piece<'_>]) -> bool {
    let ends_block = pieces.get(1).is_some_and(|next| next.border >= Border::Block);
    ends_block && !pieces[0].text.trim_end().ends_with(['.', '!', '?', ':', '。', '！', '？'])
}

/// A sentence without its list mark, on one line.
fn readable(piece: &Piece<'_>) -> String {
    let text = piece.text.trim().trim_start_matches(['-', '*', '+', '>', '|', ' ']);
    let text = text.trim_end_matches(['|', ' ']);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}
