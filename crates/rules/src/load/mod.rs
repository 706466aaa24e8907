//! Loads rules: YAML in, a [`RuleSet`] or every problem out.
//!
//! Nothing is skipped in silence. A rule either runs, or is an error at a
//! line and column, or says in the catalogue that it is about another product.

pub(crate) mod check;
pub(crate) mod document;
pub(crate) mod extension;
mod filter;
pub(crate) mod position;
pub(crate) mod report;
mod resolve;
mod rules;

use crate::error::RuleErrors;
use crate::rule::RuleSet;
use document::{Content, Document};

/// Pack of rules that belong to none.
pub const LOCAL_PACK: &str = "local";

/// One rule file: the caller read it, this crate does no I/O.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleSource<'t> {
    /// Pack the rules belong to.
    pub pack: &'t str,
    /// Path, for diagnostics and the catalogue.
    pub path: &'t str,
    /// YAML, any number of documents.
    pub text: &'t str,
}

impl<'t> RuleSource<'t> {
    /// A file of the user's own.
    pub const fn new(path: &'t str, text: &'t str) -> Self {
        Self {
            pack: LOCAL_PACK,
            path,
            text,
        }
    }

    /// The same file as part of a pack.
    #[must_use]
    pub const fn in_pack(self, pack: &'t str) -> Self {
        Self { pack, ..self }
    }
}

/// Loads rules, correlations and filters. References reach across files.
///
/// # Errors
/// Every problem of every file, in order. Nothing is loaded then.
pub fn load(sources: &[RuleSource<'_>]) -> Result<RuleSet, RuleErrors> {
    let mut documents: Vec<(&RuleSource<'_>, Document<'_>)> = sources
        .iter()
        .flat_map(|source| {
            document::read(source.path, source.text)
                .into_iter()
                .map(move |read| (source, read))
        })
        .collect();
    let set = resolve::resolve(&mut documents);
    let mut errors: Vec<_> = documents
        .into_iter()
        .flat_map(|(_, document)| document.report.into_errors())
        .collect();
    if errors.is_empty() {
        return Ok(set);
    }
    errors.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    Err(RuleErrors(errors))
}

impl Document<'_> {
    /// Id, name and title of a rule or correlation.
    fn names(&self) -> Option<(Option<&str>, Option<&str>, &str)> {
        match &self.content {
            Content::Rule(rule) => Some((rule.id.as_deref(), rule.name.as_deref(), &rule.title)),
            Content::Correlation(rule, _) => {
                Some((rule.id.as_deref(), rule.name.as_deref(), &rule.title))
            }
            Content::Filter(_) | Content::Broken => None,
        }
    }

    /// Whether the rule goes by that id or name.
    fn is_called(&self, wanted: &str) -> bool {
        self.names().is_some_and(|(id, name, title)| {
            id == Some(wanted) || name == Some(wanted) || title == wanted
        })
    }
}
