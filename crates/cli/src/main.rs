//! The `kumki` command line.
fn main() {}
