//! How well retrieval finds, by language and by kind of question.
//!
//! `cargo bench -p rag-service --bench quality` prints Markdown, for the static table, and for MiniLM too when `MINILM_FILE`
//! names its file. `quality/README.md` describes the set.

#![expect(clippy::print_stdout, reason = "the report is what it is for")]

#[path = "../../tests/quality/measure.rs"]
mod measure;
#[path = "../../tests/quality/set.rs"]
mod set;

use std::{path::Path, sync::Arc};

use measure::{Answered, by, mean, measure};
use rag_service::{
    adapters::built_in::{MinilmEmbedder, StaticEmbedder, Table},
    ports::Embedder,
};
use set::{KINDS, LANGUAGES, Question, passages, questions};

#[tokio::main]
async fn main() {
    let (passages, count) = (passages(), questions().len());
    println!("Made by `cargo bench -p rag-service --bench quality`.\n");
    println!("{} passages, {count} questions; nDCG@10 / recall@10.\n", passages.len());
    let file = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/model/static-table.bin"));
    let table = Table::open(file).expect("the table's file is sound");
    let mut embedders: Vec<Arc<dyn Embedder>> = vec![Arc::new(StaticEmbedder::new(table))];
    if let Some(file) = std::env::var_os("MINILM_FILE") {
        let minilm = MinilmEmbedder::open(Path::new(&file), table).expect("the file is MiniLM's");
        embedders.push(Arc::new(minilm));
    }
    for embedder in embedders {
        let model = embedder.model().to_owned();
        report(&model, &measure(embedder, &passages, questions()).await);
    }
}

fn report(model: &str, answered: &[Answered]) {
    println!("| `{model}` | vector | BM25 | fused |");
    println!("| --- | --- | --- | --- |");
    row("all", answered.iter());
    for half in [0, 1] {
        let name = ["the half that shares were tuned on", "the other half"][half];
        row(name, answered.iter().filter(|it| it.question.place % 2 == half));
    }
    group(answered, &LANGUAGES, |it| it.language);
    group(answered, &KINDS, |it| it.kind);
    println!();
}

fn row<'a>(name: &str, some: impl Iterator<Item = &'a Answered> + Clone) {
    line(name, mean(some.clone(), |it| it.ndcg), mean(some, |it| it.recall));
}

fn group(answered: &[Answered], names: &[&'static str], of: fn(&Question) -> &'static str) {
    let ndcg = by(answered, of, |it| it.ndcg);
    let recall = by(answered, of, |it| it.recall);
    for name in names {
        line(name, ndcg[name], recall[name]);
    }
}

fn line(name: &str, ndcg: [f64; 3], recall: [f64; 3]) {
    let cells = ndcg.iter().zip(recall).map(|(ndcg, recall)| format!("{ndcg:.3} / {recall:.3}"));
    println!("| {name} | {} |", cells.collect::<Vec<_>>().join(" | "));
}
