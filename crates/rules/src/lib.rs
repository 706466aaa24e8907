//! kumki-rules.
