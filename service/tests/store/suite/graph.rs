//! The graph: what chunks mention, put together at the reading. The promises of `ports::Graph`.

use rag_service::ports::{
    Graph, StoreError,
    graph::{Entity, EntityMention, Mentions, Names, RelationMention, key},
    store::{Measured, NewChunk, Portion},
};

use super::{Library, MODEL, Place, add, at, chunk, keep};

/// A vector that is good for everything.
const ANY: [f32; 4] = [1.0, 0.0, 0.0, 0.0];

fn unit(vector: [f32; 4]) -> Vec<f32> {
    chunk("", vector).vector
}

fn thing(name: &str, kind: &str, description: &str) -> EntityMention {
    thing_at(name, kind, description, ANY)
}

fn thing_at(name: &str, kind: &str, description: &str, vector: [f32; 4]) -> EntityMention {
    let [name, kind, description] = [name, kind, description].map(str::to_owned);
    EntityMention { name, kind, description, vector: unit(vector) }
}

fn link(ends: (&str, &str), keywords: &str, description: &str, weight: f32) -> RelationMention {
    let vector = unit(ANY);
    let (source, target) = (ends.0.to_owned(), ends.1.to_owned());
    let (keywords, description) = (keywords.to_owned(), description.to_owned());
    RelationMention { source, target, keywords, description, weight, vector }
}

/// A chunk that mentions these.
fn saying(text: &str, entities: Vec<EntityMention>, relations: Vec<RelationMention>) -> NewChunk {
    NewChunk { mentions: Mentions { entities, relations }, ..chunk(text, ANY) }
}

/// A chunk that mentions things by name, each pair of them related.
fn relating(text: &str, pairs: &[(&str, &str)]) -> NewChunk {
    let names = pairs.iter().flat_map(|pair| [pair.0, pair.1]);
    let things = names.map(|name| thing(name, "thing", name)).collect();
    saying(text, things, pairs.iter().map(|pair| link(*pair, "with", "they meet", 1.0)).collect())
}

fn keys(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| key(name)).collect()
}

fn pair(one: &str, other: &str) -> (String, String) {
    (key(one), key(other))
}

async fn entity(store: &dyn Graph, name: &str) -> Option<Entity> {
    let mut found = store.entities(keys(&[name])).await.unwrap();
    assert!(found.len() < 2, "{found:?}");
    found.pop()
}

/// The ends of the relations of things, in order.
async fn ends_of(store: &dyn Graph, names: &[&str], limit: usize) -> Vec<String> {
    let found = store.relations_of(keys(names), limit).await.unwrap();
    found.into_iter().map(|relation| format!("{}-{}", relation.source, relation.target)).collect()
}

async fn named(store: &dyn Graph, order: Names, limit: usize) -> String {
    store.names(order, limit).await.unwrap().join(" ")
}

/// Ids of the chunks with these texts.
async fn ids(store: &dyn Library, texts: &[&str]) -> Vec<i64> {
    let search = super::Search { limit: 1000, ..super::near(ANY, -1.0) };
    let near = store.candidates(search).await.unwrap().near;
    let chunks = store.chunks(near.iter().map(|hit| hit.chunk).collect()).await.unwrap();
    let id = |text: &&str| chunks.iter().find(|chunk| chunk.text == **text).map(|chunk| chunk.id);
    texts.iter().filter_map(id).collect()
}

pub(crate) async fn graph_tells_what_all_chunks_say_of_a_thing(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    let first = vec![
        saying("one", vec![thing("ACME", "company", "Makes anvils.")], vec![]),
        saying(
            "two",
            vec![thing("Acme", "firm", "Makes anvils."), thing("Acme", "company", "Is old.")],
            vec![],
        ),
    ];
    keep(&*store, "b.md", first).await;
    let second =
        saying("three", vec![thing("Acme", "firm", ""), thing("Rome", "city", "")], vec![]);
    let third = saying("four", vec![thing("acme", "firm", "Is new.")], vec![]);
    keep(&*store, "a.md", vec![second, third]).await;

    let acme = entity(&*store, "acme").await.unwrap();
    assert_eq!((acme.name.as_str(), acme.kind.as_str()), ("Acme", "firm"));
    assert_eq!(acme.descriptions, ["Makes anvils.", "Is old.", "Is new."]);
    assert_eq!(acme.chunks, ids(&*store, &["one", "two", "three", "four"]).await);
    assert_eq!(acme.sources, ["b.md", "a.md"]);
    assert_eq!((acme.degree, acme.created_at), (0, at(0)));
    let rome = entity(&*store, "rome").await.unwrap();
    assert_eq!((rome.descriptions.len(), rome.sources.join(" ").as_str()), (0, "a.md"));
}

