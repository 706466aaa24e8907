//! Lists the rule files under `rules/` at the root of the repository, so that
//! they are part of the program. Writes `packs.rs`, one line per file.

#![allow(clippy::print_stdout)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let root = Path::new(&manifest).join("../../rules");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    if root.is_dir() {
        collect(&root, &mut files)?;
    }
    files.sort();
    let mut list = String::from("&[\n");
    for file in &files {
        let inner = file.strip_prefix(&root).map_err(io::Error::other)?;
        let Some(pack) = inner
            .parent()
            .filter(|parent| parent.components().count() == 1)
        else {
            continue;
        };
        let shown = format!("rules/{}", inner.display()).replace('\\', "/");
        let real = fs::canonicalize(file)?;
        writeln!(
            list,
            "    ({:?}, {shown:?}, include_str!({real:?})),",
            pack.display().to_string()
        )
        .map_err(io::Error::other)?;
    }
    list.push_str("]\n");
    fs::write(Path::new(&out).join("packs.rs"), list)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yml") {
            files.push(path);
        }
    }
    Ok(())
}
