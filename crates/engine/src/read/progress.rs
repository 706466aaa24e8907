//! How far the reading has come, for a progress bar on another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Shared counters; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    stored_bytes: Arc<AtomicU64>,
    records: Arc<AtomicU64>,
}

impl Progress {
    /// Bytes read from storage, before decompression.
    pub fn stored_bytes(&self) -> u64 {
        self.stored_bytes.load(Ordering::Relaxed)
    }

    /// Records read.
    pub fn records(&self) -> u64 {
        self.records.load(Ordering::Relaxed)
    }

    pub(super) fn stored_counter(&self) -> &Arc<AtomicU64> {
        &self.stored_bytes
    }

    pub(super) fn add_records(&self, count: u64) {
        self.records.fetch_add(count, Ordering::Relaxed);
    }
}
