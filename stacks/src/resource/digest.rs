//! A short name for content: equal content, equal digest.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The first 12 hexadecimal digits of the SHA-256 of a value's JSON.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Digest(String);

impl Digest {
    /// The digest of `value`.
    ///
    /// # Panics
    ///
    /// When `value` has no JSON; resources have.
    #[must_use]
    pub fn of(value: &impl Serialize) -> Self {
        let json = serde_json::to_vec(value).expect("a resource has a JSON form");
        let hash = Sha256::digest(&json);
        Self(hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect())
    }

    /// A digest that was written down; none where the text is no digest.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        (text.len() == 12 && text.chars().all(is_hex)).then(|| Self(text.to_owned()))
    }

    /// The digest as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
