//! Passwords and keys handed to pgcrypto: the constants in the secret
//! arguments of its functions.

use std::ops::Range;

use super::value::{constants, quoted, skip_blank};
use crate::lex::{Kind, scan};

/// Functions and their secret arguments, counted from 0.
const SECRET_ARGUMENTS: &[(&str, &[usize])] = &[
    ("pgp_sym_encrypt", &[1]),
    ("pgp_sym_encrypt_bytea", &[1]),
    ("pgp_sym_decrypt", &[1]),
    ("pgp_sym_decrypt_bytea", &[1]),
    ("pgp_pub_decrypt", &[1, 2]),
    ("pgp_pub_decrypt_bytea", &[1, 2]),
    ("encrypt", &[1]),
    ("decrypt", &[1]),
    ("encrypt_iv", &[1]),
    ("decrypt_iv", &[1]),
    ("crypt", &[0, 1]),
    ("hmac", &[1]),
];

/// Arguments looked at in one call; pgcrypto has none with more.
const MAX_ARGUMENTS: usize = 8;

/// Tokens of one call that are looked at. Calls nest, so this keeps the work linear.
const MAX_TOKENS: usize = 256;

/// Adds the constants inside secret arguments.
pub(super) fn find(text: &str, secrets: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if !(byte.is_ascii_alphabetic() || byte == b'_') {
            at += 1;
            continue;
        }
        let start = at;
        while bytes
            .get(at)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        {
            at += 1;
        }
        let name = text.get(start..at).unwrap_or_default();
        let Some((_, arguments)) = SECRET_ARGUMENTS
            .iter()
            .find(|(function, _)| name.eq_ignore_ascii_case(function))
        else {
            continue;
        };
        // `"pg_catalog"."crypt"(…)`: a closing quote may follow the name.
        let mut open = at;
        while bytes.get(open) == Some(&b'"') {
            open += 1;
        }
        open = skip_blank(bytes, open);
        if bytes.get(open) == Some(&b'(') {
            call(bytes, open + 1, arguments, secrets);
        }
    }
}

/// Walks the arguments of one call up to its closing parenthesis.
fn call(bytes: &[u8], open: usize, secret: &[usize], found: &mut Vec<Range<usize>>) {
    let (mut at, mut depth, mut argument, mut start) = (open, 0usize, 0usize, open);
    for _ in 0..MAX_TOKENS {
        if at >= bytes.len() || argument >= MAX_ARGUMENTS {
            break;
        }
        if let Some((_, end)) = quoted(bytes, at) {
            at = end.max(at + 1);
            continue;
        }
        let raw = scan(bytes, at);
        let ends = match raw.kind {
            Kind::OpenParenthesis | Kind::OpenBracket => {
                depth += 1;
                false
            }
            Kind::CloseParenthesis | Kind::CloseBracket if depth > 0 => {
                depth -= 1;
                false
            }
            Kind::CloseParenthesis | Kind::CloseBracket | Kind::Semicolon => {
                argument_end(bytes, start, at, argument, secret, found);
                return;
            }
            Kind::Comma => depth == 0,
            _ => false,
        };
        if ends {
            argument_end(bytes, start, at, argument, secret, found);
            argument += 1;
            start = raw.end;
        }
        at = raw.end;
    }
    argument_end(bytes, start, at, argument, secret, found);
}

fn argument_end(
    bytes: &[u8],
    start: usize,
    end: usize,
    argument: usize,
    secret: &[usize],
    found: &mut Vec<Range<usize>>,
) {
    if secret.contains(&argument) {
        constants(bytes, start, end, found);
    }
}
