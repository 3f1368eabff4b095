//! `POST /query/data`: what there is on a question, without an answer.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    body::Body,
    query::{Initializing, initializing},
    question::Asked,
};
use crate::{
    app::App,
    error::ApiError,
    pipeline::query::{Found, Mode},
    ports::{
        Passage,
        generator::{KnownEntity, KnownRelation},
    },
};

/// What LightRAG puts between several sources, and between several chunks.
const BETWEEN: &str = "<SEP>";

#[derive(Serialize)]
struct Data {
    entities: Vec<Entity>,
    relationships: Vec<Relationship>,
    chunks: Vec<Chunk>,
    references: Vec<Reference>,
}

#[derive(Serialize)]
struct Entity {
    entity_name: String,
    entity_type: String,
    description: String,
    source_id: String,
    file_path: String,
    /// Seconds since 1970.
    created_at: i64,
}

#[derive(Serialize)]
struct Relationship {
    src_id: String,
    tgt_id: String,
    description: String,
    keywords: String,
    weight: f32,
    source_id: String,
    file_path: String,
    /// Seconds since 1970.
    created_at: i64,
}

#[derive(Serialize)]
struct Chunk {
    reference_id: String,
    content: String,
    file_path: String,
    chunk_id: String,
}

#[derive(Serialize)]
struct Reference {
    reference_id: String,
    file_path: String,
}

/// Finds what the documents hold on a question.
#[utoipa::path(
    post, operation_id = "query_data", path = "/query/data", tag = "query", request_body = Asked,
    responses(
        (
            status = 200, body = Value,
            description = "`{status, message, data, metadata}`; `data` is empty where there is nothing",
        ),
        (status = 202, body = Initializing, description = "It warms up; `Retry-After` says when to come again"),
    ),
)]
pub(super) async fn ask(
    State(app): State<Arc<App>>,
    Body(asked): Body<Asked>,
) -> Result<Response, ApiError> {
    let query = asked.checked(&app)?.query;
    if app.is_initializing() {
        return Ok(initializing(&app));
    }
    let found = app.answers.find(&query).await?;
    let answer = match query.mode {
        Mode::Bypass => told(query.mode, found),
        mode if found.context.is_empty() => nothing(mode),
        mode => told(mode, found),
    };
    Ok(Json(answer).into_response())
}

fn nothing(mode: Mode) -> Value {
    let message = match mode {
        Mode::Naive => "No relevant document chunks found.",
        _ => "Query returned no results",
    };
    json!({
        "status": "failure",
        "message": message,
        "data": {},
        "metadata": { "failure_reason": "no_results", "mode": mode },
    })
}

fn told(mode: Mode, found: Found) -> Value {
    let metadata = metadata(mode, &found);
    json!({
        "status": "success",
        "message": "Query processed successfully",
        "data": data(found),
        "metadata": metadata,
    })
}

fn metadata(mode: Mode, found: &Found) -> Value {
    let (tally, context) = (&found.tally, &found.context);
    let mut metadata = json!({
        "query_mode": mode,
        "keywords": {
            "high_level": found.high_level_keywords,
            "low_level": found.low_level_keywords,
        },
    });
    metadata["processing_info"] = match mode {
        Mode::Bypass => return metadata,
        Mode::Naive => json!({
            "total_chunks_found": tally.chunks_found,
            "final_chunks_count": context.passages.len(),
        }),
        _ => json!({
            "total_entities_found": tally.entities_found,
            "total_relations_found": tally.relations_found,
            "entities_after_truncation": context.entities.len(),
            "relations_after_truncation": context.relations.len(),
            "merged_chunks_count": tally.chunks_found,
            "final_chunks_count": context.passages.len(),
        }),
    };
    metadata
}

fn data(found: Found) -> Data {
    let context = found.context;
    Data {
        entities: context.entities.into_iter().map(Entity::from).collect(),
        relationships: context.relations.into_iter().map(Relationship::from).collect(),
        references: references(&context.passages),
        chunks: context.passages.into_iter().map(Chunk::from).collect(),
    }
}

fn references(passages: &[Passage]) -> Vec<Reference> {
    let mut references = Vec::new();
    for Passage { reference, source, .. } in passages {
        if *reference > references.len() {
            let (reference_id, file_path) = (reference.to_string(), source.clone());
            references.push(Reference { reference_id, file_path });
        }
    }
    references
}

impl From<KnownEntity> for Entity {
    fn from(entity: KnownEntity) -> Self {
        Self {
            entity_name: entity.name,
            entity_type: entity.kind,
            description: entity.description,
            source_id: entity.chunks.join(BETWEEN),
            file_path: entity.sources.join(BETWEEN),
            created_at: entity.created_at.as_second(),
        }
    }
}

impl From<KnownRelation> for Relationship {
    fn from(relation: KnownRelation) -> Self {
        Self {
            src_id: relation.source,
            tgt_id: relation.target,
            description: relation.description,
            keywords: relation.keywords,
            weight: relation.weight,
            source_id: relation.chunks.join(BETWEEN),
            file_path: relation.sources.join(BETWEEN),
            created_at: relation.created_at.as_second(),
        }
    }
}

impl From<Passage> for Chunk {
    fn from(passage: Passage) -> Self {
        Self {
            reference_id: passage.reference.to_string(),
            content: passage.text,
            file_path: passage.source,
            chunk_id: passage.chunk,
        }
    }
}
