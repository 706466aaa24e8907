//! From what the user typed to the list of inputs.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

use globset::GlobBuilder;
use walkdir::WalkDir;

use super::{Input, SourceError};

/// The inputs that files, directories, globs and `-` stand for. What a
/// directory or glob stands for comes in natural order (`log.2` before
/// `log.10`); hidden files in directories are left out; nothing comes twice.
///
/// # Errors
/// When something does not exist, cannot be read, or stands for no file.
pub fn expand(paths: &[String]) -> Result<Vec<Input>, SourceError> {
    let mut inputs = Vec::new();
    for text in paths {
        let found = if text == "-" {
            vec![Input::Stdin]
        } else {
            named(text)?.into_iter().map(Input::File).collect()
        };
        for input in found {
            if !inputs.contains(&input) {
                inputs.push(input);
            }
        }
    }
    Ok(inputs)
}

fn named(text: &str) -> Result<Vec<PathBuf>, SourceError> {
    let path = Path::new(text);
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => walk(path, text, |_| true),
        Ok(metadata) => {
            if metadata.is_file() {
                readable(path)?;
            }
            Ok(vec![path.to_owned()])
        }
        Err(_) if is_pattern(text) => matching(text),
        Err(source) => Err(SourceError::Unreadable {
            path: path.to_owned(),
            source,
        }),
    }
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

fn matching(pattern: &str) -> Result<Vec<PathBuf>, SourceError> {
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    let glob = glob.map_err(|source| SourceError::BadPattern {
        pattern: pattern.to_owned(),
        source,
    })?;
    let matcher = glob.compile_matcher();
    let plain: PathBuf = Path::new(pattern)
        .components()
        .take_while(|part| !is_pattern(&part.as_os_str().to_string_lossy()))
        .collect();
    let is_relative = plain.as_os_str().is_empty();
    let base = if is_relative { Path::new(".") } else { &plain };
    walk(base, pattern, |path| {
        let path = if is_relative {
            path.strip_prefix(".").unwrap_or(path)
        } else {
            path
        };
        matcher.is_match(path)
    })
}

fn walk(
    base: &Path,
    pattern: &str,
    wanted: impl Fn(&Path) -> bool,
) -> Result<Vec<PathBuf>, SourceError> {
    let mut found = Vec::new();
    let is_hidden = |entry: &walkdir::DirEntry| {
        entry.depth() > 0 && entry.file_name().as_encoded_bytes()[0] == b'.'
    };
    let entries = WalkDir::new(base).follow_links(true).into_iter();
    for entry in entries.filter_entry(|entry| !is_hidden(entry)) {
        let entry = entry.map_err(|source| {
            let path = source.path().unwrap_or(base).to_owned();
            SourceError::Unlistable { path, source }
        })?;
        if entry.file_type().is_file() && wanted(entry.path()) {
            readable(entry.path())?;
            let path = entry.into_path();
            found.push(path.strip_prefix("./").map(Path::to_owned).unwrap_or(path));
        }
    }
    if found.is_empty() {
        return Err(SourceError::NoMatch {
            pattern: pattern.to_owned(),
        });
    }
    found.sort_by(|a, b| natural(&a.to_string_lossy(), &b.to_string_lossy()));
    Ok(found)
}

fn readable(path: &Path) -> Result<(), SourceError> {
    match std::fs::File::open(path) {
        Ok(_) => Ok(()),
        Err(source) => Err(SourceError::Unreadable {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Order in which runs of digits count as numbers.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (Some(x), Some(y)) = (left.chars().next(), right.chars().next()) else {
            return left.len().cmp(&right.len()).then_with(|| a.cmp(b));
        };
        if x.is_ascii_digit() && y.is_ascii_digit() {
            let (number_x, rest_x) = digits(left);
            let (number_y, rest_y) = digits(right);
            let order = number_x
                .len()
                .cmp(&number_y.len())
                .then_with(|| number_x.cmp(number_y));
            if order != Ordering::Equal {
                return order;
            }
            (left, right) = (rest_x, rest_y);
        } else if x == y {
            left = &left[x.len_utf8()..];
            right = &right[y.len_utf8()..];
        } else {
            return x.cmp(&y);
        }
    }
}

/// The digits at the start, without leading zeros, and the rest.
fn digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    (text[..end].trim_start_matches('0'), &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_as_numbers() {
        let mut names = [
            "log.10", "log.2", "log", "log.02", "a9b", "a10b", "log.1.gz",
        ];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            [
                "a9b", "a10b", "log", "log.1.gz", "log.02", "log.2", "log.10"
            ]
        );
    }
}
