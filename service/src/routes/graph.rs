//! The graph that the documents mention: names of things, and what surrounds one of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    error::{ApiError, Refusal},
    ports::{
        StoreError,
        graph::{Entity, Graph, Names, Relation, key},
    },
};

/// The most names of an answer.
const MOST_NAMES: usize = 10_000;

/// The most relations that are followed from one ring of things to the next.
const MOST_RELATIONS: usize = 10_000;

/// What stands between texts that are one for LightRAG's clients.
const SEPARATOR: &str = "<SEP>";

type Asked<T> = Result<Query<T>, QueryRejection>;

fn asked<T>(asked: Asked<T>) -> Result<T, ApiError> {
    asked.map(|Query(asked)| asked).map_err(|rejection| ApiError::query(&rejection))
}

/// A number of the query string, when it is within 1 to `most`.
fn within(
    name: &str,
    value: Option<usize>,
    default: usize,
    most: usize,
) -> Result<usize, ApiError> {
    match value.unwrap_or(default) {
        value if (1..=most).contains(&value) => Ok(value),
        _ => Err(ApiError::WrongQuery(format!("{name}: not a number from 1 to {most}"))),
    }
}

/// Lists the names of all things, 10,000 at most.
#[utoipa::path(get, operation_id = "list_labels", path = "/graph/label/list", tag = "graph", responses((status = 200, body = [String])))]
pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Vec<String>>, ApiError> {
    Ok(Json(app.answers.graph.names(Names::Alphabetical, MOST_NAMES).await?))
}

#[derive(Deserialize, IntoParams)]
pub(super) struct Limit {
    /// The most names, 300 by default.
    #[param(minimum = 1, maximum = 10_000)]
    limit: Option<usize>,
}

/// Lists the names of the things that most others are related to.
#[utoipa::path(
    get, operation_id = "popular_labels", path = "/graph/label/popular", tag = "graph", params(Limit),
    responses((status = 200, body = [String]), (status = 422, body = Refusal)),
)]
pub(super) async fn popular(
    State(app): State<Arc<App>>,
    limit: Asked<Limit>,
) -> Result<Json<Vec<String>>, ApiError> {
    let limit = within("limit", asked(limit)?.limit, 300, MOST_NAMES)?;
    Ok(Json(app.answers.graph.names(Names::Popular, limit).await?))
}

#[derive(Deserialize, IntoParams)]
pub(super) struct Search {
    /// What the names contain.
    q: String,
    /// The most names, 50 by default.
    #[param(minimum = 1, maximum = 10_000)]
    limit: Option<usize>,
}

/// Lists the names that contain something.
#[utoipa::path(
    get, operation_id = "search_labels", path = "/graph/label/search", tag = "graph", params(Search),
    responses((status = 200, body = [String]), (status = 422, body = Refusal)),
)]
pub(super) async fn search(
    State(app): State<Arc<App>>,
    search: Asked<Search>,
) -> Result<Json<Vec<String>>, ApiError> {
    let Search { q, limit } = asked(search)?;
    let limit = within("limit", limit, 50, MOST_NAMES)?;
    Ok(Json(app.answers.graph.names(Names::Containing(key(&q)), limit).await?))
}

#[derive(Deserialize, IntoParams)]
pub(super) struct Name {
    /// The thing.
    name: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Exists {
    exists: bool,
}

/// Tells whether a document mentions a thing.
#[utoipa::path(
    get, operation_id = "entity_exists", path = "/graph/entity/exists", tag = "graph", params(Name),
    responses((status = 200, body = Exists), (status = 422, body = Refusal)),
)]
pub(super) async fn exists(
    State(app): State<Arc<App>>,
    name: Asked<Name>,
) -> Result<Json<Exists>, ApiError> {
    let found = app.answers.graph.entities(vec![key(&asked(name)?.name)]).await?;
    Ok(Json(Exists { exists: !found.is_empty() }))
}

