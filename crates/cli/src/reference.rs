//! `docs/reference/commands.md` is generated from the command line itself.
//! `KUMKI_BLESS=1 cargo test -p kumki commands_page` writes it anew.

use std::fmt::Write;
use std::path::Path;

use clap::CommandFactory;

use crate::args::Cli;

fn page() -> String {
    let mut page = String::from(
        "<!-- Generated from the command line; see crates/cli/src/reference.rs. -->\n\n# Commands\n",
    );
    let mut root = Cli::command();
    root.build();
    describe(&root, "kumki", &mut page);
    page
}

fn describe(command: &clap::Command, name: &str, page: &mut String) {
    let help = command
        .clone()
        .term_width(90)
        .render_long_help()
        .to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    write!(
        page,
        "\n## `{name}`\n\n```text\n{}\n```\n",
        help.join("\n").trim_end()
    )
    .unwrap();
    for child in command
        .get_subcommands()
        .filter(|child| child.get_name() != "help")
    {
        describe(child, &format!("{name} {}", child.get_name()), page);
    }
}

#[test]
fn commands_page_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/commands.md");
    if std::env::var_os("KUMKI_BLESS").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert_eq!(written, page(), "run again with KUMKI_BLESS=1");
}
