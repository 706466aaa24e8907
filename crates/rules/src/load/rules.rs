//! Builds a rule from its document.

use kumki_model::Severity;
use rsigma_eval::{CompiledRule, EvalError, compile_rule};
use rsigma_parser::{
    ConditionExpr, CorrelationRule, CorrelationType, Level, Quantifier, SelectorPattern, SigmaRule,
    Status,
};
use sha2::{Digest, Sha256};

use super::RuleSource;
use super::document::{Content, Document};
use super::position::Step;
use super::report::Report;
use crate::correlation::{Member, compile};
use crate::detect::Matcher;
use crate::error::nearest;
use crate::field::Field;
use crate::rule::{Body, Detection, Rule, RuleInfo, RuleType, hexadecimal};

/// What makes repeated matches one finding, unless the rule says otherwise.
const DEFAULT_GROUP: [Field; 4] = [Field::Server, Field::User, Field::Client, Field::Database];
/// How long after its last match a finding is extended: one hour.
const DEFAULT_REPEAT: i64 = 3_600_000_000;
/// Confidence of a rule that states none.
const DEFAULT_CONFIDENCE: f64 = 0.8;

/// Builds the rule; `None` when the document holds none or has problems.
pub(crate) fn build(
    source: &RuleSource<'_>,
    document: &mut Document<'_>,
    members: &[Member],
) -> Option<Rule> {
    let extension = std::mem::take(&mut document.extension);
    let report = &mut document.report;
    let (head, body) = match &document.content {
        Content::Rule(rule) => {
            let compiled = compile_detection(report, rule)?;
            let body = Detection {
                matcher: Matcher::new(&compiled),
                compiled,
                group_by: extension
                    .group_by
                    .clone()
                    .unwrap_or_else(|| DEFAULT_GROUP.to_vec()),
                repeat: extension.repeat.unwrap_or(DEFAULT_REPEAT),
            };
            (Head::of_rule(rule), Body::Detection(Box::new(body)))
        }
        Content::Correlation(rule, condition) => {
            let optional = &extension.optional_group_by;
            let body = compile(report, rule, *condition, optional, members)?;
            (
                Head::of_correlation(rule),
                Body::Correlation(Box::new(body)),
            )
        }
        Content::Filter(_) | Content::Broken => return None,
    };
    let name = head.name.clone().unwrap_or_else(|| slug(&head.title));
    let attack = head.tags.iter().filter_map(|tag| technique(tag)).collect();
    let version = head
        .version
        .clone()
        .unwrap_or_else(|| hexadecimal(&Sha256::digest(document.text.as_bytes()), 6));
    let info = RuleInfo {
        id: head.id.unwrap_or_else(|| name.clone()),
        kind: extension.kind.unwrap_or_else(|| slug(&name)),
        name,
        title: head.title,
        rule_type: head.rule_type,
        level: head.level,
        steps: extension.steps,
        confidence: extension.confidence.unwrap_or(DEFAULT_CONFIDENCE),
        pack: source.pack.to_owned(),
        path: source.path.to_owned(),
        line: report.line_of(&[]),
        version,
        status: head.status,
        tags: head.tags,
        attack,
        description: head.description.trim().to_owned(),
        why: extension.why.unwrap_or_default().trim().to_owned(),
        falsepositives: head.falsepositives,
        response: extension.response,
        references: head.references,
        rules: members.iter().map(|member| member.name.clone()).collect(),
        raises_findings: true,
        applies: true,
        tests: extension.tests.len(),
        source: document.text.to_owned(),
    };
    Some(Rule {
        info,
        body,
        tests: extension.tests,
    })
}

/// What both kinds of rule state in the same way.
struct Head {
    id: Option<String>,
    name: Option<String>,
    title: String,
    rule_type: RuleType,
    level: Severity,
    status: Option<String>,
    version: Option<String>,
    tags: Vec<String>,
    description: String,
    falsepositives: Vec<String>,
    references: Vec<String>,
}

impl Head {
    fn of_rule(rule: &SigmaRule) -> Self {
        Self {
            id: rule.id.clone(),
            name: rule.name.clone(),
            title: rule.title.clone(),
            rule_type: RuleType::Detection,
            level: severity(rule.level),
            status: rule.status.map(status),
            version: rule.modified.clone().or_else(|| rule.date.clone()),
            tags: rule.tags.clone(),
            description: rule.description.clone().unwrap_or_default(),
            falsepositives: rule.falsepositives.clone(),
            references: rule.references.clone(),
        }
    }