pub(crate) async fn graph_shows_the_older_of_two_spellings_as_frequent(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    let chunks = ["zeta", "ZETA"].map(|name| saying(name, vec![thing(name, name, name)], vec![]));
    keep(&*store, "a", chunks.into()).await;
    let zeta = entity(&*store, "Zeta").await.unwrap();
    assert_eq!((zeta.name.as_str(), zeta.kind.as_str()), ("zeta", "zeta"));
}

pub(crate) async fn graph_gives_things_in_the_order_asked_for(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    let things = ["a", "b", "c"].map(|name| thing(name, "letter", "")).into();
    keep(&*store, "a", vec![saying("abc", things, vec![])]).await;
    let found = store.entities(keys(&["c", "nowhere", "a"])).await.unwrap();
    assert_eq!(found.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["c", "a"]);
    assert!(store.entities(vec![]).await.unwrap().is_empty());
}

pub(crate) async fn graph_knows_names_whatever_their_case_width_and_quotes(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    let things = ["ＡＣＭＥ", "\"Acme\"", " acme ", "混合检索", "ガラスの靴", "İzmir"];
    let things = things.map(|name| thing(name, "thing", name)).into();
    let links = vec![link(("「混合检索」", "ACME"), "", "", 1.0)];
    keep(&*store, "a", vec![saying("all", things, links)]).await;
    assert_eq!(entity(&*store, "acme").await.unwrap().descriptions.len(), 3);
    for name in ["混合检索", "「混合检索」", "ｶﾞﾗｽの靴", "İZMIR"] {
        assert!(entity(&*store, name).await.is_some(), "{name}");
    }
    // What is asked for need not be a key already.
    let asked = ["“ＡＣＭＥ”".to_owned(), "检索".to_owned()];
    assert_eq!(store.entities(asked.into()).await.unwrap().len(), 1);
    let pair = ("Acme".to_owned(), "混合检索".to_owned());
    assert_eq!(store.relations(vec![pair]).await.unwrap().len(), 1);
    assert_eq!(store.relations_of(vec!["ＡＣＭＥ".into()], 9).await.unwrap().len(), 1);
}

pub(crate) async fn graph_tells_what_all_chunks_say_of_two_things(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    let one = vec![
        link(("Rome", "Acme"), "trade, iron", "Acme sells to Rome.", 1.0),
        link(("ACME", "Rome"), "iron,  roads ,", "Acme paves Rome.", 2.5),
    ];
    keep(&*store, "b.md", vec![saying("one", vec![], one)]).await;
    let two = vec![
        link(("acme", "rome"), "trade", "Acme sells to Rome.", 1.0),
        link(("acme", "Rome"), "", "", 0.5),
    ];
    keep(&*store, "a.md", vec![saying("two", vec![], two)]).await;

    let found = store.relations(vec![pair("rome", "acme"), pair("x", "rome")]).await.unwrap();
    let [relation] = &found[..] else { panic!("{found:?}") };
    assert_eq!((relation.source.as_str(), relation.target.as_str()), ("acme", "Rome"));
    assert_eq!(relation.keywords, ["trade", "iron", "roads"]);
    assert_eq!(relation.descriptions, ["Acme sells to Rome.", "Acme paves Rome."]);
    assert!((relation.weight - 5.0).abs() < 1e-6);
    assert_eq!(relation.chunks, ids(&*store, &["one", "two"]).await);
    assert_eq!(relation.sources, ["b.md", "a.md"]);
    assert_eq!(relation.created_at, at(0));
    assert_eq!(store.relations(vec![pair("acme", "rome")]).await.unwrap(), found);
    assert_eq!(store.relations_of(keys(&["acme"]), 9).await.unwrap(), found);
    assert_eq!(store.relations_of(keys(&["rome"]), 9).await.unwrap(), found);
}

