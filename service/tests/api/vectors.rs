//! What the stand-in for a provider sends as vectors, in both encodings.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use serde_json::Value;

/// What `POST embeddings` answers.
#[derive(Serialize)]
pub(crate) struct Answer {
    object: &'static str,
    model: Value,
    data: Vec<Item>,
    usage: Usage,
}

#[derive(Serialize)]
struct Item {
    object: &'static str,
    index: usize,
    embedding: Numbers,
}

/// As numbers, or as base64 of little-endian floats, which OpenAI's own clients ask for.
#[derive(Serialize)]
#[serde(untagged)]
enum Numbers {
    Floats(Vec<f32>),
    Base64(String),
}

#[derive(Serialize)]
struct Usage {
    prompt_tokens: usize,
    total_tokens: usize,
}

/// A vector for each text of the request, by `embed`; all share a component, `alike` times as long as the rest.
pub(crate) fn answer(request: &Value, embed: impl Fn(&str) -> Vec<f32>, alike: f32) -> Answer {
    let input = &request["input"];
    let texts = input.as_array().map_or(std::slice::from_ref(input), Vec::as_slice);
    let texts = texts.iter().map(|text| text.as_str().unwrap_or_default());
    let is_base64 = request["encoding_format"] == "base64";
    let data = texts.clone().enumerate().map(|(index, text)| {
        let mut vector = embed(text);
        if alike > 0.0 {
            liken(&mut vector, alike);
        }
        let embedding = if is_base64 { base64(&vector) } else { Numbers::Floats(vector) };
        Item { object: "embedding", index, embedding }
    });
    let tokens = texts.clone().map(|text| text.len() / 4).sum();
    Answer {
        object: "list",
        model: request["model"].clone(),
        data: data.collect(),
        usage: Usage { prompt_tokens: tokens, total_tokens: tokens },
    }
}

fn base64(vector: &[f32]) -> Numbers {
    let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
    Numbers::Base64(STANDARD.encode(bytes))
}

/// Adds a component that all texts share, `length` times as long as the rest, which leaves no place empty.
///
/// With a length of 0.75, no two texts have a cosine much below 0.36.
fn liken(vector: &mut [f32], length: f32) {
    let shared: Vec<f32> = (0u16..1009).cycle().map(spread).take(vector.len()).collect();
    let factor = length * norm(vector) / norm(&shared);
    vector.iter_mut().zip(shared).for_each(|(number, shared)| *number += factor * shared);
}

/// Numbers between -0.5 and 0.5 that follow each other without order; never 0.
fn spread(place: u16) -> f32 {
    let scattered = u32::from(place) * 389 % 1009;
    (f32::from(u16::try_from(scattered).expect("it is below 1009")) - 504.5) / 1009.0
}

fn norm(vector: &[f32]) -> f32 {
    vector.iter().map(|number| number * number).sum::<f32>().sqrt()
}
