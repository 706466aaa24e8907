//! Puts documents together: filters into rules, correlations to their rules.

use std::collections::HashMap;

use super::RuleSource;
use super::document::{Content, Document};
use super::position::Step;
use super::{filter, rules};
use crate::correlation::Member;
use crate::error::nearest;
use crate::rule::{Rule, RuleSet};

/// How deep correlations may stand on correlations.
const MAX_DEPTH: usize = 8;

type Documents<'t, 's> = [(&'s RuleSource<'t>, Document<'t>)];

/// Builds the set. Problems go into the documents' reports; the set is then
/// incomplete and not used.
pub(crate) fn resolve(documents: &mut Documents<'_, '_>) -> RuleSet {
    refuse_duplicates(documents);
    apply_filters(documents);
    // Index of each rule or correlation among the rules of the set.
    let mut positions: Vec<Option<usize>> = Vec::with_capacity(documents.len());
    let mut next = 0;
    for (_, document) in documents.iter() {
        positions.push(document.names().map(|_| {
            next += 1;
            next - 1
        }));
    }
    let members: Vec<Vec<Member>> = (0..documents.len())
        .map(|index| members_of(documents, index, &positions))
        .collect();
    let order = order(documents, &members, &positions);
    let named = generating(documents, &members);
    let mut rules: Vec<Rule> = Vec::with_capacity(next);
    for (index, (source, document)) in documents.iter_mut().enumerate() {
        let members = members.get(index).map_or(&[][..], Vec::as_slice);
        let applies = document.applies;
        if let Some(mut rule) = rules::build(source, document, members) {
            rule.info.applies = applies;
            rule.info.raises_findings = positions
                .get(index)
                .copied()
                .flatten()
                .and_then(|position| named.get(&position))
                .is_none_or(|generate| *generate);
            rules.push(rule);
        }
    }
    let filters: Vec<String> = documents
        .iter()
        .filter(|(_, document)| matches!(document.content, Content::Filter(_)))
        .map(|(_, document)| document.text.to_owned())
        .collect();
    propagate_applies(&mut rules, &order);
    RuleSet::new(rules, order, &filters)
}

fn refuse_duplicates(documents: &mut Documents<'_, '_>) {
    let mut seen: HashMap<String, String> = HashMap::new();
    for (source, document) in documents.iter_mut() {
        let Some((id, name, _)) = document.names() else {
            continue;
        };
        let keys = [
            ("id", id.map(str::to_owned)),
            ("name", name.map(str::to_owned)),
        ];
        for (key, value) in keys {
            let Some(value) = value else { continue };
            let line = document.report.line_of(&[Step::Key(key)]);
            let place = format!("{}:{line}", source.path);
            if let Some(first) = seen.insert(value.clone(), place) {
                let message = format!("duplicate {key} `{value}`");
                let help = format!("first used at {first}");
                document
                    .report
                    .error(&[Step::Key(key)], message, Some(help));
            }
        }
    }
}

fn apply_filters(documents: &mut Documents<'_, '_>) {
    let filters: Vec<(usize, rsigma_parser::FilterRule)> = documents
        .iter()
        .enumerate()
        .filter_map(|(index, (_, document))| match &document.content {
            Content::Filter(filter) => Some((index, (**filter).clone())),
            _ => None,
        })
        .collect();
    for (number, (at, filter)) in filters.iter().enumerate() {
        for (_, document) in documents.iter_mut() {
            if let Content::Rule(rule) = &mut document.content
                && filter::targets(filter, rule)
            {
                filter::apply(filter, number, rule);
            }
        }
        let rsigma_parser::FilterRuleTarget::Specific(names) = &filter.rules else {
            continue;
        };
        for name in names {
            let found = documents
                .iter()
                .any(|(_, document)| match &document.content {
                    Content::Rule(rule) => filter::is_named(rule, name),
                    // Its own problems are reported; it may well be the one meant.
                    Content::Broken => true,
                    _ => false,
                });
            if !found {
                let help = known_names_help(documents, name);
                if let Some((_, document)) = documents.get_mut(*at) {
                    let place = [Step::Key("filter"), Step::Key("rules")];
                    document
                        .report
                        .error(&place, format!("no rule is called `{name}`"), help);
                }
            }
        }
    }
}

fn known_names_help(documents: &Documents<'_, '_>, wanted: &str) -> Option<String> {
    let names = documents
        .iter()
        .filter_map(|(_, document)| document.names()?.1);
    nearest(wanted, names).map(|near| format!("did you mean `{near}`?"))
}

fn members_of(
    documents: &mut Documents<'_, '_>,
    index: usize,
    positions: &[Option<usize>],
) -> Vec<Member> {
    let Some((
        _,
        Document {
            content: Content::Correlation(rule, _),
            ..
        },
    )) = documents.get(index)
    else {
        return Vec::new();
    };
    let wanted = rule.rules.clone();
    let mut members = Vec::with_capacity(wanted.len());
    for (item, name) in wanted.iter().enumerate() {
        let found = documents
            .iter()
            .position(|(_, document)| document.is_called(name));
        let place = [
            Step::Key("correlation"),
            Step::Key("rules"),
            Step::Item(item),
        ];
        let broken = documents
            .iter()
            .any(|(_, document)| matches!(document.content, Content::Broken));
        let help = known_names_help(documents, name);
        let Some(at) = found else {
            if let Some((_, document)) = documents.get_mut(index) {
                let help = help.or_else(|| {
                    broken.then(|| "a rule with errors cannot be counted; correct it first".into())
                });
                document
                    .report
                    .error(&place, format!("no rule is called `{name}`"), help);
            }
            continue;
        };
        let Some((_, document)) = documents.get(at) else {
            continue;
        };
        let names = document.names().map_or_else(Vec::new, |(id, name, title)| {
            [id, name, Some(title)]
                .into_iter()
                .flatten()
                .map(str::to_owned)
                .collect()
        });
        let key = match &document.content {
            Content::Correlation(rule, _) => {
                let optional = &document.extension.optional_group_by;
                Some(rule.group_by.iter().chain(optional).cloned().collect())
            }
            _ => None,
        };
        let position = positions.get(at).copied().flatten().unwrap_or(usize::MAX);
        members.push(Member {
            index: position,
            name: name.clone(),
            names,
            key,
        });
    }
    members
}

/// Correlations in an order in which each comes after those it counts.
fn order(
    documents: &mut Documents<'_, '_>,
    members: &[Vec<Member>],
    positions: &[Option<usize>],
) -> Vec<usize> {
    let document_of: HashMap<usize, usize> = positions
        .iter()
        .enumerate()
        .filter_map(|(document, position)| Some(((*position)?, document)))
        .collect();
    // Depth by repeated relaxation: after MAX_DEPTH rounds, whatever still
    // rises stands on a cycle or too deep.
    let mut depth = vec![0usize; documents.len()];
    for _ in 0..=MAX_DEPTH + 1 {
        for (document, members) in members.iter().enumerate() {
            let below = members
                .iter()
                .filter_map(|member| depth.get(*document_of.get(&member.index)?))
                .max();
            if let (Some(below), Some(own)) = (below.copied(), depth.get_mut(document)) {
                *own = below + 1;
            }
        }
    }
    for (document, depth) in depth.iter().enumerate() {
        if *depth > MAX_DEPTH
            && let Some((_, document)) = documents.get_mut(document)
        {
            let place = [Step::Key("correlation"), Step::Key("rules")];
            let message = "the correlation stands on itself, or on too many others";
            let help = format!("at most {MAX_DEPTH} correlations may stand on one another");
            document.report.error(&place, message, Some(help));
        }
    }
    let mut order: Vec<(usize, usize)> = positions
        .iter()
        .enumerate()
        .filter(|(document, _)| members.get(*document).is_some_and(|m| !m.is_empty()))
        .filter_map(|(document, position)| Some((*depth.get(document)?, (*position)?)))
        .collect();
    order.sort_unstable();
    order.into_iter().map(|(_, position)| position).collect()
}

/// Rules named by a correlation, and whether they raise findings all the same.
fn generating(documents: &Documents<'_, '_>, members: &[Vec<Member>]) -> HashMap<usize, bool> {
    let mut named: HashMap<usize, bool> = HashMap::new();
    for ((_, document), members) in documents.iter().zip(members) {
        let Content::Correlation(rule, _) = &document.content else {
            continue;
        };
        for member in members {
            let own = documents
                .iter()
                .find(|(_, other)| other.is_called(&member.name))
                .is_some_and(|(_, other)| other.generate || other.extension.generate);
            *named.entry(member.index).or_default() |= rule.generate || own;
        }
    }
    named
}

/// A correlation over rules that never match never fires; the catalogue says so.
fn propagate_applies(rules: &mut [Rule], order: &[usize]) {
    for position in order {
        let applies = rules
            .get(*position)
            .and_then(Rule::correlation)
            .is_some_and(|correlation| {
                correlation
                    .members
                    .iter()
                    .any(|member| rules.get(*member).is_some_and(|rule| rule.info.applies))
            });
        if let Some(rule) = rules.get_mut(*position) {
            rule.info.applies = applies;
        }
    }
}
