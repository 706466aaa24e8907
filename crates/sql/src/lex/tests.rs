use proptest::prelude::*;

use super::*;

fn kinds(text: &str) -> Vec<(Kind, &str)> {
    significant(text)
        .map(|token| (token.kind, token.text))
        .collect()
}

#[test]
fn words_strings_and_numbers() {
    use Kind::*;
    assert_eq!(
        kinds(r#"SELECT a$1, "b""c", U&"d\0061", 1_000, 0xFF, .5, 1.5e-3, 2. FROM t"#),
        [
            (Word, "SELECT"),
            (Word, "a$1"),
            (Comma, ","),
            (QuotedIdentifier, r#""b""c""#),
            (Comma, ","),
            (UnicodeIdentifier, r#"U&"d\0061""#),
            (Comma, ","),
            (Number, "1_000"),
            (Comma, ","),
            (Number, "0xFF"),
            (Comma, ","),
            (Number, ".5"),
            (Comma, ","),
            (Number, "1.5e-3"),
            (Comma, ","),
            (Number, "2."),
            (Word, "FROM"),
            (Word, "t"),
        ]
    );
}

#[test]
fn every_string_style() {
    use Kind::*;
    assert_eq!(
        kinds(r"'it''s' E'a\'b' u&'\0041' n'x' B'01' x'1F' $$a'b$$ $t$ $$ $t$ e''"),
        [
            (String, "'it''s'"),
            (EscapeString, r"E'a\'b'"),
            (UnicodeString, r"u&'\0041'"),
            (NationalString, "n'x'"),
            (BitString, "B'01'"),
            (BitString, "x'1F'"),
            (DollarString, "$$a'b$$"),
            (DollarString, "$t$ $$ $t$"),
            (EscapeString, "e''"),
        ]
    );
}

#[test]
fn operators_stop_at_comments_and_signs() {
    use Kind::*;
    assert_eq!(
        kinds("a=-1 b<>c d->>'x' e*/* f */2 g--h\n@-1 i::int $2 j:=1 k..l"),
        [
            (Word, "a"),
            (Operator, "="),
            (Operator, "-"),
            (Number, "1"),
            (Word, "b"),
            (Operator, "<>"),
            (Word, "c"),
            (Word, "d"),
            (Operator, "->>"),
            (String, "'x'"),
            (Word, "e"),
            (Operator, "*"),
            (Number, "2"),
            (Word, "g"),
            (Operator, "@-"),
            (Number, "1"),
            (Word, "i"),
            (Cast, "::"),
            (Word, "int"),
            (Parameter, "$2"),
            (Word, "j"),
            (Colon, ":="),
            (Number, "1"),
            (Word, "k"),
            (Dot, "."),
            (Dot, "."),
            (Word, "l"),
        ]
    );
}

#[test]
fn comments_nest_and_unclosed_tokens_are_flagged() {
    let all: Vec<_> = tokens("/* a /* b */ c */ -- d\nx")
        .map(|token| token.kind)
        .collect();
    assert_eq!(
        all,
        [
            Kind::BlockComment,
            Kind::Space,
            Kind::LineComment,
            Kind::Space,
            Kind::Word
        ]
    );
    for text in [
        "'abc",
        "/* a /* b */",
        "$x$ abc $y$",
        "\"abc",
        "E'abc\\'",
        "U&'x",
    ] {
        let last = tokens(text).last().expect("a token");
        assert!(!last.terminated, "{text}");
        assert_eq!(last.end(), text.len());
    }
}

#[test]
fn values_of_strings_and_names() {
    let value = |text: &str| tokens(text).next().and_then(|token| token.string_value());
    assert_eq!(value("'it''s'").as_deref(), Some("it's"));
    assert_eq!(value(r"E'\x41\n\101\u0041\\'").as_deref(), Some("A\nAA\\"));
    assert_eq!(value(r"U&'\0041\+000042\\'").as_deref(), Some("AB\\"));
    assert_eq!(value("$a$ x $a$").as_deref(), Some(" x "));
    assert_eq!(value("$a$ x").as_deref(), Some(" x"));
    assert_eq!(value("'x").as_deref(), Some("x"));
    assert_eq!(value("x"), None);
    let name = |text: &str| tokens(text).next().map(|token| token.name());
    assert_eq!(name("FooBar").as_deref(), Some("foobar"));
    assert_eq!(name("\"Foo\"\"Bar\"").as_deref(), Some("Foo\"Bar"));
    assert_eq!(name(r#"U&"d\0061t""#).as_deref(), Some("dat"));
}

proptest! {
    #[test]
    fn tokens_cover_any_text(text in any::<String>()) {
        check_cover(&text)?;
    }

    #[test]
    fn tokens_cover_any_mix_of_delimiters(
        text in r#"[eEuUxXbBnN&'"$a1\\/*\-;:.()é \n]{0,60}"#
    ) {
        check_cover(&text)?;
    }
}

fn check_cover(text: &str) -> Result<(), TestCaseError> {
    let mut at = 0;
    for token in tokens(text) {
        prop_assert_eq!(token.start, at);
        prop_assert!(!token.text.is_empty());
        at = token.end();
        let _ = (token.name(), token.string_value());
    }
    prop_assert_eq!(at, text.len());
    Ok(())
}
