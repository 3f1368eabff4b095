//! Things and relations, from their mentions.

use futures_util::future::{self, FutureExt};

use super::SqliteStore;
use crate::ports::{
    Graph,
    graph::{Entity, Names, Near, Relation},
    store::Reply,
};

fn nothing<T: Send + 'static>() -> Reply<'static, Vec<T>> {
    future::ready(Ok(Vec::new())).boxed()
}

impl Graph for SqliteStore {
    fn nearest_entities(&self, _: Vec<f32>, _: usize, _: f32) -> Reply<'_, Vec<Near<String>>> {
        nothing()
    }

    fn nearest_relations(
        &self,
        _: Vec<f32>,
        _: usize,
        _: f32,
    ) -> Reply<'_, Vec<Near<(String, String)>>> {
        nothing()
    }

    fn entities(&self, _: Vec<String>) -> Reply<'_, Vec<Entity>> {
        nothing()
    }

    fn relations(&self, _: Vec<(String, String)>) -> Reply<'_, Vec<Relation>> {
        nothing()
    }

    fn relations_of(&self, _: Vec<String>, _: usize) -> Reply<'_, Vec<Relation>> {
        nothing()
    }

    fn names(&self, _: Names, _: usize) -> Reply<'_, Vec<String>> {
        nothing()
    }
}
