//! Words that, followed by a parenthesis, call no function.

/// Whether `word(`, in lower case, opens a list, a subquery or a condition
/// rather than the arguments of a function.
#[inline]
pub(crate) fn is_no_function(word: &[u8]) -> bool {
    match word.len() {
        2 => matches!(word, b"in" | b"or" | b"on" | b"as" | b"by" | b"is"),
        3 => matches!(word, b"and" | b"not" | b"any" | b"all" | b"set" | b"key"),
        4 => matches!(
            word,
            b"from"
                | b"when"
                | b"then"
                | b"else"
                | b"case"
                | b"join"
                | b"some"
                | b"like"
                | b"with"
                | b"over"
                | b"into"
                | b"only"
        ),
        5 => matches!(
            word,
            b"where"
                | b"using"
                | b"union"
                | b"limit"
                | b"ilike"
                | b"check"
                | b"array"
                | b"table"
                | b"group"
                | b"order"
        ),
        6 => matches!(
            word,
            b"values"
                | b"select"
                | b"exists"
                | b"having"
                | b"except"
                | b"offset"
                | b"filter"
                | b"unique"
                | b"within"
        ),
        7 => matches!(
            word,
            b"between" | b"lateral" | b"default" | b"options" | b"analyze" | b"explain"
        ),
        8 => matches!(word, b"distinct"),
        9 => matches!(word, b"returning" | b"intersect"),
        _ => false,
    }
}
