-- What a session of pgAdmin sends: set-up, the browser tree opened down to a
-- table, the dashboard refreshed, some rows viewed. Written after its shape.

SET DateStyle=ISO; SET client_min_messages=notice; SELECT set_config('bytea_output','hex',false) FROM pg_show_all_settings() WHERE name = 'bytea_output'; SET client_encoding='UNICODE';

SELECT db.oid AS did, db.datname, db.datallowconn, pg_encoding_to_char(db.encoding) AS serverencoding,
    has_database_privilege(db.oid, 'CREATE') AS cancreate, datistemplate
FROM pg_catalog.pg_database db WHERE db.datname = current_database();

SELECT roles.oid AS id, roles.rolname AS name, roles.rolsuper AS is_superuser,
    CASE WHEN roles.rolsuper THEN true ELSE roles.rolcreaterole END AS can_create_role,
    CASE WHEN roles.rolsuper THEN true ELSE roles.rolcreatedb END AS can_create_db,
    CASE WHEN 'pg_signal_backend' = ANY (ARRAY(
        SELECT pg_catalog.pg_roles.rolname FROM pg_catalog.pg_auth_members m
        JOIN pg_catalog.pg_roles ON m.roleid = pg_catalog.pg_roles.oid
        WHERE m.member = roles.oid)) THEN true ELSE false END AS can_signal_backend
FROM pg_catalog.pg_roles AS roles WHERE rolname = current_user;

SELECT db.oid AS did, db.datname AS name, ta.spcname AS spcname, db.datallowconn,
    db.datistemplate AS is_template, has_database_privilege(db.oid, 'CREATE') AS cancreate, datdba AS owner
FROM pg_catalog.pg_database db LEFT OUTER JOIN pg_catalog.pg_tablespace ta ON db.dattablespace = ta.oid
ORDER BY datname;

SELECT nsp.oid, nsp.nspname AS name, has_schema_privilege(nsp.oid, 'CREATE') AS can_create,
    has_schema_privilege(nsp.oid, 'USAGE') AS has_usage
FROM pg_catalog.pg_namespace nsp
WHERE nspname NOT LIKE E'pg\\_%' AND nspname <> 'information_schema' ORDER BY nspname;

SELECT rel.oid, rel.relname AS name,
    (SELECT count(*) FROM pg_catalog.pg_trigger WHERE tgrelid = rel.oid AND tgisinternal = false) AS triggercount,
    (SELECT count(1) FROM pg_catalog.pg_inherits WHERE inhrelid = rel.oid LIMIT 1) AS is_inherits
FROM pg_catalog.pg_class rel
WHERE rel.relkind IN ('r', 's', 't', 'p') AND rel.relnamespace = 'sales'::regnamespace AND NOT rel.relispartition
ORDER BY rel.relname;

SELECT rel.oid, rel.relname AS name, rel.reltablespace AS spcoid, rel.relacl AS relacl_str,
    pg_catalog.pg_get_userbyid(rel.relowner) AS relowner, rel.relkind, rel.reltuples AS reltuples_,
    description, con.conname, con.conkey
FROM pg_catalog.pg_class rel
LEFT OUTER JOIN pg_catalog.pg_description des ON des.objoid = rel.oid AND des.objsubid = 0 AND des.classoid = 'pg_class'::regclass
LEFT OUTER JOIN pg_catalog.pg_constraint con ON con.conrelid = rel.oid AND con.contype = 'p'
WHERE rel.oid = 'sales.customer'::regclass;

SELECT att.attname AS name, att.attnum, format_type(ty.oid, att.atttypmod) AS displaytypname, att.attnotnull,
    pg_catalog.pg_get_expr(def.adbin, def.adrelid) AS defval, col_description(att.attrelid, att.attnum) AS description
FROM pg_catalog.pg_attribute att
JOIN pg_catalog.pg_type ty ON ty.oid = atttypid
LEFT OUTER JOIN pg_catalog.pg_attrdef def ON adrelid = att.attrelid AND adnum = att.attnum
WHERE att.attrelid = 'sales.customer'::regclass AND att.attnum > 0 AND att.attisdropped IS FALSE
ORDER BY att.attnum;

SELECT DISTINCT ON (cls.relname) cls.oid, cls.relname AS name, indisprimary, indisunique, indkey
FROM pg_catalog.pg_index idx JOIN pg_catalog.pg_class cls ON cls.oid = indexrelid
WHERE indrelid = 'sales.customer'::regclass ORDER BY cls.relname;

SELECT r.oid, r.rolname, r.rolcanlogin, r.rolsuper FROM pg_catalog.pg_roles r ORDER BY r.rolcanlogin, r.rolname;

/*pga4dash*/
SELECT 'session_stats' AS chart_name, pg_catalog.row_to_json(t) AS chart_data
FROM (SELECT
    (SELECT count(*) FROM pg_catalog.pg_stat_activity) AS "Total",
    (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE state = 'active') AS "Active",
    (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE state = 'idle') AS "Idle") t
UNION ALL
SELECT 'tps_stats' AS chart_name, pg_catalog.row_to_json(t) AS chart_data
FROM (SELECT
    (SELECT sum(xact_commit) + sum(xact_rollback) FROM pg_catalog.pg_stat_database) AS "Transactions",
    (SELECT sum(xact_commit) FROM pg_catalog.pg_stat_database) AS "Commits",
    (SELECT sum(xact_rollback) FROM pg_catalog.pg_stat_database) AS "Rollbacks") t;

/*pga4dash*/
SELECT pid, datname, usename, application_name, client_addr, pg_catalog.to_char(backend_start, 'YYYY-MM-DD HH24:MI:SS TZ') AS backend_start,
    state, wait_event_type || ': ' || wait_event AS wait_event, pg_catalog.pg_blocking_pids(pid) AS blocking_pids, query
FROM pg_catalog.pg_stat_activity WHERE datname = current_database() ORDER BY pid;

/*pga4dash*/
SELECT pid, locktype, datname, relation::pg_catalog.regclass, mode, granted
FROM pg_catalog.pg_locks l LEFT OUTER JOIN pg_catalog.pg_database d ON (l.database = d.oid)
WHERE datname = current_database() ORDER BY pid, locktype;

/*pga4dash*/
SELECT name, category, setting, unit, short_desc FROM pg_catalog.pg_settings ORDER BY category;

SELECT at.attname, at.attnum, ty.typname
FROM pg_catalog.pg_attribute at LEFT JOIN pg_catalog.pg_type ty ON (ty.oid = at.atttypid)
JOIN pg_catalog.pg_constraint con ON con.conrelid = at.attrelid AND con.contype = 'p' AND at.attnum = ANY (con.conkey)
WHERE at.attrelid = 'sales.customer'::regclass;

SELECT * FROM sales.customer ORDER BY id ASC LIMIT 100;
