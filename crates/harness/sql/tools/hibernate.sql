-- What a Hibernate application over JDBC sends: the driver's set-up, schema
-- validation through the driver's metadata calls, then a unit of work. Written
-- after the shape of those statements; entities are our own.

SET extra_float_digits = 3;

SET application_name = 'PostgreSQL JDBC Driver';

-- prepared
SELECT VERSION();

-- prepared
SHOW TRANSACTION ISOLATION LEVEL;

-- prepared
SELECT nspname AS table_schem, NULL AS table_catalog FROM pg_catalog.pg_namespace
WHERE nspname <> 'pg_toast'
AND (nspname !~ '^pg_temp_' OR nspname = (pg_catalog.current_schemas(true))[1])
ORDER BY table_schem;

-- prepared
SELECT NULL AS table_cat, n.nspname AS table_schem, c.relname AS table_name,
    CASE c.relkind WHEN 'r' THEN 'TABLE' WHEN 'p' THEN 'PARTITIONED TABLE' WHEN 'v' THEN 'VIEW' END AS table_type,
    d.description AS remarks
FROM pg_catalog.pg_namespace n, pg_catalog.pg_class c
LEFT JOIN pg_catalog.pg_description d ON c.oid = d.objoid AND d.objsubid = 0 AND d.classoid = 'pg_class'::regclass
WHERE c.relnamespace = n.oid AND n.nspname LIKE 'sales' AND c.relname LIKE '%' AND c.relkind IN ('r', 'p', 'v')
ORDER BY table_type, table_schem, table_name;

-- prepared
SELECT n.nspname, c.relname, a.attname, a.atttypid, a.attnotnull OR (t.typtype = 'd' AND t.typnotnull) AS attnotnull,
    a.atttypmod, a.attlen, t.typtypmod, row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum) AS attnum,
    pg_catalog.pg_get_expr(def.adbin, def.adrelid) AS adsrc, dsc.description, t.typbasetype, t.typtype
FROM pg_catalog.pg_namespace n
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
JOIN pg_catalog.pg_type t ON a.atttypid = t.oid
LEFT JOIN pg_catalog.pg_attrdef def ON a.attrelid = def.adrelid AND a.attnum = def.adnum
LEFT JOIN pg_catalog.pg_description dsc ON c.oid = dsc.objoid AND a.attnum = dsc.objsubid
WHERE c.relkind IN ('r', 'p', 'v', 'f', 'm') AND a.attnum > 0 AND NOT a.attisdropped
AND n.nspname LIKE 'sales' AND c.relname LIKE 'customer';

-- prepared
SELECT c.relname AS table_name, a.attname AS column_name, (i.keys).n AS key_seq, i.relname AS pk_name
FROM pg_catalog.pg_class c
JOIN (SELECT ix.indrelid, ci.relname, information_schema._pg_expandarray(ix.indkey) AS keys
      FROM pg_catalog.pg_index ix JOIN pg_catalog.pg_class ci ON ci.oid = ix.indexrelid
      WHERE ix.indisprimary) i ON c.oid = i.indrelid
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = (i.keys).x
WHERE c.relname = 'customer';

-- prepared
SELECT * FROM information_schema.sequences;

BEGIN;

-- $1 = 17
select c1_0.id, c1_0.credit_limit, c1_0.person_id from sales.customer c1_0 where c1_0.id=$1;

-- $1 = 17
select o1_0.customer_id, o1_0.id, o1_0.ordered_at, o1_0.status from sales.order_header o1_0 where o1_0.customer_id=$1;

-- $1 = 250.00
-- $2 = 17
update sales.customer set credit_limit=$1 where id=$2;

-- $1 = 900001
-- $2 = 17
-- $3 = 2026-03-01 10:00:00+00
-- $4 = open
insert into sales.order_header (id, customer_id, ordered_at, status) values ($1, $2, $3, $4);

COMMIT;

BEGIN;

-- $1 = 900001
delete from sales.order_header where id=$1;

COMMIT;

-- $1 = 20
-- $2 = 40
select p1_0.id, p1_0.active, p1_0.name, p1_0.price from production.product p1_0 order by p1_0.name offset $1 rows fetch first $2 rows only;
