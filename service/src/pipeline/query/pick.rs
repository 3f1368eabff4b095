//! Rankings put together, and the chunks that things and relations are mentioned in.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
};

use crate::{
    pipeline::fuse::fuse,
    ports::store::{Candidates, Hit},
};

/// Takes one from each list in turn, each only once by its `key`.
pub(super) fn in_turn<T, K: Eq + Hash>(lists: Vec<Vec<T>>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut seen = HashSet::new();
    let mut lists: Vec<_> = lists.into_iter().map(Vec::into_iter).collect();
    let mut merged = Vec::new();
    loop {
        let round: Vec<T> = lists.iter_mut().filter_map(Iterator::next).collect();
        if round.is_empty() {
            return merged;
        }
        merged.extend(round.into_iter().filter(|item| seen.insert(key(item))));
    }
}

/// Chooses among the chunks that mention something, best first: by how many of the `owners` each mentions, and by how
/// close it is to the question. `taken` ones are left out.
///
/// As many as LightRAG chooses: half of `each` for every owner, and `each` for one alone.
pub(super) fn mentioned(
    owners: &[&[i64]],
    near: &[Hit],
    taken: &HashSet<i64>,
    each: usize,
) -> Vec<i64> {
    let mut counts: HashMap<i64, f32> = HashMap::new();
    for chunk in owners.iter().copied().flatten().filter(|chunk| !taken.contains(chunk)) {
        *counts.entry(*chunk).or_default() += 1.0;
    }
    let near: Vec<Hit> =
        near.iter().filter(|hit| counts.contains_key(&hit.chunk)).copied().collect();
    let counts = counts.into_iter().map(|(chunk, score)| Hit { chunk, score }).collect();
    let limit = (each * owners.len() / 2).max(each);
    // That several things mention a chunk says as much whatever the embedder knows.
    let hits = fuse(&Candidates { near, matching: counts }, 1.0, limit);
    hits.into_iter().map(|hit| hit.chunk).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hits(list: &[(i64, f32)]) -> Vec<Hit> {
        list.iter().map(|&(chunk, score)| Hit { chunk, score }).collect()
    }

    #[test]
    fn lists_take_turns_and_nothing_comes_twice() {
        let lists = vec![vec![1, 2, 3, 4], vec![2, 9], vec![], vec![7]];
        assert_eq!(in_turn(lists, |item| *item), [1, 2, 7, 9, 3, 4]);
        assert!(in_turn(Vec::<Vec<i32>>::new(), |item| *item).is_empty());
    }

    #[test]
    fn what_more_owners_mention_and_what_is_closer_comes_first() {
        let owners: [&[i64]; 3] = [&[1, 2], &[2, 3], &[2]];
        let near = hits(&[(3, 0.9), (99, 0.8), (1, 0.3)]);
        assert_eq!(mentioned(&owners, &near, &HashSet::new(), 5), [3, 2, 1]);
        assert_eq!(mentioned(&owners, &[], &HashSet::new(), 5), [2, 1, 3], "without a vector");
        assert_eq!(mentioned(&owners, &near, &HashSet::from([3]), 5), [1, 2], "not twice");
        assert_eq!(mentioned(&owners, &near, &HashSet::new(), 2), [3, 2, 1], "half for each");
        assert!(mentioned(&[], &near, &HashSet::new(), 5).is_empty());
    }

    proptest! {
        #[test]
        fn all_that_is_in_a_list_comes_once(lists: Vec<Vec<u8>>) {
            let mut merged = in_turn(lists.clone(), |item| *item);
            merged.sort_unstable();
            let mut all = lists.concat();
            all.sort_unstable();
            all.dedup();
            prop_assert_eq!(merged, all);
        }

        #[test]
        fn what_is_chosen_is_mentioned_and_once(
            owners in prop::collection::vec(prop::collection::vec(0_i64..20, 0..9), 0..9),
            near in prop::collection::hash_map(0_i64..20, -1.0_f32..1.0, 0..20),
            taken in prop::collection::hash_set(0_i64..20, 0..9),
            each in 1_usize..9,
        ) {
            let near: Vec<(i64, f32)> = near.into_iter().collect();
            let lists: Vec<&[i64]> = owners.iter().map(Vec::as_slice).collect();
            let chosen = mentioned(&lists, &hits(&near), &taken, each);
            let once: HashSet<i64> = chosen.iter().copied().collect();
            prop_assert_eq!(once.len(), chosen.len());
            let all: HashSet<i64> = owners.concat().into_iter().collect();
            prop_assert!(once.is_subset(&all) && once.is_disjoint(&taken));
            prop_assert!(chosen.len() <= (each * owners.len() / 2).max(each));
        }
    }
}
