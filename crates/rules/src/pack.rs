//! The rule packs that are part of the program.

use crate::error::{Error, nearest};
use crate::load::RuleSource;

/// Pack, path and text of every bundled file.
const FILES: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/packs.rs"));

/// Names of the bundled packs, in alphabetical order.
pub fn packs() -> Vec<&'static str> {
    let mut names: Vec<&str> = FILES.iter().map(|(pack, ..)| *pack).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The files of one bundled pack, to be passed to [`load`](crate::load()).
///
/// # Errors
/// [`Error::NotFound`] with the nearest name.
pub fn pack(name: &str) -> Result<Vec<RuleSource<'static>>, Error> {
    let files: Vec<RuleSource<'static>> = FILES
        .iter()
        .filter(|(pack, ..)| *pack == name)
        .map(|(pack, path, text)| RuleSource::new(path, text).in_pack(pack))
        .collect();
    if files.is_empty() {
        return Err(Error::NotFound {
            what: "pack",
            name: name.to_owned(),
            nearest: nearest(name, packs()).map(str::to_owned),
        });
    }
    Ok(files)
}