    fn of_correlation(rule: &CorrelationRule) -> Self {
        Self {
            id: rule.id.clone(),
            name: rule.name.clone(),
            title: rule.title.clone(),
            rule_type: rule_type(rule.correlation_type),
            level: severity(rule.level),
            status: rule.status.map(status),
            version: rule.modified.clone().or_else(|| rule.date.clone()),
            tags: rule.tags.clone(),
            description: rule.description.clone().unwrap_or_default(),
            falsepositives: rule.falsepositives.clone(),
            references: rule.references.clone(),
        }
    }
}

fn rule_type(kind: CorrelationType) -> RuleType {
    match kind {
        CorrelationType::EventCount => RuleType::EventCount,
        CorrelationType::ValueCount => RuleType::ValueCount,
        CorrelationType::Temporal => RuleType::Temporal,
        CorrelationType::TemporalOrdered => RuleType::TemporalOrdered,
        CorrelationType::ValueSum => RuleType::ValueSum,
        CorrelationType::ValueAvg => RuleType::ValueAvg,
        CorrelationType::ValuePercentile => RuleType::ValuePercentile,
        CorrelationType::ValueMedian => RuleType::ValueMedian,
    }
}

fn severity(level: Option<Level>) -> Severity {
    match level {
        Some(Level::Informational) => Severity::Info,
        Some(Level::Low) => Severity::Low,
        Some(Level::Medium) | None => Severity::Medium,
        Some(Level::High) => Severity::High,
        Some(Level::Critical) => Severity::Critical,
    }
}

fn status(status: Status) -> String {
    let word = match status {
        Status::Stable => "stable",
        Status::Test => "test",
        Status::Experimental => "experimental",
        Status::Deprecated => "deprecated",
        Status::Unsupported => "unsupported",
    };
    word.to_owned()
}

/// `attack.t1213.006` is technique `T1213.006`; tactics are no techniques.
fn technique(tag: &str) -> Option<String> {
    let name = tag.strip_prefix("attack.")?;
    let digits = name.strip_prefix(['t', 'T'])?;
    digits
        .starts_with(|character: char| character.is_ascii_digit())
        .then(|| name.to_uppercase())
}

/// Lower-case letters, digits and underscores.
fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for character in text.chars().take(64) {
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.ends_with('_') && !slug.is_empty() {
            slug.push('_');
        }
    }
    let slug = slug.trim_end_matches('_');
    if slug.is_empty() {
        "rule".to_owned()
    } else {
        slug.to_owned()
    }
}

fn compile_detection(report: &mut Report<'_>, rule: &SigmaRule) -> Option<CompiledRule> {
    let place = [Step::Key("detection"), Step::Key("condition")];
    for condition in &rule.detection.conditions {
        check_selectors(report, condition, rule);
    }
    match compile_rule(rule) {
        Ok(compiled) => report.is_clean().then_some(compiled),
        Err(EvalError::UnknownDetection(name)) => {
            let names = rule.detection.named.keys().map(String::as_str);
            let help = nearest(&name, names).map(|near| format!("did you mean `{near}`?"));
            report.error(
                &place,
                format!("the condition names `{name}`, which is not defined"),
                help,
            );
            None
        }
        Err(error) => {
            // The evaluator does not say which selection; with one, it is that one.
            let path: Vec<Step<'_>> = match rule.detection.named.keys().next() {
                Some(name) if rule.detection.named.len() == 1 => {
                    vec![Step::Key("detection"), Step::Key(name)]
                }
                _ => vec![Step::Key("detection")],
            };
            report.error(&path, error.to_string(), None);
            None
        }
    }
}

/// `all of nothing_*` would match everything, `1 of nothing_*` nothing.
fn check_selectors(report: &mut Report<'_>, expr: &ConditionExpr, rule: &SigmaRule) {
    match expr {
        ConditionExpr::And(children) | ConditionExpr::Or(children) => {
            children
                .iter()
                .for_each(|child| check_selectors(report, child, rule));
        }
        ConditionExpr::Not(child) => check_selectors(report, child, rule),
        ConditionExpr::Identifier(_) => {}
        ConditionExpr::Selector {
            quantifier,
            pattern,
        } => {
            let names = rule.detection.named.keys();
            let matching = names
                .filter(|name| pattern.matches_detection_name(name))
                .count();
            let needed = match quantifier {
                Quantifier::Any | Quantifier::All => 1,
                Quantifier::Count(least) => usize::try_from(*least).unwrap_or(usize::MAX).max(1),
            };
            if matching < needed {
                let pattern = match pattern {
                    SelectorPattern::Them => "them",
                    SelectorPattern::Pattern(pattern) => pattern,
                };
                let place = [Step::Key("detection"), Step::Key("condition")];
                let message =
                    format!("`of {pattern}` needs {needed} selections, there are {matching}");
                report.error(&place, message, None);
            }
        }
    }
}
