//! An OCI image of the bundled service, built and pushed without Docker.
//!
//! A [`Bundle`] is what goes in: a static program an architecture, and the embedder's data. [`build`] makes an [`Image`] of it,
//! the same bytes for the same bundle, and keeps its parts in a [`Layout`], a folder in the form that other tools read too.
//! A [`Registry`] takes it from there, and is sent only what it does not have.

mod base;
mod build;
mod bundle;
mod compression;
mod config;
mod contents;
mod digest;
mod layer;
mod layout;
mod login;
mod meter;
mod program;
mod push;
mod registry;
mod repository;
mod sbom;
#[cfg(test)]
mod tests;

pub use self::{
    build::{BuildError, Image, LayerInImage, PlatformInImage, build},
    bundle::{Bundle, BundleError, Flaw},
    contents::{Contents, ContentsError, LayerContents, PlatformContents},
    digest::Digest,
    layout::{Layout, LayoutError},
    login::{Login, LoginError},
    meter::Meter,
    program::{About, ProgramFlaw, Table},
    push::Pushed,
    registry::{Registry, RegistryError},
    repository::{Repository, RepositoryError},
};
