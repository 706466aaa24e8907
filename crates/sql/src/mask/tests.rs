use proptest::prelude::*;

use super::*;

#[test]
fn secrets_are_hidden_and_the_rest_kept() {
    for (text, expected) in [
        (
            "CREATE ROLE a PASSWORD 'x'",
            "CREATE ROLE a PASSWORD '<masked>'",
        ),
        (
            "create user a encrypted password'x'",
            "create user a encrypted password'<masked>'",
        ),
        (
            "ALTER USER a WITH PASSWORD E'it\\'s' LOGIN",
            "ALTER USER a WITH PASSWORD E'<masked>' LOGIN",
        ),
        (
            "ALTER USER a PASSWORD $$x$$;",
            "ALTER USER a PASSWORD $$<masked>$$;",
        ),
        (
            "ALTER USER a PASSWORD $q$x$q$ LOGIN",
            "ALTER USER a PASSWORD $q$<masked>$q$ LOGIN",
        ),
        (
            "ALTER USER a PASSWORD U&'\\0041b'",
            "ALTER USER a PASSWORD U&'<masked>'",
        ),
        (
            "ALTER USER a PASSWORD /* c */ 'x' -- d",
            "ALTER USER a PASSWORD /* c */ '<masked>' -- d",
        ),
        (
            "ALTER USER a PASSWORD 'x'\n'y'",
            "ALTER USER a PASSWORD '<masked>'\n'<masked>'",
        ),
        (
            "ALTER USER a PASSWORD 'it''s x'",
            "ALTER USER a PASSWORD '<masked>'",
        ),
        (
            "ALTER USER a PASSWORD '''x'",
            "ALTER USER a PASSWORD '<masked>'",
        ),
        (
            "ALTER USER a PASSWORD 'trunca",
            "ALTER USER a PASSWORD '<masked>",
        ),
        (
            "duration: 1 ms  statement: ALTER ROLE a PASSWORD 'x'",
            "duration: 1 ms  statement: ALTER ROLE a PASSWORD '<masked>'",
        ),
        (
            "DO $$ BEGIN EXECUTE 'ALTER ROLE a PASSWORD ''x y'''; END $$",
            "DO $$ BEGIN EXECUTE 'ALTER ROLE a PASSWORD ''<masked>'''; END $$",
        ),
        (
            "CREATE USER MAPPING FOR a SERVER s OPTIONS (user 'u', password 'p')",
            "CREATE USER MAPPING FOR a SERVER s OPTIONS (user 'u', password '<masked>')",
        ),
        (
            "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (SET key 'p', host 'h')",
            "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (SET key '<masked>', host 'h')",
        ),
        (
            "CREATE SUBSCRIPTION s CONNECTION 'host=h password=p dbname=d' PUBLICATION q",
            "CREATE SUBSCRIPTION s CONNECTION 'host=h password=<masked> dbname=d' PUBLICATION q",
        ),
        (
            "SELECT dblink('host=h password = ''a b'' user=u', 'SELECT 1')",
            "SELECT dblink('host=h password = ''<masked>'' user=u', 'SELECT 1')",
        ),
        (
            "could not connect: password=abc host=h",
            "could not connect: password=<masked> host=h",
        ),
        ("postgres://u:p@h:5432/d", "postgres://u:<masked>@h:5432/d"),
        (
            "'postgresql://u:p@ss/w@h/d?sslmode=on'",
            "'postgresql://u:<masked>@h/d?sslmode=on'",
        ),
        (
            "see https://u:p@example.org/a@b",
            "see https://u:<masked>@example.org/a@b",
        ),
        (
            "postgres://h/d?user=a&password=b&x=y",
            "postgres://h/d?user=a&password=<masked>&x=y",
        ),
        (
            "select pgp_sym_encrypt('data', 'key')",
            "select pgp_sym_encrypt('data', '<masked>')",
        ),
        (
            "select public.pgp_sym_decrypt(col::bytea, $k$key$k$, 'opt=1')",
            "select public.pgp_sym_decrypt(col::bytea, $k$<masked>$k$, 'opt=1')",
        ),
        (
            "UPDATE t SET a = encrypt(a::bytea, 'k'::bytea, 'aes')",
            "UPDATE t SET a = encrypt(a::bytea, '<masked>'::bytea, 'aes')",
        ),
        (
            "select crypt('pw', gen_salt('bf'))",
            "select crypt('<masked>', gen_salt('<masked>'))",
        ),
        (
            "UPDATE t SET password = crypt('pw', 's')",
            "UPDATE t SET password = crypt('<masked>', '<masked>')",
        ),
        (
            "select hmac(a, 'k', 'sha256'), encrypt(x, 'k",
            "select hmac(a, '<masked>', 'sha256'), encrypt(x, '<masked>",
        ),
        (
            "x 'SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy' y",
            "x '<masked>' y",
        ),
        (
            "hash md50123456789abcdef0123456789ABCDEF.",
            "hash <masked>.",
        ),
        (
            "SELECT set_config('app.jwt_secret', 'x', false)",
            "SELECT set_config('app.jwt_secret', '<masked>', false)",
        ),
        (
            "ALTER DATABASE d SET \"app.jwt_secret\" TO 'x'",
            "ALTER DATABASE d SET \"app.jwt_secret\" TO '<masked>'",
        ),
        ("SET app.api_key = 'x'", "SET app.api_key = '<masked>'"),
        (
            r#"{"user": "a", "password": "x\"y", "b": 1}"#,
            r#"{"user": "a", "password": "<masked>", "b": 1}"#,
        ),
        (
            r#""INSERT INTO a VALUES ('{""password"": ""x y"", ""b"": 1}')""#,
            r#""INSERT INTO a VALUES ('{""password"": ""<masked>"", ""b"": 1}')""#,
        ),
        (
            "INSERT INTO u (a) VALUES (1); UPDATE u SET password='p' WHERE a=1",
            "INSERT INTO u (a) VALUES (1); UPDATE u SET password='<masked>' WHERE a=1",
        ),
    ] {
        assert_eq!(mask_secrets(text), expected, "{text}");
        assert_eq!(mask_secrets(expected), expected, "again: {text}");
    }
}

