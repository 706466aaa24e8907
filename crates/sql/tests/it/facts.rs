//! Commands, classes, relations and names.

use std::sync::Arc;

use kumki_model::Shape;
use kumki_sql::{Shapes, shape};
use proptest::prelude::*;

use crate::support::{reads, writes};

#[test]
fn commands_and_classes() {
    for (sql, command, class) in [
        ("SELECT 1", "SELECT", "READ"),
        ("VALUES (1)", "SELECT", "READ"),
        ("TABLE t", "SELECT", "READ"),
        ("COPY t TO STDOUT", "COPY TO", "READ"),
        ("COPY t FROM STDIN", "COPY FROM", "WRITE"),
        ("INSERT INTO t VALUES (1)", "INSERT", "WRITE"),
        ("WITH x AS (SELECT 1) UPDATE t SET a = 1", "UPDATE", "WRITE"),
        (
            "MERGE INTO t USING s ON t.a=s.a WHEN MATCHED THEN DELETE",
            "MERGE",
            "WRITE",
        ),
        ("TRUNCATE t", "TRUNCATE TABLE", "WRITE"),
        ("DO ''", "DO", "FUNCTION"),
        ("CREATE USER a", "CREATE ROLE", "ROLE"),
        ("CREATE GROUP a", "CREATE ROLE", "ROLE"),
        ("ALTER USER a SET b = 1", "ALTER ROLE", "ROLE"),
        ("ALTER ROLE a RENAME TO b", "ALTER ROLE", "ROLE"),
        ("DROP USER a", "DROP ROLE", "ROLE"),
        ("GRANT SELECT ON t TO a", "GRANT", "ROLE"),
        ("GRANT a TO b", "GRANT ROLE", "ROLE"),
        ("REVOKE a FROM b", "REVOKE ROLE", "ROLE"),
        ("REVOKE ALL ON t FROM a", "REVOKE", "ROLE"),
        (
            "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO a",
            "ALTER DEFAULT PRIVILEGES",
            "ROLE",
        ),
        ("CREATE TABLE t (a int)", "CREATE TABLE", "DDL"),
        ("CREATE TABLE t AS SELECT 1", "CREATE TABLE AS", "DDL"),
        ("SELECT a INTO t FROM u", "SELECT INTO", "DDL"),
        ("DROP TABLE t", "DROP TABLE", "DDL"),
        ("DROP MATERIALIZED VIEW m", "DROP MATERIALIZED VIEW", "DDL"),
        ("ALTER TABLE t RENAME COLUMN a TO b", "ALTER TABLE", "DDL"),
        ("ALTER VIEW v OWNER TO a", "ALTER VIEW", "DDL"),
        ("ALTER SYSTEM SET a = 1", "ALTER SYSTEM", "DDL"),
        (
            "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()",
            "CREATE EVENT TRIGGER",
            "DDL",
        ),
        (
            "CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'",
            "CREATE PROCEDURE",
            "DDL",
        ),
        ("SET a = 1", "SET", "MISC_SET"),
        ("RESET a", "RESET", "MISC_SET"),
        ("SHOW a", "SHOW", "MISC"),
        ("BEGIN", "BEGIN", "MISC"),
        ("COMMIT", "COMMIT", "MISC"),
        ("VACUUM t", "VACUUM", "MISC"),
        ("FETCH 1 FROM c", "FETCH", "MISC"),
        ("DISCARD ALL", "DISCARD ALL", "MISC"),
        ("EXPLAIN SELECT 1", "EXPLAIN", "MISC"),
        ("CALL p()", "CALL", "MISC"),
        ("", "", ""),
        ("-- nothing", "", ""),
    ] {
        let shape = shape(sql);
        assert!(shape.parsed, "{sql}");
        assert_eq!((shape.command(), shape.class), (command, class), "{sql}");
    }
    assert_eq!(
        shape("BEGIN; SELECT 1; COMMIT").commands,
        ["BEGIN", "SELECT", "COMMIT"]
    );
}

