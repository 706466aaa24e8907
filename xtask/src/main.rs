//! Repository automation: `cargo xtask help`.
fn main() {}
