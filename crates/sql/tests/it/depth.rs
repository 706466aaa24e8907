//! Nested and chained texts of every kind must neither overflow the stack, on
//! threads of any usual size, nor take long.

use std::time::{Duration, Instant};

use kumki_model::Sign;
use kumki_sql::{Shapes, mask_literals, mask_secrets, shape};

/// Every way to make a tree deep: what is repeated before, the middle, and what
/// is repeated behind.
const SHAPES: &[(&str, &str, &str, &str, &str)] = &[
    ("SELECT ", "(", "1", ")", ""),
    ("SELECT 1", "+1", "", "", ""),
    ("SELECT a", "||a", "", "", ""),
    ("SELECT ", "- ", "1", "", ""),
    ("SELECT ", "NOT ", "true", "", ""),
    ("SELECT a", "::int", "", "", ""),
    ("SELECT ", "CAST(", "1", " AS int)", ""),
    ("SELECT ", "CASE WHEN a THEN ", "1", " END", ""),
    ("SELECT ", "CASE a WHEN 1 THEN 2 ELSE ", "1", " END", ""),
    ("SELECT ", "(SELECT ", "1", ")", ""),
    ("SELECT ", "EXISTS (SELECT 1 WHERE ", "true", ")", ""),
    ("SELECT 1 FROM ", "(SELECT 1 FROM ", "t", ") x", ""),
    (
        "SELECT 1 FROM t WHERE a IN ",
        "(SELECT 1 FROM t WHERE a IN ",
        "(1)",
        ")",
        "",
    ),
    ("SELECT ", "ARRAY[", "1", "]", ""),
    ("SELECT ", "ROW(", "1", ")", ""),
    ("SELECT ", "f(", "1", ")", ""),
    ("SELECT ", "COALESCE(", "1", ")", ""),
    ("SELECT a", ".a", "", "", ""),
    ("SELECT (a)", ".a", "", "", ""),
    ("SELECT a", "[1]", "", "", ""),
    ("SELECT ", "a[", "1", "]", ""),
    ("SELECT a", " COLLATE \"C\"", "", "", ""),
    ("SELECT a", " AT TIME ZONE 'utc'", "", "", ""),
    ("SELECT a", " IS NULL", "", "", ""),
    ("SELECT a", " = ANY (a)", "", "", ""),
    ("SELECT 1 FROM t WHERE a", " AND a", "", "", ""),
    ("SELECT 1 FROM t WHERE a", " OR a = 1", "", "", ""),
    ("SELECT 1 FROM t WHERE a", " AND (b OR c", "", ")", ""),
    ("SELECT 1", " UNION SELECT 1", "", "", ""),
    ("SELECT 1", " UNION (SELECT 1", "", ")", ""),
    ("", "(", "SELECT 1", ")", ""),
    ("SELECT 1 FROM t", " JOIN t ON true", "", "", ""),
    (
        "SELECT 1 FROM ",
        "(",
        "t a JOIN t b ON true",
        " JOIN t ON true)",
        "",
    ),
    ("SELECT 1 FROM t", ", t", "", "", ""),
    ("", "WITH x AS (", "SELECT 1", ") SELECT 1", ""),
    (
        "",
        "WITH x AS (INSERT INTO t ",
        "SELECT 1",
        ") SELECT 1",
        "",
    ),
    ("", "EXPLAIN ", "SELECT 1", "", ""),
    ("CREATE SCHEMA a ", "CREATE TABLE t (a int) ", "", "", ""),
    ("", "SELECT 1;", "", "", ""),
    ("SELECT ", "json_object('a': ", "1", ")", ""),
    ("SELECT ", "xmlelement(name a, ", "1", ")", ""),
    ("SELECT ", "interval '1' + (", "a", ")", ""),
    ("SELECT a FROM t WHERE (a, b) = ", "(1, ", "2", ")", ""),
    (
        "SELECT count(*) ",
        "OVER (ORDER BY (SELECT count(*) ",
        "",
        "))",
        "",
    ),
    ("SELECT ", "/*", "1", "*/", ""),
    ("SELECT ", "/* ", "1", "*/", ""),
    ("SELECT ", "+-", "1", "", ""),
    ("SELECT ", "crypt(", "1", ")", ""),
    ("", "postgres://a:", "b@c", "", ""),
    ("", "password '", "x", "", ""),
    ("SELECT 1 FROM ", "join, ", "t", "", " ("),
    ("", "ALTER SYSTEM SET a = ", "1", "", ""),
    ("", "CREATE ROLE a ", "b", "", ""),
    ("", "GRANT ", "b", "", ""),
    ("DO $$ ", "EXECUTE 'SELECT pg_sleep(1) ", "", "'", " $$"),
    ("INSERT INTO t VALUES ", "(1),", "(1)", "", ""),
    ("ALTER TABLE t ", "ADD a int CHECK (", "true", ")", ""),
    (
        "CREATE TABLE t PARTITION OF u FOR VALUES IN (",
        "(",
        "1",
        ")",
        ")",
    ),
];

/// Up to about 50 trees are read, above most are too deep; the last is where the
/// grammar itself comes near its limit.
const DEPTHS: &[usize] = &[1, 5, 10, 15, 20, 23, 24, 31, 46, 47, 48, 60, 97, 500, 3_000];

fn statement(kind: &(&str, &str, &str, &str, &str), depth: usize) -> String {
    let (head, before, middle, behind, tail) = kind;
    format!(
        "{head}{}{middle}{}{tail}",
        before.repeat(depth),
        behind.repeat(depth)
    )
}

#[test]
fn deep_texts_do_not_overflow_small_stacks() {
    for stack in [256 * 1024, 2 * 1024 * 1024, 16 * 1024 * 1024] {
        let run = std::thread::Builder::new().stack_size(stack).spawn(|| {
            let mut shaper = Shapes::default().shaper();
            let mut parsed = 0;
            for kind in SHAPES {
                for &depth in DEPTHS {
                    let sql = statement(kind, depth);
                    parsed += usize::from(shaper.shape(&sql).parsed);
                }
            }
            parsed
        });
        let parsed = run.expect("a thread").join().expect("no panic");
        assert!(parsed > SHAPES.len() * 4, "{parsed}");
    }
}

#[test]
fn the_longest_chains_are_refused_in_time() {
    for kind in SHAPES {
        let sql = statement(kind, 100_000);
        let start = Instant::now();
        let shape = shape(&sql);
        assert!(shape.signs.contains(Sign::Oversized));
        let _ = (mask_secrets(&sql), mask_literals(&sql));
        // Generous: unoptimised, on a busy machine.
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "{:?}: {:.60}",
            start.elapsed(),
            sql
        );
    }
}
