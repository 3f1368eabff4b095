//! Where the bundle is that images and archives are made of.

use std::path::{Path, PathBuf};

use ragctl_image::Bundle;
use ragctl_stacks::stack::Architecture;

use crate::failure::{Failure, ProgramSource};

/// What a bundle's folder is called.
const BUNDLE: &str = "bundle";

/// Where a bundle is.
#[derive(Clone, Debug)]
pub(crate) struct BundleFolder {
    /// The folders where it may be; the first that is there is it.
    candidates: Vec<PathBuf>,
    /// Who named them.
    said_by: ProgramSource,
}

impl BundleFolder {
    /// The one that the file names; else `named`, the variable `RAGCTL_BUNDLE`; else where it is installed: beside ragctl, or
    /// where a build leaves it.
    pub(crate) fn of(in_file: Option<&Path>, folder: &Path, named: Option<&Path>) -> Self {
        let (candidates, said_by) = match (in_file, named) {
            (Some(path), _) => (vec![folder.join(path)], ProgramSource::File),
            (None, Some(path)) => (vec![absolute(path)], ProgramSource::Variable),
            (None, None) => (installed(), ProgramSource::Nobody),
        };
        Self { candidates, said_by }
    }

    /// Reads it; it must have a program for `needed`, if that is said.
    pub(crate) fn open(&self, needed: Option<Architecture>) -> Result<Bundle, Failure> {
        let there = self.candidates.iter().find(|it| it.is_dir());
        let folder = there.or(self.candidates.first()).expect("there is a candidate");
        Bundle::open(folder, needed)
            .map_err(|what| Failure::Bundle { what: Box::new(what), said_by: self.said_by })
    }
}

fn installed() -> Vec<PathBuf> {
    let program = std::env::current_exe().unwrap_or_default();
    let beside = program.parent().unwrap_or(Path::new("."));
    [BUNDLE, "../share/ragctl/bundle", "../bundle"].map(|it| beside.join(it)).to_vec()
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
