//! What the stand-in for a provider says to which prompt.

use serde_json::{Value, json};

/// The usual answer.
const ANSWER: [&str; 5] = ["The ", "answer ", "is ", "in ", "[1]."];

/// What a chat is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    Answer,
    Keywords,
    Extraction,
}

/// What a chat is for, and the pieces of the answer to it.
pub(crate) fn reply(body: &Value) -> (Task, Vec<String>) {
    let messages = body["messages"].as_array().cloned().unwrap_or_default();
    let prompt = messages.last().and_then(|last| last["content"].as_str()).unwrap_or_default();
    if prompt.contains("last extraction task") {
        return (Task::Extraction, vec!["<|COMPLETE|>".to_owned()]);
    }
    if let Some((_, text)) = prompt.rsplit_once("---Input Text---\n") {
        let rows = rows(between(text)).into_iter().map(|row| format!("{row}\n"));
        return (Task::Extraction, rows.collect());
    }
    if prompt.contains("high_level_keywords") {
        let question = prompt.rsplit("User Query:").next().unwrap_or_default();
        let said = keywords(between(question));
        // Models set JSON between fences, unless they are told to write nothing else.
        let is_bare = body["response_format"]["type"] == "json_object";
        let said = if is_bare { said } else { format!("```json\n{said}\n```") };
        return (Task::Keywords, vec![said]);
    }
    (Task::Answer, ANSWER.map(ToOwned::to_owned).to_vec())
}

fn between(text: &str) -> &str {
    text.split("---Output---").next().unwrap_or_default().trim_matches(['`', '\n', ' '])
}

/// Capitalised words are things, and each is related to the next.
fn rows(text: &str) -> Vec<String> {
    let mut names: Vec<&str> = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        if word.len() > 2 && word.starts_with(char::is_uppercase) && !names.contains(&word) {
            names.push(word);
        }
    }
    let entity = |name: &&str| format!("entity<|#|>{name}<|#|>Concept<|#|>{name} is named.");
    let relation = |pair: &[&str]| {
        let [one, other] = [pair[0], pair[1]];
        format!("relation<|#|>{one}<|#|>{other}<|#|>related<|#|>{one} goes with {other}.")
    };
    let rows = names.iter().map(entity).chain(names.windows(2).map(relation));
    rows.chain(["<|COMPLETE|>".to_owned()]).collect()
}

/// Capitalised words are what is named, the others what it is about.
fn keywords(question: &str) -> String {
    let words = question.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 2);
    let (low, high): (Vec<&str>, Vec<&str>) =
        words.partition(|word| word.starts_with(char::is_uppercase));
    json!({ "high_level_keywords": high, "low_level_keywords": low }).to_string()
}

/// An answer that is not streamed.
pub(crate) fn whole(model: &Value, content: &str) -> Value {
    let message = json!({ "role": "assistant", "content": content });
    let choice = json!({ "index": 0, "message": message, "finish_reason": "stop" });
    json!({
        "id": "chatcmpl-0", "object": "chat.completion", "created": 0, "model": model, "choices": [choice],
        "usage": { "prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2 },
    })
}

/// Texts that share more words with the question come first.
pub(crate) fn rerank(body: &Value) -> Value {
    let flat = body.get("input").is_none();
    let source = body.get("input").unwrap_or(body);
    let words = |text: &Value| -> Vec<String> {
        let text = text.as_str().unwrap_or_default().to_lowercase();
        text.split_whitespace().map(ToOwned::to_owned).collect()
    };
    let question = words(&source["query"]);
    let documents = source["documents"].as_array().cloned().unwrap_or_default();
    let shared = |text: &Value| words(text).iter().filter(|word| question.contains(word)).count();
    let mut results: Vec<(usize, usize)> = documents.iter().map(shared).enumerate().collect();
    results.sort_by_key(|(index, shared)| (usize::MAX - shared, *index));
    let top = body["top_n"].as_u64().or(body["parameters"]["top_n"].as_u64()).unwrap_or(u64::MAX);
    results.truncate(usize::try_from(top).unwrap_or(usize::MAX));
    let judged = |(index, shared): (usize, usize)| {
        let score = f64::from(u32::try_from(shared).unwrap_or(u32::MAX)) / 10.0;
        json!({ "index": index, "relevance_score": score })
    };
    let results: Vec<Value> = results.into_iter().map(judged).collect();
    match flat {
        true => json!({ "results": results }),
        false => json!({ "output": { "results": results } }),
    }
}
