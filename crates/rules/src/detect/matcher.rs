//! A detection's condition as a tree that can be decided in part.
//!
//! Comes in: a rule compiled by the Sigma evaluator. Goes out: a [`Matcher`]
//! with fields resolved, selections inlined and cheap tests first, which can
//! also be judged while only some fields are known. The leaves are the Sigma
//! evaluator's own matchers, so the verdict is the same.

use std::collections::HashMap;

use kumki_model::{Event, EventKind};
use rsigma_eval::{
    CompiledDetection, CompiledDetectionItem, CompiledMatcher, CompiledRule, EventValue,
    evaluate_rule,
};
use rsigma_parser::{ConditionExpr, Quantifier};

use crate::field::Field;
use crate::view::EventView;

/// A verdict while some fields may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    No,
    Yes,
    Open,
}

/// A set of event kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Kinds(u16);

impl Kinds {
    pub(crate) fn contains(self, kind: EventKind) -> bool {
        self.0 & (1 << kind as u16) != 0
    }

    fn insert(&mut self, kind: EventKind) {
        self.0 |= 1 << kind as u16;
    }
}

/// The condition of one detection rule.
#[derive(Debug, Clone)]
pub(crate) struct Matcher {
    root: Node,
    kinds: Kinds,
    needs_text: bool,
}

#[derive(Debug, Clone)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    AtLeast(u64, Vec<Node>),
    Item(Item),
    Keywords(CompiledMatcher),
    /// An array block: left to the Sigma evaluator as a whole.
    Block(Box<CompiledRule>, Vec<Field>),
}

#[derive(Debug, Clone)]
struct Item {
    /// `None` for a field our events never have.
    field: Option<Field>,
    matcher: CompiledMatcher,
    exists: Option<bool>,
    /// Every field it reads.
    reads: Vec<Field>,
    /// Whether all of them are stable.
    stable: bool,
}

impl Matcher {
    /// Resolves a compiled rule.
    pub(crate) fn new(rule: &CompiledRule) -> Self {
        let conditions = rule
            .conditions
            .iter()
            .map(|c| condition(c, &rule.detections))
            .collect();
        let mut root = Node::Any(conditions);
        root.sort_by_cost();
        let mut kinds = Kinds::default();
        for kind in EventKind::ALL {
            if root.judge(&|leaf| kind_verdict(leaf, kind)) != Truth::No {
                kinds.insert(kind);
            }
        }
        // Only statements come without their texts.
        let needs_text = kinds.contains(EventKind::Statement)
            && (root.has_keywords() || !root.all_fields(&|field| !field.needs_text()));
        Self {
            root,
            kinds,
            needs_text,
        }
    }

    /// Kinds of events it can match.
    pub(crate) fn kinds(&self) -> Kinds {
        self.kinds
    }

    /// Whether it reads texts that a run may otherwise drop.
    pub(crate) fn needs_text(&self) -> bool {
        self.needs_text
    }

    /// Whether it matches the event.
    pub(crate) fn matches(&self, event: &Event<'_>) -> bool {
        self.root.matches(event)
    }

    /// The verdict as far as stable fields decide it.
    pub(crate) fn judge_stable(&self, event: &Event<'_>) -> Truth {
        self.root.judge(&|leaf| match leaf {
            Leaf::Item(item) if item.stable => truth(item.matches(event)),
            Leaf::Block(rule, fields) if fields.iter().all(|field| field.is_stable()) => {
                truth(evaluate_rule(rule, &EventView(event)).is_some())
            }
            _ => Truth::Open,
        })
    }
}

enum Leaf<'a> {
    Item(&'a Item),
    Keywords,
    Block(&'a CompiledRule, &'a [Field]),
}

fn truth(matched: bool) -> Truth {
    if matched { Truth::Yes } else { Truth::No }
}

fn kind_verdict(leaf: Leaf<'_>, kind: EventKind) -> Truth {
    match leaf {
        Leaf::Item(Item {
            field: Some(Field::Kind),
            matcher,
            exists,
            ..
        }) => {
            if let Some(expected) = exists {
                return truth(*expected);
            }
            // Comparing with another field needs the event.
            let reads_other = |matcher: &CompiledMatcher| {
                matches!(
                    matcher,
                    CompiledMatcher::FieldRef { .. } | CompiledMatcher::Expand { .. }
                )
            };
            if any_matcher(matcher, &reads_other) {
                return Truth::Open;
            }
            let value = EventValue::Str(kind.as_str().into());
            truth(matcher.matches(&value, &rsigma_eval::PlainEvent::new(String::new())))
        }
        Leaf::Item(Item {
            field: None,
            matcher,
            exists,
            ..
        }) => match exists {
            Some(expected) => truth(!expected),
            None => truth(matches!(matcher, CompiledMatcher::Null)),
        },
        _ => Truth::Open,
    }
}

