//! The defaults, which are data.

use std::sync::LazyLock;

use super::layer;
use super::tree::{Layer, Node};
use super::yaml;
use crate::stack::Target;

const TEXT: &str = include_str!("defaults.yaml");

static TREE: LazyLock<Node> = LazyLock::new(|| {
    let document = yaml::read(TEXT).expect("defaults.yaml is YAML");
    assert!(document.mistakes.is_empty(), "defaults.yaml says nothing twice");
    let mut root = document.root;
    root.set_layer(Layer::Default);
    root
});

/// What stands under a file with this target and these providers.
pub(super) fn of(target: Target, user: &Node) -> Node {
    let mut tree = part(&["targets", target.as_str()]).clone();
    for model in ["embedding", "llm"] {
        let provider = user.at(&["models", model, "provider"]).and_then(Node::text);
        if let Some(of_provider) = provider.and_then(|name| TREE.at(&["providers", name, model])) {
            let wrapped = layer::wrapped(&["models", model], of_provider.clone());
            tree = layer::over(tree, wrapped);
        }
    }
    layer::over(tree, part(&["all"]).clone())
}

/// What stands under every file.
pub(super) fn for_all() -> &'static Node {
    part(&["all"])
}

fn part(path: &[&str]) -> &'static Node {
    TREE.at(path).expect("defaults.yaml has a part for all and for each target")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_of_the_defaults_says_its_unit_and_source() {
        for line in TEXT.lines() {
            let line = line.trim();
            let opens_a_section = line.split(" #").next().unwrap_or(line).trim().ends_with(':');
            if !line.is_empty() && !line.starts_with('#') && !opens_a_section {
                assert!(line.contains(" # "), "{line}");
            }
        }
    }

    #[test]
    fn each_target_has_its_defaults() {
        for target in Target::ALL {
            let tree = of(target, &yaml::read("stack: a").unwrap().root);
            assert!(tree.at(&["load_balancer", "port"]).is_some(), "{target}");
            assert!(tree.at(&["load_balancer", "idle_timeout"]).is_some(), "{target}");
        }
    }
}
