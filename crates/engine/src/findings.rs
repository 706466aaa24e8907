//! The findings of a run: the last state of each, in bounded memory.

use std::collections::{BTreeMap, HashMap};

use kumki_model::{EntityRef, Finding, FindingId, Reason, RuleRef, Severity, Status, Tier, Window};

/// Findings kept of one kind. Further ones are counted, and a finding says so.
const PER_KIND: usize = 10_000;

/// Findings as they come in; a later state replaces an earlier one.
#[derive(Default)]
pub struct Collected {
    findings: HashMap<FindingId, Finding>,
    per_kind: BTreeMap<String, usize>,
    dropped: BTreeMap<String, Dropped>,
}

struct Dropped {
    count: u64,
    window: Window,
}

impl Collected {
    /// Takes a finding, or a later state of one.
    pub fn take(&mut self, finding: Finding) {
        if let Some(known) = self.findings.get_mut(&finding.id) {
            *known = finding;
            return;
        }
        let kept = self.per_kind.entry(finding.kind.clone()).or_default();
        if *kept >= PER_KIND {
            let dropped = self.dropped.entry(finding.kind).or_insert(Dropped {
                count: 0,
                window: finding.window,
            });
            dropped.count += 1;
            dropped.window.end = dropped.window.end.max(finding.window.end);
            return;
        }
        *kept += 1;
        self.findings.insert(finding.id.clone(), finding);
    }

    /// The findings in the order of time, ties by id.
    pub fn into_findings(self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self.findings.into_values().collect();
        findings.extend(
            self.dropped
                .into_iter()
                .map(|(kind, dropped)| quota(&kind, &dropped)),
        );
        findings.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| a.id.cmp(&b.id)));
        findings
    }
}

fn quota(kind: &str, dropped: &Dropped) -> Finding {
    Finding {
        id: FindingId(format!("finding_quota-{kind}")),
        time: dropped.window.start,
        kind: "finding_quota".to_owned(),
        title: format!("More than {PER_KIND} findings of kind {kind}"),
        description: format!(
            "{} findings of kind {kind} are not shown: the run keeps {PER_KIND} of each kind. \
             Narrow the span of time, or allow-list what raises them.",
            dropped.count
        ),
        tier: Tier::Rule,
        severity: Severity::Medium,
        confidence: 1.0,
        score: dropped.count as f64,
        entity: EntityRef::default(),
        window: dropped.window,
        count: dropped.count,
        reasons: vec![Reason {
            feature: format!("findings of kind {kind}"),
            observed: (dropped.count + PER_KIND as u64).into(),
            expected: Some([0.0, PER_KIND as f64]),
            contribution: 1.0,
        }],
        evidence: Vec::new(),
        attack: Vec::new(),
        rule: RuleRef {
            id: "finding_quota".to_owned(),
            pack: "engine".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        status: Status::Open,
        ambiguous: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(number: usize) -> Finding {
        let mut finding = quota(
            "x",
            &Dropped {
                count: 1,
                window: Window {
                    start: kumki_model::Timestamp::from_micros(number as i64),
                    end: kumki_model::Timestamp::from_micros(number as i64),
                },
            },
        );
        finding.id = FindingId(number.to_string());
        finding.kind = "x".to_owned();
        finding
    }

    #[test]
    fn a_flood_is_counted_and_said() {
        let mut collected = Collected::default();
        for number in 0..PER_KIND + 5 {
            collected.take(finding(number));
        }
        collected.take(Finding {
            count: 9,
            ..finding(0)
        });
        let findings = collected.into_findings();
        assert_eq!(findings.len(), PER_KIND + 1);
        assert_eq!(
            findings[0].count, 9,
            "a later state replaces the earlier one"
        );
        let said = findings
            .iter()
            .find(|finding| finding.kind == "finding_quota")
            .unwrap();
        assert_eq!(said.count, 5);
    }
}
