//! Hiding every constant, for display.

use std::borrow::Cow;

use crate::lex::tokens;

/// What stands in the place of a constant.
const PLACEHOLDER: &str = "?";

/// Replaces every string, bit string and number by `?`. Comments are kept.
/// Borrows when there is none.
///
/// ```
/// use kumki_sql::mask_literals;
/// assert_eq!(mask_literals("SELECT 'a', 1.5 FROM t1"), "SELECT ?, ? FROM t1");
/// ```
pub fn mask_literals(sql: &str) -> Cow<'_, str> {
    let mut masked = String::new();
    let mut at = 0;
    for token in tokens(sql).filter(|token| token.kind.is_literal()) {
        masked.push_str(sql.get(at..token.start).unwrap_or_default());
        masked.push_str(PLACEHOLDER);
        at = token.end();
    }
    if at == 0 {
        return Cow::Borrowed(sql);
    }
    masked.push_str(sql.get(at..).unwrap_or_default());
    Cow::Owned(masked)
}
