-- What a Metabase server sends: synchronisation of a database's tables and
-- columns, fingerprints of column values, then the queries of two questions.
-- Written after its shape.

SET SESSION TIMEZONE TO 'UTC';

-- prepared
SELECT 1;

-- prepared
SELECT n.nspname AS table_schema, c.relname AS table_name, c.relkind, stat.n_live_tup AS estimated_rows
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON c.relnamespace = n.oid
LEFT JOIN pg_stat_user_tables stat ON n.nspname = stat.schemaname AND c.relname = stat.relname
WHERE c.relkind IN ('r', 'p', 'v', 'f', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema';

-- prepared
SELECT c.column_name AS name, c.udt_name AS database_type, c.ordinal_position - 1 AS position, c.table_schema,
    c.table_name, c.column_default IS NOT NULL AS has_default
FROM information_schema.columns c
WHERE c.table_schema !~ '^information_schema|catalog_history|pg_' ORDER BY c.table_schema, c.table_name, position;

-- prepared
SELECT fk_ns.nspname AS fk_schema, fk_table.relname AS fk_table, fk_column.attname AS fk_column,
    pk_ns.nspname AS pk_schema, pk_table.relname AS pk_table
FROM pg_constraint c
JOIN pg_class fk_table ON c.conrelid = fk_table.oid
JOIN pg_namespace fk_ns ON c.connamespace = fk_ns.oid
JOIN pg_attribute fk_column ON c.conrelid = fk_column.attrelid AND fk_column.attnum = ANY (c.conkey)
JOIN pg_class pk_table ON c.confrelid = pk_table.oid
JOIN pg_namespace pk_ns ON pk_table.relnamespace = pk_ns.oid
WHERE c.contype = 'f' ORDER BY 1, 2;

-- prepared
SELECT true FROM sales.customer WHERE 1 <> 1 LIMIT 0;

-- prepared
SELECT true FROM sales.order_header WHERE 1 <> 1 LIMIT 0;

-- prepared
-- Metabase
SELECT substring("sales"."order_header"."status", 1, 1234) AS "substring1" FROM "sales"."order_header" LIMIT 1000;

-- prepared
SELECT "sales"."order_header"."status" AS "status" FROM "sales"."order_header"
GROUP BY "sales"."order_header"."status" ORDER BY "sales"."order_header"."status" ASC LIMIT 1000;

-- prepared
SELECT DATE_TRUNC('week', "sales"."order_header"."ordered_at") AS "ordered_at", COUNT(*) AS "count"
FROM "sales"."order_header" GROUP BY 1 ORDER BY 1 ASC;

-- prepared
SELECT "Product"."name" AS "Product__name", SUM("sales"."order_line"."quantity" * "sales"."order_line"."price") AS "sum"
FROM "sales"."order_line"
LEFT JOIN "production"."product" AS "Product" ON "sales"."order_line"."product_id" = "Product"."id"
GROUP BY "Product"."name" ORDER BY "sum" DESC LIMIT 10;
