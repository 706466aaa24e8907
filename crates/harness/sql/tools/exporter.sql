-- What postgres_exporter sends on one scrape. Written after its shape.

SELECT version();

-- prepared
SELECT pg_database.datname, pg_database_size(pg_database.datname) AS size_bytes FROM pg_database WHERE datallowconn;

SELECT datid, datname, numbackends, xact_commit, xact_rollback, blks_read, blks_hit, tup_returned, tup_fetched,
    tup_inserted, tup_updated, tup_deleted, conflicts, temp_files, temp_bytes, deadlocks, stats_reset
FROM pg_stat_database;

SELECT checkpoints_timed, checkpoints_req, checkpoint_write_time, checkpoint_sync_time, buffers_checkpoint, buffers_clean,
    maxwritten_clean, buffers_backend, buffers_alloc, stats_reset FROM pg_stat_bgwriter;

SELECT current_database() AS datname, schemaname, relname, seq_scan, seq_tup_read, idx_scan, idx_tup_fetch, n_tup_ins,
    n_tup_upd, n_tup_del, n_live_tup, n_dead_tup, last_vacuum, last_autovacuum, last_analyze, last_autoanalyze
FROM pg_stat_user_tables;

SELECT current_database() AS datname, schemaname, relname, heap_blks_read, heap_blks_hit, idx_blks_read, idx_blks_hit
FROM pg_statio_user_tables;

SELECT pg_database.datname, tmp.mode, COALESCE(count, 0) AS count
FROM (VALUES ('accesssharelock'), ('rowsharelock'), ('rowexclusivelock'), ('exclusivelock'), ('accessexclusivelock')) AS tmp(mode)
CROSS JOIN pg_database
LEFT JOIN (SELECT database, lower(mode) AS mode, count(*) AS count FROM pg_locks WHERE database IS NOT NULL GROUP BY database, lower(mode)) AS held
ON tmp.mode = held.mode AND pg_database.oid = held.database ORDER BY 1;

SELECT CASE WHEN NOT pg_is_in_recovery() THEN 0 ELSE GREATEST(0, EXTRACT(EPOCH FROM (now() - pg_last_xact_replay_timestamp()))) END AS lag,
    CASE WHEN pg_is_in_recovery() THEN 1 ELSE 0 END AS is_replica;

SELECT slot_name, slot_type, CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() - '0/0' ELSE pg_current_wal_lsn() - '0/0' END AS current_wal_lsn,
    active, safe_wal_size, wal_status FROM pg_replication_slots;

SELECT *, (CASE pg_is_in_recovery() WHEN 't' THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END) AS pg_current_wal_lsn
FROM pg_stat_replication;

SELECT archived_count, failed_count, EXTRACT(EPOCH FROM now() - last_archived_time) AS last_archive_age FROM pg_stat_archiver;

SELECT pg_database.datname, tmp.state, COALESCE(count, 0) AS count, COALESCE(max_tx_duration, 0) AS max_tx_duration
FROM (VALUES ('active'), ('idle'), ('idle in transaction'), ('disabled')) AS tmp(state)
CROSS JOIN pg_database
LEFT JOIN (SELECT datname, state, count(*) AS count, MAX(EXTRACT(EPOCH FROM now() - xact_start))::float AS max_tx_duration
    FROM pg_stat_activity GROUP BY datname, state) AS busy ON tmp.state = busy.state AND pg_database.datname = busy.datname;

SELECT name, setting, COALESCE(unit, '') AS unit, short_desc, vartype FROM pg_settings WHERE vartype IN ('bool', 'integer', 'real') AND name <> 'sync_commit_cancel_wait';
