//! From arguments to rules.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use kumki_rules::{LOCAL_PACK, RuleErrors, RuleSet, RuleSource};

use crate::args::RuleChoice;
use crate::exit_code::Exit;
use crate::render::RuleInfo;
use crate::terminal::Terminal;

/// The pack used when none is named.
const DEFAULT_PACK: &str = "core";

/// A rule file as read.
struct RuleFile {
    pack: String,
    path: String,
    text: String,
}

/// Loads the chosen rules. The outer error is about files, the inner about rules.
pub(crate) fn load(choice: &RuleChoice) -> Result<Result<Arc<RuleSet>, RuleErrors>> {
    let mut names: Vec<&str> = choice.packs.iter().map(String::as_str).collect();
    if names.is_empty() {
        names.push(DEFAULT_PACK);
    }
    names.retain(|name| *name != "none");
    let mut sources: Vec<RuleSource<'_>> = Vec::new();
    for name in names {
        let pack = kumki_rules::pack(name)
            .with_context(|| format!("--pack takes {}, none", kumki_rules::packs().join(", ")))?;
        sources.extend(pack);
    }
    let own = read(&choice.rules)?;
    sources.extend(own.iter().map(source));
    if sources.is_empty() {
        bail!("no rules: name a pack with --pack or files with --rules");
    }
    Ok(kumki_rules::load(&sources).map(Arc::new))
}

/// Rules in files and directories, or all bundled packs, with what `work` makes
/// of them.
pub(crate) fn with_paths<T>(
    paths: &[PathBuf],
    work: impl FnOnce(Arc<RuleSet>, &[RuleSource<'_>]) -> Result<T>,
) -> Result<Result<T, RuleErrors>> {
    let files = read(paths)?;
    let sources: Vec<RuleSource<'_>> = if paths.is_empty() {
        let packs = kumki_rules::packs();
        packs
            .iter()
            .filter_map(|name| kumki_rules::pack(name).ok())
            .flatten()
            .collect()
    } else {
        files.iter().map(source).collect()
    };
    match kumki_rules::load(&sources) {
        Ok(rules) => work(Arc::new(rules), &sources).map(Ok),
        Err(errors) => Ok(Err(errors)),
    }
}

/// Prints why rules could not be loaded.
pub(crate) fn refuse(errors: &RuleErrors, terminal: &Terminal) -> Exit {
    terminal.say(&format!("rules cannot be loaded\n{errors}"));
    Exit::InvalidRule
}

fn source(file: &RuleFile) -> RuleSource<'_> {
    RuleSource::new(&file.path, &file.text).in_pack(&file.pack)
}

fn read(paths: &[PathBuf]) -> Result<Vec<RuleFile>> {
    let mut files = Vec::new();
    for path in paths {
        let before = files.len();
        collect(path, &mut files, true)?;
        if files.len() == before {
            bail!("{}: no rule in it (*.yml, *.yaml)", path.display());
        }
    }
    Ok(files)
}

fn collect(path: &Path, files: &mut Vec<RuleFile>, named: bool) -> Result<()> {
    let about = || format!("cannot read {}", path.display());
    if path.is_dir() {
        let mut entries: Vec<PathBuf> = fs::read_dir(path)
            .and_then(|entries| {
                entries
                    .map(|entry| entry.map(|entry| entry.path()))
                    .collect()
            })
            .with_context(about)?;
        entries.sort();
        return entries
            .iter()
            .try_for_each(|entry| collect(entry, files, false));
    }
    let is_rule = path
        .extension()
        .is_some_and(|extension| extension == "yml" || extension == "yaml");
    if is_rule || named {
        let text = fs::read_to_string(path).with_context(about)?;
        files.push(RuleFile {
            pack: LOCAL_PACK.to_owned(),
            path: path.display().to_string(),
            text,
        });
    }
    Ok(())
}

/// What reports show of rules.
pub(crate) fn infos(rules: &RuleSet) -> Vec<RuleInfo> {
    rules
        .catalogue()
        .map(|rule| RuleInfo {
            id: rule.id.clone(),
            title: rule.title.clone(),
            kind: rule.kind.clone(),
            description: rule.description.clone(),
            why: rule.why.clone(),
            response: rule.response.clone(),
            falsepositives: rule.falsepositives.clone(),
            attack: rule.attack.clone(),
        })
        .collect()
}
