//! pgaudit's payload, what follows `AUDIT: `:
//! `TYPE,STMT,SUBSTMT,CLASS,COMMAND,OBJ_TYPE,OBJ_NAME,SQL,PARAMETER[,ROWS]`,
//! CSV with a field quoted only when it must be.
//!
//! Strict: text that is not exactly such a row is an ordinary message.

use bumpalo::Bump;
use kumki_model::{Audit, AuditKind, Sql};

use super::text::halve_quotes;

const CLASSES: [&str; 7] = [
    "READ", "WRITE", "FUNCTION", "ROLE", "DDL", "MISC", "MISC_SET",
];

/// Reads a payload. Nothing when it is none.
pub fn parse<'a>(payload: &'a str, arena: &'a Bump) -> Option<Audit<'a>> {
    let mut fields = Fields {
        rest: Some(payload),
        arena,
    };
    let kind = match fields.next()? {
        "SESSION" => AuditKind::Session,
        "OBJECT" => AuditKind::Object,
        _ => return None,
    };
    let statement_id = number(fields.next()?)?;
    let substatement_id = number(fields.next()?)?;
    let class = fields.next()?;
    let command = fields.next()?;
    if !CLASSES.contains(&class) || !is_command(command) {
        return None;
    }
    let object_type = present(fields.next()?);
    let object_name = present(fields.next()?);
    let text = fields.next()?;
    let parameters = fields.next()?;
    let rows = match fields.rest {
        Some(_) => Some(number(fields.next()?)?),
        None => None,
    };
    if fields.rest.is_some() {
        return None;
    }
    Some(Audit {
        kind,
        statement_id,
        substatement_id,
        class,
        command,
        object_type,
        object_name,
        text: logged(text).map(Sql::new),
        previously_logged: text == "<previously logged>",
        parameters: logged(parameters).filter(|text| *text != "<none>"),
        rows,
    })
}

fn present(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn logged(text: &str) -> Option<&str> {
    present(text).filter(|text| !matches!(*text, "<not logged>" | "<previously logged>"))
}

fn number(text: &str) -> Option<u64> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

fn is_command(text: &str) -> bool {
    let is_tag = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ';
    text == "???" || (!text.is_empty() && text.bytes().all(|byte| is_tag(byte) || byte == b'_'))
}

/// The fields of one CSV row; `rest` is absent once the row is used up.
struct Fields<'a> {
    rest: Option<&'a str>,
    arena: &'a Bump,
}

impl<'a> Fields<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let text = self.rest?;
        let (field, rest) = match text.strip_prefix('"') {
            Some(quoted) => {
                let (field, end) = unquote(quoted, self.arena)?;
                (field, &quoted[end..])
            }
            None => {
                let bytes = text.as_bytes();
                let end = memchr::memchr2(b',', b'"', bytes).unwrap_or(bytes.len());
                let field = &text[..end];
                if memchr::memchr2(b'\n', b'\r', field.as_bytes()).is_some() {
                    return None;
                }
                (field, &text[end..])
            }
        };
        self.rest = match rest.strip_prefix(',') {
            Some(rest) => Some(rest),
            None if rest.is_empty() => None,
            None => return None,
        };
        Some(field)
    }
}

/// The text up to the closing quote, doubled quotes halved, and where what
/// follows the closing quote begins.
fn unquote<'a>(text: &'a str, arena: &'a Bump) -> Option<(&'a str, usize)> {
    let bytes = text.as_bytes();
    let mut from = 0;
    let mut doubled = false;
    loop {
        let quote = from + memchr::memchr(b'"', &bytes[from..])?;
        if bytes.get(quote + 1) == Some(&b'"') {
            doubled = true;
            from = quote + 2;
            continue;
        }
        let field = &text[..quote];
        let field = if doubled {
            halve_quotes(field, arena)
        } else {
            field
        };
        return Some((field, quote + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_real_servers() {
        let arena = Bump::new();
        let row = parse(
            "SESSION,3,1,READ,SELECT,TABLE,public.t,select * from t,<none>",
            &arena,
        );
        let row = row.unwrap();
        assert_eq!(
            (row.statement_id, row.class, row.command),
            (3, "READ", "SELECT")
        );
        assert_eq!(row.object_name, Some("public.t"));
        assert_eq!(row.text, Some(Sql::new("select * from t")));
        assert_eq!((row.parameters, row.rows), (None, None));

        let row = parse(
            "OBJECT,12,4,WRITE,INSERT,TABLE,\"public.\"\"a,b\"\"\",\"insert into \"\"a,b\"\"\n values ($1, 'x')\",\"1,\"\"a \"\"\"\"q\"\"\"\"\"\"\",0",
            &arena,
        )
        .unwrap();
        assert_eq!(row.kind, AuditKind::Object);
        assert_eq!(row.object_name, Some("public.\"a,b\""));
        assert_eq!(
            row.text,
            Some(Sql::new("insert into \"a,b\"\n values ($1, 'x')"))
        );
        assert_eq!(
            (row.parameters, row.rows),
            (Some("1,\"a \"\"q\"\"\""), Some(0))
        );

        let row = parse(
            "SESSION,1,2,DDL,CREATE TABLE,,,<previously logged>,<previously logged>",
            &arena,
        );
        let row = row.unwrap();
        assert!(row.previously_logged && row.text.is_none() && row.parameters.is_none());
    }

    #[test]
    fn ordinary_messages_are_no_rows() {
        let arena = Bump::new();
        let refused = [
            "",
            "SESSION",
            "SESSION,1,1,ROLE,GRANT",
            "SESSION,1,1,READ,SELECT,,,select 1,<none>,x",
            "SESSION,1,1,READ,SELECT,,,select 1,<none>,1,2",
            "SESSION,1,1,READ,select,,,select 1,<none>",
            "SESSION,1,1,SEEN,SELECT,,,select 1,<none>",
            "SESSION,-1,1,READ,SELECT,,,select 1,<none>",
            "SESSION,1,1,READ,SELECT,,,\"select 1,<none>",
            "SESSION,1,1,READ,SELECT,,,\"select\" 1,<none>",
            "SESSION,1,1,READ,SELECT,,,select\n1,<none>",
            "SESSION,1,1,READ,SELECT,,,sel\"ect,<none>",
            "session,1,1,READ,SELECT,,,select 1,<none>",
        ];
        for payload in refused {
            assert_eq!(parse(payload, &arena), None, "{payload}");
        }
    }
}
