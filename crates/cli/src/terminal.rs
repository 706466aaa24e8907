//! The two streams, their styles, and messages to the person at the terminal.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, Result};

use crate::render::{ColorChoice, Style};

/// How to write to standard output and standard error.
pub(crate) struct Terminal {
    pub(crate) out: Style,
    pub(crate) err: Style,
    pub(crate) out_is_terminal: bool,
    pub(crate) err_is_terminal: bool,
}

impl Terminal {
    /// Looks at the two streams once.
    pub(crate) fn resolve(choice: ColorChoice) -> Self {
        let environment = |name: &str| std::env::var(name).ok();
        Self {
            out: Style::resolve(choice, Style::columns_of(&io::stdout()), environment),
            err: Style::resolve(choice, Style::columns_of(&io::stderr()), environment),
            out_is_terminal: io::stdout().is_terminal(),
            err_is_terminal: io::stderr().is_terminal(),
        }
    }

    /// Says something on standard error; foreign text is made harmless.
    pub(crate) fn say(&self, message: &str) {
        let mut lines = message.lines();
        let mut stderr = io::stderr().lock();
        // Nobody is left to tell when standard error is gone.
        if let Some(first) = lines.next() {
            let _ = writeln!(stderr, "kumki: {}", self.err.safe(first));
        }
        for line in lines {
            let _ = writeln!(stderr, "{}", self.err.safe(line));
        }
    }
}

/// Opens what `--output` names, or standard output.
pub(crate) fn output(path: Option<&Path>) -> Result<Box<dyn Write>> {
    match path {
        Some(path) => {
            let file =
                File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
            Ok(Box::new(BufWriter::with_capacity(1 << 16, file)))
        }
        None => Ok(Box::new(BufWriter::with_capacity(1 << 16, io::stdout()))),
    }
}

/// Whether the reader of our output has gone, as with `| head`.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}