pub(crate) async fn graph_gives_relations_in_the_order_asked_for(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    keep(&*store, "a", vec![relating("abc", &[("a", "b"), ("b", "c"), ("c", "a")])]).await;
    let asked = vec![pair("c", "b"), pair("a", "nowhere"), pair("b", "a")];
    let found = store.relations(asked).await.unwrap();
    let ends: Vec<_> = found.iter().map(|one| format!("{}{}", one.source, one.target)).collect();
    assert_eq!(ends, ["bc", "ab"]);
    assert!(store.relations(vec![]).await.unwrap().is_empty());
}

pub(crate) async fn graph_counts_the_other_things_as_degree(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    let one = relating("one", &[("hub", "a"), ("b", "Hub"), ("hub", "a"), ("hub", "HUB")]);
    let two = saying("two", vec![], vec![link(("a", "hub"), "", "", 1.0)]);
    keep(&*store, "a", vec![one, two, relating("three", &[("hub", "c")])]).await;
    for (name, degree) in [("hub", 3), ("a", 1), ("b", 1), ("c", 1)] {
        assert_eq!(entity(&*store, name).await.unwrap().degree, degree, "{name}");
    }
}

pub(crate) async fn graph_orders_relations_of_things_by_degree_then_weight(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    // Degrees: hub 4, a 3, b 2, c 1, d 1, e 1.
    let pairs = [("hub", "a"), ("hub", "b"), ("hub", "c"), ("hub", "d"), ("a", "b"), ("a", "e")];
    let heavy = saying("heavy", vec![], vec![link(("d", "hub"), "", "", 3.0)]);
    keep(&*store, "a", vec![relating("all", &pairs), heavy]).await;
    let all = ["a-hub", "b-hub", "d-hub", "c-hub"];
    assert_eq!(ends_of(&*store, &["hub"], 9).await, all);
    assert_eq!(ends_of(&*store, &["hub"], 2).await, all[..2]);
    assert_eq!(ends_of(&*store, &["e", "nowhere"], 9).await, ["a-e"]);
    // Each once, although both ends were asked for.
    let both = ends_of(&*store, &["a", "b"], 9).await;
    assert_eq!(both, ["a-hub", "b-hub", "a-b", "a-e"]);
    assert!(ends_of(&*store, &["hub"], 0).await.is_empty());
    assert!(ends_of(&*store, &[], 9).await.is_empty());
}

pub(crate) async fn graph_lists_names(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    assert_eq!(named(&*store, Names::Popular, 9).await, "");
    let pairs = [("Delta", "alpha"), ("delta", "Beta"), ("Beta", "検索"), ("Delta", "x%_x")];
    let alone = saying("alone", vec![thing("Lonely", "thing", "")], vec![]);
    keep(&*store, "a", vec![relating("all", &pairs), alone]).await;
    let all = "alpha Beta Delta Lonely x%_x 検索";
    assert_eq!(named(&*store, Names::Alphabetical, 99).await, all);
    assert_eq!(named(&*store, Names::Alphabetical, 2).await, "alpha Beta");
    assert_eq!(named(&*store, Names::Popular, 99).await, "Delta Beta alpha x%_x 検索 Lonely");
    assert_eq!(named(&*store, Names::Popular, 1).await, "Delta");
    let containing = |part: &str| Names::Containing(part.into());
    for (part, found) in [
        ("L", "Lonely alpha Delta"),
        ("ALPHA", "alpha"),
        ("索", "検索"),
        ("%", "x%_x"),
        ("a_", ""),
        ("nowhere", ""),
    ] {
        assert_eq!(named(&*store, containing(part), 99).await, found, "{part}");
    }
    assert_eq!(named(&*store, containing("l"), 1).await, "Lonely");
    for order in [Names::Alphabetical, Names::Popular, containing("a")] {
        assert_eq!(named(&*store, order, 0).await, "");
    }
}

