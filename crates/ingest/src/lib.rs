//! kumki-ingest.
