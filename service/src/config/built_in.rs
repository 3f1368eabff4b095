//! Which of the models that the program runs itself.

use std::path::PathBuf;

use super::{Binding, read::Reader};

/// The name of MiniLM in `EMBEDDING_MODEL`.
const MINILM: &str = "all-minilm-l6-v2";

/// The name of the table in `EMBEDDING_MODEL`, the same for all of its versions.
const STATIC_TABLE: &str = "static-minilm-256";

/// An embedding model that the program runs itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum BuiltInModel {
    /// In the binary: microseconds a text.
    #[default]
    StaticTable,
    /// Read from this file: milliseconds a text, and it finds more.
    Minilm(PathBuf),
}

impl BuiltInModel {
    /// Reads `EMBEDDING_MODEL` and `EMBEDDING_MODEL_FILE`, where no other provider is bound.
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
        let file = from.text("EMBEDDING_MODEL_FILE");
        if file.is_none() {
            from.complain(format!(
                "EMBEDDING_MODEL_FILE: not set, and {MINILM} needs its file; \
                 `service/model/make-minilm` makes it"
            ));
        }
        Self::Minilm(file.unwrap_or_default().into())
    }
}