#[test]
fn relations_are_found_wherever_they_stand() {
    for (sql, read, written) in [
        (
            "SELECT 1 FROM A, s.\"B\" x JOIN c ON true",
            vec!["a", "s.B", "c"],
            vec![],
        ),
        (
            "SELECT (SELECT 1 FROM b) FROM a WHERE x IN (SELECT y FROM c) AND EXISTS (SELECT 1 FROM d)",
            vec!["b", "a", "c", "d"],
            vec![],
        ),
        (
            "WITH x AS (SELECT 1 FROM a) SELECT 1 FROM x, s.x",
            vec!["a", "s.x"],
            vec![],
        ),
        (
            "WITH x AS (SELECT 1 FROM x) SELECT 1 FROM x",
            vec!["x"],
            vec![],
        ),
        (
            "WITH RECURSIVE x AS (SELECT 1 FROM x) SELECT 1 FROM x",
            vec![],
            vec![],
        ),
        (
            "SELECT (WITH x AS (SELECT 1) SELECT 1 FROM x), (SELECT 1 FROM x)",
            vec!["x"],
            vec![],
        ),
        (
            "WITH d AS (DELETE FROM a USING b WHERE true RETURNING *) INSERT INTO c SELECT * FROM d",
            vec!["b"],
            vec!["a", "c"],
        ),
        (
            "INSERT INTO a SELECT * FROM b ON CONFLICT (x) DO UPDATE SET y = (SELECT 1 FROM c)",
            vec!["b", "c"],
            vec!["a"],
        ),
        (
            "UPDATE a SET x = (SELECT 1 FROM c) FROM b RETURNING (SELECT 1 FROM d)",
            vec!["b", "c", "d"],
            vec!["a"],
        ),
        (
            "SELECT 1 FROM a UNION SELECT 1 FROM b EXCEPT SELECT 1 FROM c",
            vec!["a", "b", "c"],
            vec![],
        ),
        (
            "SELECT 1 FROM (SELECT 1 FROM a) x, LATERAL (SELECT 1 FROM b) y, f((SELECT 1 FROM c))",
            vec!["a", "b", "c"],
            vec![],
        ),
        (
            "SELECT CASE WHEN EXISTS (SELECT 1 FROM a) THEN 1 END, count(*) FILTER (WHERE x IN (SELECT 1 FROM b)) OVER (ORDER BY (SELECT 1 FROM c)) FROM d",
            vec!["a", "b", "c", "d"],
            vec![],
        ),
        (
            "SELECT ARRAY(SELECT 1 FROM a), ROW((SELECT 1 FROM b)), COALESCE((SELECT 1 FROM c), 1) ORDER BY (SELECT 1 FROM d) LIMIT (SELECT 1 FROM e)",
            vec!["a", "b", "c", "d", "e"],
            vec![],
        ),
        ("EXPLAIN ANALYZE DELETE FROM a", vec![], vec!["a"]),
        ("PREPARE p AS SELECT 1 FROM a", vec!["a"], vec![]),
        ("DECLARE c CURSOR FOR SELECT 1 FROM a", vec!["a"], vec![]),
        ("CREATE TABLE t AS SELECT 1 FROM a", vec!["a"], vec!["t"]),
        ("CREATE VIEW v AS SELECT 1 FROM a", vec!["a"], vec!["v"]),
        (
            "CREATE MATERIALIZED VIEW v AS SELECT 1 FROM a",
            vec!["a"],
            vec!["v"],
        ),
        (
            "CREATE RULE r AS ON INSERT TO t DO ALSO INSERT INTO u SELECT 1 FROM a",
            vec!["a"],
            vec!["t", "u"],
        ),
        ("SELECT 1 INTO t FROM a", vec!["a"], vec!["t"]),
        ("COPY (SELECT 1 FROM a) TO STDOUT", vec!["a"], vec![]),
        ("COPY s.a FROM STDIN", vec![], vec!["s.a"]),
        ("TRUNCATE a, s.b", vec![], vec!["a", "s.b"]),
        ("DROP TABLE a, s.b", vec![], vec!["a", "s.b"]),
        (
            "MERGE INTO a USING (SELECT 1 FROM b) x ON true WHEN MATCHED THEN UPDATE SET y = (SELECT 1 FROM c)",
            vec!["b", "c"],
            vec!["a"],
        ),
        (
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 FROM a; INSERT INTO b VALUES (1); END",
            vec!["a"],
            vec!["b"],
        ),
        (
            "SELECT json_object('a': (SELECT 1 FROM a)), json_array(SELECT 1 FROM b), xmlelement(name x, (SELECT 1 FROM c))",
            vec!["a", "b", "c"],
            vec![],
        ),
        (
            "SELECT 1 FROM a TABLESAMPLE SYSTEM (1), XMLTABLE('x' PASSING (SELECT y FROM b) COLUMNS z int), JSON_TABLE((SELECT y FROM c), '$' COLUMNS (z int))",
            vec!["a", "b", "c"],
            vec![],
        ),
    ] {
        let shape = shape(sql);
        assert!(shape.parsed, "{sql}");
        assert_eq!(
            (reads(&shape), writes(&shape)),
            (
                read.iter().map(|s| s.to_string()).collect(),
                written.iter().map(|s| s.to_string()).collect()
            ),
            "{sql}"
        );
    }
}

