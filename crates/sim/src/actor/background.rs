//! The servers' own processes: checkpoints and autovacuum.

use crate::entry::{Entry, Origin};
use crate::random::Random;
use crate::world::World;

/// `checkpoint_timeout`.
const TIMEOUT: i64 = 300_000_000;
const CHECKPOINT: Origin = Origin::new("LogCheckpointStart", "xlog.c", 6030);
const COMPLETE: Origin = Origin::new("LogCheckpointEnd", "xlog.c", 6113);
const VACUUM: Origin = Origin::new("heap_vacuum_rel", "vacuumlazy.c", 787);
const ANALYZE: Origin = Origin::new("do_analyze_rel", "analyze.c", 812);

/// Checkpoints of a server.
pub(crate) struct Checkpoints {
    server: usize,
    began: Option<i64>,
    random: Random,
}

impl Checkpoints {
    /// Checkpoints of `server`.
    pub(crate) fn new(server: usize, random: Random) -> Self {
        Self {
            server,
            began: None,
            random,
        }
    }

    /// Begins a checkpoint or reports its end.
    pub(crate) fn act(&mut self, world: &mut World, time: i64) -> i64 {
        let Some(began) = self.began.take() else {
            let entry = Entry::log(time, "checkpoint starting: time", CHECKPOINT);
            world.cluster.record_checkpointer(self.server, &entry);
            self.began = Some(time);
            return time + self.random.micros(20_000_000, 269_900_000);
        };
        let random = &mut self.random;
        let buffers = random.log_uniform(200, 90_000);
        let total = (time - began).max(0) / 1_000;
        let sync = random.micros(2, 180);
        let files = random.between(20, 400);
        let distance = random.log_uniform(2_000, 900_000);
        let text = format!(
            "checkpoint complete: wrote {buffers} buffers ({}.{}%); 0 WAL file(s) added, {} removed, {} recycled; write={}.{:03} s, sync=0.{sync:03} s, total={}.{:03} s; sync files={files}, longest=0.{:03} s, average=0.001 s; distance={distance} kB, estimate={} kB",
            buffers / 2_621,
            buffers / 263 % 10,
            random.below(3),
            distance / 16_384,
            (total - sync).max(0) / 1_000,
            (total - sync).max(0) % 1_000,
            total / 1_000,
            total % 1_000,
            sync / 3,
            distance + random.below(90_000),
        );
        let entry = Entry::log(time, &text, COMPLETE);
        world.cluster.record_checkpointer(self.server, &entry);
        (began + TIMEOUT).max(time + 1_000)
    }
}

/// Autovacuum of a server.
pub(crate) struct Autovacuum {
    server: usize,
    random: Random,
}

impl Autovacuum {
    /// Autovacuum of `server`.
    pub(crate) fn new(server: usize, random: Random) -> Self {
        Self { server, random }
    }

    /// A worker vacuums or analyses a table.
    pub(crate) fn act(&mut self, world: &mut World, time: i64) -> i64 {
        const TABLES: [&str; 9] = [
            "jobs.queue",
            "sales.cart",
            "sales.orders",
            "auth.session",
            "inventory.stock",
            "analytics.visit",
            "shipping.shipment",
            "billing.account",
            "pg_catalog.pg_statistic",
        ];
        let random = &mut self.random;
        let cluster = &mut world.cluster;
        let mut process = cluster.spawn(self.server, time, "autovacuum worker", random);
        cluster.enter(&mut process);
        cluster.begin(&mut process);
        let table = random.pick(&TABLES);
        let pages = random.log_uniform(40, 400_000);
        let dead = random.log_uniform(50, 90_000);
        if random.chance(600_000) {
            let oldest = random.between(90_000_000, 91_000_000);
            let text = format!(
                "automatic vacuum of table \"shop.{table}\": index scans: {scans}\npages: 0 removed, {pages} remain, {scanned} scanned ({percent}.{tenth:02}% of total)\ntuples: {dead} removed, {live} remain, 0 are dead but not yet removable\nremovable cutoff: {oldest}, which was {old} XIDs old when operation ended\navg read rate: {rate}.{tenth:03} MB/s, avg write rate: 0.{tenth:03} MB/s\nbuffer usage: {hits} hits, {misses} misses, {dirtied} dirtied\nWAL usage: {dirtied} records, 3 full page images, {bytes} bytes\nsystem usage: CPU: user: 0.{tenth:02} s, system: 0.0{scans} s, elapsed: {rate}.{tenth:02} s",
                scans = random.below(2),
                scanned = pages / 3,
                percent = random.between(3, 90),
                tenth = random.between(10, 99),
                live = pages * 40,
                old = random.below(900),
                rate = random.below(30),
                hits = pages * 2,
                misses = random.below(9_000),
                dirtied = random.between(1, 9_000),
                bytes = dead * 120,
            );
            cluster.record(&mut process, &Entry::log(time, &text, VACUUM));
        } else {
            let text = format!(
                "automatic analyze of table \"shop.{table}\"\navg read rate: {rate}.{tenth:03} MB/s, avg write rate: 0.0{tenth} MB/s\nbuffer usage: {hits} hits, {misses} misses, {dirtied} dirtied\nsystem usage: CPU: user: 0.{tenth:02} s, system: 0.01 s, elapsed: 0.{tenth:02} s",
                rate = random.below(60),
                tenth = random.between(10, 99),
                hits = pages / 3 + 40,
                misses = random.below(900),
                dirtied = random.below(90),
            );
            cluster.record(&mut process, &Entry::log(time, &text, ANALYZE));
        }
        cluster.leave(&mut process);
        time + self.random.exponential(75_000_000)
    }
}
