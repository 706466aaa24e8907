//! One finding as the page shows it.

use kumki_model::{Finding, Reason, Tier};

use super::{GLYPHS, line};
use crate::render::{RuleInfo, figures, ranking, visible};

/// Evidence shown per finding; the rest is in the data formats.
const EVIDENCE: usize = 20;
/// Reasons shown per finding.
const REASONS: usize = 20;

pub(super) struct FindingView {
    pub(super) number: usize,
    pub(super) open: bool,
    pub(super) severity: &'static str,
    pub(super) glyph: &'static str,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) kind: String,
    pub(super) who: String,
    pub(super) from: String,
    pub(super) time: String,
    pub(super) count: String,
    pub(super) opinion: bool,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) forgeable: String,
    pub(super) reasons: Vec<ReasonView>,
    pub(super) evidence: Vec<EvidenceView>,
    pub(super) more_evidence: usize,
    pub(super) why: String,
    pub(super) response: Vec<String>,
    pub(super) falsepositives: Vec<String>,
    pub(super) attack: Vec<Technique>,
}

pub(super) struct ReasonView {
    pub(super) feature: String,
    pub(super) observed: String,
    pub(super) expected: String,
    pub(super) percent: u8,
}

pub(super) struct EvidenceView {
    pub(super) source: String,
    pub(super) time: String,
    pub(super) text: String,
}

pub(super) struct Technique {
    pub(super) id: String,
    /// Its page, when the id is one ATT&CK could have given.
    pub(super) address: Option<String>,
}

impl FindingView {
    pub(super) fn new(number: usize, finding: &Finding, rule: Option<&RuleInfo>) -> Self {
        let text = |text: &str| visible::lines(text.trim()).into_owned();
        let all = |items: &[String]| items.iter().map(|item| text(item)).collect::<Vec<_>>();
        let attack = match (finding.attack.as_slice(), rule) {
            ([], Some(rule)) => &rule.attack,
            _ => &finding.attack,
        };
        Self {
            number,
            open: number == 1,
            severity: finding.severity.as_str(),
            glyph: GLYPHS.glyph(finding.severity),
            title: line(&finding.title),
            description: text(&finding.description),
            kind: line(&finding.kind),
            who: ranking::who(&finding.entity)
                .map(|who| line(&who))
                .unwrap_or_default(),
            from: finding
                .entity
                .client
                .as_deref()
                .map(line)
                .unwrap_or_default(),
            time: figures::moment(ranking::begin(finding)),
            count: figures::of(finding.count, "event"),
            opinion: finding.tier == Tier::Llm,
            facts: facts(finding),
            forgeable: line(&finding.ambiguous.join(", ")),
            reasons: finding.reasons.iter().take(REASONS).map(reason).collect(),
            evidence: finding
                .evidence
                .iter()
                .take(EVIDENCE)
                .map(|evidence| EvidenceView {
                    source: line(&evidence.source),
                    time: figures::moment(evidence.time),
                    text: text(&evidence.text),
                })
                .collect(),
            more_evidence: finding.evidence.len().saturating_sub(EVIDENCE),
            // The description of a rule's finding usually says it already.
            why: rule
                .filter(|rule| !finding.description.contains(rule.why.trim()))
                .map(|rule| text(&rule.why))
                .unwrap_or_default(),
            response: rule.map(|rule| all(&rule.response)).unwrap_or_default(),
            falsepositives: rule
                .map(|rule| all(&rule.falsepositives))
                .unwrap_or_default(),
            attack: attack.iter().map(|id| technique(id)).collect(),
        }
    }
}

fn facts(finding: &Finding) -> Vec<(&'static str, String)> {
    let entity = &finding.entity;
    let known = [
        ("User", &entity.user),
        ("Role", &entity.role),
        ("Database", &entity.database),
        ("Address", &entity.client),
        ("Application", &entity.application),
        ("Server", &entity.server),
        ("Session", &entity.session),
    ];
    let mut facts: Vec<(&'static str, String)> = known
        .into_iter()
        .filter_map(|(label, value)| Some((label, line(value.as_deref()?))))
        .collect();
    let window = finding.window;
    let mut when = figures::span(window.start, window.end);
    if let Some(length) = figures::length(window) {
        when.push_str(&format!(" ({length})"));
    }
    facts.push(("When (UTC)", when));
    facts.push(("Events", figures::count(finding.count)));
    facts.push(("Score", figures::number(finding.score)));
    facts.push((
        "Confidence",
        format!("{} %", figures::share_percent(finding.confidence)),
    ));
    let tier = match finding.tier {
        Tier::Rule => "rule",
        Tier::Statistical => "statistics",
        Tier::Llm => "language model",
    };
    facts.push(("Found by", tier.to_owned()));
    facts.push((
        "Rule",
        line(&format!("{} ({})", finding.rule.id, finding.rule.pack)),
    ));
    facts.push(("Finding", line(&finding.id.0)));
    facts
}

fn reason(reason: &Reason) -> ReasonView {
    ReasonView {
        feature: line(&reason.feature),
        observed: line(&figures::observed(reason)),
        expected: figures::expected(reason).unwrap_or_default(),
        percent: figures::share_percent(reason.contribution),
    }
}

/// A technique (`T1110`) or sub-technique (`T1110.001`) with its page.
fn technique(id: &str) -> Technique {
    let digits = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let address = id
        .strip_prefix('T')
        .and_then(|number| match number.split_once('.') {
            Some((main, sub)) if digits(main, 4) && digits(sub, 3) => {
                Some(format!("T{main}/{sub}"))
            }
            None if digits(number, 4) => Some(format!("T{number}")),
            _ => None,
        });
    Technique {
        id: line(id),
        address: address.map(|path| format!("https://attack.mitre.org/techniques/{path}/")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_technique_ids_become_links() {
        let address = |id: &str| technique(id).address;
        assert_eq!(
            address("T1213.006").as_deref(),
            Some("https://attack.mitre.org/techniques/T1213/006/")
        );
        assert!(address("T1110").is_some());
        for id in [
            "",
            "T",
            "T12",
            "T1110.1",
            "javascript:alert(1)",
            "T1110/../x",
            "T1110.001.2",
        ] {
            assert_eq!(address(id), None, "{id}");
        }
    }
}
