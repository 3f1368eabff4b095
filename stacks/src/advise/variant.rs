//! One way to write the file.

use serde::Serialize;

use crate::{
    check::{self, Severity},
    config::{
        self, Opened,
        edit::{self, NewValue},
    },
    stack::Stack,
};

/// A value that the file gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its path, with points.
    pub path: String,
    /// The value.
    pub value: NewValue,
    /// Why, in a few words.
    pub why: String,
}

impl Change {
    pub(super) fn new(path: &str, value: NewValue, why: &str) -> Self {
        Self { path: path.to_owned(), value, why: why.to_owned() }
    }

    pub(super) fn switch(path: &str, on: bool, why: &str) -> Self {
        Self::new(path, NewValue::Switch(on), why)
    }

    pub(super) fn text(path: &str, text: &str, why: &str) -> Self {
        Self::new(path, NewValue::Text(text.to_owned()), why)
    }
}

/// One way to write the file: some values of it changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Variant {
    /// What it is called, in few words; of the file as it is, `as it is`.
    pub name: String,
    /// What is changed.
    pub changes: Vec<Change>,
}

impl Variant {
    /// The file as it is.
    #[must_use]
    pub fn as_it_is() -> Self {
        Self { name: "as it is".to_owned(), changes: Vec::new() }
    }

    /// The text of the file with its changes; none where the file is written so that it cannot be edited there.
    #[must_use]
    pub fn written(&self, file: &File<'_>) -> Option<String> {
        let set = |text: String, it: &Change| {
            edit::set(&text, file.environment, &it.path, &it.value).ok()
        };
        self.changes.iter().try_fold(file.text.to_owned(), set)
    }

    /// The same without the changes that change nothing, since the file says so already or by default, and the stack that comes
    /// of it.
    ///
    /// None where the file cannot be edited there, has mistakes then, or breaks a rule that forbids it.
    #[must_use]
    pub fn needed(&self, file: &File<'_>) -> Option<(Self, Stack)> {
        let mut text = file.text.to_owned();
        let mut stack = file.opened(&text)?.stack;
        let mut changes = Vec::new();
        for it in &self.changes {
            let edited = edit::set(&text, file.environment, &it.path, &it.value).ok()?;
            // Half of a change may have mistakes that the other half mends.
            match config::load(&edited, file.name, file.environment) {
                Ok(same) if same == stack => continue,
                Ok(other) => stack = other,
                Err(_) => {}
            }
            text = edited;
            changes.push(it.clone());
        }
        let stack = file.opened(&text)?.stack;
        Some((Self { name: self.name.clone(), changes }, stack))
    }
}

/// A stack file that is to be written otherwise.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Its text.
    pub text: &'a str,
    /// What it is called in messages.
    pub name: &'a str,
    /// The environment that was chosen.
    pub environment: Option<&'a str>,
}

impl File<'_> {
    /// The stack of such a text; none where it has mistakes, or a rule forbids it.
    #[must_use]
    pub fn opened(&self, text: &str) -> Option<Opened> {
        let opened = config::open(text, self.name, self.environment).ok()?;
        let forbids = check::told(&opened).iter().any(|it| it.rule.severity == Severity::Error);
        (!forbids).then_some(opened)
    }
}
