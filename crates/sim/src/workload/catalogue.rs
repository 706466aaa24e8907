//! Reads of the catalogue by programs: mappers at their start, pg_dump at
//! night, and the rare migration.

use super::Cost::{Few, Key, Many};
use super::{Shape, insert, read, shape};

pub(crate) const ORM_START: &[Shape] = &[
    shape(1, Key, "SET", "", "SET client_encoding TO 'UTF8'"),
    shape(1, Key, "SET", "", "SET TIME ZONE 'UTC'"),
    read(1, Key, "", "select pg_catalog.version()"),
    read(1, Key, "", "select current_schema()"),
    shape(1, Key, "SHOW", "", "show standard_conforming_strings"),
    read(
        1,
        Few,
        "pg_catalog.pg_type pg_catalog.pg_namespace",
        "SELECT t.oid, typarray FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace ns ON typnamespace = ns.oid WHERE typname = 'hstore'",
    ),
    read(
        1,
        Few,
        "pg_catalog.pg_class pg_catalog.pg_namespace",
        "SELECT pg_catalog.pg_class.relname FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_catalog.pg_namespace.oid = pg_catalog.pg_class.relnamespace WHERE pg_catalog.pg_class.relname = 'schema_version' AND pg_catalog.pg_class.relkind = ANY (ARRAY['r', 'p', 'f', 'v', 'm'])",
    ),
    read(
        1,
        Few,
        "public.schema_version",
        "SELECT version FROM public.schema_version ORDER BY version DESC LIMIT 1",
    ),
];

pub(crate) const DUMP: &[Shape] = &[
    read(
        1,
        Key,
        "",
        "SELECT pg_catalog.set_config('search_path', '', false);",
    ),
    read(1, Key, "", "SELECT pg_catalog.pg_is_in_recovery()"),
    shape(1, Key, "SET", "", "SET DATESTYLE = ISO"),
    shape(1, Key, "SET", "", "SET INTERVALSTYLE = POSTGRES"),
    shape(1, Key, "SET", "", "SET extra_float_digits TO 3"),
    shape(1, Key, "SET", "", "SET synchronize_seqscans TO off"),
    shape(1, Key, "SET", "", "SET statement_timeout = 0"),
    shape(1, Key, "SET", "", "SET lock_timeout = 0"),
    shape(1, Key, "SET", "", "SET row_security = off"),
    shape(
        1,
        Key,
        "SET",
        "",
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    ),
    read(
        1,
        Few,
        "~pg_catalog.pg_roles",
        "SELECT oid, rolname FROM pg_catalog.pg_roles ORDER BY 1",
    ),
    read(
        1,
        Few,
        "pg_catalog.pg_extension pg_catalog.pg_namespace",
        "SELECT x.tableoid, x.oid, x.extname, n.nspname, x.extrelocatable, x.extversion, x.extconfig, x.extcondition FROM pg_catalog.pg_extension x JOIN pg_catalog.pg_namespace n ON n.oid = x.extnamespace",
    ),
    read(
        1,
        Few,
        "pg_catalog.pg_namespace",
        "SELECT n.tableoid, n.oid, n.nspname, n.nspowner, n.nspacl, acldefault('n', n.nspowner) AS acldefault FROM pg_catalog.pg_namespace n",
    ),
    read(
        1,
        Many,
        "pg_catalog.pg_class pg_catalog.pg_tablespace",
        "SELECT c.tableoid, c.oid, c.relname, c.relnamespace, c.relkind, c.reltype, c.relowner, c.relchecks\nFROM pg_catalog.pg_class c\nLEFT JOIN pg_catalog.pg_tablespace tsp ON (tsp.oid = c.reltablespace)\nWHERE c.relkind IN ('r', 'S', 'v', 'c', 'm', 'f', 'p')\nORDER BY c.oid",
    ),
    read(
        1,
        Many,
        "pg_catalog.pg_proc",
        "SELECT p.tableoid, p.oid, p.proname, p.prolang, p.pronargs, p.proargtypes FROM pg_catalog.pg_proc p WHERE p.pronamespace <> 11",
    ),
    read(
        1,
        Few,
        "pg_catalog.pg_type",
        "SELECT tableoid, oid, typname, typnamespace, typacl, acldefault('T', typowner) AS acldefault FROM pg_catalog.pg_type",
    ),
    read(
        1,
        Many,
        "pg_catalog.pg_attribute pg_catalog.pg_type",
        "SELECT\na.attrelid,\na.attnum,\na.attname,\na.atttypmod\nFROM pg_catalog.pg_attribute a\nLEFT JOIN pg_catalog.pg_type t ON (a.atttypid = t.oid)\nWHERE a.attnum > 0\nORDER BY a.attrelid, a.attnum",
    ),
    read(
        1,
        Many,
        "pg_catalog.pg_index pg_catalog.pg_class",
        "SELECT t.tableoid, t.oid, i.indrelid, t.relname AS indexname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class t ON (t.oid = i.indexrelid) WHERE i.indisready ORDER BY i.indrelid, indexname",
    ),
    read(
        1,
        Few,
        "pg_catalog.pg_constraint",
        "SELECT c.tableoid, c.oid, conrelid, conname, confrelid, conindid FROM pg_catalog.pg_constraint c WHERE contype = 'f'",
    ),
    read(
        1,
        Few,
        "pg_catalog.pg_trigger",
        "SELECT t.tgrelid, t.tgname, t.tgenabled FROM pg_catalog.pg_trigger t WHERE NOT t.tgisinternal",
    ),
    read(
        1,
        Few,
        "pg_catalog.pg_depend",
        "SELECT classid, objid, refclassid, refobjid, deptype FROM pg_catalog.pg_depend WHERE deptype != 'p' AND deptype != 'e' ORDER BY 1, 2",
    ),
];

pub(crate) const MIGRATIONS: &[Shape] = &[
    shape(
        1,
        Few,
        "ALTER TABLE",
        "",
        "ALTER TABLE sales.orders ADD COLUMN channel_%{=hex 4} text",
    ),
    shape(
        1,
        Many,
        "CREATE INDEX",
        "",
        "CREATE INDEX CONCURRENTLY orders_channel_%{=hex 4}_idx ON sales.orders (status, placed_at)",
    ),
    shape(
        1,
        Few,
        "CREATE TABLE",
        "",
        "CREATE TABLE crm.survey_%{=hex 4} (\n    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    order_id bigint NOT NULL REFERENCES sales.orders (id),\n    score smallint CHECK (score BETWEEN 0 AND 10),\n    comment text,\n    answered_at timestamptz NOT NULL DEFAULT now()\n)",
    ),
    shape(
        1,
        Few,
        "COMMENT",
        "",
        "COMMENT ON TABLE crm.ticket IS 'Questions of customers; do not DROP'",
    ),
    shape(
        1,
        Few,
        "ALTER TABLE",
        "",
        "ALTER TABLE crm.ticket ALTER COLUMN subject SET NOT NULL",
    ),
    insert(
        1,
        "+public.schema_version",
        "INSERT INTO public.schema_version (version, description, applied_at) VALUES (%{int 100 900}, 'channel of orders', now())",
    ),
];
