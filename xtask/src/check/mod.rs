//! `cargo xtask check`: what a machine can see of the structure.
//!
//! File sizes, the direction of dependencies, what pure crates may use, and
//! licences of everything that is linked in.

mod layers;
mod licences;
mod sizes;

use std::path::Path;

use anyhow::{Result, bail};

/// Runs every check and reports all that is wrong.
pub(crate) fn run(root: &Path) -> Result<()> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .other_options(vec!["--locked".to_owned()])
        .exec()?;
    let mut problems = sizes::check(root)?;
    problems.extend(layers::check(root, &metadata)?);
    problems.extend(licences::check(&metadata));
    if problems.is_empty() {
        eprintln!("structure: sizes, layers and licences are fine");
        return Ok(());
    }
    for problem in &problems {
        eprintln!("{problem}");
    }
    bail!("{} structural problems", problems.len());
}
