//! What is wrong with a rule is said, with its place, and nothing is skipped.

use kumki_rules::{RuleError, RuleSource, load};

use crate::stage::LOGIN_FAILURE;

fn problems(text: &str) -> Vec<RuleError> {
    match load(&[RuleSource::new("x.yml", text)]) {
        Ok(set) => panic!("{} rules loaded", set.len()),
        Err(errors) => errors.0,
    }
}

/// Line, column and message of the only problem.
fn problem(text: &str) -> (usize, usize, String, String) {
    let problems = problems(text);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    let problem = &problems[0];
    let help = problem.help.clone().unwrap_or_default();
    (problem.line, problem.column, problem.message.clone(), help)
}

fn rule(selection: &str) -> String {
    format!(
        "title: T\nlogsource: {{product: postgresql}}\ndetection:\n  selection:\n    {selection}\n  condition: selection\n"
    )
}

#[test]
fn an_unknown_field_names_the_nearest() {
    let (line, column, message, help) = problem(&rule("statement.tabels: x"));
    assert_eq!((line, column), (5, 5));
    assert_eq!(message, "unknown field `statement.tabels`");
    assert_eq!(help, "did you mean `statement.tables`?");
}

#[test]
fn fields_of_other_products_load_and_are_marked() {
    let text = rule("CommandLine|contains: whoami").replace("postgresql", "windows");
    let set = load(&[RuleSource::new("x.yml", &text)]).unwrap();
    assert!(!set.catalogue().next().unwrap().applies);
}

#[test]
fn an_unknown_modifier_names_the_nearest() {
    let (line, _, message, help) = problem(&rule("user|contians: x"));
    assert_eq!(line, 5);
    assert_eq!(message, "unknown modifier `contians`");
    assert_eq!(help, "did you mean `contains`?");
}

#[test]
fn unknown_keys_of_ours_are_refused() {
    let text = format!("{}kumki:\n  confidense: 0.5\n", rule("user: x"));
    let (line, column, message, help) = problem(&text);
    assert_eq!((line, column), (8, 3));
    assert_eq!(message, "unknown key `confidense`");
    assert_eq!(help, "did you mean `confidence`?");
}

#[test]
fn broken_yaml_has_a_place_in_the_file() {
    let text = format!("{}---\ntitle: B\n  bad: [\n", rule("user: x"));
    let (line, _, message, _) = problem(&text);
    assert!((9..=11).contains(&line), "{line}");
    assert!(message.starts_with("YAML: "), "{message}");
}

#[test]
fn several_errors_are_all_reported() {
    let text = format!("{}---\n{}", rule("usr: x"), rule("statement.tabels: y"));
    let problems = problems(&text);
    let lines: Vec<usize> = problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [5, 12]);
}

#[test]
fn duplicates_and_missing_rules_are_errors() {
    let (line, _, message, help) = problem(&format!(
        "{LOGIN_FAILURE}---\n{}",
        LOGIN_FAILURE.replace("name: login_failure\n", "")
    ));
    assert_eq!(line, 9);
    assert!(message.starts_with("duplicate id"), "{message}");
    assert!(help.ends_with("x.yml:2"), "{help}");
    let text = format!(
        "{LOGIN_FAILURE}---\ntitle: C\ncorrelation:\n  type: event_count\n  rules: [login_failures]\n  timespan: 5m\n  condition: {{gt: 1}}\n"
    );
    let (line, _, message, help) = problem(&text);
    assert_eq!(line, 11);
    assert_eq!(message, "no rule is called `login_failures`");
    assert_eq!(help, "did you mean `login_failure`?");
}

#[test]
fn conditions_are_checked() {
    let text = rule("user: x").replace("condition: selection", "condition: selecton");
    let (line, _, message, help) = problem(&text);
    assert_eq!(line, 6);
    assert_eq!(
        message,
        "the condition names `selecton`, which is not defined"
    );
    assert_eq!(help, "did you mean `selection`?");
    let text = rule("user: x").replace("condition: selection", "condition: selection and (");
    assert_eq!(problem(&text).0, 6);
    let text = rule("user: x").replace("condition: selection", "condition: all of other_*");
    assert!(problem(&text).2.contains("needs 1 selections"));
}

#[test]
fn what_the_sigma_parser_would_drop_is_an_error() {
    let base = |body: &str| {
        format!(
            "{LOGIN_FAILURE}---\ntitle: C\ncorrelation: {{type: event_count, rules: [login_failure], timespan: 5m, {body}}}\n"
        )
    };
    assert_eq!(
        problem(&base("condition: {gt: 1, gtt: 5}")).2,
        "unknown key `gtt`"
    );
    assert_eq!(
        problem(&base("condition: {gt: -1}")).2,
        "must be a whole number, 0 or more"
    );
    assert_eq!(
        problem(&base("condition: {gt: 1}, group-by: [clint]")).2,
        "unknown field `clint`"
    );
    assert_eq!(
        problem(&base("condition: {gt: 1}, group-bye: [client]")).2,
        "unknown key `group-bye`"
    );
    assert_eq!(
        problem(&rule("user: {a: b}")).2,
        "a value must be text, a number, true, false or null"
    );
    assert_eq!(
        problem(&rule("user: []")).2,
        "an empty list of values matches nothing"
    );
}

#[test]
fn correlations_on_themselves_are_refused() {
    let text = "title: A\nname: a\ncorrelation: {type: event_count, rules: [b], timespan: 5m, condition: {gt: 1}}\n---\ntitle: B\nname: b\ncorrelation: {type: event_count, rules: [a], timespan: 5m, condition: {gt: 1}}\n";
    let problems = problems(text);
    assert_eq!(problems.len(), 2);
    assert!(
        problems
            .iter()
            .all(|problem| problem.message.contains("stands on itself"))
    );
}

#[test]
fn tests_of_rules_are_checked_too() {
    let text = format!(
        "{}kumki:\n  tests:\n    - name: t\n      expect: []\n      events:\n        - {{statement.signs: [copy_outt]}}\n",
        rule("user: x")
    );
    let (line, _, message, _) = problem(&text);
    assert_eq!(line, 12);
    assert!(message.contains("did you mean `copy_out`?"), "{message}");
}

#[test]
fn hostile_yaml_neither_panics_nor_loads() {
    let deep = "a: ".to_owned() + &"[".repeat(5_000);
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nh: [*g,*g,*g,*g,*g,*g,*g,*g,*g]\n".to_owned();
    let not = format!(
        "title: T\nlogsource: {{product: postgresql}}\ndetection:\n  s: {{user: x}}\n  condition: {}s\n",
        "not ".repeat(10_000)
    );
    for text in [
        deep,
        bomb,
        not,
        "\u{0}".to_owned(),
        "- a\n- b\n".to_owned(),
        "--- --- ---".to_owned(),
    ] {
        assert!(load(&[RuleSource::new("x.yml", &text)]).is_err());
    }
    assert!(load(&[RuleSource::new("x.yml", "")]).unwrap().is_empty());
}
