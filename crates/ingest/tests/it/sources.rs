//! Files, directories, globs, compression.

use std::io::{Read, Write};

use kumki_ingest::source::{Input, SourceError, expand, open};

fn contents(input: &Input) -> String {
    let mut text = String::new();
    open(input).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn names_are_expanded() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["a.log.10", "a.log.2", "b.txt", ".hidden"] {
        std::fs::write(at(name), name).unwrap();
    }
    std::fs::create_dir(at("sub")).unwrap();
    let mut encoder = flate2::write::GzEncoder::new(
        std::fs::File::create(at("sub/a.log.1")).unwrap(),
        flate2::Compression::default(),
    );
    encoder.write_all(b"packed").unwrap();
    encoder.finish().unwrap();

    let text = |path: std::path::PathBuf| path.to_string_lossy().into_owned();
    let names = |inputs: Vec<Input>| -> Vec<String> {
        let prefix = text(folder.path().to_owned()) + "/";
        inputs
            .iter()
            .map(|input| input.name().replace(&prefix, ""))
            .collect()
    };
    let folder_name = text(folder.path().to_owned());
    let all = expand(&[folder_name.clone(), "-".to_owned(), folder_name.clone()]).unwrap();
    assert_eq!(
        names(all.clone()),
        ["a.log.2", "a.log.10", "b.txt", "sub/a.log.1", "-"]
    );
    assert_eq!(contents(&all[3]), "packed");
    assert_eq!(contents(&all[0]), "a.log.2");
    let glob = expand(&[text(at("*.log.*"))]).unwrap();
    assert_eq!(names(glob), ["a.log.2", "a.log.10"]);
    let deep = expand(&[text(at("**/a.log.?"))]).unwrap();
    assert_eq!(names(deep), ["a.log.2", "sub/a.log.1"]);

    let missing = expand(&[text(at("missing.log"))]).unwrap_err();
    assert!(matches!(missing, SourceError::Unreadable { .. }));
    assert!(missing.to_string().contains("missing.log"), "{missing}");
    assert!(matches!(
        expand(&[text(at("*.nothing"))]),
        Err(SourceError::NoMatch { .. })
    ));
    assert!(matches!(
        expand(&[text(at("*[.log"))]),
        Err(SourceError::BadPattern { .. })
    ));
}
