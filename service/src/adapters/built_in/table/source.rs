//! Where the table is: in the binary, or in a file.

use std::path::Path;

use super::Table;
use crate::adapters::built_in::file::{FileError, ModelFile};

/// Where the file comes from.
const ORIGIN: &str = "`service/make-bundle` puts it beside the program";

/// The table that ships with the service. It is taken apart while the program is compiled, so that a damaged file does not
/// build, and opening it takes no time.
#[cfg(feature = "built-in-table")]
static INSIDE: Table<'static> = {
    match Table::read(include_bytes!("../../../../model/static-table.bin")) {
        Ok(table) => table,
        Err(reason) => panic!("{}", reason),
    }
};

impl Table<'static> {
    /// The table in the binary; none where it was built without the feature `built-in-table`.
    #[must_use]
    pub fn inside() -> Option<Self> {
        #[cfg(feature = "built-in-table")]
        return Some(INSIDE);
        #[cfg(not(feature = "built-in-table"))]
        None
    }

    /// Reads the table from a file. It stays in memory until the process ends, as one in the binary does.
    ///
    /// # Errors
    ///
    /// [`FileError`] when it is not there, or not a table, or damaged.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let file = ModelFile { path, origin: ORIGIN };
        // What is unfit ends the start, so that it does not matter that it is kept as well.
        let content: &'static _ = Box::leak(Box::new(file.content()?));
        Table::read(content.as_ref()).map_err(|reason| file.unfit(reason))
    }
}
