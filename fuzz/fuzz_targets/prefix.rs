//! `log_line_prefix`: compiling one and reading a line with it.
#![no_main]

use kumki_ingest::parse::prefix::Prefix;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (&str, &str)| {
    if let Ok(prefix) = Prefix::compile(data.0) {
        let _ = prefix.read(data.1);
    }
});
