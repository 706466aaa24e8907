//! Secrets that a word announces: `PASSWORD '…'`, `password=…`,
//! `OPTIONS (secret '…')`, `"password": "…"`, `set_config('app.secret', '…')`.

use std::ops::Range;

use super::value::{bare, quoted, skip_blank};

/// How far a word announces a secret.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Announces {
    /// Wherever a value follows.
    Always,
    /// Only as an option: `OPTIONS (key '…')`.
    AsOption,
    Never,
}

/// Names with `password` in them that are settings or limits, not secrets.
const HARMLESS: &[&str] = &[
    "password_encryption",
    "password_required",
    "password_valid_until",
    "passwordcheck",
    "password_hash_algorithm",
    "password_changed_at",
    "password_updated_at",
    "password_reset_at",
    "password_expires_at",
    "password_expiry",
    "passwordpolicy",
    "pgpassfile",
    "passfile",
];

/// Words that stand before a column in SQL: an unquoted value behind such a
/// comparison is a column or parameter.
const COLUMN_CONTEXT: &[&str] = &[
    "where", "and", "or", "set", "on", "not", "when", "having", "by", "select", "then", "else",
];

fn announces(word: &str) -> Announces {
    let word = word.to_ascii_lowercase();
    let word = word.as_str();
    let holds = |part: &str| word.contains(part);
    let ends = |part: &str| word.ends_with(part);
    if HARMLESS.contains(&word) || ends("_at") || ends("_id") {
        return Announces::Never;
    }
    let password = holds("password") || holds("passwd") || holds("passphrase") || ends("pwd");
    let token = ends("secret") || ends("token") || ends("passcode") || ends("secret_key");
    let key = ends("api_key")
        || ends("apikey")
        || ends("access_key")
        || ends("private_key")
        || ends("encryption_key")
        || ends("secret_access_key")
        || ends("auth_key");
    if password && !holds("passphrase_command") || token || key {
        Announces::Always
    } else if ends("key") || holds("secret") || holds("token") || holds("credential") {
        Announces::AsOption
    } else {
        Announces::Never
    }
}

/// Whether what a name such as that of a setting stands for is a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    announces(name.rsplit('.').next().unwrap_or(name)) == Announces::Always
}

/// Adds the ranges of announced secrets.
pub(super) fn find(text: &str, secrets: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut options = false;
    while let Some(&byte) = bytes.get(at) {
        if !is_word(byte) {
            at += 1;
            continue;
        }
        let start = at;
        while bytes.get(at).is_some_and(|&byte| is_word(byte)) {
            at += 1;
        }
        let word = text.get(start..at).unwrap_or_default();
        if word.eq_ignore_ascii_case("options") {
            options = true;
            continue;
        }
        if word.len() < 3 || ends_path(bytes, start, at) {
            continue;
        }
        let wanted = match announces(word) {
            Announces::Always => true,
            Announces::AsOption => options,
            Announces::Never => false,
        };
        if wanted && let Some(end) = value_after(text, start, at, secrets) {
            at = end.max(at);
        }
    }
}

/// Whether the word ends a literal that is a path, such as `'/etc/passwd'`.
fn ends_path(bytes: &[u8], start: usize, end: usize) -> bool {
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    before == Some(&b'/') && matches!(bytes.get(end), Some(b'\'' | b'"'))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The value behind the word at `start..end`: pushes its range and returns the
/// offset behind it.
fn value_after(
    text: &str,
    start: usize,
    end: usize,
    secrets: &mut Vec<Range<usize>>,
) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = end;
    // The name itself may be quoted: "password", ""password"", \"password\", 'app.password'.
    while matches!(bytes.get(at), Some(b'"' | b'\'' | b'\\')) {
        at += 1;
    }
    let name_quoted = at > end;
    let spaced = skip_blank(bytes, at);
    let (after, separator) = match bytes.get(spaced) {
        Some(b'=') if bytes.get(spaced + 1) == Some(&b'>') => (spaced + 2, Some(b'=')),
        Some(b'=') => (spaced + 1, Some(b'=')),
        Some(b':') if bytes.get(spaced + 1) == Some(&b':') => return None,
        Some(b':') if bytes.get(spaced + 1) == Some(&b'=') => (spaced + 2, Some(b'=')),
        Some(b':') => (spaced + 1, Some(b':')),
        Some(b',') if name_quoted && in_set_config(text, start) => (spaced + 1, None),
        // `ALTER ROLE a SET app.secret TO 'x'`
        Some(b't' | b'T') if is_to(bytes, spaced) => (spaced + 2, None),
        // `PASSWORD 'x'`, but not `"password" 'x'` nor the end of a literal.
        _ if name_quoted && spaced == at => (end, None),
        _ => (spaced, None),
    };
    let value = skip_blank(bytes, after);
    if let Some((inside, behind)) = quoted(bytes, value) {
        // A name that ends a literal, as in `'password' 'x'` or `= 'password'`.
        if separator.is_none() && after == end && name_quoted && bytes.get(end) == Some(&b'\'') {
            return nested_quote(bytes, start, end, secrets);
        }
        secrets.push(inside);
        return Some(continued(bytes, behind, secrets));
    }
    let separator = separator?;
    let range = bare(bytes, value);
    let secret = text.get(range.clone())?;
    if secret.is_empty() || (separator == b'=' && is_column(text, start, secret, range.end)) {
        return None;
    }
    // Prose such as "password: must not be empty" hides one word more than needed.
    secrets.push(range.clone());
    Some(range.end)
}

