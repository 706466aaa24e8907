//! What can go wrong between "no server" and "a finished run", in one type.

use std::io;
use std::path::PathBuf;

/// How to get a server to run against, on Debian and its derivatives.
pub const INSTALL_HINT: &str =
    "apt-get install postgresql-15 postgresql-15-pgaudit postgresql-contrib";

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the harness could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program of the server or of its client tools is missing.
    #[error(
        "PostgreSQL program {path} not found: run `{INSTALL_HINT}`, or set KUMKI_PG_BIN to a bin directory"
    )]
    MissingProgram {
        /// Where it was looked for.
        path: PathBuf,
    },

    /// A library or extension of the server is missing.
    #[error("PostgreSQL extension {name} not found in {directory}: run `{INSTALL_HINT}`")]
    MissingExtension {
        /// The extension's name.
        name: &'static str,
        /// The directory that should hold its control file.
        directory: PathBuf,
    },

    /// PostgreSQL refuses to run as root, and there is nobody else to run it as.
    #[error("running as root, and neither user `postgres` nor `nobody` is in /etc/passwd")]
    NoUnprivilegedUser,

    /// The sources of a locale are missing, so the server cannot speak its language.
    #[error("locale {locale} cannot be compiled ({detail}): run `apt-get install locales`")]
    MissingLocale {
        /// The locale asked for, such as `de_DE.UTF-8`.
        locale: String,
        /// What the compiler said.
        detail: String,
    },

    /// A setting that cannot be written to the configuration file as it is.
    #[error("setting {name} holds a line break or a NUL")]
    BadSetting {
        /// Name of the setting.
        name: String,
    },

    /// A program ended with an error.
    #[error("{program} failed ({status}): {output}")]
    Program {
        /// Its name.
        program: String,
        /// How it ended.
        status: String,
        /// What it wrote, the last part.
        output: String,
    },

    /// The server did not become ready in time.
    #[error("the server was not ready after {seconds} s: {output}")]
    Timeout {
        /// How long it was given.
        seconds: u64,
        /// What it wrote, the last part.
        output: String,
    },

    /// A file or a socket.
    #[error("{what}: {source}")]
    Io {
        /// What was being done, with the path or the address.
        what: String,
        /// The system's answer.
        #[source]
        source: io::Error,
    },

    /// The server refused something that should have worked.
    #[error("{what}: {}", describe(.source))]
    Sql {
        /// What was being done.
        what: String,
        /// The server's answer.
        #[source]
        source: Box<postgres::Error>,
    },

    /// The server accepted, or answered otherwise than, what a scenario expects of it.
    #[error("expected {expected}, got {got}: {statement}")]
    Unexpected {
        /// The SQLSTATE or the outcome expected.
        expected: String,
        /// What came instead.
        got: String,
        /// The statement or the attempt, shortened.
        statement: String,
    },

    /// A scenario failed.
    #[error("scenario {slug}: {source}")]
    Scenario {
        /// Its label.
        slug: String,
        /// Why.
        #[source]
        source: Box<Error>,
    },

    /// Several scenarios failed.
    #[error("{} scenarios failed:\n{}", .0.len(), lines(.0))]
    Scenarios(Vec<Error>),

    /// No scenario has this label.
    #[error("no scenario is called {slug}")]
    UnknownScenario {
        /// The label asked for.
        slug: String,
    },

    /// A label or a result could not be written as JSON.
    #[error("labels: {0}")]
    Json(#[from] serde_json::Error),
}

impl Error {
    /// Wraps an I/O error with what was being done.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    /// Wraps an answer of the server with what was being done.
    pub(crate) fn sql(what: impl Into<String>) -> impl FnOnce(postgres::Error) -> Self {
        let what = what.into();
        move |source| Self::Sql {
            what,
            source: Box::new(source),
        }
    }
}

/// The server's message where there is one: `postgres::Error` itself only says "db error".
fn describe(error: &postgres::Error) -> String {
    error
        .as_db_error()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

fn lines(errors: &[Error]) -> String {
    errors
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}
