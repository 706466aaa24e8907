//! No hand-written source file over 1,000 lines, median at most 200.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

const LARGEST: usize = 1_000;
const MEDIAN: usize = 200;

pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for folder in ["crates", "xtask", "fuzz"] {
        collect(&root.join(folder), &mut files)?;
    }
    let mut sizes = Vec::new();
    for file in files {
        let lines = fs::read_to_string(&file)?.lines().count();
        sizes.push((lines, file));
    }
    sizes.sort();
    let mut problems: Vec<String> = sizes
        .iter()
        .filter(|(lines, _)| *lines > LARGEST)
        .map(|(lines, file)| format!("{}: {lines} lines, at most {LARGEST}", file.display()))
        .collect();
    if let Some((median, _)) = sizes.get(sizes.len() / 2)
        && *median > MEDIAN
    {
        problems.push(format!(
            "the median source file has {median} lines, at most {MEDIAN}"
        ));
    }
    Ok(problems)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if !path.ends_with("target") {
                collect(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}
