//! kumki-harness.
