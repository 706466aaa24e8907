//! Events per second with the bundled packs on benign statement traffic.
//!
//! `cargo bench -p kumki-rules`. Each sample runs 100,800 statements of 12
//! shapes in 120 sessions of 8 users, 10 ms apart; one in a hundred is an
//! error. Two runs: `core` is quiet on it, apart from what it counts; with
//! `fabric`, whose rules count every read, each session stands above a
//! threshold all the time. What does not carry over: events stay in the cache
//! here, as they do when they come fresh from the parser, and their facts are
//! ready made.

#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use kumki_model::{Event, SourceId, Timestamp};
use kumki_rules::{
    Detector, EventBuilder, Field, Memory, Options, OwnedEvent, RuleSet, RuleSource, SampleEvent,
    load, pack, packs,
};
use serde_json::json;

/// Events kept; each sample goes over them many times.
const KEPT: usize = 1_200;
const ROUNDS: usize = 84;
const STEP: i64 = 10_000;

fn main() {
    divan::main();
}

fn bundled(wanted: &dyn Fn(&str) -> bool) -> Arc<RuleSet> {
    let names = packs().into_iter().filter(|name| wanted(name));
    let sources: Vec<RuleSource<'static>> = names.flat_map(|name| pack(name).unwrap()).collect();
    Arc::new(load(&sources).unwrap())
}

const STATEMENTS: [&str; 12] = [
    "SELECT id, total FROM sales.orders WHERE customer = 17 ORDER BY id LIMIT 20",
    "SELECT name FROM crm.customers WHERE id = 17",
    "SELECT count(*) FROM sales.orders WHERE day = '2026-01-05'",
    "UPDATE sales.orders SET state = 'paid' WHERE id = 99",
    "INSERT INTO sales.orders (customer, total) VALUES (1, 2)",
    "SELECT o.id, c.name FROM sales.orders o JOIN crm.customers c ON c.id = o.customer WHERE o.id = 4",
    "SELECT price FROM shop.products WHERE sku = 'a-17'",
    "DELETE FROM shop.baskets WHERE id = 8",
    "INSERT INTO shop.baskets (id, sku) VALUES (8, 'a-17')",
    "SELECT 1",
    "BEGIN",
    "COMMIT",
];

fn traffic() -> Vec<OwnedEvent> {
    let mut builder = EventBuilder::new();
    (0..KEPT)
        .map(|index| {
            let mut sample = SampleEvent {
                at: Some(index as i64 * STEP),
                sql: Some(STATEMENTS[index % STATEMENTS.len()].to_owned()),
                ..SampleEvent::default()
            };
            let session = index / 10;
            sample.fields = vec![
                (Field::User, json!(format!("app{}", session % 8))),
                (Field::Database, json!("shop")),
                (Field::Client, json!(format!("10.0.0.{}", session % 8))),
                (Field::Application, json!("api")),
                (Field::Session, json!(format!("679b{session:04x}.1a2b"))),
                (Field::Rows, json!(index % 20)),
                (Field::Duration, json!(index % 9)),
            ];
            if index % 100 == 99 {
                sample.fields.push((Field::Kind, json!("error")));
                sample.fields.push((Field::SqlState, json!("23505")));
            }
            builder.build(&sample).pop().unwrap()
        })
        .collect()
}

fn run(bencher: Bencher<'_, '_>, options: Options, wanted: &dyn Fn(&str) -> bool) {
    let set = bundled(wanted);
    let owned = traffic();
    let events: Vec<Event<'_>> = owned.iter().map(OwnedEvent::event).collect();
    let names = |_: SourceId| "log".to_owned();
    let mut detector = Detector::new(set, options);
    let mut offset = 0;
    bencher
        .counter(ItemsCount::new(KEPT * ROUNDS))
        .bench_local(|| {
            let mut findings = 0u64;
            for _ in 0..ROUNDS {
                for event in &events {
                    let time = Timestamp::from_micros(event.time.as_micros() + offset);
                    detector.push(&Event { time, ..*event }, &names, &mut |_| findings += 1);
                }
                offset += KEPT as i64 * STEP;
            }
            findings
        });
}

#[divan::bench(sample_count = 20)]
fn core(bencher: Bencher<'_, '_>) {
    run(bencher, Options::default(), &|name| name == "core");
}

#[divan::bench(sample_count = 20)]
fn core_and_fabric(bencher: Bencher<'_, '_>) {
    run(bencher, Options::default(), &|_| true);
}

#[divan::bench(sample_count = 3)]
fn core_without_memory(bencher: Bencher<'_, '_>) {
    let options = Options {
        memory: Memory::Forget,
        ..Options::default()
    };
    run(bencher, options, &|name| name == "core");
}
