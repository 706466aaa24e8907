//! The first draft of a rule, for whoever writes one.

use sha2::{Digest, Sha256};

use crate::rule::hexadecimal;

const TEMPLATE: &str = include_str!("template.yml");

/// A complete, commented rule of that name that loads and whose tests pass.
/// Characters that a name cannot have become `_`.
pub fn template(name: &str) -> String {
    let mut slug: String = name
        .chars()
        .take(60)
        .map(|character| {
            if character.is_ascii_alphanumeric() {
                character.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect();
    if slug.trim_matches('_').is_empty() {
        slug = "my_rule".to_owned();
    }
    let title = slug.replace('_', " ");
    let title = title.trim();
    let capital: String = title
        .chars()
        .enumerate()
        .map(|(index, character)| {
            if index == 0 {
                character.to_ascii_uppercase()
            } else {
                character
            }
        })
        .collect();
    TEMPLATE
        .replace("@TITLE@", &capital)
        .replace("@NAME@", &slug)
        .replace("@BASE_ID@", &uuid(&format!("{slug} base")))
        .replace("@ID@", &uuid(&slug))
}

/// A UUID of version 8 (RFC 9562) made from the name.
fn uuid(name: &str) -> String {
    let digits = hexadecimal(&Sha256::digest(name.as_bytes()), 16);
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-8{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}
