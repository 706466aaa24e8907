//! `kumki events`: normalised events as NDJSON.

use std::io::{self, BufWriter, Write};

use anyhow::Result;
use kumki_engine::Scan;
use kumki_engine::attribute::{Options, Texts};

use super::input;
use crate::args;
use crate::exit_code::Exit;
use crate::terminal::Terminal;

/// Runs the command.
pub(crate) fn run(args: &args::Events, terminal: &Terminal) -> Result<Exit> {
    let (reading, span) = input::reading(
        &args.input.paths,
        &args.input.reading,
        args.mask_literals,
        terminal,
    )?;
    let options = Options {
        texts: Texts::Statement,
        ..Options::default()
    };
    let scan = Scan {
        reading,
        options,
        span,
    };
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut failure = None;
    let (merged, counts) = scan.each_event(&mut |event| {
        if failure.is_some() {
            return;
        }
        let written = serde_json::to_writer(&mut out, event)
            .map_err(io::Error::from)
            .and_then(|()| out.write_all(b"\n"));
        failure = written.err();
    });
    if let Some(error) = failure {
        return Err(error.into());
    }
    out.flush()?;
    if merged.unreadable.count > 0 {
        let total = counts.records + merged.unreadable.count + merged.ignored;
        terminal.say(&format!(
            "{} of {total} records could not be read:",
            merged.unreadable.count
        ));
        for sample in merged.unreadable.samples.iter().take(5) {
            terminal.say(&format!(
                "  {} ({}): {}",
                sample.source, sample.reason, sample.text
            ));
        }
    }
    let failed = input::report(&merged.errors, &args.input.paths, terminal);
    Ok(if failed { Exit::Failed } else { Exit::Fine })
}
