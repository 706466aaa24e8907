//! kumki-sql.
