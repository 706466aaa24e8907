//! Code that stands in literals: function bodies, `DO` blocks, queries handed
//! to functions. It is judged by its tokens.

use kumki_model::Sign;

use super::{Sheet, tokens};

/// Bodies inside bodies that are looked into.
const MAX_NESTING: usize = 3;

/// Looks into a body in the given language.
pub(super) fn read(sheet: &mut Sheet, language: &str, body: &str) {
    if is_untrusted(language) {
        sheet.sign(Sign::UntrustedCode);
    }
    // Bodies in other languages are no SQL, but what they hand to the server is.
    query_text(sheet, body);
}

/// Looks into a text that holds SQL.
pub(super) fn query_text(sheet: &mut Sheet, text: &str) {
    if sheet.nesting >= MAX_NESTING {
        return;
    }
    sheet.nesting += 1;
    tokens::signs(sheet, text);
    sheet.nesting -= 1;
}

/// Whether code in the language reaches files and programs of the server.
pub(super) fn is_untrusted(language: &str) -> bool {
    let language = language.to_ascii_lowercase();
    match language.as_str() {
        "sql" | "plpgsql" | "plperl" | "pltcl" | "plv8" | "pllua" | "plr_trusted" | "plrust"
        | "pljava" | "plcoffee" | "plls" | "plprql" | "pltcl_trusted" => false,
        "c" | "internal" | "plsh" | "plr" | "plpython" => true,
        other => other.ends_with('u'),
    }
}

/// Whether a library is one of the operating system or lies outside the
/// directory for libraries of the server.
pub(super) fn is_foreign_library(path: &str) -> bool {
    let absolute = path.starts_with('/') || path.starts_with("\\\\") || path.get(1..2) == Some(":");
    absolute || path.contains("..") || path.contains("libc.so") || path.contains("libc-")
}
