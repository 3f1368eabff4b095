//! Which of the models that the program runs itself, and where their data lie.

use std::path::{Path, PathBuf};

use super::{Binding, read::Reader};

/// The name of MiniLM in `EMBEDDING_MODEL`.
const MINILM: &str = "all-minilm-l6-v2";

/// The name of the table in `EMBEDDING_MODEL`, the same for all of its versions.
const STATIC_TABLE: &str = "static-minilm-256";

/// Names the folder of the models' files.
const FOLDER: &str = "EMBEDDER_DIR";

/// Names the file of the embedding model that is chosen.
const FILE: &str = "EMBEDDING_MODEL_FILE";

/// An embedding model that the program runs itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum BuiltInModel {
    /// A sum of the table's rows: microseconds a text.
    #[default]
    StaticTable,
    /// Read from this file: milliseconds a text, and it finds more.
    Minilm(PathBuf),
}

/// Where the table is, which has the vocabulary of all built-in models. `EMBEDDER_DIR`, `EMBEDDING_MODEL_FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableSource {
    /// In the binary.
    Inside,
    /// In this file.
    File(PathBuf),
}

impl BuiltInModel {
    /// Reads `EMBEDDING_MODEL` and where its file is, when no other provider is bound.
    pub(super) fn read<L: Fn(&str) -> Option<String>>(
        from: &mut Reader<L>,
        binding: &Binding,
    ) -> Self {
        if *binding != Binding::BuiltIn {
            return Self::StaticTable;
        }
        let words = [(STATIC_TABLE, false), (MINILM, true)];
        if !from.choice("EMBEDDING_MODEL", false, &words) {
            return Self::StaticTable;
        }
        let file = from.text(FILE).map(PathBuf::from).or_else(|| in_folder(from, MINILM));
        if file.is_none() {
            from.complain(format!(
                "{FILE}: not set, and {MINILM} needs its file; `service/model/make-minilm` makes it. \
                 {FOLDER} may name its folder instead, where it is called {MINILM}.bin"
            ));
        }
        Self::Minilm(file.unwrap_or_default())
    }
}

impl TableSource {
    /// Where this program has the table; none where it is in no binary and no folder is named.
    ///
    /// `model` is the built-in embedding model, when it is bound. A file of the table's own is taken even where there is
    /// one inside; a folder is not looked into then.
    pub(super) fn read<L: Fn(&str) -> Option<String>>(
        from: &mut Reader<L>,
        model: Option<&BuiltInModel>,
    ) -> Option<Self> {
        Self::choose(from, model, cfg!(feature = "built-in-table"))
    }

    pub(super) fn choose<L: Fn(&str) -> Option<String>>(
        from: &mut Reader<L>,
        model: Option<&BuiltInModel>,
        is_inside: bool,
    ) -> Option<Self> {
        let named = (model == Some(&BuiltInModel::StaticTable)).then(|| from.text(FILE)).flatten();
        if let Some(file) = named {
            return Some(Self::File(file.into()));
        }
        if is_inside {
            return Some(Self::Inside);
        }
        let file = in_folder(from, STATIC_TABLE);
        if file.is_none() {
            from.complain(format!(
                "{FOLDER}: not set, and this program has no embedding table inside; name the folder where \
                 {STATIC_TABLE}.bin lies (`embedder` of what `service/make-bundle` makes)"
            ));
        }
        file.map(Self::File)
    }
}

/// Where a model's file is in the folder of all of them.
fn in_folder<L: Fn(&str) -> Option<String>>(from: &Reader<L>, model: &str) -> Option<PathBuf> {
    Some(Path::new(&from.text(FOLDER)?).join(format!("{model}.bin")))
}
