//! However a stream is cut, and whether it is read in one go or in parallel,
//! the records and failures are the same.

use bumpalo::Bump;
use kumki_ingest::parse::detect::{detect, make_parser};
use kumki_ingest::parse::options::{FormatName, ParserOptions};
use kumki_ingest::parse::prefix::Prefix;
use kumki_ingest::parse::{Output, RecordParser};
use proptest::prelude::*;

use super::reading::{Reading, block, read};

const GOLDENS: [&str; 6] = [
    include_str!("../golden/server-en.log"),
    include_str!("../golden/server-en.csv"),
    include_str!("../golden/server-en.json"),
    include_str!("../golden/server-de.log"),
    include_str!("../golden/server-de.csv"),
    include_str!("../golden/server-de.json"),
];

/// Pieces that logs are made of, sound and damaged.
const PIECES: [&str; 24] = [
    "2026-01-31 10:00:04.123 UTC [7] alice@shop LOG:  statement: select 1\n",
    "2026-01-31 10:00:04.123 UTC [7] alice@shop ERROR:  relation \"x\" does not exist\n",
    "2026-01-31 10:00:04.123 UTC [7] alice@shop STATEMENT:  select * from x\n",
    "2026-01-31 10:00:04.123 UTC [8] alice@shop DETAIL:  of another process\n",
    "\tcontinued\n",
    "\n",
    "\r\n",
    "2026-01-31 10:00:04.123 UTC [7] LOG:  checkpoint starting: time\r\n",
    "2026-01-31 10:00:04 UTC:10.0.0.5(51234):bob@shop:[9]:LOG:  duration: 1.5 ms\n",
    "2026-01-31 10:00:04.123 UTC [7] torn\n",
    "garbage\n",
    "\0\0\0",
    "\u{feff}",
    "ключ значение\n",
    "2026-01-31 10:00:04.123 UTC,\"a\",\"b\",42,\"10.0.0.5:51234\",65b2f1a3.2a,3,\"SELECT\",2026-01-31 10:00:00 UTC,3/17,0,LOG,00000,\"duration: 1.5 ms\",,,,,,,,,\"psql\",\"client backend\",,0\n",
    "2026-01-31 10:00:04.123 UTC,\"a\",\"b\",42,\"10.0.0.5:51234\",65b2f1a3.2a,3,\"SELECT\",2026-01-31 10:00:00 UTC,3/17,0,LOG,00000,\"statement: select \"\"x\"\"\n",
    " from y\",,,,,,,,,\"psql\",\"client backend\",,0\n",
    "2026-01-31 10:00:04.123 UTC,\"a\",\"b\",42\n",
    "\"",
    "\"\"",
    "{\"timestamp\":\"2026-01-31 10:00:04.123 UTC\",\"pid\":7,\"error_severity\":\"LOG\",\"message\":\"duration: 1.5 ms\"}\n",
    "{\"timestamp\":\"2026-01-31 10:00:04.123 UTC\",\"mess",
    "{\"timestamp\":\"2026-01-31 10:00:04.123 UTC\",\"error_severity\":\"LOG\",\"message\":\"a\\\"\\n\\u00e9\"}\r\n",
    "2026-01-31 10:99:04.123 UTC [7] LOG:  bad time\n",
];

fn parser_of(format: FormatName, limit: usize) -> Box<dyn RecordParser> {
    let options = ParserOptions {
        format: Some(format),
        prefix: Some(Prefix::compile("%m [%p] %q%u@%d ").unwrap()),
        max_record_bytes: limit,
        ..ParserOptions::default()
    };
    make_parser(&detect(b"x", &options).unwrap(), &options)
}

/// As an engine with many threads does: every piece is read on its own, up to
/// where the next one is guessed to begin; a wrong guess is read again.
fn read_in_parallel(parser: &dyn RecordParser, input: &[u8], size: usize) -> (Reading, usize) {
    let mut reading = Reading::default();
    let mut start = 0;
    let mut held = 0;
    let mut guesses = 0;
    while start < input.len() {
        held += size;
        let end = (start + held).min(input.len());
        let bytes = &input[start..end];
        let guess = parser.last_record_start(bytes);
        let arena = Bump::new();
        let mut out = Output::default();
        let is_last = end == input.len();
        let mut fork = parser.fork();
        let block = block(bytes, &arena, start, reading.lines + 1, is_last);
        let consumed = fork.parse(&block, &mut out);
        if is_last || (guess == Some(consumed) && consumed > 0) {
            guesses += usize::from(!is_last);
            reading.add(&out);
            start += consumed;
            held = 0;
        }
    }
    (reading, guesses)
}

#[test]
fn goldens_are_read_alike_in_parallel() {
    for golden in GOLDENS {
        let options = ParserOptions::default();
        let parser = make_parser(&detect(golden.as_bytes(), &options).unwrap(), &options);
        assert!(parser.splittable());
        let whole = read(parser.fork(), golden.as_bytes(), &[]);
        for size in [700, 1500, 4096, 9000] {
            let (parallel, guesses) = read_in_parallel(&*parser, golden.as_bytes(), size);
            assert_eq!(
                parallel.difference(&whole),
                None,
                "{} {size}",
                parser.format()
            );
            let pieces = golden.len() / size;
            assert!(
                guesses * 3 >= pieces,
                "{} guesses right of {pieces}",
                guesses
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn cuts_of_goldens_change_nothing(
        golden in 0..GOLDENS.len(),
        cuts in proptest::collection::vec(0.0..1.0f64, 1..20),
    ) {
        let input = GOLDENS[golden].as_bytes();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| (cut * input.len() as f64) as usize).collect();
        cuts.sort_unstable();
        let options = ParserOptions::default();
        let parser = make_parser(&detect(input, &options).unwrap(), &options);
        let whole = read(parser.fork(), input, &[]);
        prop_assert_eq!(read(parser, input, &cuts).difference(&whole), None);
    }

    #[test]
    fn cuts_of_any_stream_change_nothing(
        format in prop_oneof![Just(FormatName::Stderr), Just(FormatName::Csvlog), Just(FormatName::Jsonlog)],
        pieces in proptest::collection::vec(0..PIECES.len(), 1..40),
        noise in proptest::collection::vec((0.0..1.0f64, any::<u8>()), 0..4),
        cuts in proptest::collection::vec(0.0..1.0f64, 1..20),
        limit in prop_oneof![Just(1usize << 20), Just(300), Just(90)],
    ) {
        let mut input: Vec<u8> = pieces.iter().flat_map(|piece| PIECES[*piece].bytes()).collect();
        for (place, byte) in noise {
            let place = (place * input.len() as f64) as usize;
            input[place] = byte;
        }
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| (cut * input.len() as f64) as usize).collect();
        cuts.sort_unstable();
        let whole = read(parser_of(format, limit), &input, &[]);
        prop_assert_eq!(read(parser_of(format, limit), &input, &cuts).difference(&whole), None);
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let options = ParserOptions::default();
        let _ = detect(&bytes, &options);
        for format in [FormatName::Stderr, FormatName::Csvlog, FormatName::Jsonlog] {
            read(parser_of(format, 200), &bytes, &[bytes.len() / 2]);
        }
    }

    #[test]
    fn any_prefix_is_compiled_or_refused(prefix in "[%a-zA-Z0-9 @:,=\\[\\]-]{0,40}", line in "\\PC{0,120}") {
        if let Ok(prefix) = Prefix::compile(&prefix) {
            let _ = prefix.read(&line);
            let _ = prefix.read_alone(&line);
        }
    }
}
