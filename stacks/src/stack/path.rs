//! Paths of files and folders, as the file writes them.

use std::fmt;
use std::path::PathBuf;

use super::name::StackName;
use super::value::{FromText, ValueError, quoted, text_value};

/// A path as the file writes it; `{stack}` in it stands for the stack's name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FilePath(String);

impl FilePath {
    /// The path, with the stack's name put in.
    pub fn of(&self, stack: &StackName) -> PathBuf {
        PathBuf::from(self.0.replace("{stack}", stack.as_str()))
    }

    /// Whether it begins at the root.
    pub fn is_absolute(&self) -> bool {
        self.0.starts_with('/')
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromText for FilePath {
    const EXPECTED: &'static str = "a path";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        let refused = || ValueError::new(format!("cannot be {}", quoted(text)), Self::EXPECTED);
        if text.trim().is_empty() || text.chars().any(char::is_control) {
            return Err(refused());
        }
        if text.starts_with("~/") {
            return Err(refused().because("`~` is not replaced; write the path out"));
        }
        if text.contains("://") {
            return Err(refused().because(
                "an address is no path; that of a database is kept as a secret, see `store.url`",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

text_value!(FilePath, { "minLength": 1 });