#[test]
fn what_is_no_secret_stays_and_is_borrowed() {
    for text in [
        "SELECT 1",
        "SELECT u.password FROM users u WHERE u.id = 1",
        "SELECT id FROM users WHERE password = $1 AND a = 'b'",
        "SELECT id FROM users u JOIN p ON u.password = p.password WHERE u.a = 'b'",
        "SELECT id FROM users u WHERE u.password=p.password AND a = 'b'",
        "INSERT INTO users (password, name) VALUES ($1, $2)",
        "SET password_encryption = 'scram-sha-256'",
        "ALTER ROLE a PASSWORD NULL",
        "password authentication failed for user \"app\"",
        "SELECT * FROM kv WHERE key = 'colour'",
        "SELECT key, value FROM settings WHERE primary_key = 'x'",
        "see https://example.org:8080/path",
        "SELECT md5('x'), md5(a) FROM t",
        "INSERT INTO t (description) VALUES ('an encrypted subscription')",
        "SELECT 'password'",
        "SELECT name FROM pg_settings WHERE name = 'password_encryption'",
        "SELECT column_name FROM c WHERE column_name IN ('password', 'name')",
        "SELECT a FROM t WHERE password IS NULL",
        "CREATE TABLE t (password text NOT NULL, token uuid)",
    ] {
        assert!(
            matches!(mask_secrets(text), Cow::Borrowed(_)),
            "{text} -> {}",
            mask_secrets(text)
        );
    }
}

#[test]
fn literals_are_replaced() {
    for (text, expected) in [
        (
            "SELECT 'a', 1.5, B'1', $$x$$, E'\\'' FROM t1",
            "SELECT ?, ?, ?, ?, ? FROM t1",
        ),
        ("SELECT \"a\" -- 1", "SELECT \"a\" -- 1"),
        ("SELECT 'cut off", "SELECT ?"),
    ] {
        assert_eq!(mask_literals(text), expected);
    }
}

/// Ways to write a secret so that PostgreSQL or libpq would take it.
fn planted() -> impl Strategy<Value = String> {
    let heads = prop::sample::select(vec![
        "ALTER ROLE a PASSWORD ",
        "CREATE USER \"b c\" WITH LOGIN ENCRYPTED PASSWORD\n",
        "duration: 0.1 ms  statement: ALTER USER a password/**/",
        "CREATE USER MAPPING FOR u SERVER s OPTIONS (user 'x', password ",
        "ALTER SUBSCRIPTION s OPTIONS (ADD passwd ",
        "SELECT pgp_sym_encrypt('data', ",
        "SELECT a, crypt(",
        "SELECT 'it''s', hmac(a, ",
    ]);
    let quotes = prop::sample::select(vec![
        ("'", "'"),
        ("E'", "'"),
        ("e'\\'", "'"),
        ("$$", "$$"),
        ("$tag$", "$tag$"),
        ("U&'", "'"),
        ("'''", "'"),
        ("'x''", "''y'"),
        ("'", ""),
        ("$t$", ""),
    ]);
    (heads, quotes, "[ -~]{0,3}").prop_map(|(head, (open, close), tail)| {
        format!(
            "{head}{open}PLANTED{close}{}",
            if close.is_empty() {
                String::new()
            } else {
                format!(" {tail}")
            }
        )
    })
}

proptest! {
    #[test]
    fn no_planted_secret_remains(text in planted(), csv in any::<bool>()) {
        let text = if csv { format!("\"{}\"", text.replace('"', "\"\"")) } else { text };
        let masked = mask_secrets(&text);
        prop_assert!(!masked.contains("PLANTED"), "{} -> {}", text, masked);
    }

    #[test]
    fn connection_strings_leak_nothing(
        before in "[a-z]{1,8}=[a-z0-9]{1,8} ",
        secret in "PLANTED[a-zA-Z0-9!#%*+./:<>?@^_|~-]{0,12}",
        after in "( [a-z]{1,8}=[a-z0-9]{1,8})?",
    ) {
        for text in [
            format!("{before}password={secret}{after}"),
            format!("SELECT dblink_connect('{before}password={secret}{after}')"),
            format!("CREATE SUBSCRIPTION s CONNECTION '{before}password={secret}{after}' PUBLICATION p"),
            format!("connection to \"{before}password={secret}{after}\" failed"),
        ] {
            let masked = mask_secrets(&text);
            prop_assert!(!masked.contains("PLANTED"), "{} -> {}", text, masked);
        }
    }

    #[test]
    fn masking_any_text_is_total_and_idempotent(
        text in r#"([a-z '"$\\,;:=()/@\n-]|password|secret|OPTIONS|crypt\(|://|md5|é){0,24}"#
    ) {
        let once = mask_secrets(&text).into_owned();
        let twice = mask_secrets(&once).into_owned();
        prop_assert_eq!(&once, &twice, "{}", text);
        let _ = mask_literals(&text);
    }
}

#[test]
fn a_path_that_ends_in_passwd_announces_nothing() {
    for text in [
        "SELECT pg_read_file('/etc/passwd')",
        "COPY t FROM '/etc/passwd' WITH (FORMAT text)",
        "\"\"select lo_import('/etc/passwd')\"\",<none>",
    ] {
        assert_eq!(mask_secrets(text), text);
    }
}
