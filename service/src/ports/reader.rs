//! The text of files.

mod error;
mod text;

use std::fs::File;

use futures_util::future::BoxFuture;

pub(crate) use self::text::Part;
pub use self::{
    error::{ReadError, Unreadable},
    text::Text,
};
use crate::pipeline::format::Format;

/// Takes the text from files of all formats.
pub trait FileReader: Send + Sync {
    /// The text of `file`, which is read from its beginning.
    ///
    /// Dropping the future ends what reads.
    ///
    /// # Errors
    ///
    /// [`ReadError`]: whether the file is to blame or not.
    fn text(&self, format: Format, file: File) -> BoxFuture<'_, Result<Text, ReadError>>;
}
