//! A search among so many chunks that not all of a word's are looked at.

use rag_service::ports::{Store, store::Search};

use super::{Schema, server::bin};
use crate::suite;

/// More chunks than are looked at for one word.
const MANY: u16 = 4200;

#[tokio::test]
async fn common_words_count_for_the_best_by_the_others() {
    let Some(_) = bin() else { return };
    let store = Schema::default().store().await;
    let angle = |number: u16| f32::from(number) * 0.001;
    let vector = |number| [angle(number).cos(), angle(number).sin(), 0.0, 0.0];
    let mut chunks: Vec<_> = (0..MANY)
        .map(|number| suite::chunk(&format!("common number{number}"), vector(number)))
        .collect();
    chunks.push(suite::chunk("rare once", vector(0)));
    chunks.push(suite::chunk("rare common", vector(0)));
    chunks.push(suite::chunk("common common common", vector(0)));
    suite::keep(&store, "a", chunks).await;
    assert_eq!(suite::matching(&store, "common rare").await, ["rare common", "rare once"]);
    // Counted before: the same again.
    assert_eq!(suite::matching(&store, "rare common").await, ["rare common", "rare once"]);
    let first = Search { limit: 1, ..suite::words("common rare") };
    assert_eq!(store.candidates(first).await.unwrap().matching.len(), 1);
    // Alone it is looked for all the same, and where it is most often comes first.
    assert_eq!(suite::matching(&store, "common").await[0], "common common common");
}
