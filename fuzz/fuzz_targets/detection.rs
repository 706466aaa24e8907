//! Format and prefix detection.
#![no_main]

use kumki_ingest::parse::detect::detect;
use kumki_ingest::parse::options::ParserOptions;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = detect(data, &ParserOptions::default());
});
