//! The aurora reader.
#![no_main]

use kumki_fuzz::same_however_it_is_cut;
use kumki_ingest::parse::options::FormatName;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| same_however_it_is_cut(FormatName::Aurora, data));
