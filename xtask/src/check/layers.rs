//! Dependencies point downwards only, and pure crates do no I/O.

use std::fs;
use std::path::Path;

use anyhow::Result;
use cargo_metadata::{DependencyKind, Metadata};

/// Our crates with what each may depend on, apart from what lies below that.
const LAYERS: &[(&str, &[&str])] = &[
    ("kumki-model", &[]),
    ("kumki-sql", &["kumki-model"]),
    ("kumki-ingest", &["kumki-model", "kumki-sql"]),
    ("kumki-rules", &["kumki-model", "kumki-sql"]),
    (
        "kumki-engine",
        &["kumki-model", "kumki-sql", "kumki-ingest", "kumki-rules"],
    ),
    ("kumki-sim", &["kumki-model"]),
    ("kumki-harness", &["kumki-model"]),
    (
        "kumki",
        &[
            "kumki-model",
            "kumki-sql",
            "kumki-ingest",
            "kumki-rules",
            "kumki-engine",
        ],
    ),
    (
        "xtask",
        &[
            "kumki-model",
            "kumki-harness",
            "kumki-sim",
            "kumki-rules",
            "kumki-sql",
        ],
    ),
];

/// Source folders that must stay free of I/O and clocks.
const PURE: &[&str] = &[
    "crates/model/src",
    "crates/sql/src",
    "crates/rules/src",
    "crates/ingest/src/parse",
];

/// What pure code must not name.
const IMPURE: &[&str] = &[
    "std::fs",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "std::env",
    "SystemTime",
    "Instant::now",
    "tokio::",
    "std::process",
];

pub(super) fn check(root: &Path, metadata: &Metadata) -> Result<Vec<String>> {
    let mut problems = dependencies(metadata);
    for folder in PURE {
        purity(&root.join(folder), &mut problems)?;
    }
    Ok(problems)
}

fn dependencies(metadata: &Metadata) -> Vec<String> {
    let mut problems = Vec::new();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        let Some((_, allowed)) = LAYERS.iter().find(|(layer, _)| *layer == name) else {
            problems.push(format!(
                "{name}: give it a place in xtask/src/check/layers.rs"
            ));
            continue;
        };
        let ours = package.dependencies.iter().filter(|dependency| {
            dependency.kind == DependencyKind::Normal
                && LAYERS
                    .iter()
                    .any(|(layer, _)| *layer == dependency.name.as_str())
        });
        for dependency in ours {
            if !allowed.contains(&dependency.name.as_str()) {
                problems.push(format!("{name} must not depend on {}", dependency.name));
            }
        }
    }
    problems
}

fn purity(folder: &Path, problems: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            purity(&path, problems)?;
            continue;
        }
        let is_source = path.extension().is_some_and(|extension| extension == "rs");
        if !is_source || path.ends_with("tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&path)?;
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (index, line) in code.lines().enumerate() {
            let line = line.split("//").next().unwrap_or_default();
            for word in IMPURE.iter().filter(|word| line.contains(**word)) {
                problems.push(format!(
                    "{}:{}: pure code names {word}",
                    path.display(),
                    index + 1
                ));
            }
        }
    }
    Ok(())
}