#[test]
fn names_of_other_things() {
    let names = |sql: &str| {
        let shape = shape(sql);
        (
            shape.functions,
            shape.roles,
            shape.privileges,
            shape.objects,
        )
    };
    let list = |items: &[&str]| items.iter().map(ToString::to_string).collect::<Vec<_>>();
    for (sql, functions, roles, privileges, objects) in [
        (
            "SELECT F(1), s.\"G\"(h())",
            &["f", "s.g", "h"][..],
            &[][..],
            &[][..],
            &[][..],
        ),
        (
            "GRANT SELECT, UPDATE (a) ON s.t TO x, PUBLIC",
            &[],
            &["x", "public"],
            &["select", "update"],
            &["s.t"],
        ),
        ("GRANT ALL ON t TO x", &[], &["x"], &["all"], &["t"]),
        (
            "GRANT pg_monitor TO x",
            &[],
            &["pg_monitor", "x"],
            &["pg_monitor"],
            &[],
        ),
        (
            "CREATE ROLE x LOGIN NOSUPERUSER IN ROLE y ROLE z",
            &[],
            &["x", "y", "z"],
            &["login", "nosuperuser"],
            &[],
        ),
        (
            "ALTER ROLE CURRENT_USER NOLOGIN",
            &[],
            &["current_user"],
            &["nologin"],
            &[],
        ),
        (
            "CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            &[],
            &[],
            &[],
            &["s.f"],
        ),
        (
            "CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
            &["f"],
            &[],
            &[],
            &["g"],
        ),
        ("DROP FUNCTION s.f(int)", &[], &[], &[], &["s.f"]),
        (
            "CREATE SERVER s FOREIGN DATA WRAPPER w",
            &[],
            &[],
            &[],
            &["s"],
        ),
        ("ALTER DATABASE d SET a = 1", &[], &[], &[], &["d"]),
        ("DROP POLICY p ON t", &[], &[], &[], &["p"]),
        ("CALL s.p(f(1))", &["s.p", "f"], &[], &[], &[]),
    ] {
        assert_eq!(
            names(sql),
            (
                list(functions),
                list(roles),
                list(privileges),
                list(objects)
            ),
            "{sql}"
        );
    }
}

