//! Records per second of each parser, on one core.
//!
//! `cargo bench -p kumki-ingest`. The records are the usual mix of an audited
//! server: connections, statements with durations, audit rows, errors. What
//! does not transfer: logs of mostly very long statements are bound by memory
//! bandwidth, not by records.

use std::fmt::Write as _;

use bumpalo::Bump;
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use kumki_ingest::parse::detect::{detect, make_parser};
use kumki_ingest::parse::options::ParserOptions;
use kumki_ingest::parse::{Block, Output};
use kumki_model::SourceId;

fn main() {
    divan::main();
}

const RECORDS: usize = 20_000;

fn message(index: usize) -> (&'static str, String) {
    let table = index % 97;
    match index % 10 {
        0 => ("LOG", format!("connection received: host=10.0.3.{} port={}", index % 250, 40_000 + index % 20_000)),
        1 => ("LOG", "connection authorized: user=alice database=shop application_name=api SSL enabled (protocol=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384, bits=256)".to_owned()),
        2 => ("ERROR", format!("relation \"orders_{table}\" does not exist")),
        3 | 4 => ("LOG", format!("duration: {}.{:03} ms", index % 50, index % 1000)),
        5 | 6 => ("LOG", format!("AUDIT: SESSION,{},1,READ,SELECT,TABLE,public.orders_{table},\"select id, total from orders_{table} where customer = $1 and state = $2\",\"42,open\"", index % 700)),
        _ => ("LOG", format!("execute <unnamed>: select id, total, note from orders_{table} where customer = $1 and state = $2 order by id limit 20")),
    }
}

fn stderr(prefix: impl Fn(usize, &str) -> String) -> String {
    let mut log = String::new();
    for index in 0..RECORDS {
        let (level, text) = message(index);
        let time = format!(
            "2026-01-31 10:{:02}:{:02}.{:03} UTC",
            index / 6000 % 60,
            index / 100 % 60,
            index % 1000
        );
        let _ = writeln!(log, "{}{level}:  {text}", prefix(index, &time));
    }
    log
}

fn csvlog() -> String {
    let mut log = String::new();
    for index in 0..RECORDS {
        let (level, text) = message(index);
        let code = if level == "ERROR" { "42P01" } else { "00000" };
        let _ = writeln!(
            log,
            "2026-01-31 10:{:02}:{:02}.{:03} UTC,\"alice\",\"shop\",{},\"10.0.3.7:51234\",65b2f1a3.{:x},{index},\"SELECT\",2026-01-31 09:58:11 UTC,3/{index},0,{level},{code},\"{}\",,,,,,,,,\"api\",\"client backend\",,0",
            index / 6000 % 60,
            index / 100 % 60,
            index % 1000,
            4000 + index % 50,
            4000 + index % 50,
            text.replace('"', "\"\""),
        );
    }
    log
}

fn jsonlog() -> String {
    let mut log = String::new();
    for index in 0..RECORDS {
        let (level, text) = message(index);
        let _ = writeln!(
            log,
            "{{\"timestamp\":\"2026-01-31 10:{:02}:{:02}.{:03} UTC\",\"user\":\"alice\",\"dbname\":\"shop\",\"pid\":{},\"remote_host\":\"10.0.3.7\",\"remote_port\":51234,\"session_id\":\"65b2f1a3.{:x}\",\"line_num\":{index},\"ps\":\"SELECT\",\"session_start\":\"2026-01-31 09:58:11 UTC\",\"vxid\":\"3/{index}\",\"txid\":0,\"error_severity\":\"{level}\",\"message\":\"{}\",\"application_name\":\"api\",\"backend_type\":\"client backend\",\"query_id\":0}}",
            index / 6000 % 60,
            index / 100 % 60,
            index % 1000,
            4000 + index % 50,
            4000 + index % 50,
            text.replace('"', "\\\""),
        );
    }
    log
}

fn run(bencher: Bencher<'_, '_>, log: &str) {
    let options = ParserOptions::default();
    let detection = detect(log.as_bytes(), &options).expect("a log of a known format");
    let mut parser = make_parser(&detection, &options);
    let mut arena = Bump::new();
    bencher
        .counter(ItemsCount::new(RECORDS))
        .counter(BytesCount::of_str(log))
        .bench_local(|| {
            arena.reset();
            let block = Block {
                bytes: log.as_bytes(),
                arena: &arena,
                source: SourceId(0),
                first_line: 1,
                offset: 0,
                end: true,
            };
            let mut out = Output::default();
            parser.parse(&block, &mut out);
            assert_eq!(out.records.len(), RECORDS);
            out.records.len()
        });
}

#[divan::bench]
fn stderr_default(bencher: Bencher<'_, '_>) {
    run(
        bencher,
        &stderr(|index, time| format!("{time} [{}] ", 4000 + index % 50)),
    );
}

#[divan::bench]
fn stderr_debian(bencher: Bencher<'_, '_>) {
    run(
        bencher,
        &stderr(|index, time| format!("{time} [{}] alice@shop ", 4000 + index % 50)),
    );
}

#[divan::bench]
fn stderr_pgbadger(bencher: Bencher<'_, '_>) {
    let log = stderr(|index, time| {
        format!(
            "{time} [{}]: [{index}-1] user=alice,db=shop,app=api,client=10.0.3.7 ",
            4000 + index % 50
        )
    });
    run(bencher, &log);
}

#[divan::bench]
fn csv(bencher: Bencher<'_, '_>) {
    run(bencher, &csvlog());
}

#[divan::bench]
fn json(bencher: Bencher<'_, '_>) {
    run(bencher, &jsonlog());
}