fn any_matcher(matcher: &CompiledMatcher, found: &dyn Fn(&CompiledMatcher) -> bool) -> bool {
    found(matcher)
        || match matcher {
            CompiledMatcher::AnyOf(children) | CompiledMatcher::AllOf(children) => {
                children.iter().any(|child| any_matcher(child, found))
            }
            CompiledMatcher::CaseInsensitiveGroup { children, .. } => {
                children.iter().any(|child| any_matcher(child, found))
            }
            CompiledMatcher::Not(child) => any_matcher(child, found),
            _ => false,
        }
}

impl Item {
    fn matches(&self, event: &Event<'_>) -> bool {
        let value = self.field.and_then(|field| field.value(event));
        if let Some(expected) = self.exists {
            return value.is_some() == expected;
        }
        match (&value, &self.matcher) {
            (None, matcher) => matches!(matcher, CompiledMatcher::Null),
            // Equality of ASCII words without the lower-case copy.
            (
                Some(EventValue::Str(text)),
                CompiledMatcher::Exact {
                    value,
                    case_insensitive: true,
                },
            ) if text.is_ascii() => text.eq_ignore_ascii_case(value),
            (Some(value), matcher) => matcher.matches(value, &EventView(event)),
        }
    }
}

fn collect_references(matcher: &CompiledMatcher, fields: &mut Vec<Field>) {
    match matcher {
        CompiledMatcher::FieldRef { field, .. } => fields.extend(Field::parse(field)),
        // A template may name any field.
        CompiledMatcher::Expand { .. } => fields.push(Field::Message),
        CompiledMatcher::AnyOf(children) | CompiledMatcher::AllOf(children) => {
            children
                .iter()
                .for_each(|child| collect_references(child, fields));
        }
        CompiledMatcher::CaseInsensitiveGroup { children, .. } => {
            children
                .iter()
                .for_each(|child| collect_references(child, fields));
        }
        CompiledMatcher::Not(child) => collect_references(child, fields),
        _ => {}
    }
}

fn condition(expr: &ConditionExpr, selections: &HashMap<String, CompiledDetection>) -> Node {
    let all = |children: &[ConditionExpr]| {
        children
            .iter()
            .map(|child| condition(child, selections))
            .collect()
    };
    match expr {
        ConditionExpr::And(children) => Node::All(all(children)),
        ConditionExpr::Or(children) => Node::Any(all(children)),
        ConditionExpr::Not(child) => Node::Not(Box::new(condition(child, selections))),
        ConditionExpr::Identifier(name) => match selections.get(name) {
            Some(selection) => detection(selection),
            None => Node::Any(Vec::new()),
        },
        ConditionExpr::Selector {
            quantifier,
            pattern,
        } => {
            let mut names: Vec<&String> = selections
                .keys()
                .filter(|name| pattern.matches_detection_name(name))
                .collect();
            names.sort();
            let nodes = names
                .into_iter()
                .filter_map(|name| selections.get(name))
                .map(detection)
                .collect();
            match quantifier {
                Quantifier::Any => Node::Any(nodes),
                Quantifier::All => Node::All(nodes),
                Quantifier::Count(least) => Node::AtLeast(*least, nodes),
            }
        }
    }
}

fn detection(selection: &CompiledDetection) -> Node {
    match selection {
        CompiledDetection::AllOf(items) => Node::All(items.iter().map(item).collect()),
        CompiledDetection::AnyOf(children) => Node::Any(children.iter().map(detection).collect()),
        CompiledDetection::And(children) => Node::All(children.iter().map(detection).collect()),
        CompiledDetection::Keywords(matcher) => Node::Keywords(matcher.clone()),
        CompiledDetection::ArrayMatch { .. } | CompiledDetection::Conditional { .. } => {
            block(selection)
        }
    }
}

fn item(item: &CompiledDetectionItem) -> Node {
    match &item.field {
        None => Node::Keywords(item.matcher.clone()),
        Some(name) => {
            let field = Field::parse(name);
            let mut reads: Vec<Field> = field.into_iter().collect();
            collect_references(&item.matcher, &mut reads);
            Node::Item(Item {
                field,
                matcher: item.matcher.clone(),
                exists: item.exists,
                stable: reads.iter().all(|field| field.is_stable()),
                reads,
            })
        }
    }
}

fn block(selection: &CompiledDetection) -> Node {
    let name = "block".to_owned();
    let rule = CompiledRule {
        title: String::new(),
        id: None,
        level: None,
        tags: Vec::new(),
        description: None,
        falsepositives: Vec::new(),
        logsource: rsigma_parser::LogSource::default(),
        detections: HashMap::from([(name.clone(), selection.clone())]),
        conditions: vec![ConditionExpr::Identifier(name)],
        include_event: false,
        custom_attributes: std::sync::Arc::default(),
    };
    let mut fields = Vec::new();
    block_fields(selection, &mut fields);
    Node::Block(Box::new(rule), fields)
}