#[test]
fn cached_and_fresh_facts_agree() {
    let mut shaper = Shapes::default().shaper();
    for sql in [
        "SELECT a FROM t WHERE b = 1 OR 1=1",
        "SELECT a FROM t WHERE b = 1 OR 1=2",
        "SELECT a FROM t WHERE b = 1 OR 1=$1",
        "SELECT a FROM t WHERE b = 1 OR '1'='1'",
        "SELECT a FROM t WHERE b = 1 OR (1)=(1)",
        "SELECT a FROM t WHERE b = 1 OR -1=-1",
        "SELECT a FROM t WHERE b = 1 OR -1=1",
        "SELECT a FROM t WHERE b = 1 OR E'a'='a'",
        "SELECT a FROM t WHERE b = 1 OR E'b'='a'",
        "SELECT pg_read_file('/a')",
        "SELECT pg_read_file('/b')",
        "SELECT current_setting('data_directory')",
        "SELECT current_setting('work_mem')",
        "SELECT set_config('pgaudit.log', 'none', false)",
        "SELECT set_config('pgaudit.log', 'all', false)",
        "SELECT \"set_config\"('log_statement', 'none', false)",
        "SELECT U&\"set_con\\0066ig\"('log_statement', 'all', false)",
        "SELECT U&\"set_con\\0066ig\"('log_statement', 'none', false)",
        "SET log_statement = 'none'",
        "SET log_statement = 'all'",
        "COPY t TO '/a'",
        "COPY t TO '/b'",
        "SELECT 1; COPY t TO '/a'",
        "SELECT 1; COPY t TO '/c'",
        "SELECT a FROM t WHERE b = '1' --",
        "SELECT a FROM t WHERE b = '1' -- comment",
        "SELECT a FROM t WHERE b = '1",
        "SELECT query_to_xml('select 1', true, true, '')",
        "SELECT query_to_xml('select * from pg_shadow', true, true, '')",
        "DO 'BEGIN END'",
        "DO 'BEGIN PERFORM pg_sleep(1); END'",
        "CREATE TABLE t (a text DEFAULT 'x')",
        "ALTER ROLE a VALID UNTIL 'infinity'",
        "ALTER ROLE a VALID UNTIL '2030-01-01'",
        "SELECT a FROM t UNION SELECT NULL, 1",
        "PREPARE p AS SELECT pg_read_file('/x')",
        "PREPARE p AS SELECT pg_read_file('/y')",
    ] {
        let cached = shaper.shape(sql);
        assert_eq!(
            Shape {
                id: cached.id,
                ..shape(sql)
            },
            *cached,
            "{sql}"
        );
    }
}

proptest! {
    #[test]
    fn literals_do_not_change_the_fingerprint(
        a in "[ -&(-~]{0,20}", b in "[ -&(-~]{0,20}", n in any::<i32>(), m in any::<u64>(), k in 1usize..6,
    ) {
        let mut shaper = Shapes::default().shaper();
        let statement = |text: &str, number: &str, rows: usize| [
            format!("SELECT x FROM t WHERE y = '{text}' AND z > {number} AND w IN ({})", vec![number; rows].join(",")),
            format!("INSERT INTO t (x, y) VALUES {}", vec![format!("('{text}', {number})"); rows].join(", ")),
            format!("UPDATE t SET x = $q${text}$q$, y = E'{number}' WHERE z = {number}"),
            format!("DELETE FROM t WHERE x = '{text}' /* {rows} */ -- the end\n"),
        ];
        prop_assume!(!a.contains("$q") && !b.contains("$q"));
        for (one, two) in statement(&a, &n.unsigned_abs().to_string(), k).iter().zip(&statement(&b, &m.to_string(), 1)) {
            let first = shaper.shape(one);
            let second = shaper.shape(two);
            prop_assert_eq!(first.fingerprint, second.fingerprint, "{} / {}", one, two);
            prop_assert!(Arc::ptr_eq(&first, &second), "{} / {}", one, two);
        }
    }

    #[test]
    fn any_text_has_a_shape(sql in any::<String>()) {
        let _ = shape(&sql);
    }

    #[test]
    fn any_mix_of_sql_has_a_shape_that_caching_keeps(
        words in prop::collection::vec(prop::sample::select(vec![
            "SELECT", "FROM", "t", "WHERE", "a", "=", "1", "'x'", "OR", "AND", "(", ")", ",", ";", "UNION", "NULL",
            "COPY", "TO", "PROGRAM", "SET", "ROLE", "x", "pg_read_file", "DROP", "TABLE", "--", "\n", "/*", "*/", "'",
            "$$", "::", "int", "CAST", "AS", "WITH", "INSERT", "INTO", "VALUES", "CREATE", "ALTER", "SYSTEM", "GRANT",
            "chr", "||", "DO", "CASE", "WHEN", "END", "[", "]", "-", ".", "\"q\"", "$1", "set_config", "U&\"w\"", "E'\\''",
        ]), 0..24)
    ) {
        let sql = words.join(" ");
        let mut shaper = Shapes::default().shaper();
        let first = shaper.shape(&sql);
        prop_assert_eq!(&Shape { id: first.id, ..shape(&sql) }, &*first);
        prop_assert!(Arc::ptr_eq(&first, &shaper.shape(&sql)));
    }
}
