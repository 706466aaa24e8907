//! Where PostgreSQL is installed and as whom it can run. Reads the file system
//! and `KUMKI_PG_BIN`; starts nothing.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};

/// Where Debian puts the programs.
const DEBIAN_BIN: &str = "/usr/lib/postgresql/15/bin";
/// Names another place for the programs.
const BIN_VARIABLE: &str = "KUMKI_PG_BIN";
/// Without these no run is possible.
const PROGRAMS: [&str; 5] = ["initdb", "postgres", "pg_ctl", "pg_config", "psql"];
/// The extensions the scenarios use.
const EXTENSIONS: [&str; 5] = ["pgaudit", "pgcrypto", "dblink", "postgres_fdw", "file_fdw"];

/// The programs of one PostgreSQL version.
#[derive(Debug, Clone)]
pub struct Installation {
    bin: PathBuf,
}

impl Installation {
    /// Finds the programs: in the directory `KUMKI_PG_BIN` names, else where
    /// Debian puts PostgreSQL 15.
    ///
    /// # Errors
    /// [`Error::MissingProgram`] or [`Error::MissingExtension`], which say what to install.
    pub fn find() -> Result<Self> {
        let bin =
            std::env::var_os(BIN_VARIABLE).map_or_else(|| PathBuf::from(DEBIAN_BIN), PathBuf::from);
        Self::at(bin)
    }

    /// The programs in one directory.
    ///
    /// # Errors
    /// [`Error::MissingProgram`] or [`Error::MissingExtension`], which say what to install.
    pub fn at(bin: impl Into<PathBuf>) -> Result<Self> {
        let installation = Self { bin: bin.into() };
        for program in PROGRAMS {
            installation.path(program)?;
        }
        let directory = installation.share_directory()?.join("extension");
        for name in EXTENSIONS {
            if !directory.join(format!("{name}.control")).is_file() {
                return Err(Error::MissingExtension { name, directory });
            }
        }
        Ok(installation)
    }

    /// The path of one program.
    ///
    /// # Errors
    /// [`Error::MissingProgram`] when there is no such file.
    pub fn path(&self, program: &str) -> Result<PathBuf> {
        let path = self.bin.join(program);
        if path.is_file() {
            Ok(path)
        } else {
            Err(Error::MissingProgram { path })
        }
    }

    fn share_directory(&self) -> Result<PathBuf> {
        let output = run(
            Command::new(self.path("pg_config")?).arg("--sharedir"),
            "pg_config",
        )?;
        Ok(PathBuf::from(output.trim()))
    }
}

/// The system account a server runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Account {
    /// The account of this process.
    Own,
    /// Another one, because this process is root's and PostgreSQL refuses root.
    Other { user: u32, group: u32 },
}

impl Account {
    /// Decides by the owner of a directory this process has just made.
    pub(crate) fn for_owner_of(directory: &Path) -> Result<Self> {
        let owner = fs::metadata(directory)
            .map_err(Error::io(format!("reading {}", directory.display())))?
            .uid();
        if owner != 0 {
            return Ok(Self::Own);
        }
        let accounts = fs::read_to_string("/etc/passwd").map_err(Error::io("/etc/passwd"))?;
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| lookup(&accounts, name))
            .ok_or(Error::NoUnprivilegedUser)
    }

    /// Makes a command run as this account.
    pub(crate) fn apply(self, command: &mut Command) {
        use std::os::unix::process::CommandExt;
        if let Self::Other { user, group } = self {
            command.uid(user).gid(group);
        }
    }

    /// Hands a file or a directory to this account.
    pub(crate) fn own(self, path: &Path) -> Result<()> {
        match self {
            Self::Own => Ok(()),
            Self::Other { user, group } => std::os::unix::fs::chown(path, Some(user), Some(group))
                .map_err(Error::io(format!("handing over {}", path.display()))),
        }
    }
}

/// The line of `/etc/passwd` for a name: `name:password:uid:gid:…`.
fn lookup(accounts: &str, name: &str) -> Option<Account> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let user = fields.nth(1)?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        Some(Account::Other { user, group })
    })
}

/// Runs a program to its end and returns what it wrote to its standard output.
pub(crate) fn run(command: &mut Command, name: &str) -> Result<String> {
    let output = command
        .output()
        .map_err(Error::io(format!("starting {name}")))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    let said = format!("{text}{}", String::from_utf8_lossy(&output.stderr));
    Err(Error::Program {
        program: name.to_owned(),
        status: output.status.to_string(),
        output: tail(&said).to_owned(),
    })
}

/// The last part of what a program said: enough to see why it failed.
pub(crate) fn tail(text: &str) -> &str {
    const KEEP: usize = 2_000;
    let text = text.trim();
    let from = text.len().saturating_sub(KEEP);
    let from = (from..text.len())
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0);
    &text[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_an_account_by_name() {
        let passwd = "root:x:0:0::/root:/bin/sh\npostgres:x:101:104::/var:/bin/bash\nnobody:x:65534:65533::/:\n";
        assert_eq!(
            lookup(passwd, "postgres"),
            Some(Account::Other {
                user: 101,
                group: 104
            })
        );
        assert_eq!(
            lookup(passwd, "nobody"),
            Some(Account::Other {
                user: 65534,
                group: 65533
            })
        );
        assert_eq!(lookup(passwd, "post"), None);
        assert_eq!(lookup("postgres:x:oops", "postgres"), None);
    }

    #[test]
    fn a_missing_server_says_what_to_install() {
        let error = Installation::at("/nonexistent/bin").expect_err("nothing is there");
        let text = error.to_string();
        assert!(matches!(error, Error::MissingProgram { .. }));
        assert!(
            text.contains("apt-get install postgresql-15 postgresql-15-pgaudit"),
            "{text}"
        );
        assert!(text.contains("KUMKI_PG_BIN"), "{text}");
    }

    #[test]
    fn tail_keeps_the_end_and_whole_characters() {
        assert_eq!(tail("  short \n"), "short");
        let long = format!("x{}", "ä".repeat(3_000));
        let kept = tail(&long);
        assert!(kept.len() <= 2_000 && kept.len() >= 1_998);
        assert!(kept.chars().all(|c| c == 'ä'));
        assert_eq!(tail(""), "");
    }
}
