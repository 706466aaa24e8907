//! What quoted tokens stand for.

use super::{Kind, Token};

/// The identifier a quoted token stands for, its case kept.
pub(super) fn decode_identifier(token: &Token<'_>) -> String {
    let body = token
        .text
        .find('"')
        .and_then(|quote| token.text.get(quote + 1..))
        .unwrap_or("");
    let body = if token.terminated {
        body.strip_suffix('"').unwrap_or(body)
    } else {
        body
    };
    let plain = body.replace("\"\"", "\"");
    if token.kind == Kind::UnicodeIdentifier {
        unicode(&plain)
    } else {
        plain
    }
}

/// The value of a string constant; `None` for tokens that are none.
pub(crate) fn decode_string(token: &Token<'_>) -> Option<String> {
    if !token.kind.is_string() {
        return None;
    }
    if token.kind == Kind::DollarString {
        let tag = token.text.get(1..)?.find('$')? + 2;
        let body = token.text.get(tag..)?;
        let end = if token.terminated {
            body.len().checked_sub(tag)?
        } else {
            body.len()
        };
        return body.get(..end).map(str::to_owned);
    }
    let body = token.text.get(token.text.find('\'')? + 1..)?;
    let body = if token.terminated {
        body.strip_suffix('\'').unwrap_or(body)
    } else {
        body
    };
    Some(match token.kind {
        Kind::EscapeString => backslashes(body),
        Kind::UnicodeString => unicode(&body.replace("''", "'")),
        _ => body.replace("''", "'"),
    })
}

/// `\n`, `\'`, `\x41`, `\101`, `\u0041`, `\U00000041` and doubled quotes.
fn backslashes(body: &str) -> String {
    let mut value = String::with_capacity(body.len());
    let mut rest = body.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\'' => {
                rest.next_if_eq(&'\'');
                value.push('\'');
            }
            '\\' => match rest.next() {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some('r') => value.push('\r'),
                Some('b') => value.push('\u{8}'),
                Some('f') => value.push('\u{c}'),
                Some('x') => value.push(code(&mut rest, 16, 2, 0)),
                Some('u') => value.push(code(&mut rest, 16, 4, 0)),
                Some('U') => value.push(code(&mut rest, 16, 8, 0)),
                Some(octal @ '0'..='7') => {
                    value.push(code(&mut rest, 8, 2, octal.to_digit(8).unwrap_or(0)));
                }
                Some(other) => value.push(other),
                None => {}
            },
            other => value.push(other),
        }
    }
    value
}

/// `\0041` and `\+000041`, with the default escape character.
fn unicode(body: &str) -> String {
    let mut value = String::with_capacity(body.len());
    let mut rest = body.chars().peekable();
    while let Some(character) = rest.next() {
        if character != '\\' {
            value.push(character);
        } else if rest.next_if_eq(&'\\').is_some() {
            value.push('\\');
        } else if rest.next_if_eq(&'+').is_some() {
            value.push(code(&mut rest, 16, 6, 0));
        } else {
            value.push(code(&mut rest, 16, 4, 0));
        }
    }
    value
}

fn code(
    rest: &mut std::iter::Peekable<std::str::Chars<'_>>,
    radix: u32,
    digits: usize,
    start: u32,
) -> char {
    let mut value = start;
    for _ in 0..digits {
        let Some(digit) = rest.peek().and_then(|character| character.to_digit(radix)) else {
            break;
        };
        value = value.wrapping_mul(radix).wrapping_add(digit);
        rest.next();
    }
    char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER)
}
