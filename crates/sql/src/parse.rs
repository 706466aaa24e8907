//! PostgreSQL's own grammar, made safe to call on hostile text.
//!
//! The tree that comes out is at most 100 messages deep: `prost` refuses to
//! decode more, PostgreSQL's grammar gives up at 10,000 pending symbols, and its
//! tree writer watches the stack. Within that depth everything that walks the
//! tree may recurse. What remains is to have enough stack for it, also on
//! threads with small stacks and in unoptimised builds: measured, the deepest
//! trees need just under 2 MB unoptimised and under 0.5 MB optimised, and the
//! grammar takes what is left up to 2 MB but for half a megabyte; a thread with
//! less than [`RED_ZONE`] left parses on a stack made for it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pg_query::protobuf::RawStmt;

/// Stack that must be left to parse on the caller's, in bytes.
const RED_ZONE: usize = if cfg!(debug_assertions) {
    5 * 1024 * 1024
} else {
    1536 * 1024
};

/// Size of the stack used otherwise, in bytes.
const STACK: usize = 8 * 1024 * 1024;

/// Parses and hands the statements to `judge`, all on a stack that suffices.
/// `None` when the grammar rejects the text or the tree is too deep.
pub(crate) fn with_tree<R>(sql: &str, judge: impl FnOnce(&[RawStmt]) -> R) -> Option<R> {
    stacker::maybe_grow(RED_ZONE, STACK, || {
        // The binding indexes and casts while it collects a summary of its own;
        // should it ever meet a tree it does not expect, tokens must do.
        let tree = catch_unwind(AssertUnwindSafe(|| {
            pg_query::parse(sql, pg_query::ParserOptions::default()).ok()
        }))
        .ok()??;
        Some(judge(&tree.protobuf.stmts))
    })
}
