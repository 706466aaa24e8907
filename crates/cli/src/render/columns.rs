//! Text in columns of a terminal: measured, cut, padded and wrapped by display
//! width, not by bytes or characters. Expects text without control characters.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns a text takes.
pub(super) fn width(text: &str) -> usize {
    // The sum over characters, because that is how text is cut here; whole
    // strings can measure less (emoji sequences).
    text.chars()
        .map(|c| c.width().unwrap_or(0))
        .sum::<usize>()
        .max(text.width())
}

/// `text` cut to `columns`, ending in `ellipsis` when something is missing.
pub(super) fn cut(text: &str, columns: usize, ellipsis: &str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(width(ellipsis));
    let (head, _) = split(text, room);
    let mut short = head.trim_end().to_owned();
    if width(ellipsis) <= columns {
        short.push_str(ellipsis);
    }
    short
}

/// `text` cut to `columns` and filled up with spaces on the right.
pub(super) fn left(text: &str, columns: usize, ellipsis: &str) -> String {
    let mut cell = cut(text, columns, ellipsis);
    let fill = columns.saturating_sub(width(&cell));
    cell.extend(std::iter::repeat_n(' ', fill));
    cell
}

/// `text` filled up with spaces on the left. Never cut: a number cut short is
/// another number.
pub(super) fn right(text: &str, columns: usize) -> String {
    let fill = columns.saturating_sub(width(text));
    format!("{}{text}", " ".repeat(fill))
}

/// `text` in lines of at most `columns`, broken at spaces where there are any.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(2);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let gap = usize::from(!line.is_empty());
        if width(&line) + gap + width(word) <= columns {
            if gap == 1 {
                line.push(' ');
            }
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        let mut rest = word;
        loop {
            let (head, tail) = split(rest, columns);
            if tail.is_empty() {
                break;
            }
            lines.push(head.to_owned());
            rest = tail;
        }
        line.push_str(rest);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// Divides `available` columns among fields that would like `wanted`: small
/// wishes are granted, the large ones share what is left evenly.
pub(super) fn fit(wanted: &[usize], available: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    let wish = |index: usize| wanted.get(index).copied().unwrap_or(0);
    order.sort_by_key(|&index| wish(index));
    let mut granted = vec![0; wanted.len()];
    let mut left = available;
    for (done, &index) in order.iter().enumerate() {
        let share = left / (wanted.len() - done);
        let columns = wish(index).min(share);
        if let Some(field) = granted.get_mut(index) {
            *field = columns;
        }
        left -= columns;
    }
    granted
}

/// Splits `text` after as many whole characters as fit `columns`; at least one,
/// with the marks that belong to it.
fn split(text: &str, columns: usize) -> (&str, &str) {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        let next = used + c.width().unwrap_or(0);
        if next > columns && at > 0 {
            return text.split_at(at);
        }
        used = next;
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(width("東京"), 4);
        assert_eq!(cut("東京都庁", 6, "…"), "東京…");
        assert_eq!(left("東京", 6, "…"), "東京  ");
        assert_eq!(right("12", 4), "  12");
    }

    #[test]
    fn wraps_at_spaces_and_inside_endless_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("", 4), [""]);
        assert!(wrap("東京都庁", 1).iter().all(|line| width(line) == 2));
    }

    #[test]
    fn small_wishes_are_granted_first() {
        assert_eq!(fit(&[4, 40, 10], 34), [4, 20, 10]);
        assert_eq!(fit(&[4, 40, 40], 34), [4, 15, 15]);
        assert_eq!(fit(&[4, 5], 100), [4, 5]);
        assert_eq!(fit(&[], 100), Vec::<usize>::new());
    }
}
