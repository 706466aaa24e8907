//! The bundled packs: every rule loads, passes its tests and is documented.

use std::sync::Arc;

use kumki_rules::{LintSeverity, RuleSource, lint, load, pack, packs, run_tests, template};

#[test]
fn every_bundled_rule_loads_passes_its_tests_and_is_documented() {
    let sources: Vec<RuleSource<'static>> = packs()
        .into_iter()
        .flat_map(|name| pack(name).unwrap())
        .collect();
    let set = match load(&sources) {
        Ok(set) => Arc::new(set),
        Err(errors) => panic!("{errors}"),
    };
    let report = run_tests(&set, &|_| true);
    let failures: Vec<String> = report
        .failures()
        .map(|f| format!("{} / {}: {}", f.rule, f.test, f.problems.join("; ")))
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let errors: Vec<String> = lint(&set, &sources)
        .into_iter()
        .filter(|lint| lint.severity == LintSeverity::Error)
        .map(|lint| format!("{}:{}: {}", lint.path, lint.line, lint.message))
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn an_unknown_pack_is_an_error() {
    assert!(pack("nowhere").is_err());
}

#[test]
fn the_template_loads_passes_its_tests_and_is_documented() {
    let text = template("Whole tables!");
    let sources = [RuleSource::new("rules/new.yml", &text)];
    let set = match load(&sources) {
        Ok(set) => Arc::new(set),
        Err(errors) => panic!("{errors}"),
    };
    let report = run_tests(&set, &|_| true);
    assert_eq!(report.results.len(), 3);
    assert_eq!(report.passed(), 3, "{:?}", report.results);
    let errors: Vec<_> = lint(&set, &sources)
        .into_iter()
        .filter(|lint| lint.severity > LintSeverity::Hint)
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_ne!(template("a"), template("b"), "ids differ by name");
}

#[test]
fn the_examples_of_the_format_page_load_and_pass() {
    let page = include_str!("../../../../docs/reference/rule-format.md");
    let examples: Vec<&str> = page
        .split("```yaml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert_eq!(examples.len(), 3);
    let text = examples.join("---\n");
    let set = match load(&[RuleSource::new("rule-format.md", &text)]) {
        Ok(set) => Arc::new(set),
        Err(errors) => panic!("{errors}"),
    };
    let report = run_tests(&set, &|_| true);
    assert_eq!((report.results.len(), report.passed()), (2, 2));
}
