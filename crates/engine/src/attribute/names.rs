//! A small set of names that keeps its buffers between uses.

/// Names kept per statement; further ones are not told apart.
const LIMIT: usize = 256;

/// Distinct names, in order of appearance.
#[derive(Debug, Default)]
pub(super) struct Names {
    buffers: Vec<String>,
    used: usize,
}

impl Names {
    /// Forgets the names, keeps the buffers.
    pub(super) fn clear(&mut self) {
        self.used = 0;
    }

    /// Adds a name unless it is there or the set is full.
    pub(super) fn insert(&mut self, name: &str) {
        if self.used >= LIMIT || self.as_slice().iter().any(|known| known == name) {
            return;
        }
        match self.buffers.get_mut(self.used) {
            Some(buffer) => {
                buffer.clear();
                buffer.push_str(name);
            }
            None => self.buffers.push(name.to_owned()),
        }
        self.used += 1;
    }

    /// The names.
    pub(super) fn as_slice(&self) -> &[String] {
        self.buffers.get(..self.used).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_order_drops_repetition_and_forgets() {
        let mut names = Names::default();
        for name in ["b", "a", "b"] {
            names.insert(name);
        }
        assert_eq!(names.as_slice(), ["b", "a"]);
        names.clear();
        names.insert("c");
        assert_eq!(names.as_slice(), ["c"]);
    }
}
