use proptest::prelude::*;

use super::retain::is_literal_sensitive;
use super::*;

fn normalised(sql: &str) -> String {
    Stream::default().normalised(sql)
}

fn same_key(a: &str, b: &str) -> bool {
    let (mut first, mut second) = (Stream::default(), Stream::default());
    first.key(a) == second.key(b)
}

#[test]
fn statements_are_normalised() {
    for (sql, expected) in [
        (
            "SELECT  A, \"B\"\nFROM S.T -- c\nWHERE x=1",
            "select a, \"B\" from s.t where x = $1",
        ),
        ("select 1 ; ", "select $1"),
        ("select 1;;select 'x'", "select $1; select $2"),
        (
            "INSERT INTO t(a,b) VALUES (1,'x'),(2,'y') , (3, NULL)",
            "insert into t(a, b) values ($1)",
        ),
        (
            "INSERT INTO t VALUES (1,now()),(2,now())",
            "insert into t values ($1, now())",
        ),
        (
            "select * from t where a in (1,-2, +3) and b = ANY($1)",
            "select * from t where a in ($1) and b = any ($2)",
        ),
        (
            "select * from t where (a,b) in ((1,2),(3,4))",
            "select * from t where (a, b) in (($1))",
        ),
        (
            "select f(1,2), g()::int, a[1:2], array[1,2]",
            "select f($1, $2), g()::int, a[$3 : $4], array[$5]",
        ),
        (
            "select a*-1, b->>'x', - 2",
            "select a * - $1, b ->> $2, - $3",
        ),
        (
            "select 'a'\n'b', $$x$$, E'\\'', 0x1F",
            "select $1, $2, $3, $4",
        ),
        ("select (1-2), (1)", "select ($1 - $2), ($3)"),
        ("/* x */ TABLE \"T\" -- y", "table \"T\""),
        ("", ""),
        ("-- only a comment", ""),
    ] {
        assert_eq!(normalised(sql), expected, "{sql}");
        assert_eq!(normalised(expected), expected, "again: {sql}");
    }
}

#[test]
fn keys_keep_the_literals_that_matter() {
    for (a, b) in [
        (
            "SELECT a FROM t WHERE b = 1",
            "select a from t where b = 'x' -- comment",
        ),
        (
            "SELECT a FROM t WHERE b IN (1)",
            "SELECT a FROM t WHERE b IN (1, 2, 3)",
        ),
        ("SELECT f(1) = 2", "SELECT f(2) = 2"),
        ("FETCH 10 FROM c", "FETCH 20 FROM c"),
    ] {
        assert!(same_key(a, b), "{a} / {b}");
    }
    for (a, b) in [
        (
            "SELECT a FROM t WHERE b = $1",
            "SELECT a FROM t WHERE b = 1",
        ),
        ("COPY t TO '/a'", "COPY t TO '/b'"),
        ("SET a = 'x'", "SET a = 'y'"),
        ("SELECT 1; COPY t TO '/a'", "SELECT 1; COPY t TO '/b'"),
        ("SELECT pg_read_file('/a')", "SELECT pg_read_file('/b')"),
        (
            "SELECT PG_CATALOG.\"set_config\"(('a'), 'b', false)",
            "SELECT PG_CATALOG.\"set_config\"(('a'), 'c', false)",
        ),
        (
            "SELECT a FROM t WHERE b OR 1=1",
            "SELECT a FROM t WHERE b OR 1=2",
        ),
        (
            "SELECT a FROM t WHERE b OR (1)=(1)",
            "SELECT a FROM t WHERE b OR (1)=(2)",
        ),
        (
            "SELECT a FROM t WHERE b = 1",
            "SELECT a FROM t WHERE b = 1 --",
        ),
        (
            "SELECT a FROM t WHERE b = '1'",
            "SELECT a FROM t WHERE b = '1",
        ),
        (
            "SELECT a FROM t WHERE b = 1",
            "SELECT a FROM t WHERE \"B\" = 1",
        ),
    ] {
        assert!(!same_key(a, b), "{a} / {b}");
    }
}

#[test]
fn the_functions_are_sorted() {
    for name in [
        "set_config",
        "pg_read_file",
        "current_setting",
        "query_to_xml_and_xmlschema",
        "dblink",
    ] {
        assert!(is_literal_sensitive(name.as_bytes()), "{name}");
    }
}

proptest! {
    #[test]
    fn normalising_twice_changes_nothing(
        sql in r#"([a-zA-Z_$]{1,4}|[0-9]{1,2}|'[a-z]{0,3}'|\$1|[-+*/<>=:.,;()\[\] ?\\\n]|"[a-z]"|NULL|IN|--x\n|\$|U&"a"){0,24}"#
    ) {
        let once = normalised(&sql);
        prop_assert_eq!(normalised(&once), once, "{}", sql);
    }

    #[test]
    fn any_text_is_normalised(sql in any::<String>()) {
        let once = normalised(&sql);
        prop_assert_eq!(normalised(&once), once);
        let _ = Stream::default().key(&sql);
    }

    #[test]
    fn literals_do_not_change_the_shape(a in "[^'\\\\]{0,9}", n in 0u32..99999, rows in 1usize..5) {
        let a = a.replace('\'', "''");
        let row = format!("('{a}', {n})");
        let values = vec![row; rows].join(", ");
        prop_assert_eq!(
            normalised(&format!("INSERT INTO t (a, b) VALUES {values}")),
            "insert into t(a, b) values ($1)"
        );
        prop_assert_eq!(
            normalised(&format!("UPDATE t SET a = '{a}' WHERE b = {n} AND c < -{n}")),
            "update t set a = $1 where b = $2 and c < - $3"
        );
    }
}