/// `PASSWORD'x'` without a space: the quote behind the word opens the value
/// unless the word lies inside a literal that it closes.
fn nested_quote(
    bytes: &[u8],
    start: usize,
    end: usize,
    secrets: &mut Vec<Range<usize>>,
) -> Option<usize> {
    let before = bytes
        .get(..start)?
        .iter()
        .rev()
        .find(|byte| !is_word(**byte) && **byte != b'.');
    if before.is_some_and(|byte| matches!(byte, b'\'' | b'"')) {
        return None;
    }
    let (inside, behind) = quoted(bytes, end)?;
    secrets.push(inside);
    Some(continued(bytes, behind, secrets))
}

/// Literals that continue on the next line belong to the value.
fn continued(bytes: &[u8], mut at: usize, secrets: &mut Vec<Range<usize>>) -> usize {
    loop {
        let next = skip_blank(bytes, at);
        let blank = bytes.get(at..next).unwrap_or_default();
        if next == at || !(blank.contains(&b'\n') || blank.contains(&b'\\')) {
            return at;
        }
        if bytes.get(next) != Some(&b'\'') {
            return at;
        }
        let Some((inside, behind)) = quoted(bytes, next) else {
            return at;
        };
        secrets.push(inside);
        at = behind;
    }
}

fn is_to(bytes: &[u8], at: usize) -> bool {
    bytes
        .get(at..at + 2)
        .is_some_and(|word| word.eq_ignore_ascii_case(b"to"))
        && !bytes.get(at + 2).is_some_and(|&byte| is_word(byte))
}

/// Whether the quoted name at `start` is the first argument of `set_config`.
fn in_set_config(text: &str, start: usize) -> bool {
    let head = text.get(..start).unwrap_or_default();
    let head = head.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    let head = head
        .trim_end_matches(['\'', '"', '\\', '$', 'E', 'e'])
        .trim_end();
    let Some(head) = head.strip_suffix('(') else {
        return false;
    };
    let head = head.trim_end().trim_end_matches('"');
    head.len()
        .checked_sub(10)
        .and_then(|at| head.get(at..))
        .is_some_and(|name| name.eq_ignore_ascii_case("set_config"))
}

/// Whether `name = value` compares columns of SQL rather than giving a secret.
fn is_column(text: &str, start: usize, value: &str, behind: usize) -> bool {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '"' | '$' | '(' | '?');
    if value == "?" || value.starts_with('$') {
        return true;
    }
    if !value.chars().all(plain) && text.as_bytes().get(behind) != Some(&b'"') {
        return false;
    }
    let head = text.get(..start).unwrap_or_default().trim_end_matches('"');
    let head = match head.strip_suffix('.') {
        // An alias: look before it.
        Some(head) => head.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_' || c == '"'),
        None => head,
    };
    let trimmed = head.trim_end();
    if trimmed.ends_with(['(', ',']) {
        return true;
    }
    let context = trimmed.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let word = trimmed.get(context.len()..).unwrap_or_default();
    trimmed.len() < head.len()
        && context.ends_with(|c: char| c != '=')
        && COLUMN_CONTEXT
            .iter()
            .any(|known| word.eq_ignore_ascii_case(known))
}
