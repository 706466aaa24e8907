//! What an exporter of metrics asks, every few seconds.

use super::Cost::{Few, Key};
use super::{Shape, read};

pub(crate) const MONITORING: &[Shape] = &[
    read(
        1,
        Few,
        "~pg_catalog.pg_stat_database",
        "SELECT datname, numbackends, xact_commit, xact_rollback, blks_read, blks_hit, tup_returned, tup_fetched, deadlocks, temp_bytes FROM pg_stat_database WHERE datname IS NOT NULL",
    ),
    read(
        1,
        Few,
        "~pg_catalog.pg_stat_activity",
        "SELECT state, count(*) AS count, max(extract(epoch FROM now() - xact_start)) AS max_tx_duration FROM pg_stat_activity WHERE backend_type = 'client backend' GROUP BY state",
    ),
    read(
        1,
        Key,
        "~pg_catalog.pg_stat_bgwriter",
        "SELECT checkpoints_timed, checkpoints_req, buffers_checkpoint, buffers_clean FROM pg_stat_bgwriter",
    ),
    read(
        1,
        Few,
        "~pg_catalog.pg_locks pg_catalog.pg_database",
        "SELECT d.datname, l.mode, count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database GROUP BY d.datname, l.mode",
    ),
    read(
        1,
        Key,
        "",
        "SELECT pg_is_in_recovery(), pg_current_wal_lsn() - '0/0'::pg_lsn AS lsn",
    ),
    read(
        1,
        Few,
        "~pg_catalog.pg_stat_replication",
        "SELECT application_name, client_addr, state, pg_wal_lsn_diff(sent_lsn, replay_lsn) AS lag FROM pg_stat_replication",
    ),
    read(
        1,
        Few,
        "~pg_catalog.pg_stat_user_tables",
        "SELECT schemaname, relname, seq_scan, n_dead_tup, last_autovacuum FROM pg_stat_user_tables ORDER BY n_dead_tup DESC LIMIT 50",
    ),
    read(
        1,
        Key,
        "",
        "SELECT pg_postmaster_start_time(), current_setting('max_connections')",
    ),
];
