//! Rule files.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| {
    let _ = kumki_rules::load(&[kumki_rules::RuleSource::new("fuzz.yml", data)]);
});
