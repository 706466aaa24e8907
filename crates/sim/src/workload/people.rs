//! What people type: analysts in a client program, administrators in psql.

use super::Cost::{Few, Heavy, Many};
use super::{Shape, read, shape};

pub(crate) const ANALYSIS: &[Shape] = &[
    read(
        10,
        Many,
        "sales.orders",
        "select status, count(*) from sales.orders where placed_at > %{ts}::timestamptz group by status order by 2 desc",
    ),
    read(
        8,
        Few,
        "sales.orders",
        "select * from sales.orders where number = %{hex 10}",
    ),
    read(
        8,
        Few,
        "sales.customer",
        "select id, first_name, last_name, city from sales.customer where last_name = %{last} limit 100",
    ),
    read(
        7,
        Heavy,
        "sales.orders sales.order_line",
        "select o.id, o.placed_at, sum(l.quantity * l.price) as total\nfrom sales.orders o\njoin sales.order_line l on l.order_id = o.id\nwhere o.placed_at::date = %{date}\ngroup by 1, 2\norder by total desc\nlimit 50",
    ),
    read(
        6,
        Few,
        "catalog.product",
        "select sku, title, active from catalog.product where title ilike '%%{=product}%' order by sku limit 200",
    ),
    read(
        6,
        Many,
        "inventory.stock",
        "select warehouse_id, sum(available), sum(reserved) from inventory.stock group by warehouse_id",
    ),
    read(
        5,
        Many,
        "inventory.movement",
        "select reason, date_trunc('week', at) as week, sum(quantity) from inventory.movement where product_id = %{int 1 90000} group by 1, 2 order by 2",
    ),
    read(
        5,
        Few,
        "crm.ticket crm.message",
        "select t.id, t.subject, m.body from crm.ticket t join crm.message m on m.ticket_id = t.id where t.id = %{int 1 300000} order by m.id",
    ),
    read(
        5,
        Heavy,
        "analytics.visit",
        "select count(*) from analytics.visit where path like '/p/%' and at > now() - interval '1 day' /* drop in visits? */",
    ),
    read(
        4,
        Many,
        "analytics.kpi",
        "select day, metric, value from analytics.kpi where metric in (%{list 1 4 metric}) and day > current_date - 30 order by day, metric",
    ),
    read(
        4,
        Few,
        "shipping.shipment shipping.tracking_event",
        "select s.id, s.state, e.at, e.code, e.city from shipping.shipment s left join shipping.tracking_event e on e.shipment_id = s.id where s.order_id = %{int 1 5000000} order by e.at",
    ),
    read(
        4,
        Few,
        "billing.invoice",
        "select number, gross, state, due_on from billing.invoice where customer_id = %{int 1 700000} order by issued_on desc",
    ),
    read(
        3,
        Few,
        "~catalog.searchable",
        "select id from catalog.searchable limit 10",
    ),
    read(
        3,
        Many,
        "sales.coupon_use sales.coupon",
        "select c.code, count(*) from sales.coupon_use u join sales.coupon c on c.id = u.coupon_id group by c.code having count(*) > 10 -- grant program\norder by 2 desc",
    ),
    read(2, Few, "", "select now(), current_user, version()"),
    read(
        2,
        Heavy,
        "sales.customer sales.orders",
        "select c.city, count(distinct o.customer_id)\nfrom sales.customer c\nleft join sales.orders o on o.customer_id = c.id and o.placed_at > %{ts}::timestamptz\ngroup by c.city\norder by 2 desc nulls last\nlimit 30",
    ),
    read(
        2,
        Few,
        "~information_schema.columns",
        "select column_name, data_type from information_schema.columns where table_schema = 'sales' and table_name = %{table}",
    ),
    shape(
        2,
        Heavy,
        "EXPLAIN",
        "sales.orders",
        "explain (analyze, buffers) select * from sales.orders where customer_id = %{int 1 700000} order by placed_at desc limit 10",
    ),
    read(
        2,
        Few,
        "hr.absence",
        "select employee_id, kind, begins_on, ends_on from hr.absence where begins_on between %{date} and %{date}",
    ),
    read(
        2,
        Many,
        "sales.orders",
        "select 'DELETE me later' as mark, o.note from sales.orders o where o.note ilike '%grant%' or o.note = 'DROP TABLE' limit 20",
    ),
    read(
        2,
        Few,
        "catalog.product catalog.product",
        "select a.sku, b.sku from catalog.product a join catalog.product b on a.title = b.title and a.id < b.id where a.id < %{int 1000 9000}\nunion all\nselect 'total', 'n/a'",
    ),
];

