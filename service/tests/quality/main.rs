//! Retrieval finds well: the whole set of `service/quality/` through the service's own code, by the static table.
//!
//! `cargo bench -p rag-service --bench quality` prints the figures.

mod measure;
mod set;

use std::{collections::HashSet, path::Path, sync::Arc};

use measure::{Answered, by, mean, measure};
use rag_service::adapters::built_in::{StaticEmbedder, Table};
use set::{KINDS, LANGUAGES, passages, questions};

/// What one language's fused figures may be below its best single ones.
const LEEWAY: f64 = 0.01;

#[tokio::test]
async fn fused_is_not_worse_than_either_alone() {
    let file = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/model/static-table.bin"));
    let embedder = StaticEmbedder::new(Table::open(file).unwrap());
    let answered = measure(Arc::new(embedder), &passages(), questions()).await;
    for (name, figure) in FIGURES {
        // The share was chosen by the first half; the second has no part in it.
        for half in [0, 1] {
            let of_half = answered.iter().filter(|it| it.question.place % 2 == half);
            let [vector, words, fused] = mean(of_half, figure);
            assert!(fused >= vector.max(words), "{name}: {fused:.3} of {vector:.3} and {words:.3}");
        }
        for (language, [vector, words, fused]) in by(&answered, |it| it.language, figure) {
            let least = vector.max(words) - LEEWAY;
            assert!(fused >= least, "{language}, {name}: {fused:.3} of {vector:.3}, {words:.3}");
        }
    }
}

/// A figure by its name.
type Figure = (&'static str, fn(&Answered) -> [f64; 3]);

const FIGURES: [Figure; 2] = [("nDCG@10", |it| it.ndcg), ("recall@10", |it| it.recall)];

#[test]
fn the_set_is_large_mixed_and_sound() {
    let (passages, questions) = (passages(), questions());
    let names: HashSet<&str> = passages.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names.len(), passages.len(), "a name is used twice");
    assert!(passages.len() >= 520 && questions.len() >= 210);
    for question in &questions {
        assert!((1..=3).contains(&question.relevant.len()), "{}", question.text);
        for name in &question.relevant {
            assert!(names.contains(name.as_str()), "{name} of `{}`", question.text);
        }
    }
    for language in LANGUAGES {
        let start = format!("{language}/");
        assert!(passages.iter().filter(|it| it.name.starts_with(&start)).count() >= 170);
        for kind in KINDS {
            let some = questions.iter().filter(|it| it.language == language && it.kind == kind);
            assert!(some.count() >= 20, "{language}, {kind}");
        }
    }
    let texts: HashSet<&str> = passages.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(texts.len(), passages.len(), "a text is there twice");
}
