//! The HTML page: that it is well formed, asks for nothing from anywhere, keeps
//! hostile text text, is navigable, and has enough contrast.

use std::collections::{BTreeMap, HashSet};

use base64::Engine as _;
use sha2::{Digest, Sha256};

use super::hostile::{report_of, texts};
use super::input::load;
use super::{Format, plain, rendered};

/// Elements the templates use.
const ELEMENTS: &str = "html head meta title style body a header p b bdi h1 h2 h3 h4 h5 ul ol li \
    span dl div dt dd nav main section figure figcaption svg g line rect path circle details \
    summary table caption thead tbody tr th td pre code footer";
/// Attributes the templates use.
const ATTRIBUTES: &str = "lang charset http-equiv content name class href aria-label aria-hidden id \
    tabindex aria-labelledby width height role x1 x2 y1 y2 x y overflow r d scope open rel \
    data-label";
/// Elements without an end tag.
const VOID: [&str; 1] = ["meta"];

struct Tag {
    name: String,
    attributes: BTreeMap<String, String>,
}

/// Reads the tags of a page and checks that they nest, as strictly as XML.
fn tags(page: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut rest = page.strip_prefix("<!doctype html>").unwrap();
    while let Some(at) = rest.find('<') {
        let end = at + rest[at..].find('>').unwrap();
        let inside = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = inside.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "end tag");
            continue;
        }
        let (inside, closed) = inside
            .strip_suffix('/')
            .map_or((inside, false), |i| (i, true));
        let (name, attributes) = inside.split_once(' ').unwrap_or((inside, ""));
        tags.push(Tag {
            name: name.to_owned(),
            attributes: attributes_of(attributes),
        });
        if !closed && !VOID.contains(&name) {
            open.push(name.to_owned());
        }
        if name == "style" {
            rest = &rest[rest.find("</style>").unwrap()..];
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    tags
}

fn attributes_of(text: &str) -> BTreeMap<String, String> {
    let mut attributes = BTreeMap::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let name_end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let (name, tail) = rest.split_at(name_end);
        let (value, tail) = match tail.strip_prefix("=\"") {
            Some(tail) => tail.split_once('"').unwrap(),
            None => ("", tail),
        };
        let twice = attributes.insert(name.to_owned(), value.to_owned());
        assert!(twice.is_none(), "{name} twice");
        rest = tail.trim_start();
    }
    attributes
}

fn assert_sound(page: &str) {
    let (elements, attributes): (HashSet<_>, HashSet<_>) = (
        ELEMENTS.split_whitespace().collect(),
        ATTRIBUTES.split_whitespace().collect(),
    );
    let tags = tags(page);
    let mut ids = HashSet::new();
    for tag in &tags {
        assert!(elements.contains(tag.name.as_str()), "element {}", tag.name);
        for (name, value) in &tag.attributes {
            assert!(
                attributes.contains(name.as_str()),
                "attribute {name} of {}",
                tag.name
            );
            if name == "id" {
                assert!(ids.insert(value.as_str()), "id {value} twice");
            }
        }
    }
    for tag in &tags {
        if let Some(address) = tag.attributes.get("href") {
            let inside = address.strip_prefix('#').is_some_and(|id| ids.contains(id));
            let attack = address.starts_with("https://attack.mitre.org/techniques/T");
            assert!(inside || attack, "link to {address}");
        }
        for name in ["aria-labelledby"] {
            if let Some(id) = tag.attributes.get(name) {
                assert!(ids.contains(id.as_str()), "{name} {id}");
            }
        }
    }
    for landmark in ["header", "nav", "main", "footer", "h1"] {
        assert_eq!(
            tags.iter().filter(|tag| tag.name == landmark).count(),
            1,
            "{landmark}"
        );
    }
    assert_headings(&tags);
}

/// No level of heading is skipped on the way down.
fn assert_headings(tags: &[Tag]) {
    let levels = tags.iter().filter_map(|tag| match tag.name.as_bytes() {
        [b'h', digit @ b'1'..=b'6'] => Some(digit - b'0'),
        _ => None,
    });
    let mut last = 0;
    for level in levels {
        assert!(level <= last + 1, "h{level} after h{last}");
        last = level;
    }
}

#[test]
fn real_reports_are_sound() {
    for case in ["intrusion", "quiet", "nothing-read", "hostile"] {
        assert_sound(&rendered(&load(case).report(), Format::Html, &plain(80)));
    }
}

#[test]
fn hostile_text_stays_text() {
    for text in texts() {
        let page = rendered(&report_of(&text).report(), Format::Html, &plain(80));
        assert_sound(&page);
        let bad = page
            .chars()
            .find(|c| *c != '\n' && !crate::render::visible::shows(*c));
        assert_eq!(bad, None, "{text:?}");
    }
}

#[test]
fn the_policy_allows_the_style_sheet_and_nothing_else() {
    let page = rendered(&load("intrusion").report(), Format::Html, &plain(80));
    let (_, rest) = page.split_once("<style>").unwrap();
    let (sheet, _) = rest.split_once("</style>").unwrap();
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(sheet));
    let policy = format!(
        "content=\"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\""
    );
    assert!(page.contains(&policy));
    assert!(!sheet.contains("url(") && !sheet.contains("@import"));
}

#[test]
fn very_large_reports_say_what_they_leave_out() {
    let mut input = load("intrusion");
    let template = input.findings[3].clone();
    for index in 0..2_100 {
        let mut finding = template.clone();
        finding.id.0 = format!("more-{index}");
        input.findings.push(finding);
    }
    let page = rendered(&input.report(), Format::Html, &plain(80));
    assert_sound(&page);
    assert_eq!(page.matches("<details class=\"finding").count(), 2_000);
    assert!(page.contains("The 2,000 most severe of 2,107 findings are shown; 107 are left out."));
    assert!(page.contains("--format ndjson"));
    assert!(
        page.contains("Role app_ro was made superuser"),
        "the most severe are kept"
    );
}

/// Relative luminance and contrast of WCAG 2.2.
fn contrast(a: &str, b: &str) -> f64 {
    let luminance = |color: &str| {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&color[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn colours_have_the_contrast_of_wcag_aa() {
    let sheet = include_str!("../html/style.css");
    let palettes: Vec<BTreeMap<&str, &str>> = sheet
        .split(":root {")
        .skip(1)
        .map(|block| {
            let body = block.split_once('}').unwrap().0;
            let pairs = body
                .lines()
                .filter_map(|line| line.trim().strip_prefix("--")?.split_once(": "));
            pairs
                .map(|(name, value)| (name, value.trim_end_matches(';')))
                .collect()
        })
        .filter(|palette: &BTreeMap<_, _>| palette.contains_key("text"))
        .collect();
    assert_eq!(palettes.len(), 2, "light and dark");
    for palette in palettes {
        for ground in ["page", "surface", "sunken"] {
            for text in [
                "text", "muted", "link", "critical", "high", "medium", "low", "info",
            ] {
                let ratio = contrast(palette[text], palette[ground]);
                assert!(ratio >= 4.5, "{text} on {ground}: {ratio:.2}");
            }
            for graphic in ["bar", "bar-errors"] {
                let ratio = contrast(palette[graphic], palette[ground]);
                assert!(ratio >= 3.0, "{graphic} on {ground}: {ratio:.2}");
            }
        }
    }
}
