//! Inputs with what they are read as, side by side in `tests/golden/<format>/`.

use std::fs;
use std::path::{Path, PathBuf};

use kumki_ingest::parse::detect::detect;
use kumki_ingest::parse::options::FormatName;

use super::reading::{Read, options, read};

/// Every golden input of the wrapping formats.
pub(crate) fn inputs() -> Vec<(FormatName, PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut inputs = Vec::new();
    for format in FormatName::ALL {
        let Ok(folder) = fs::read_dir(root.join(format.as_str())) else {
            continue;
        };
        for entry in folder {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "in") {
                let bytes = fs::read(&path).unwrap();
                inputs.push((*format, path, bytes));
            }
        }
    }
    inputs.sort_by(|a, b| a.1.cmp(&b.1));
    inputs
}

fn render(read: &Read) -> String {
    let mut text = String::new();
    for record in &read.records {
        text.push_str(record);
        text.push('\n');
    }
    for failure in &read.failures {
        let (line, offset) = (failure.location.line, failure.location.offset);
        let kind = failure.kind.as_str();
        text.push_str(&format!(
            "failure {kind} at {line}:{offset}: {}\n",
            failure.sample
        ));
    }
    text.push_str(&format!("ignored {} lines {}\n", read.ignored, read.lines));
    text
}

/// With `UPDATE_GOLDEN=1` the expected files are written instead of compared.
#[test]
fn inputs_are_read_as_expected() {
    let inputs = inputs();
    assert!(inputs.len() >= 15, "{} goldens", inputs.len());
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut differing = Vec::new();
    for (format, path, bytes) in inputs {
        let found = render(&read(format, &bytes, &[]));
        let expected_path = path.with_extension("out");
        if update {
            fs::write(&expected_path, &found).unwrap();
        }
        let expected = fs::read_to_string(&expected_path).unwrap_or_default();
        if found != expected {
            differing.push(format!("{}:\n{found}", path.display()));
        }
    }
    assert!(
        differing.is_empty(),
        "not as expected:\n{}",
        differing.join("\n")
    );
}

#[test]
fn every_input_is_recognised() {
    for (format, path, bytes) in inputs() {
        let found = detect(&bytes, &options()).map(|detection| detection.format());
        assert_eq!(found.ok(), Some(format), "{}", path.display());
    }
}
