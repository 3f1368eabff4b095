//! From the text of a stack file to a checked [`Stack`], with every mistake told at once.
//!
//! Text goes in: nothing here reads files, clocks or the environment. The text becomes a tree in
//! which every node knows its place; the chosen environment is laid over it and the defaults under
//! it; the result is read into the shape of a file, and checked for what must hold between fields.
//!
//! YAML is a detail of this module: a stack has no other form that people write.

mod allow;
mod check;
mod de;
mod defaults;
pub mod edit;
mod environments;
mod file;
mod layer;
mod mistake;
pub(crate) mod near;
mod opened;
mod place;
mod read;
mod render;
mod ruled;
mod schema;
mod switch;
mod template;
mod tree;
mod yaml;

pub use mistake::{Mistake, Mistakes};
pub use opened::{Allowance, Opened, Source, Spot};
pub use render::Colour;
pub use schema::{SCHEMA_FILE, schema};
pub use template::template;
pub(crate) use yaml::plain;

use environments::Sources;

use crate::stack::{EnvironmentName, Stack};

/// Reads a stack file, in one of its environments or without.
///
/// `file_name` is what mistakes call it.
///
/// # Errors
///
/// All mistakes of the file and of the chosen environment. [`check_all`] tells those of the other
/// environments too.
pub fn load(text: &str, file_name: &str, environment: Option<&str>) -> Result<Stack, Mistakes> {
    open(text, file_name, environment).map(|opened| opened.stack)
}

/// As [`load`], with what the file says where.
///
/// # Errors
///
/// As [`load`].
pub fn open(text: &str, file_name: &str, environment: Option<&str>) -> Result<Opened, Mistakes> {
    let text = without_mark(text);
    let mut mistakes = Mistakes::none(file_name, text);
    let opened = open_into(text, environment, &mut mistakes);
    match opened {
        Some(opened) if mistakes.is_empty() => Ok(opened),
        Some(_) | None => Err(mistakes),
    }
}

fn open_into(text: &str, environment: Option<&str>, mistakes: &mut Mistakes) -> Option<Opened> {
    let sources = sources(text, mistakes)?;
    let environment = match environment.map(|name| sources.find(name)).transpose() {
        Ok(environment) => environment,
        Err(mistake) => {
            mistakes.add(vec![mistake]);
            return None;
        }
    };
    let (opened, found) = sources.resolve(environment);
    mistakes.add(found);
    opened
}

/// Tells every mistake of a stack file, in all of its environments.
pub fn check_all(text: &str, file_name: &str) -> Mistakes {
    let text = without_mark(text);
    let mut mistakes = Mistakes::none(file_name, text);
    if let Some(sources) = sources(text, &mut mistakes) {
        mistakes.add(sources.resolve(None).1);
        for name in sources.names() {
            mistakes.add(sources.resolve(Some(name)).1);
        }
    }
    mistakes
}

/// The names of a file's environments, in the order in which it has them.
///
/// # Errors
///
/// When the text is not YAML, or its environments are not a mapping of names.
pub fn environments(text: &str, file_name: &str) -> Result<Vec<EnvironmentName>, Mistakes> {
    let text = without_mark(text);
    let mut mistakes = Mistakes::none(file_name, text);
    match sources(text, &mut mistakes) {
        Some(sources) => Ok(sources.names().cloned().collect()),
        None => Err(mistakes),
    }
}

fn sources<'t>(text: &'t str, mistakes: &mut Mistakes) -> Option<Sources<'t>> {
    match yaml::read(text) {
        Ok(document) => {
            let (sources, found) = Sources::of(document.root, text);
            mistakes.add(document.mistakes);
            mistakes.add(found);
            Some(sources)
        }
        Err(mistake) => {
            mistakes.add(vec![mistake]);
            None
        }
    }
}

/// The text without the byte order mark that some editors put in front of it.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}