/// Fields of the event an array block reads. Inside the block, names are
/// relative to the list's members, which have none.
fn block_fields(selection: &CompiledDetection, fields: &mut Vec<Field>) {
    match selection {
        CompiledDetection::ArrayMatch { field, .. } => {
            let name = field.split('[').next().unwrap_or_default();
            // An unknown name is always absent; a volatile stand-in stays correct.
            fields.push(Field::parse(name).unwrap_or(Field::Message));
        }
        CompiledDetection::Conditional { named, .. } => {
            named.values().for_each(|child| block_fields(child, fields));
        }
        _ => fields.push(Field::Message),
    }
}

impl Node {
    fn matches(&self, event: &Event<'_>) -> bool {
        match self {
            Self::All(children) => children.iter().all(|child| child.matches(event)),
            Self::Any(children) => children.iter().any(|child| child.matches(event)),
            Self::Not(child) => !child.matches(event),
            Self::AtLeast(least, children) => {
                let matched = children.iter().filter(|child| child.matches(event)).count();
                u64::try_from(matched).unwrap_or(u64::MAX) >= *least
            }
            Self::Item(item) => item.matches(event),
            Self::Keywords(matcher) => matcher.matches_keyword(&EventView(event)),
            Self::Block(rule, _) => evaluate_rule(rule, &EventView(event)).is_some(),
        }
    }

    fn judge(&self, leaf: &impl Fn(Leaf<'_>) -> Truth) -> Truth {
        match self {
            Self::All(children) => {
                let mut verdict = Truth::Yes;
                for child in children {
                    match child.judge(leaf) {
                        Truth::No => return Truth::No,
                        Truth::Open => verdict = Truth::Open,
                        Truth::Yes => {}
                    }
                }
                verdict
            }
            Self::Any(children) => {
                let mut verdict = Truth::No;
                for child in children {
                    match child.judge(leaf) {
                        Truth::Yes => return Truth::Yes,
                        Truth::Open => verdict = Truth::Open,
                        Truth::No => {}
                    }
                }
                verdict
            }
            Self::Not(child) => match child.judge(leaf) {
                Truth::No => Truth::Yes,
                Truth::Yes => Truth::No,
                Truth::Open => Truth::Open,
            },
            Self::AtLeast(least, children) => {
                let (mut yes, mut open) = (0u64, 0u64);
                for child in children {
                    match child.judge(leaf) {
                        Truth::Yes => yes += 1,
                        Truth::Open => open += 1,
                        Truth::No => {}
                    }
                }
                if yes >= *least {
                    Truth::Yes
                } else if yes + open < *least {
                    Truth::No
                } else {
                    Truth::Open
                }
            }
            Self::Item(item) => leaf(Leaf::Item(item)),
            Self::Keywords(_) => leaf(Leaf::Keywords),
            Self::Block(rule, fields) => leaf(Leaf::Block(rule, fields)),
        }
    }

    fn all_fields(&self, holds: &impl Fn(Field) -> bool) -> bool {
        match self {
            Self::All(children) | Self::Any(children) | Self::AtLeast(_, children) => {
                children.iter().all(|child| child.all_fields(holds))
            }
            Self::Not(child) => child.all_fields(holds),
            Self::Item(item) => item.reads.iter().copied().all(holds),
            Self::Block(_, fields) => fields.iter().copied().all(holds),
            Self::Keywords(_) => true,
        }
    }

    fn has_keywords(&self) -> bool {
        match self {
            Self::All(children) | Self::Any(children) | Self::AtLeast(_, children) => {
                children.iter().any(Self::has_keywords)
            }
            Self::Not(child) => child.has_keywords(),
            Self::Keywords(_) => true,
            Self::Item(_) | Self::Block(..) => false,
        }
    }

    /// Puts cheap tests first; the order does not change the verdict.
    fn sort_by_cost(&mut self) {
        match self {
            Self::All(children) | Self::Any(children) | Self::AtLeast(_, children) => {
                children.iter_mut().for_each(Self::sort_by_cost);
                children.sort_by_key(Self::cost);
            }
            Self::Not(child) => child.sort_by_cost(),
            _ => {}
        }
    }

    fn cost(&self) -> u32 {
        match self {
            Self::All(children) | Self::Any(children) | Self::AtLeast(_, children) => {
                children.iter().map(Self::cost).sum()
            }
            Self::Not(child) => child.cost(),
            Self::Item(Item { field, matcher, .. }) => match (field, matcher) {
                (None, _) => 0,
                (Some(Field::Kind), _) => 1,
                // A number is rarely stable: it decides what memory cannot.
                (
                    _,
                    CompiledMatcher::NumericGt(_)
                    | CompiledMatcher::NumericGte(_)
                    | CompiledMatcher::NumericLt(_)
                    | CompiledMatcher::NumericLte(_)
                    | CompiledMatcher::NumericEq(_)
                    | CompiledMatcher::BoolEq(_)
                    | CompiledMatcher::Exists(_),
                ) => 1,
                (_, CompiledMatcher::Exact { .. }) => 2,
                (Some(field), _) if field.is_free_text() => 20,
                _ => 8,
            },
            Self::Keywords(_) => 40,
            Self::Block(..) => 100,
        }
    }
}
