//! However a stream is cut into blocks, the same comes out.

use proptest::prelude::*;

use super::goldens::inputs;
use super::reading::{parser, read_with};

#[test]
fn cut_at_every_byte() {
    for (format, path, bytes) in inputs() {
        let parser = parser(format, &bytes);
        let whole = read_with(parser.fork().as_mut(), &bytes, &[], true);
        let every: Vec<usize> = (1..bytes.len()).collect();
        let found = read_with(parser.fork().as_mut(), &bytes, &every, true);
        assert_eq!(found, whole, "{}", path.display());
    }
}

#[test]
fn cut_anywhere() {
    for (format, path, bytes) in inputs() {
        let parser = parser(format, &bytes);
        let whole = read_with(parser.fork().as_mut(), &bytes, &[], true);
        let cuts = proptest::collection::vec(0..bytes.len(), 0..12);
        proptest!(ProptestConfig::with_cases(48), |(mut cuts in cuts)| {
            cuts.sort_unstable();
            let found = read_with(parser.fork().as_mut(), &bytes, &cuts, true);
            prop_assert_eq!(&found, &whole, "{} cut at {:?}", path.display(), cuts);
        });
    }
}
