//! A file taken apart: what holds everywhere, and what each environment changes.

use super::check;
use super::defaults;
use super::layer;
use super::mistake::Mistake;
use super::near;
use super::opened::{self, Opened, Source};
use super::place;
use super::read::{self, Reading};
use super::tree::{Entry, Node, Value};
use crate::stack::value::{FromText, quoted};
use crate::stack::{EnvironmentName, Stack, StackName, Target};

/// What a file says, before any of its environments is chosen.
pub(super) struct Sources<'t> {
    text: &'t str,
    base: Node,
    overlays: Vec<Overlay>,
}

struct Overlay {
    name: EnvironmentName,
    entry: Entry,
}

impl<'t> Sources<'t> {
    /// Takes a file's tree apart.
    pub(super) fn of(mut root: Node, text: &'t str) -> (Self, Vec<Mistake>) {
        let mut mistakes = Vec::new();
        let section = root.remove("environments");
        for entry in layer::open_switches(&root) {
            let key = &entry.key;
            mistakes.push(place::mistake(
                text,
                entry.key_place,
                format!("`{key}` is named, but neither on nor off"),
                "without a value",
                format!("write `{key}: true` or `{key}: false`"),
            ));
        }
        for (section, entry) in layer::open_variables(&root) {
            let key = &entry.key;
            let help = match section {
                "allow" => {
                    "say why it is allowed, or write the names alone: `allow: [HC07]`".to_owned()
                }
                "service.environment" => {
                    format!("write `{key}: \"\"` for an empty text, or remove the line")
                }
                _ => format!("write where the secret is kept, as `{key}: env:{key}`"),
            };
            let title = format!("`{section}.{key}` has no value");
            mistakes.push(place::mistake(text, entry.key_place, title, "without a value", help));
        }
        layer::spell_out_switches(&mut root);
        let overlays = section.map(|section| overlays(section, text, &mut mistakes));
        let base = layer::without_nulls(root);
        (Self { text, base, overlays: overlays.unwrap_or_default() }, mistakes)
    }

    /// The names of the environments.
    pub(super) fn names(&self) -> impl Iterator<Item = &EnvironmentName> {
        self.overlays.iter().map(|overlay| &overlay.name)
    }

    /// The environment of this name.
    pub(super) fn find(&self, name: &str) -> Result<&EnvironmentName, Mistake> {
        if let Some(found) = self.names().find(|known| known.as_str() == name) {
            return Ok(found);
        }
        let known: Vec<&str> = self.names().map(EnvironmentName::as_str).collect();
        let help = match (near::word(name, &known), known.as_slice()) {
            (Some(meant), _) => format!("did you mean `{meant}`?"),
            (None, []) => format!("add `environments:` and beneath it `{name}:`"),
            (None, known) => format!("it has {}", super::de::one_of(known)),
        };
        let title = format!("the file has no environment {}", quoted(name));
        Err(place::whole(self.text, &title, "looked for in this file", &help))
    }

    /// The stack in an environment or without one, and what is wrong with it.
    pub(super) fn resolve(&self, name: Option<&EnvironmentName>) -> (Option<Opened>, Vec<Mistake>) {
        let overlay =
            name.and_then(|name| self.overlays.iter().find(|overlay| overlay.name == *name));
        let user = match overlay {
            Some(overlay) => layer::environment_over(overlay.entry.node.clone(), self.base.clone()),
            None => self.base.clone(),
        };
        let defaults = defaults::of(target(&user), &user);
        let merged = layer::over(user, defaults.clone());
        let reading = read::stack_file(merged, &defaults, self.text);
        let mut mistakes = reading.mistakes.clone();
        let name_of_file = reading.file.as_ref().map(|file| file.stack.clone());
        let full_name = name_of_file.and_then(|file| match overlay {
            Some(overlay) => self.full_name(&file, overlay, &mut mistakes),
            None => Some(file),
        });
        let mut stack = None;
        if let Some(full_name) = full_name {
            let (checked, found) = check::stack(&reading, full_name, name.cloned(), self.text);
            mistakes.extend(found);
            stack = checked;
        }
        if let Some(name) = name {
            mistakes
                .iter_mut()
                .for_each(|mistake| mistake.environment = Some(name.as_str().into()));
        }
        (opened(stack, reading, self.text), mistakes)
    }

    fn full_name(
        &self,
        stack: &StackName,
        overlay: &Overlay,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<StackName> {
        match stack.within(&overlay.name) {
            Ok(name) => Some(name),
            Err(error) => {
                let title = format!("`{}` {}", overlay.name, error.problem);
                let help = error.why.unwrap_or_default();
                let place = overlay.entry.key_place;
                let mistake = place::mistake(self.text, place, title, error.expected, help);
                mistakes.push(Mistake { rule: Some("LB12"), ..mistake });
                None
            }
        }
    }
}

/// A stack with the file that it was read from.
fn opened(stack: Option<Stack>, reading: Reading, text: &str) -> Option<Opened> {
    let (stack, file) = (stack?, reading.file?);
    let source = Source {
        text: text.to_owned(),
        allowances: opened::allowances(&reading.tree, text),
        tree: reading.tree,
        warm_up: file.strategies.prewarm.0.warm_up,
    };
    Some(Opened { stack, source })
}

/// The target that a tree asks for; with a word that is none, the default one.
fn target(user: &Node) -> Target {
    let word = user.get("target").and_then(Node::text);
    Target::ALL.into_iter().find(|target| word == Some(target.as_str())).unwrap_or(Target::Local)
}

fn overlays(section: Entry, text: &str, mistakes: &mut Vec<Mistake>) -> Vec<Overlay> {
    let mut say = |at, title: String, label: &str, help: String| {
        mistakes.push(place::mistake(text, at, title, label, help));
    };
    let entries = match section.node.value {
        Value::Map(entries) => entries,
        Value::Null => return Vec::new(),
        Value::Scalar(_) | Value::List(_) => {
            say(
                section.node.shown,
                format!("`environments` cannot be {}", section.node.words()),
                "expected a mapping",
                "write `environments:`, and beneath it a name such as `production:`".to_owned(),
            );
            return Vec::new();
        }
    };
    let mut overlays = Vec::new();
    for mut entry in entries {
        let name = match EnvironmentName::from_text(&entry.key) {
            Ok(name) => name,
            Err(error) => {
                let title = format!("the name of an environment {}", error.problem);
                let help = match error.suggestion {
                    Some(meant) => format!("write `{meant}:`"),
                    None => error.why.unwrap_or_else(|| format!("use {}", error.expected)),
                };
                say(entry.key_place, title, &format!("expected {}", error.expected), help);
                continue;
            }
        };
        match &entry.node.value {
            Value::Map(_) => {}
            Value::Null => entry.node.value = Value::Map(Vec::new()),
            Value::Scalar(_) | Value::List(_) => {
                say(
                    entry.node.shown,
                    format!("the environment `{name}` cannot be {}", entry.node.words()),
                    "expected a mapping",
                    format!("write `{name}:`, and beneath it what is different there, indented"),
                );
                continue;
            }
        }
        for fixed in ["stack", "environments"] {
            if let Some(found) = entry.node.remove(fixed) {
                let title = format!("an environment cannot have `{fixed}`");
                let help = "remove it; a stack in an environment is named after both, such as \
                            `handbook-production`";
                say(found.key_place, title, "the same in every environment", help.to_owned());
            }
        }
        layer::spell_out_switches(&mut entry.node);
        overlays.push(Overlay { name, entry });
    }
    overlays
}