pub(crate) const ADMINISTRATION: &[Shape] = &[
    read(
        8,
        Few,
        "pg_catalog.pg_class pg_catalog.pg_namespace",
        "SELECT n.nspname as \"Schema\",\n  c.relname as \"Name\",\n  CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'i' THEN 'index' WHEN 'S' THEN 'sequence' WHEN 't' THEN 'TOAST table' WHEN 'f' THEN 'foreign table' WHEN 'p' THEN 'partitioned table' WHEN 'I' THEN 'partitioned index' END as \"Type\",\n  pg_catalog.pg_get_userbyid(c.relowner) as \"Owner\"\nFROM pg_catalog.pg_class c\n     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace\nWHERE c.relkind IN ('r','p','')\n      AND n.nspname <> 'pg_catalog'\n      AND n.nspname !~ '^pg_toast'\n      AND n.nspname <> 'information_schema'\n  AND pg_catalog.pg_table_is_visible(c.oid)\nORDER BY 1,2;",
    ),
    read(
        6,
        Few,
        "pg_catalog.pg_class pg_catalog.pg_namespace",
        "SELECT c.oid,\n  n.nspname,\n  c.relname\nFROM pg_catalog.pg_class c\n     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace\nWHERE c.relname OPERATOR(pg_catalog.~) '^(%{=table})$' COLLATE pg_catalog.default\n  AND pg_catalog.pg_table_is_visible(c.oid)\nORDER BY 2, 3;",
    ),
    read(
        6,
        Few,
        "pg_catalog.pg_attribute pg_catalog.pg_attrdef pg_catalog.pg_collation pg_catalog.pg_type",
        "SELECT a.attname,\n  pg_catalog.format_type(a.atttypid, a.atttypmod),\n  (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid, true)\n   FROM pg_catalog.pg_attrdef d\n   WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef),\n  a.attnotnull,\n  (SELECT c.collname FROM pg_catalog.pg_collation c, pg_catalog.pg_type t\n   WHERE c.oid = a.attcollation AND t.oid = a.atttypid AND a.attcollation <> t.typcollation) AS attcollation\nFROM pg_catalog.pg_attribute a\nWHERE a.attrelid = '%{=int 16385 99999}' AND a.attnum > 0 AND NOT a.attisdropped\nORDER BY a.attnum;",
    ),
    read(
        8,
        Few,
        "~pg_catalog.pg_stat_activity",
        "SELECT pid, usename, state, wait_event, now() - query_start AS running, left(query, 80) FROM pg_stat_activity WHERE state <> 'idle' ORDER BY query_start;",
    ),
    read(
        4,
        Few,
        "~pg_catalog.pg_stat_user_indexes",
        "select relname, indexrelname, idx_scan from pg_stat_user_indexes where idx_scan = 0 order by pg_relation_size(indexrelid) desc limit 20;",
    ),
    read(
        4,
        Few,
        "pg_catalog.pg_class",
        "select relname, pg_size_pretty(pg_total_relation_size(oid)) from pg_class where relkind = 'r' order by pg_total_relation_size(oid) desc limit 15;",
    ),
    read(
        4,
        Few,
        "pg_catalog.pg_locks pg_catalog.pg_locks",
        "select blocked.pid, blocking.pid as by from pg_catalog.pg_locks blocked join pg_catalog.pg_locks blocking on blocking.locktype = blocked.locktype and blocking.pid <> blocked.pid where not blocked.granted;",
    ),
    shape(3, Many, "VACUUM", "", "vacuum (analyze) sales.%{=table};"),
    shape(2, Few, "SHOW", "", "show work_mem;"),
    shape(2, Few, "SET", "", "set statement_timeout = '5min';"),
    read(
        2,
        Few,
        "~pg_catalog.pg_stat_statements",
        "select calls, mean_exec_time, left(query, 60) from pg_catalog.pg_stat_statements order by total_exec_time desc limit 10;",
    ),
    read(
        2,
        Few,
        "pg_catalog.pg_database",
        "SELECT d.datname as \"Name\", pg_catalog.pg_get_userbyid(d.datdba) as \"Owner\" FROM pg_catalog.pg_database d ORDER BY 1;",
    ),
];
