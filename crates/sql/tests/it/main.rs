//! What the facts of statements are, from outside the crate.

mod depth;
mod documentation;
mod facts;
mod injection;
mod rights;
mod server;
mod support;
mod unparsed;
