//! Measures the warm paths on one thread: `cargo run --release -p kumki-sql --example speed`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use kumki_sql::{Shapes, mask_secrets, shape};

/// Statements as applications send them, about 100 bytes each.
const STATEMENTS: &[&str] = &[
    "SELECT id, name, created_at FROM public.customers WHERE id = 184467 AND status = 'active' LIMIT 1",
    "UPDATE accounts SET balance = balance - 12.50, updated_at = now() WHERE account_id = 991 AND version = 7",
    "INSERT INTO orders (customer_id, total, note) VALUES (42, 99.95, 'express'), (43, 12.00, 'standard')",
    "SELECT \"users\".* FROM \"users\" WHERE \"users\".\"email\" = 'a1@b.c' AND \"users\".\"deleted_at\" IS NULL LIMIT 1",
    "SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id IN (1, 2, 3, 4, 5)",
];

fn main() {
    let same: Vec<String> = STATEMENTS.iter().map(ToString::to_string).collect();
    let varied = varied();
    let distinct: Vec<String> = (0..2_000)
        .map(|number| format!("SELECT column_{number:010} FROM some_table"))
        .collect();
    let mut shaper = Shapes::default().shaper();
    report("warm shape, same text", &same, |sql| {
        black_box(shaper.shape(sql));
    });
    report("warm shape, other literals", &varied, |sql| {
        black_box(shaper.shape(sql));
    });
    report("mask_secrets, nothing to hide", &varied, |sql| {
        black_box(mask_secrets(sql));
    });
    report("shape anew", &same, |sql| {
        black_box(shape(sql));
    });
    let small = std::thread::spawn(move || {
        report("shape anew, thread with 2 MB", &distinct, |sql| {
            black_box(shape(sql));
        });
    });
    small.join().expect("the thread only measures");
}

/// The statements many times, with random digits in the place of theirs.
fn varied() -> Vec<String> {
    const TIMES: usize = 4096;
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut digit = |character: char| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let other = char::from(b'1' + (state >> 40) as u8 % 9);
        if character.is_ascii_digit() {
            other
        } else {
            character
        }
    };
    let statements = STATEMENTS.iter().cycle().take(TIMES);
    statements
        .map(|sql| sql.chars().map(&mut digit).collect())
        .collect()
}

/// Best of several runs, per statement.
fn report(what: &str, texts: &[String], mut run: impl FnMut(&str)) {
    let mut best = Duration::MAX;
    let mut rounds = 1u32;
    for _ in 0..12 {
        let start = Instant::now();
        for _ in 0..rounds {
            texts.iter().for_each(|sql| run(black_box(sql)));
        }
        let took = start.elapsed();
        best = best.min(took / rounds);
        if took < Duration::from_millis(20) {
            rounds = rounds.saturating_mul(4);
        }
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    let per = best.as_nanos() as f64 / texts.len() as f64;
    let speed = bytes as f64 / best.as_secs_f64() / 1e6;
    #[allow(clippy::print_stdout, reason = "the purpose of this example")]
    {
        println!("{what:32} {per:9.1} ns per statement {speed:9.1} MB/s");
    }
}
