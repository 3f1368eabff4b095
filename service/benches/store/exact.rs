//! What an exact search finds: every vector in full, every word of every text.

use std::collections::HashMap;

use crate::data::{Question, Shape, Texts, Vectors};

/// How many are compared.
pub(crate) const TOP: usize = 10;

/// The numbers of the best, best first.
fn best(scores: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|&one, &other| {
        scores[other].total_cmp(&scores[one]).then(one.cmp(&other))
    });
    order.truncate(TOP);
    order
}

/// The chunks nearest to each question.
pub(crate) fn nearest(shape: Shape, count: usize, questions: &[Question]) -> Vec<Vec<usize>> {
    let mut scores = vec![Vec::with_capacity(count); questions.len()];
    for vector in Vectors::new(shape, 2).take(count) {
        for (scores, question) in scores.iter_mut().zip(questions) {
            scores.push(vector.iter().zip(&question.vector).map(|(one, other)| one * other).sum());
        }
    }
    scores.iter().map(|scores| best(scores)).collect()
}

/// The chunks that match each question's words best, by BM25 over all of them.
#[expect(clippy::cast_precision_loss, reason = "a score needs no more than 24 bits")]
pub(crate) fn matching(count: usize, questions: &[Question]) -> Vec<Vec<usize>> {
    let mut lists: HashMap<u32, Vec<(usize, f32)>> =
        questions.iter().flat_map(|it| &it.words).map(|&word| (word, Vec::new())).collect();
    let mut lengths = Vec::with_capacity(count);
    for (chunk, text) in Texts::new(3).take(count).enumerate() {
        lengths.push(text.len() as f32);
        for word in text {
            let Some(list) = lists.get_mut(&word) else { continue };
            match list.last_mut() {
                Some((last, times)) if *last == chunk => *times += 1.0,
                _ => list.push((chunk, 1.0)),
            }
        }
    }
    let average = lengths.iter().sum::<f32>() / count as f32;
    let score = |question: &Question| {
        let mut scores = vec![0.0; count];
        let mut words = question.words.clone();
        words.sort_unstable();
        words.dedup();
        for list in words.iter().map(|word| &lists[word]) {
            let with = list.len() as f32;
            let rarity = (1.0 + (count as f32 - with + 0.5) / (with + 0.5)).ln();
            for &(chunk, times) in list {
                let norm = 1.2 * (0.25 + 0.75 * lengths[chunk] / average);
                scores[chunk] += rarity * times * 2.2 / (times + norm);
            }
        }
        best(&scores)
    };
    questions.iter().map(score).collect()
}

/// The share of what is `wanted` among what was found.
#[expect(clippy::cast_precision_loss, reason = "a few thousand")]
pub(crate) fn recall(found: &[Vec<usize>], wanted: &[Vec<usize>]) -> f64 {
    let hits = found.iter().zip(wanted).map(|(found, wanted)| {
        found.iter().take(TOP).filter(|chunk| wanted.contains(chunk)).count()
    });
    hits.sum::<usize>() as f64 / wanted.iter().map(Vec::len).sum::<usize>() as f64
}
