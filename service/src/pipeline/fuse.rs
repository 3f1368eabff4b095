//! Two rankings to one: a convex combination of scores, each brought to 0 … 1 first.
//!
//! What words find is measured against no word found; what vectors find, against the farthest found, since even
//! texts of another subject have some likeness.
//!
//! Reciprocal ranks were measured too, and lost on every set: they let a word search that found
//! nothing but noise weigh as much as a good vector search.

use std::cmp::Ordering;

use crate::ports::store::{Candidates, Hit};

/// How much the vector side counts for a question that the embedder knows; the words count the rest.
///
/// Chosen on a half of `quality/`: from 0.7 on, more changes little there.
const NEAR_SHARE: f32 = 0.7;

/// Merges both kinds of hits, best first, `limit` at most.
///
/// `known` is how much of the question the embedder knows, 0 … 1: the less, the more its words count, and up to a half
/// they alone order what is found. The scores are 0 … 1 and comparable within one query only. Where one kind found
/// nothing, the other counts alone; and so do words where vectors do not tell what they found apart.
#[must_use]
pub fn fuse(candidates: &Candidates, known: f32, limit: usize) -> Vec<Hit> {
    let near_share = match (candidates.near.is_empty(), candidates.matching.is_empty()) {
        (_, true) => 1.0,
        (true, false) => 0.0,
        (false, false) if is_tied(&candidates.near) => 0.0,
        (false, false) => NEAR_SHARE * (2.0 * known - 1.0).max(0.0),
    };
    let mut fused = Vec::with_capacity(candidates.near.len() + candidates.matching.len());
    let farthest = candidates.near.iter().map(|hit| hit.score).fold(f32::INFINITY, f32::min);
    add(&mut fused, &candidates.near, farthest, near_share);
    add(&mut fused, &candidates.matching, 0.0, 1.0 - near_share);
    fused.sort_unstable_by(best_first);
    fused.truncate(limit);
    fused
}

/// Whether several hits have one score, which then says nothing of any of them.
fn is_tied(hits: &[Hit]) -> bool {
    hits.len() > 1 && hits.iter().all(|hit| hit.score == hits[0].score)
}

/// Adds the `share` of each hit's score, brought to 1 for the best and 0 for `least`, to the hit of the same chunk.
fn add(fused: &mut Vec<Hit>, hits: &[Hit], least: f32, share: f32) {
    let best = hits.iter().map(|hit| hit.score).fold(f32::NEG_INFINITY, f32::max);
    let width = best - least;
    let known = fused.len();
    for hit in hits {
        let normal = if width > 0.0 { (hit.score - least) / width } else { 1.0 };
        let score = share * normal;
        match fused[..known].iter_mut().find(|other| other.chunk == hit.chunk) {
            Some(other) => other.score += score,
            None => fused.push(Hit { chunk: hit.chunk, score }),
        }
    }
}

/// By score; the older chunk first where scores are equal, so that equal searches look equal.
fn best_first(one: &Hit, other: &Hit) -> Ordering {
    other.score.total_cmp(&one.score).then(one.chunk.cmp(&other.chunk))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(list: &[(i64, f32)]) -> Vec<Hit> {
        list.iter().map(|&(chunk, score)| Hit { chunk, score }).collect()
    }

    fn order(near: &[(i64, f32)], matching: &[(i64, f32)], limit: usize) -> Vec<i64> {
        let candidates = Candidates { near: hits(near), matching: hits(matching) };
        fuse(&candidates, 1.0, limit).into_iter().map(|hit| hit.chunk).collect()
    }

    #[test]
    fn each_kind_alone_keeps_its_order() {
        assert_eq!(order(&[(3, 0.9), (1, 0.5), (2, 0.4)], &[], 9), [3, 1, 2]);
        assert_eq!(order(&[], &[(7, 12.0), (5, 3.0)], 9), [7, 5]);
        assert!(order(&[], &[], 9).is_empty());
    }

    #[test]
    fn a_chunk_that_both_kinds_like_comes_first() {
        let near = [(1, 0.80), (2, 0.79), (3, 0.30)];
        let matching = [(9, 8.0), (2, 7.5), (8, 1.0)];
        assert_eq!(order(&near, &matching, 2), [2, 1]);
    }

    #[test]
    fn the_scale_of_a_kind_does_not_matter() {
        let near = [(1, 0.9), (2, 0.6), (3, 0.1)];
        let small = [(3, 0.003), (2, 0.002), (1, 0.0001)];
        let large = [(3, 3000.0), (2, 2000.0), (1, 100.0)];
        assert_eq!(order(&near, &small, 3), order(&near, &large, 3));
    }

    #[test]
    fn the_less_is_known_the_more_the_words_count() {
        let candidates = Candidates {
            near: hits(&[(1, 0.9), (2, 0.6), (3, 0.3)]),
            matching: hits(&[(3, 9.0), (2, 8.0)]),
        };
        let order = |known| -> Vec<i64> {
            fuse(&candidates, known, 9).into_iter().map(|hit| hit.chunk).collect()
        };
        assert_eq!(order(1.0), [1, 2, 3]);
        assert_eq!(order(0.8), [2, 3, 1]);
        assert_eq!(order(0.5), [3, 2, 1]);
        assert_eq!(order(0.0), [3, 2, 1]);
    }

    #[test]
    fn a_question_of_which_nothing_is_known_is_left_to_vectors_where_no_word_matches() {
        let candidates = Candidates { near: hits(&[(1, 0.9), (2, 0.5)]), matching: Vec::new() };
        let found = fuse(&candidates, 0.0, 9);
        assert_eq!(found, hits(&[(1, 1.0), (2, 0.0)]));
    }

    #[test]
    fn equal_scores_are_ordered_by_chunk() {
        assert_eq!(order(&[(5, 0.5), (4, 0.5)], &[], 9), [4, 5]);
    }

    #[test]
    fn vectors_that_all_lie_equally_near_do_not_push_out_what_words_found() {
        assert_eq!(order(&[(5, 0.5), (4, 0.5)], &[(6, 1.0)], 1), [6]);
        assert_eq!(order(&[(5, 0.5)], &[(6, 1.0)], 1), [5]);
    }

    #[test]
    fn no_more_than_the_limit_are_kept() {
        assert_eq!(order(&[(1, 0.9), (2, 0.5)], &[(3, 1.0)], 1), [1]);
        assert!(order(&[(1, 0.9)], &[], 0).is_empty());
    }

    #[test]
    fn fused_scores_lie_between_zero_and_one() {
        let candidates = Candidates {
            near: hits(&[(1, 0.9), (2, -0.5)]),
            matching: hits(&[(1, 20.0), (4, 0.1)]),
        };
        for hit in fuse(&candidates, 1.0, 9) {
            assert!((0.0..=1.0).contains(&hit.score), "{hit:?}");
        }
    }
}