#[derive(Deserialize, IntoParams)]
pub(super) struct Around {
    /// The thing in the middle, or `*` for those that most others are related to.
    label: String,
    /// How many relations away, 3 by default.
    #[param(minimum = 1, maximum = 10)]
    max_depth: Option<usize>,
    /// The most things, `MAX_GRAPH_NODES` (1000) by default.
    #[param(minimum = 1, maximum = 10_000)]
    max_nodes: Option<usize>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Drawn {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    /// Whether there is more than was asked for.
    is_truncated: bool,
}

#[derive(Serialize, ToSchema)]
struct Node {
    id: String,
    labels: Vec<String>,
    properties: BTreeMap<&'static str, String>,
}

#[derive(Serialize, ToSchema)]
struct Edge {
    id: String,
    r#type: &'static str,
    source: String,
    target: String,
    properties: BTreeMap<&'static str, String>,
}

/// Draws what surrounds a thing: the nearest first, then those that most others are related to.
#[utoipa::path(
    get, operation_id = "graph_around", path = "/graphs", tag = "graph", params(Around),
    responses((status = 200, body = Drawn), (status = 422, body = Refusal)),
)]
pub(super) async fn around(
    State(app): State<Arc<App>>,
    around: Asked<Around>,
) -> Result<Json<Drawn>, ApiError> {
    let Around { label, max_depth, max_nodes } = asked(around)?;
    let depth = within("max_depth", max_depth, 3, 10)?;
    let most = within("max_nodes", max_nodes, app.settings.graph.max_nodes, 10_000)?;
    let graph = &*app.answers.graph;
    let first = match label.trim() {
        "*" => graph.names(Names::Popular, most).await?,
        label => vec![label.to_owned()],
    };
    let first = first.iter().map(|name| key(name)).collect();
    Ok(Json(draw(graph, first, depth, most).await?))
}

/// Goes from ring to ring.
async fn draw(
    graph: &dyn Graph,
    first: Vec<String>,
    depth: usize,
    most: usize,
) -> Result<Drawn, StoreError> {
    let mut nodes = graph.entities(first).await?;
    let mut known: BTreeSet<String> = nodes.iter().map(|entity| key(&entity.name)).collect();
    let mut edges: BTreeMap<(String, String), Relation> = BTreeMap::new();
    let mut ring: Vec<String> = known.iter().cloned().collect();
    let mut is_truncated = false;
    for step in 0..=depth {
        if ring.is_empty() {
            break;
        }
        let relations = graph.relations_of(std::mem::take(&mut ring), MOST_RELATIONS).await?;
        is_truncated |= relations.len() == MOST_RELATIONS;
        let mut next = Vec::new();
        for relation in relations {
            let ends = [key(&relation.source), key(&relation.target)];
            next.extend(ends.iter().filter(|end| !known.contains(*end)).cloned());
            let [one, other] = ends;
            edges.insert((one, other), relation);
        }
        let mut seen = BTreeSet::new();
        next.retain(|end| seen.insert(end.clone()));
        // The last round only finds relations between things that are there.
        let room = if step == depth { 0 } else { most.saturating_sub(nodes.len()) };
        is_truncated |= next.len() > room;
        next.truncate(room);
        nodes.extend(graph.entities(next.clone()).await?);
        known.extend(next.iter().cloned());
        ring = next;
    }
    let edges = edges
        .into_iter()
        .filter(|((one, other), _)| known.contains(one) && known.contains(other))
        .map(|(_, relation)| Edge::from(relation))
        .collect();
    Ok(Drawn { nodes: nodes.into_iter().map(Node::from).collect(), edges, is_truncated })
}

impl From<Entity> for Node {
    fn from(entity: Entity) -> Self {
        let properties = BTreeMap::from([
            ("entity_id", entity.name.clone()),
            ("entity_type", entity.kind),
            ("description", entity.descriptions.join(SEPARATOR)),
            ("file_path", entity.sources.join(SEPARATOR)),
            ("created_at", entity.created_at.as_second().to_string()),
        ]);
        Self { id: entity.name.clone(), labels: vec![entity.name], properties }
    }
}

impl From<Relation> for Edge {
    fn from(relation: Relation) -> Self {
        let properties = BTreeMap::from([
            ("weight", relation.weight.to_string()),
            ("keywords", relation.keywords.join(",")),
            ("description", relation.descriptions.join(SEPARATOR)),
            ("file_path", relation.sources.join(SEPARATOR)),
            ("created_at", relation.created_at.as_second().to_string()),
        ]);
        let (source, target) = (relation.source, relation.target);
        let id = format!("{source}-{target}");
        Self { id, r#type: "DIRECTED", source, target, properties }
    }
}
