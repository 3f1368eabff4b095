//! `docs/reference/commands.md`: every command's help.

use clap::{Command, CommandFactory};

use crate::cli::Cli;

/// The page.
pub(super) fn page() -> String {
    let mut root = Cli::command().term_width(100).color(clap::ColorChoice::Never);
    root.build();
    let mut page =
        "# Commands\n\nMade by `ragctl reference commands`; a test fails when the two differ.\n"
            .to_owned();
    add(&mut page, &mut root, "ragctl");
    page
}

fn add(page: &mut String, command: &mut Command, path: &str) {
    let help = command.render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    let help = lines.join("\n");
    *page += &["\n## `", path, "`\n\n```text\n", help.trim_end(), "\n```\n"].concat();
    for below in command.get_subcommands_mut() {
        if below.is_hide_set() || below.get_name() == "help" {
            continue;
        }
        let path = format!("{path} {}", below.get_name());
        add(page, below, &path);
    }
}
