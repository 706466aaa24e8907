//! Where logs come from: files, directories, globs and standard input, plain
//! or compressed. The only part of this crate that does I/O.

use std::path::PathBuf;

mod expand;
mod open;

pub use expand::expand;
pub use open::{open, open_counted};

/// One input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Input {
    /// Standard input, given as `-`.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl Input {
    /// The name shown to the user.
    pub fn name(&self) -> String {
        match self {
            Self::Stdin => "-".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }

    /// Whether it can be read only once.
    pub fn is_stdin(&self) -> bool {
        matches!(self, Self::Stdin)
    }

    /// Its size as stored, before decompression; absent when it has none.
    pub fn stored_bytes(&self) -> Option<u64> {
        match self {
            Self::Stdin => None,
            Self::File(path) => std::fs::metadata(path)
                .ok()
                .filter(|file| file.is_file())
                .map(|file| file.len()),
        }
    }
}

/// Why an input cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file or directory does not exist or may not be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A directory could not be walked.
    #[error("cannot list {}: {source}", path.display())]
    Unlistable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: walkdir::Error,
    },
    /// The pattern is no glob.
    #[error("bad pattern {pattern}: {source}")]
    BadPattern {
        /// Which.
        pattern: String,
        /// What is wrong with it.
        #[source]
        source: globset::Error,
    },
    /// Nothing matches the pattern, or the directory holds no file.
    #[error("no file matches {pattern}")]
    NoMatch {
        /// The pattern or directory.
        pattern: String,
    },
}
