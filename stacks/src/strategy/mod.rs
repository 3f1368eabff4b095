//! The cold-start strategies.
