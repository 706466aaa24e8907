//! What those do who look after the database: migrations, a day's small duties,
//! maintenance at night.

use crate::error::Result;
use crate::scenario::{Scenario, Stage};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        Scenario::benign(
            "migration",
            "an application's owner migrates its schema, pgcrypto included",
            migration,
        )
        .role("owner_migrations", "")
        .application("flyway")
        .own_empty(),
        Scenario::benign(
            "dba_day",
            "a new colleague gets a role, an index is built, a stuck session of one's own ended",
            dba_day,
        )
        .role("dba_dora", "SUPERUSER")
        .own_shop(),
        Scenario::benign(
            "maintenance",
            "vacuum, analyze, reindex and a materialised view refreshed, from cron",
            maintenance,
        )
        .role("owner_maintenance", "")
        .application("vacuumdb")
        .own_empty()
        .prepare(
            "SET ROLE owner_maintenance;
             CREATE TABLE public.measure (id int PRIMARY KEY, day date, value numeric);
             INSERT INTO public.measure SELECT n, date '2026-01-01' + n % 60, n
                 FROM generate_series(1, 5000) AS n;
             CREATE MATERIALIZED VIEW public.measure_day AS
                 SELECT day, sum(value) AS total FROM public.measure GROUP BY day;
             CREATE UNIQUE INDEX ON public.measure_day (day)",
        ),
        Scenario::benign(
            "partition_rotation",
            "a month's partition is added and the oldest one detached and dropped",
            partitions,
        )
        .role("owner_partitions", "")
        .application("pg_partman")
        .own_empty()
        .prepare(
            "SET ROLE owner_partitions;
             CREATE TABLE public.visit (at date NOT NULL, page text) PARTITION BY RANGE (at);
             CREATE TABLE public.visit_2025_01 PARTITION OF public.visit
                 FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
             CREATE TABLE public.visit_2026_01 PARTITION OF public.visit
                 FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')",
        ),
    ]
}

fn migration(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    session.run_each([
        "CREATE EXTENSION IF NOT EXISTS pgcrypto",
        "BEGIN",
        "CREATE TABLE account (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \
         name text NOT NULL, created_at timestamptz NOT NULL DEFAULT now())",
        "CREATE TABLE invoice (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \
         account_id bigint NOT NULL REFERENCES account, amount numeric(10, 2) NOT NULL)",
        "CREATE INDEX invoice_account ON invoice (account_id)",
        "COMMENT ON TABLE invoice IS 'What we asked for'",
        "COMMIT",
        "BEGIN",
        "ALTER TABLE account ADD COLUMN email text",
        "UPDATE account SET email = name || '@example.org' WHERE email IS NULL",
        "ALTER TABLE account ALTER COLUMN email SET NOT NULL",
        "ALTER TABLE invoice ADD CONSTRAINT amount_positive CHECK (amount > 0) NOT VALID",
        "COMMIT",
        "ALTER TABLE invoice VALIDATE CONSTRAINT amount_positive",
        "CREATE INDEX CONCURRENTLY account_email ON account (email)",
        "CREATE FUNCTION account_total(bigint) RETURNS numeric LANGUAGE sql STABLE AS \
         $$ SELECT sum(amount) FROM invoice WHERE account_id = $1 $$",
        "CREATE VIEW open_invoice AS SELECT * FROM invoice WHERE amount > 0",
        "ALTER TABLE account RENAME COLUMN name TO full_name",
        "DROP INDEX invoice_account",
        "INSERT INTO account (full_name, email) SELECT 'Name ' || n, n || '@example.org' \
         FROM generate_series(1, 100) AS n",
    ])
}

fn dba_day(stage: &Stage<'_>) -> Result<()> {
    let mut session = stage.connect()?;
    let mut stuck = stage.connect()?;
    let pid = stuck.value("SELECT pg_backend_pid()")?.unwrap_or_default();
    session.run_each([
        "CREATE ROLE dev_emil LOGIN PASSWORD 'example'",
        "GRANT USAGE ON SCHEMA sales TO dev_emil",
        "GRANT SELECT ON sales.customer, sales.order_header TO dev_emil",
        "EXPLAIN SELECT * FROM sales.order_header WHERE status = 'open'",
        "EXPLAIN (ANALYZE, BUFFERS) SELECT count(*) FROM sales.order_line WHERE product_id = 7",
        "CREATE INDEX CONCURRENTLY order_status ON sales.order_header (status)",
        "ANALYZE sales.order_header",
        "VACUUM (VERBOSE) sales.order_line",
        "ALTER TABLE sales.customer ADD COLUMN note text",
        "SHOW work_mem",
        "SELECT pid, state, query FROM pg_stat_activity WHERE usename = current_user",
        "SELECT relname, n_dead_tup FROM pg_stat_user_tables ORDER BY n_dead_tup DESC LIMIT 5",
        "SELECT pg_size_pretty(pg_database_size(current_database()))",
    ])?;
    session
        .run(&format!("SELECT pg_terminate_backend({pid})"))
        .map(drop)
}

fn maintenance(stage: &Stage<'_>) -> Result<()> {
    stage.execute("vacuumdb", &["--analyze"])?;
    stage.execute("reindexdb", &["-t", "public.measure"])?;
    stage.connect()?.run_each([
        "REFRESH MATERIALIZED VIEW CONCURRENTLY public.measure_day",
        "CLUSTER public.measure USING measure_pkey",
        "ANALYZE public.measure",
    ])
}

fn partitions(stage: &Stage<'_>) -> Result<()> {
    stage.connect()?.run_each([
        "CREATE TABLE public.visit_2026_02 PARTITION OF public.visit \
         FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')",
        "ALTER TABLE public.visit DETACH PARTITION public.visit_2025_01",
        "DROP TABLE public.visit_2025_01",
        "INSERT INTO public.visit SELECT date '2026-02-01' + n % 28, '/page/' || n \
         FROM generate_series(1, 500) AS n",
    ])
}