pub(crate) async fn graph_finds_things_by_their_best_mention(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    let nearest = async |vector, limit, threshold| {
        let found = store.nearest_entities(unit(vector), limit, threshold).await.unwrap();
        assert!(found.is_sorted_by(|one, next| one.score >= next.score));
        found.into_iter().map(|near| (near.found, near.score)).collect::<Vec<_>>()
    };
    assert!(nearest(ANY, 9, -1.0).await.is_empty());
    let things = vec![
        thing_at("Acme", "", "", [0.0, 1.0, 0.0, 0.0]),
        thing_at("Rome", "", "", [0.8, 0.6, 0.0, 0.0]),
        thing_at("ACME", "", "", [1.0, 0.0, 0.0, 0.0]),
        thing_at("Far", "", "", [-1.0, 0.0, 0.0, 0.0]),
    ];
    // More mentions of one thing than any limit would let through.
    let many = (0..50).map(|_| thing_at("acme", "", "", [0.9, 0.1, 0.0, 0.0])).collect();
    keep(&*store, "a", vec![saying("a", things, vec![]), saying("b", many, vec![])]).await;
    let found = nearest(ANY, 9, 0.5).await;
    let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["acme", "rome"]);
    assert!((found[0].1 - 1.0).abs() < 0.02 && (found[1].1 - 0.8).abs() < 0.02, "{found:?}");
    assert_eq!(nearest(ANY, 1, 0.5).await.len(), 1);
    assert_eq!(nearest(ANY, 2, -1.1).await.len(), 2);
    assert_eq!(nearest(ANY, 9, -1.1).await.len(), 3);
    assert!(nearest(ANY, 9, 1.1).await.is_empty());
    assert!(nearest(ANY, 0, -1.0).await.is_empty());
    let refused = store.nearest_entities(vec![1.0; 5], 1, 0.0).await;
    assert!(matches!(refused, Err(StoreError::OtherModel { .. })), "{refused:?}");
}

pub(crate) async fn graph_finds_relations_by_their_best_mention(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    let at = |ends, vector| RelationMention { vector: unit(vector), ..link(ends, "", "", 1.0) };
    let links = vec![
        at(("Rome", "Acme"), [0.0, 1.0, 0.0, 0.0]),
        at(("ACME", "Rome"), [1.0, 0.0, 0.0, 0.0]),
        at(("acme", "acme two"), [0.8, 0.6, 0.0, 0.0]),
    ];
    keep(&*store, "a", vec![saying("a", vec![], links)]).await;
    let nearest = async |limit, threshold| {
        let found = store.nearest_relations(unit(ANY), limit, threshold).await.unwrap();
        found.into_iter().map(|near| near.found).collect::<Vec<_>>()
    };
    let both = [pair("acme", "rome"), pair("acme", "acme two")];
    assert_eq!(nearest(9, 0.5).await, both);
    assert_eq!(nearest(1, 0.5).await, both[..1]);
    assert_eq!(nearest(9, 0.9).await, both[..1]);
    assert!(nearest(0, 0.0).await.is_empty());
    // Things are found by what is said of them alone.
    assert!(store.nearest_entities(unit(ANY), 9, -1.0).await.unwrap().is_empty());
}

