//! The page at `/`, on which people ask and look after documents, and the reference of the API at `/docs`.
//!
//! Both are files inside the binary: HTML, one sheet of CSS and modules of JavaScript, as they were written. They use
//! the service's own routes alone, and hold nothing that is secret, so that they are served to anybody.

mod file;
mod headers;

use std::sync::Arc;

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, header::IF_NONE_MATCH},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

use crate::{app::App, error::ApiError};

/// The page, the reference, what the two are made of, and the way from where other servers have their page.
pub(super) fn routes() -> Router<Arc<App>> {
    let to_the_page = get(async || Redirect::temporary("/"));
    Router::new()
        .route("/", get(async |headers: HeaderMap| answer("index.html", &headers)))
        .route("/docs", get(async |headers: HeaderMap| answer("docs.html", &headers)))
        .route("/assets/{name}", get(asset))
        .route("/webui", to_the_page.clone())
        .route("/webui/", to_the_page)
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    answer(&name, &headers)
}

/// The file of this name, or only its validator to a browser that has it.
fn answer(name: &str, headers: &HeaderMap) -> Response {
    match file::named(name) {
        Some(file) => headers::around(file, headers.get(IF_NONE_MATCH)),
        None => ApiError::NotFound(format!("the page has no file `{name}`")).into_response(),
    }
}
