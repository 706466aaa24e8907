//! Judges the style of rules that load.
//!
//! Comes in: rule files. Goes out: remarks, from the Sigma linter and from us.
//! Rules of the bundled packs must have none of [`LintSeverity::Error`].

use rsigma_parser::{Severity, lint_yaml_str};
use serde::Serialize;

use crate::load::RuleSource;
use crate::rule::{Rule, RuleInfo, RuleSet};

/// How much a remark matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LintSeverity {
    /// Nice to have.
    Hint,
    /// Should be changed.
    Warning,
    /// Must be changed before the rule goes into a pack.
    Error,
}

/// A remark on a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lint {
    /// File.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// How much it matters.
    pub severity: LintSeverity,
    /// Name of the check.
    pub check: String,
    /// What it says.
    pub message: String,
}

/// Remarks on every rule of `set`, whose files are `sources`.
pub fn lint(set: &RuleSet, sources: &[RuleSource<'_>]) -> Vec<Lint> {
    let mut lints: Vec<Lint> = sources.iter().flat_map(sigma).collect();
    for rule in &set.rules {
        documentation(&rule.info, &mut lints);
        tests(rule, &mut lints);
        behaviour(rule, &mut lints);
    }
    lints.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    lints
}

/// What the Sigma linter says, without its remarks on our own key.
fn sigma(source: &RuleSource<'_>) -> Vec<Lint> {
    lint_yaml_str(source.text)
        .into_iter()
        .filter(|warning| !warning.message.contains("kumki") && !warning.path.contains("kumki"))
        .map(|warning| Lint {
            path: source.path.to_owned(),
            line: warning
                .span
                .as_ref()
                .map_or(1, |span| span.start_line as usize + 1),
            severity: match warning.severity {
                Severity::Error | Severity::Warning => LintSeverity::Warning,
                Severity::Info | Severity::Hint => LintSeverity::Hint,
            },
            check: warning.rule.to_string(),
            message: warning.message,
        })
        .collect()
}

fn remark(info: &RuleInfo, severity: LintSeverity, check: &str, message: String) -> Lint {
    Lint {
        path: info.path.clone(),
        line: info.line,
        severity,
        check: check.to_owned(),
        message: format!("`{}`: {message}", info.name),
    }
}

/// Whoever gets a finding at three in the morning reads these.
fn documentation(info: &RuleInfo, lints: &mut Vec<Lint>) {
    let mut missing: Vec<&str> = Vec::new();
    if info.description.is_empty() {
        missing.push("description");
    }
    if info.raises_findings {
        if info.why.is_empty() {
            missing.push("kumki.why");
        }
        if info.response.is_empty() {
            missing.push("kumki.response");
        }
        if info.falsepositives.is_empty() {
            missing.push("falsepositives");
        }
        if info.tags.is_empty() {
            missing.push("tags");
        }
    }
    if !missing.is_empty() {
        let message = format!("lacks {}", missing.join(", "));
        lints.push(remark(info, LintSeverity::Error, "documentation", message));
    }
    if info.id == info.name {
        let message = "has no id; findings are told apart by it".to_owned();
        lints.push(remark(info, LintSeverity::Warning, "id", message));
    }
}

fn tests(rule: &Rule, lints: &mut Vec<Lint>) {
    let info = &rule.info;
    if !info.raises_findings {
        return;
    }
    let fires = rule.tests.iter().any(|test| !test.expect.is_empty());
    let is_silent = rule.tests.iter().any(|test| test.expect.is_empty());
    if !fires {
        let message = "has no test in which it must fire".to_owned();
        lints.push(remark(info, LintSeverity::Error, "must-fire", message));
    }
    if !is_silent {
        let message = "has no test in which it must not fire".to_owned();
        lints.push(remark(info, LintSeverity::Error, "must-not-fire", message));
    }
}

fn behaviour(rule: &Rule, lints: &mut Vec<Lint>) {
    let info = &rule.info;
    if !info.applies {
        let message = "is about another log source and never sees PostgreSQL events".to_owned();
        lints.push(remark(info, LintSeverity::Warning, "log-source", message));
    }
    if info
        .steps
        .first()
        .is_some_and(|(severity, _)| *severity < info.level)
    {
        let message = "has a step below its level, which has no effect".to_owned();
        lints.push(remark(info, LintSeverity::Warning, "steps", message));
    }
    let Some(detection) = rule.detection() else {
        return;
    };
    for name in detection.compiled.detections.keys() {
        let used = detection
            .compiled
            .conditions
            .iter()
            .any(|condition| names(condition, name));
        if !used {
            let message = format!("defines `{name}`, which no condition names");
            lints.push(remark(
                info,
                LintSeverity::Warning,
                "unused-selection",
                message,
            ));
        }
    }
    if detection.matcher.needs_text() {
        let message = "reads the text of statements or messages, which costs most and which a \
                       client can shape; prefer the facts"
            .to_owned();
        lints.push(remark(info, LintSeverity::Hint, "text", message));
    }
}

fn names(condition: &rsigma_parser::ConditionExpr, name: &str) -> bool {
    use rsigma_parser::ConditionExpr as C;
    match condition {
        C::And(children) | C::Or(children) => children.iter().any(|child| names(child, name)),
        C::Not(child) => names(child, name),
        C::Identifier(known) => known == name,
        C::Selector { pattern, .. } => pattern.matches_detection_name(name),
    }
}
