//! What this program is, in a line that stands in its bytes as it is printed.
//!
//! Whoever puts the program into an image finds it there without running it: it may be one for another processor.

/// Where the embedding table is: `inside` the program, or in a `file`.
#[cfg(feature = "built-in-table")]
macro_rules! table {
    () => {
        "inside"
    };
}
#[cfg(not(feature = "built-in-table"))]
macro_rules! table {
    () => {
        "file"
    };
}

/// `rag-service-bundle:`, JSON, and a newline.
pub const LINE: &str = concat!(
    r#"rag-service-bundle:{"version":""#,
    env!("CARGO_PKG_VERSION"),
    r#"","table":""#,
    table!(),
    "\"}\n",
);
