//! What can go wrong: options that make no sense, and a sink that fails.

/// Why a log could not be generated.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The time zone is neither a known name nor a POSIX `TZ` text.
    #[error("unknown time zone `{}`: use UTC, a known city or a POSIX TZ text", .0.escape_debug())]
    Zone(String),
    /// An option is outside what can be simulated.
    #[error("option `{option}` must be {expected}")]
    Option {
        /// Name of the option.
        option: &'static str,
        /// What is allowed.
        expected: &'static str,
    },
    /// A word that names none of the known things.
    #[error("unknown {what} `{}`; known: {known}", .word.escape_debug())]
    Word {
        /// What was looked for.
        what: &'static str,
        /// The word given.
        word: String,
        /// The words known, separated by commas.
        known: String,
    },
    /// The sink refused the bytes.
    #[error("writing the log failed")]
    Write(#[from] std::io::Error),
}
