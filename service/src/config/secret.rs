//! A value that must not be seen.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use subtle::ConstantTimeEq;

/// A key or password. It can be sent, and never be printed.
///
/// All clones are one: who holds one has the new value, too, once it was [replaced](Self::replace).
#[derive(Clone)]
pub struct Secret(Arc<RwLock<Arc<str>>>);

impl Secret {
    /// Hides `value`.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(Arc::new(RwLock::new(value.into().into())))
    }

    /// The value itself, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> Arc<str> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether `value` can be sent in a header.
    #[must_use]
    pub fn fits_a_header(value: &str) -> bool {
        !value.is_empty() && value.chars().all(|c| c.is_ascii_graphic())
    }

    /// Puts `value` in its place, for whoever sends it next.
    pub fn replace(&self, value: &str) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = value.into();
    }

    /// Whether `given` is it. How long this takes tells nothing of it but its length.
    #[must_use]
    pub fn is(&self, given: &[u8]) -> bool {
        self.expose().as_bytes().ct_eq(given).into()
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}
