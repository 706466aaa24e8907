//! The `kumki` program: reads the command line, runs one command, and turns
//! its outcome into an exit code.

mod args;
mod command;
mod exit_code;
#[cfg(test)]
mod reference;
mod render;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use exit_code::Exit;
use terminal::Terminal;

/// Blocks come and go by the hundred thousand; this allocator keeps their pages.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let terminal = Terminal::resolve(cli.color);
    let result = match &cli.command {
        Command::Scan(args) => command::scan::run(args, &terminal),
        Command::Events(args) => command::events::run(args, &terminal),
        Command::Explain(args) => command::explain::run(args, &terminal),
        Command::Doctor(args) => command::doctor::run(args, &terminal),
        Command::Rules(args) => command::rules::run(args, &terminal),
    };
    let exit = result.unwrap_or_else(|error| {
        if terminal::is_broken_pipe(&error) {
            return Exit::Fine;
        }
        terminal.say(&format!("{error:#}"));
        Exit::Failed
    });
    exit.into()
}
