//! The bundled service as an OCI image, built and pushed without Docker, or as the archives that AWS Lambda takes.
//!
//! A [`Bundle`] is what goes in: a static program an architecture, and the embedder's data. [`build`] makes an [`Image`] of it,
//! the same bytes for the same bundle, and keeps its parts in a [`Layout`], a folder in the form that other tools read too.
//! A [`Registry`] takes it from there, and is sent only what it does not have. [`package`] makes archives of it instead.

mod archive;
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
mod package;
mod program;
mod push;
mod registry;
mod repository;
mod sbom;
#[cfg(test)]
mod tests;

pub use self::{
    archive::stored,
    build::{Image, LayerInImage, PlatformInImage, build},
    bundle::{Bundle, BundleError, Flaw},
    contents::{Contents, ContentsError, LayerContents, PlatformContents},
    digest::Digest,
    layout::{Layout, LayoutError},
    login::{Login, LoginError},
    package::{Archive, Archives, PackageError, Packages, package},
    program::ProgramFlaw,
    push::{Progress, Pushed},
    registry::{Registry, RegistryError},
    repository::{Repository, RepositoryError},
};
