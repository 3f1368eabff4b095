//! Search: by words, by vectors, and what is asked for by its number.

use rag_service::ports::store::{Candidates, Search};

use super::{MODEL, Place, chunk, keep, matching, near, texts, words};

pub(crate) async fn words_are_found_in_english_chinese_and_japanese(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    let texts = [
        "Health checks run every thirty seconds; the Café is closed.",
        "混合检索结合了向量和关键词。",
        "冷たい起動には六十秒かかります。ガラスの靴。",
    ];
    let chunks = texts.iter().map(|text| chunk(text, [1.0, 0.0, 0.0, 0.0])).collect();
    keep(&*store, "all", chunks).await;
    for (question, expected) in [
        ("How often does the HEALTH check run?", 0),
        ("cafe", 0),
        ("检索", 1),
        ("量", 1),
        ("关键词是什么？", 1),
        ("起動", 2),
        ("靴", 2),
        ("ガラス", 2),
    ] {
        assert_eq!(matching(&*store, question).await, [texts[expected]], "{question}");
    }
    for question in ["penguin", "索检", "カ", "の检"] {
        assert!(matching(&*store, question).await.is_empty(), "{question}");
    }
}

pub(crate) async fn the_better_match_comes_first(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    let vector = [1.0, 0.0, 0.0, 0.0];
    let chunks = ["one fish", "red fish, blue fish, dead fish", "a dead bird", "a bird", "a tree"];
    keep(&*store, "a", chunks.iter().map(|text| chunk(text, vector)).collect()).await;
    let found = store.candidates(words("dead fish")).await.unwrap();
    assert_eq!(found.matching.len(), 3);
    assert!(found.matching.is_sorted_by(|one, other| one.score >= other.score));
    assert!(found.matching.iter().all(|hit| hit.score > 0.0));
    assert_eq!(matching(&*store, "dead fish").await[0], chunks[1]);
    let first = Search { limit: 1, ..words("dead fish") };
    assert_eq!(store.candidates(first).await.unwrap().matching.len(), 1);
}

pub(crate) async fn a_long_question_is_searched_by_its_rarest_words(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    let vector = [1.0, 0.0, 0.0, 0.0];
    let common = "alpha beta gamma delta epsilon zeta eta theta iota kappa";
    let mut chunks: Vec<_> = (0..20).map(|_| chunk(common, vector)).collect();
    chunks.push(chunk("quokka", vector));
    keep(&*store, "a", chunks).await;
    let question = format!("{common} {} quokka", "nowhere ".repeat(3));
    assert_eq!(matching(&*store, &question).await[0], "quokka");
}

pub(crate) async fn vectors_are_found_by_cosine_down_to_the_threshold(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    let chunks = vec![
        chunk("same", [2.0, 1.0, 0.0, 0.0]),
        chunk("near", [2.0, 0.0, 1.0, 0.0]),
        chunk("far", [0.0, 0.0, 0.0, 1.0]),
        chunk("opposite", [-2.0, -1.0, 0.0, 0.0]),
    ];
    keep(&*store, "a", chunks).await;
    let search = |threshold| store.candidates(near([2.0, 1.0, 0.0, 0.0], threshold));
    let found = search(0.5).await.unwrap();
    assert!(found.matching.is_empty());
    let ids = found.near.iter().map(|hit| hit.chunk).collect();
    assert_eq!(texts(&*store, ids).await, ["same", "near"]);
    assert!((found.near[0].score - 1.0).abs() < 0.02, "{found:?}");
    assert!((found.near[1].score - 0.8).abs() < 0.02, "{found:?}");
    assert_eq!(search(-1.1).await.unwrap().near.len(), 4);
    assert_eq!(search(1.1).await.unwrap(), Candidates::default());
}

pub(crate) async fn the_nearest_of_many_vectors_are_those_of_an_exact_search(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    let angle = |number: u16| f32::from(number) * 0.005;
    let vector = |number| [angle(number).cos(), angle(number).sin(), 0.0, 0.0];
    // In no order, and more than any limit.
    let numbers = (0..300_u16).map(|number| number * 77 % 300);
    let chunks = numbers.map(|number| chunk(&number.to_string(), vector(number))).collect();
    keep(&*store, "a", chunks).await;
    let search = Search { limit: 25, ..near(vector(0), -1.0) };
    let found = store.candidates(search).await.unwrap().near;
    assert_eq!(found.len(), 25);
    assert!(found.is_sorted_by(|one, other| one.score >= other.score));
    for hit in &found {
        let text = &texts(&*store, vec![hit.chunk]).await[0];
        let number: u16 = text.parse().unwrap();
        assert!(number < 40, "{number} is not among the nearest");
        assert!((hit.score - angle(number).cos()).abs() < 0.01);
    }
}

pub(crate) async fn chunks_come_in_the_order_asked_for(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    let vector = [1.0, 0.0, 0.0, 0.0];
    keep(&*store, "a", vec![chunk("word one", vector), chunk("word two", vector)]).await;
    let found = store.candidates(words("word")).await.unwrap().matching;
    let ids: Vec<_> = found.iter().map(|hit| hit.chunk).collect();
    let (first, second) = (ids[0], ids[1]);
    let chunks = store.chunks(vec![second, 999_999, first]).await.unwrap();
    assert_eq!(chunks.iter().map(|chunk| chunk.id).collect::<Vec<_>>(), [second, first]);
    assert!(chunks.iter().all(|chunk| chunk.document == "doc-a" && chunk.source == "a"));
}

pub(crate) async fn questions_of_any_kind_are_answered(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    keep(&*store, "a", vec![chunk("a plain text", [1.0, 0.0, 0.0, 0.0])]).await;
    let long = "word ".repeat(5000);
    for question in ["", " ", "\"", "AND OR NOT", "a* NEAR(b)", "\0", "😀", "'; DROP TABLE", &long]
    {
        let both = Search { text: Some(question.into()), ..near([1.0, 0.0, 0.0, 0.0], 0.5) };
        let found = store.candidates(both).await.unwrap();
        assert_eq!((found.near.len(), found.matching.len()), (1, 0), "{question:?}");
    }
    let nothing = Search { vector: None, text: None, limit: 10, threshold: 0.0 };
    assert_eq!(store.candidates(nothing).await.unwrap(), Candidates::default());
    let none = Search { limit: 0, text: Some("plain".into()), ..near([1.0; 4], 0.0) };
    assert_eq!(store.candidates(none).await.unwrap(), Candidates::default());
}