pub(crate) async fn graph_forgets_what_only_deleted_documents_said(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    keep(&*store, "a", vec![relating("one", &[("hub", "a"), ("hub", "b")])]).await;
    keep(&*store, "b", vec![relating("two", &[("hub", "b"), ("b", "c")])]).await;
    assert_eq!(entity(&*store, "hub").await.unwrap().degree, 2);
    store.delete(vec!["doc-a".into()]).await.unwrap();
    let hub = entity(&*store, "hub").await.unwrap();
    assert_eq!((hub.degree, hub.sources.join(" ").as_str()), (1, "b"));
    assert_eq!(hub.chunks, ids(&*store, &["two"]).await);
    assert!(entity(&*store, "a").await.is_none());
    assert_eq!(ends_of(&*store, &["hub"], 9).await, ["b-hub"]);
    assert_eq!(named(&*store, Names::Alphabetical, 9).await, "b c hub");
    let near = store.nearest_entities(unit(ANY), 9, 0.5).await.unwrap();
    assert_eq!(near.len(), 3);
    store.clear().await.unwrap();
    assert_eq!(named(&*store, Names::Popular, 9).await, "");
    assert!(store.nearest_entities(unit(ANY), 9, 0.5).await.unwrap().is_empty());
    assert!(store.nearest_relations(unit(ANY), 9, 0.5).await.unwrap().is_empty());
}

pub(crate) async fn graph_follows_the_portions_of_a_document(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    add(&*store, "a", "text").await;
    let claimed = store.claim("one".into(), at(1), at(60)).await.unwrap().unwrap();
    let put = async |from, chunk, is_last: bool| {
        let end = is_last.then(|| Measured { summary: "s".into(), length: 1 });
        let portion = Portion { from, chunks: vec![chunk], model: MODEL.into(), end };
        assert!(store.put(claimed.id.clone(), "one".into(), portion).await.unwrap());
        named(&*store, Names::Alphabetical, 9).await
    };
    assert_eq!(put(0, relating("0", &[("a", "b")]), false).await, "a b");
    assert_eq!(put(1, relating("1", &[("b", "c")]), false).await, "a b c");
    // Killed and taken up again: from the second chunk on.
    assert_eq!(put(1, relating("1", &[("a", "d")]), true).await, "a b d");
    assert_eq!(ends_of(&*store, &["a"], 9).await, ["a-b", "a-d"]);
}

pub(crate) async fn graph_is_the_same_to_two_stores(place: impl Place) {
    let (here, there) = (place.open(MODEL).await.unwrap(), place.open(MODEL).await.unwrap());
    let seen = async |store: &dyn Library| {
        let things = store.nearest_entities(unit(ANY), 9, 0.5).await.unwrap().len();
        let relations = store.nearest_relations(unit(ANY), 9, 0.5).await.unwrap().len();
        (named(store, Names::Alphabetical, 9).await, things, relations)
    };
    assert_eq!(seen(&*there).await, (String::new(), 0, 0));
    keep(&*here, "a", vec![relating("one", &[("a", "b")])]).await;
    assert_eq!(seen(&*there).await, ("a b".into(), 2, 1));
    keep(&*here, "b", vec![relating("two", &[("b", "c")])]).await;
    assert_eq!(seen(&*there).await, ("a b c".into(), 3, 2));
    // All at once: one goes, one comes.
    there.delete(vec!["doc-a".into()]).await.unwrap();
    keep(&*there, "c", vec![relating("three", &[("c", "d")])]).await;
    for store in [&here, &there] {
        assert_eq!(seen(&**store).await, ("b c d".into(), 3, 2));
    }
}

pub(crate) async fn graph_is_there_after_opening_again(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    keep(&*store, "a", vec![relating("one", &[("a", "b")])]).await;
    drop(store);
    let store = place.open(MODEL).await.unwrap();
    assert_eq!(store.nearest_relations(unit(ANY), 9, 0.5).await.unwrap().len(), 1);
    assert_eq!(ends_of(&*store, &["b"], 9).await, ["a-b"]);
}

pub(crate) async fn graph_refuses_vectors_of_another_length(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    add(&*store, "a", "text").await;
    let claimed = store.claim("one".into(), at(1), at(60)).await.unwrap().unwrap();
    let short = EntityMention { vector: vec![1.0], ..thing("a", "", "") };
    let portion = super::whole(vec![saying("a", vec![short], vec![])], MODEL);
    let refused = store.put(claimed.id, "one".into(), portion).await;
    assert!(matches!(refused, Err(StoreError::OtherModel { .. })), "{refused:?}");
    assert_eq!(named(&*store, Names::Alphabetical, 9).await, "");
}
