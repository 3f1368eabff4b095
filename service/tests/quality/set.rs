//! The passages and questions of `service/quality/`.

use std::path::Path;

/// The languages, each with a folder.
pub(crate) const LANGUAGES: [&str; 3] = ["en", "zh", "ja"];

/// The kinds of questions, as `quality/README.md` describes them.
pub(crate) const KINDS: [&str; 3] = ["words", "paraphrase", "name"];

/// A text to be found.
pub(crate) struct Passage {
    /// Language and id: `en/hb-01`.
    pub(crate) name: String,
    pub(crate) text: String,
}

/// What is asked, and what should be found.
pub(crate) struct Question {
    pub(crate) language: &'static str,
    pub(crate) kind: &'static str,
    /// Its place among those of its language.
    pub(crate) place: usize,
    pub(crate) text: String,
    /// The names of the passages that answer it.
    pub(crate) relevant: Vec<String>,
}

/// All passages, of all languages in one collection.
pub(crate) fn passages() -> Vec<Passage> {
    let of = |language: &'static str| {
        rows(language, "passages").into_iter().map(move |row| {
            let [id, text] = row.try_into().expect("a passage has an id and a text");
            Passage { name: format!("{language}/{id}"), text }
        })
    };
    LANGUAGES.into_iter().flat_map(of).collect()
}

/// All questions.
pub(crate) fn questions() -> Vec<Question> {
    let of = |language: &'static str| {
        rows(language, "questions").into_iter().enumerate().map(move |(place, row)| {
            let [kind, relevant, text] = row.try_into().expect("a question has three fields");
            let kind = KINDS.into_iter().find(|it| *it == kind).expect("the kind is known");
            let name = |id: &str| match id.contains('/') {
                true => id.to_owned(),
                false => format!("{language}/{id}"),
            };
            let relevant = relevant.split(',').map(name).collect();
            Question { language, kind, place, text, relevant }
        })
    };
    LANGUAGES.into_iter().flat_map(of).collect()
}

/// The rows of a file, without its headings.
fn rows(language: &str, name: &str) -> Vec<Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("quality").join(language);
    let file = folder.join(name).with_extension("tsv");
    let text = std::fs::read_to_string(&file).expect("the set is part of the repository");
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}
