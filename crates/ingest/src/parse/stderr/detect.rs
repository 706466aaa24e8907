//! The `log_line_prefix` a sample of a stderr log was written with: the given
//! one, a known one, or one worked out from the lines themselves; whichever
//! reads most of them.

use kumki_model::Ambiguity;

use crate::parse::options::ParserOptions;
use crate::parse::prefix::Prefix;
use crate::parse::registry::{Claim, Sample};
use crate::parse::template::measure_time;
use crate::parse::time::TimeReader;

use super::{infer, known};

/// Lines of a sample that are tried.
const MOST_LINES: usize = 400;

/// Lines a prefix is worked out from.
const MOST_INFERRED: usize = 40;

/// Reads the sample with every prefix that comes into question.
pub fn claim_stderr(sample: &Sample<'_>, options: &ParserOptions) -> Option<Claim> {
    let text = String::from_utf8_lossy(sample.bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('\t'))
        .map(|line| line.trim_start_matches('\0'))
        .take(MOST_LINES)
        .collect();
    let candidates = match &options.prefix {
        Some(prefix) => vec![(prefix.clone(), "given")],
        None => candidates(&lines),
    };
    let mut times = TimeReader::new(options.timezone.clone());
    let has_fraction = lines.iter().any(|line| has_fraction(line));
    let mut best: Option<(Score, Prefix, &str)> = None;
    for (prefix, origin) in candidates {
        let score = Score::of(&prefix, &lines, &mut times, has_fraction);
        if score.read > 0 && best.as_ref().is_none_or(|(highest, ..)| score > *highest) {
            best = Some((score, prefix, origin));
        }
    }
    let (score, prefix, origin) = best?;
    Some(Claim {
        read: score.read,
        total: lines.len() as u64,
        prefix: Some(prefix),
        note: origin.to_owned(),
    })
}

/// How well a prefix reads a sample; the greater the better.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    read: u64,
    certain: u64,
    /// Fields that held something.
    filled: usize,
    exact: bool,
    fields: std::cmp::Reverse<usize>,
}

impl Score {
    fn of(prefix: &Prefix, lines: &[&str], times: &mut TimeReader, has_fraction: bool) -> Self {
        let mut score = Self {
            read: 0,
            certain: 0,
            filled: 0,
            fields: std::cmp::Reverse(prefix.field_count()),
            exact: prefix.text().contains("%m") == has_fraction,
        };
        for line in lines {
            let Some(found) = prefix.read(line) else {
                continue;
            };
            if found
                .fields
                .time
                .and_then(|time| times.read(time))
                .is_some()
            {
                score.read += 1;
                score.filled += found.fields.filled();
                score.certain += u64::from(found.fields.ambiguous == Ambiguity::NONE);
            }
        }
        score
    }
}

fn candidates(lines: &[&str]) -> Vec<(Prefix, &'static str)> {
    let known = known::prefixes().iter().zip(known::KNOWN);
    let mut candidates: Vec<(Prefix, &str)> = known
        .map(|(prefix, (origin, _))| (prefix.clone(), origin))
        .collect();
    let step = lines.len().div_ceil(MOST_INFERRED).max(1);
    let mut texts: Vec<String> = lines
        .iter()
        .step_by(step)
        .filter_map(|line| infer::prefix_of(line))
        .collect();
    texts.sort_unstable();
    texts.dedup();
    // What background processes leave out stands behind %q.
    let session_only: Vec<String> = texts
        .iter()
        .flat_map(|long| texts.iter().map(move |short| (long, short)))
        .filter(|(long, short)| !short.is_empty() && long.len() > short.len())
        .filter_map(|(long, short)| Some(format!("{short}%q{}", long.strip_prefix(&**short)?)))
        .collect();
    let inferred = session_only.iter().chain(&texts).take(4 * MOST_INFERRED);
    candidates.extend(inferred.filter_map(|text| {
        let is_known = known::KNOWN.iter().any(|(_, known)| known == text);
        let prefix = if is_known {
            None
        } else {
            Prefix::compile(text).ok()
        };
        Some((prefix?, "worked out from the lines"))
    }));
    candidates
}

fn has_fraction(line: &str) -> bool {
    let start = line
        .find(|character: char| character.is_ascii_digit())
        .unwrap_or(0);
    let rest = &line.as_bytes()[start..];
    measure_time(rest).is_some() && rest.get(19) == Some(&b'.')
}
