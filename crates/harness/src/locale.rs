//! Compiles a locale without privileges, so that a server can be made to log in
//! another language on a machine that has only `C.UTF-8`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::installation::tail;

/// Where the sources of locales are kept.
const SOURCES: &str = "/usr/share/i18n/locales";

/// Whether the C library has a locale built in.
pub(crate) fn is_built_in(locale: &str) -> bool {
    matches!(locale, "" | "C" | "POSIX" | "C.UTF-8" | "C.utf8")
}

/// Compiles `locale` (such as `de_DE.UTF-8`) into `directory`, which then serves as `LOCPATH`.
///
/// # Errors
/// [`Error::MissingLocale`] when the sources or the compiler are missing.
pub(crate) fn compile(locale: &str, directory: &Path) -> Result<PathBuf> {
    let missing = |detail: String| Error::MissingLocale {
        locale: locale.to_owned(),
        detail,
    };
    let (source, charset) = locale.split_once('.').unwrap_or((locale, "UTF-8"));
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '@' | '-');
    if source.is_empty() || !source.chars().all(is_name) || !charset.chars().all(is_name) {
        return Err(missing("not the name of a locale".to_owned()));
    }
    if !Path::new(SOURCES).join(source).is_file() {
        return Err(missing(format!("{SOURCES}/{source} is missing")));
    }
    let target = directory.join(locale);
    let output = Command::new("localedef")
        .args(["--no-archive", "-i", source, "-f", charset])
        .arg(&target)
        .output()
        .map_err(|error| missing(format!("localedef: {error}")))?;
    // localedef ends with 1 on mere warnings; the compiled file tells whether it worked.
    if target.join("LC_MESSAGES").exists() {
        Ok(target)
    } else {
        Err(missing(
            tail(&String::from_utf8_lossy(&output.stderr)).to_owned(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_locale_is_a_typed_error() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for name in ["xx_XX.UTF-8", "../etc.UTF-8", ""] {
            let error = compile(name, directory.path()).expect_err("no such locale");
            assert!(matches!(&error, Error::MissingLocale { locale, .. } if locale == name));
            assert!(error.to_string().contains("apt-get install locales"));
        }
    }

    #[test]
    fn built_in_locales_need_no_compiling() {
        assert!(is_built_in("C.UTF-8"));
        assert!(!is_built_in("de_DE.UTF-8"));
    }
}
