//! What the fuzz targets have in common.

use bumpalo::Bump;
use kumki_ingest::parse::{Block, Output, RecordParser};
use kumki_ingest::parse::detect::{detect, make_parser};
use kumki_ingest::parse::options::{FormatName, ParserOptions};
use kumki_model::SourceId;

/// Reads `data` as `format`, whole and in pieces cut where its first bytes
/// say; records and failures must be the same.
///
/// # Panics
/// When they differ.
pub fn same_however_it_is_cut(format: FormatName, data: &[u8]) {
    let Some((cuts, data)) = data.split_at_checked(4) else { return };
    let options = ParserOptions {
        format: Some(format),
        max_record_bytes: 4096,
        ..ParserOptions::default()
    };
    let Ok(detection) = detect(data, &options) else { return };
    let whole = read(make_parser(&detection, &options), data, &[]);
    let cuts: Vec<usize> = cuts.iter().map(|cut| usize::from(*cut) * data.len() / 256).collect();
    let pieces = read(make_parser(&detection, &options), data, &cuts);
    assert_eq!(whole, pieces, "cut at {cuts:?}");
}

/// Everything a reading gives, as text.
fn read(mut parser: Box<dyn RecordParser>, data: &[u8], cuts: &[usize]) -> Vec<String> {
    let mut ends = cuts.to_vec();
    ends.push(data.len());
    ends.sort_unstable();
    let mut seen = Vec::new();
    let (mut start, mut line) = (0, 1);
    for end in ends {
        let arena = Bump::new();
        let mut output = Output::default();
        let block = Block {
            bytes: &data[start..end],
            arena: &arena,
            source: SourceId(0),
            first_line: line,
            offset: start as u64,
            end: end == data.len(),
        };
        let consumed = parser.parse(&block, &mut output);
        assert!(consumed <= end - start, "more was consumed than there was");
        assert!(!block.end || consumed == end - start, "the end was not consumed");
        start += consumed;
        line += output.lines;
        seen.extend(output.records.iter().map(|record| {
            let mut record = record.clone();
            record.location = Default::default();
            format!("{record:?}")
        }));
        seen.extend(output.failures.iter().map(|failure| format!("{:?}", failure.kind)));
        if block.end {
            break;
        }
    }
    seen.sort();
    seen
}
