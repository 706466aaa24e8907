//! Hiding secrets and literals.
//!
//! In comes text that holds SQL or talks about it: statements, log messages,
//! details, connection strings, JSON, whole log lines; complete or cut off. Out
//! comes the text with its passwords, tokens and keys replaced by `<masked>`,
//! quotes kept so that SQL stays SQL. Because SQL may be embedded, quoted again
//! or truncated, the text is not parsed: places that announce a secret are
//! looked for and the value that follows is hidden, rather too much than too
//! little. Text without such places is only scanned and borrowed.

mod announced;
mod calls;
mod literals;
#[cfg(test)]
mod tests;
mod trigger;
mod value;
mod verifier;

use std::borrow::Cow;
use std::ops::Range;

pub(crate) use announced::is_secret_name;
pub use literals::mask_literals;

/// What stands in the place of a secret.
pub const MASK: &str = "<masked>";

/// Rounds after which no more is looked for.
const MAX_ROUNDS: usize = 8;

/// Replaces passwords, tokens and keys in SQL, connection strings and server
/// messages by [`MASK`]. Borrows when there is nothing to hide. Masking twice
/// changes nothing more.
///
/// ```
/// use kumki_sql::mask_secrets;
/// assert_eq!(mask_secrets("ALTER ROLE a PASSWORD 'x'"), "ALTER ROLE a PASSWORD '<masked>'");
/// ```
pub fn mask_secrets(text: &str) -> Cow<'_, str> {
    let possible = trigger::possible(text.as_bytes());
    if possible == 0 {
        return Cow::Borrowed(text);
    }
    let mut masked = hide(text, possible);
    // What is hidden may have stood in the way of something else.
    for _ in 1..MAX_ROUNDS {
        let Cow::Owned(done) = &masked else { break };
        let Cow::Owned(more) = hide(done, possible) else {
            break;
        };
        masked = Cow::Owned(more);
    }
    masked
}

fn hide(text: &str, possible: u8) -> Cow<'_, str> {
    let mut secrets = Vec::new();
    if possible & trigger::ANNOUNCED != 0 {
        announced::find(text, &mut secrets);
    }
    if possible & trigger::CALL != 0 {
        calls::find(text, &mut secrets);
    }
    if possible & trigger::VERIFIER != 0 {
        verifier::find(text, &mut secrets);
    }
    replace(text, secrets)
}

/// Puts [`MASK`] in the place of every range; ranges may overlap.
fn replace(text: &str, mut ranges: Vec<Range<usize>>) -> Cow<'_, str> {
    ranges.retain(|range| {
        range.start < range.end && text.get(range.clone()).is_some_and(|secret| secret != MASK)
    });
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    for range in ranges {
        if range.start >= at {
            masked.push_str(text.get(at..range.start).unwrap_or_default());
            masked.push_str(MASK);
        }
        at = at.max(range.end);
    }
    masked.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(masked)
}
