//! Secrets that show by their own form: SCRAM and MD5 verifiers, and the
//! password inside a URL.

use std::ops::Range;

use super::value::find as find_bytes;

const SCRAM: &[u8] = b"SCRAM-SHA-256$";
const MD5_DIGITS: usize = 32;

/// Bytes of user, password and host that are looked at in one URL.
const MAX_AUTHORITY: usize = 1024;

/// Adds the ranges of verifiers and of passwords in URLs.
pub(super) fn find(text: &str, secrets: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    scram(bytes, secrets);
    md5(bytes, secrets);
    urls(bytes, secrets);
}

fn scram(bytes: &[u8], secrets: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(candidate) = bytes.get(at..at + SCRAM.len()) {
        if candidate.eq_ignore_ascii_case(SCRAM) {
            let start = at;
            let body = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=:$-".contains(&byte);
            while bytes.get(at).is_some_and(|&byte| body(byte)) {
                at += 1;
            }
            secrets.push(start..at);
        } else {
            at += 1;
        }
    }
}

fn md5(bytes: &[u8], secrets: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(prefix) = bytes.get(at..at + 3) {
        let bounded = at == 0 || !bytes.get(at - 1).is_some_and(u8::is_ascii_alphanumeric);
        if bounded && prefix.eq_ignore_ascii_case(b"md5") {
            let digits = bytes
                .get(at + 3..)
                .unwrap_or_default()
                .iter()
                .take_while(|byte| byte.is_ascii_hexdigit())
                .count();
            let followed = bytes
                .get(at + 3 + digits)
                .is_some_and(|byte| byte.is_ascii_alphanumeric());
            if digits == MD5_DIGITS && !followed {
                secrets.push(at..at + 3 + digits);
                at += digits;
            }
        }
        at += 3.min(1 + usize::from(!bounded));
    }
}

/// `scheme://user:password@host`: the part between the colon and the `@`.
fn urls(bytes: &[u8], secrets: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(found) = find_bytes(bytes, b"://", at) {
        at = found + 3;
        let before = bytes.get(..found).unwrap_or_default();
        let rest = bytes.get(at..).unwrap_or_default();
        let rest = rest.get(..MAX_AUTHORITY).unwrap_or(rest);
        if memchr::memchr(b'@', rest).is_none() {
            continue;
        }
        // A raw slash in a password is not allowed, yet libpq's URLs are the ones to be sure of.
        let ours = ends_with(before, b"postgres") || ends_with(before, b"postgresql");
        let stop = |byte: u8| {
            byte.is_ascii_whitespace() || b"'\"`<>\\".contains(&byte) || (byte == b'/' && !ours)
        };
        let authority = rest
            .iter()
            .position(|&byte| stop(byte))
            .unwrap_or(rest.len());
        let authority = rest.get(..authority).unwrap_or_default();
        let Some(host) = memchr::memrchr(b'@', authority) else {
            continue;
        };
        let Some(colon) = memchr::memchr(b':', authority) else {
            continue;
        };
        if colon + 1 < host {
            secrets.push(at + colon + 1..at + host);
        }
    }
}

fn ends_with(bytes: &[u8], suffix: &[u8]) -> bool {
    bytes
        .len()
        .checked_sub(suffix.len())
        .and_then(|start| bytes.get(start..))
        .is_some_and(|end| end.eq_ignore_ascii_case(suffix))
}
