//! The order findings are shown in and the counts over them: most severe first,
//! then by time. Findings go in in any order; the same findings always come out
//! the same way.

use std::borrow::Cow;
use std::collections::HashMap;

use kumki_model::{EntityRef, Finding, Severity, Timestamp};

/// Most severe first, then earliest first, then by id.
pub(crate) fn ranked(findings: &[Finding]) -> Vec<&Finding> {
    let mut order: Vec<&Finding> = findings.iter().collect();
    order.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| begin(a).cmp(&begin(b)))
            .then_with(|| a.id.cmp(&b.id))
    });
    order
}

/// When what a finding is about began.
pub(crate) fn begin(finding: &Finding) -> Timestamp {
    finding.window.start.min(finding.time)
}

/// How many findings there are of each severity, most severe first, without the
/// severities nobody was given.
pub(crate) fn by_severity(findings: &[Finding]) -> Vec<(Severity, usize)> {
    Severity::ALL
        .into_iter()
        .rev()
        .map(|severity| {
            (
                severity,
                findings.iter().filter(|f| f.severity == severity).count(),
            )
        })
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// The event time the findings cover, first to last.
pub(crate) fn span<'a>(
    findings: impl Iterator<Item = &'a Finding> + Clone,
) -> Option<(Timestamp, Timestamp)> {
    let start = findings.clone().map(begin).min()?;
    let end = findings.map(|f| f.window.end.max(f.time)).max()?;
    Some((start, end))
}

/// How often each name occurs, most first, then by name; at most `limit` of
/// them, and how many more there are.
pub(crate) fn tally<'a>(
    names: impl Iterator<Item = Cow<'a, str>>,
    limit: usize,
) -> (Vec<(Cow<'a, str>, u64)>, usize) {
    let mut counts: HashMap<Cow<'a, str>, u64> = HashMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let mut counted: Vec<_> = counts.into_iter().collect();
    counted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let more = counted.len().saturating_sub(limit);
    counted.truncate(limit);
    (counted, more)
}

/// `user@database`, or the half that is known.
pub(crate) fn who(entity: &EntityRef) -> Option<Cow<'_, str>> {
    match (
        entity.user.as_deref().or(entity.role.as_deref()),
        entity.database.as_deref(),
    ) {
        (Some(user), Some(database)) => Some(Cow::Owned(format!("{user}@{database}"))),
        (Some(user), None) => Some(Cow::Borrowed(user)),
        (None, Some(database)) => Some(Cow::Owned(format!("@{database}"))),
        (None, None) => None,
    }
}
