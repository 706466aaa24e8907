//! Lexer, masking, normalisation and facts of SQL.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let covered: usize = kumki_sql::lex::tokens(&text).map(|token| token.text.len()).sum();
    assert!(covered <= text.len());
    let masked = kumki_sql::mask_literals(&text);
    let _ = kumki_sql::mask_secrets(&masked);
    let shape = kumki_sql::shape(&text);
    assert!(shape.normalised.len() <= 2 * text.len() + 64);
});
