//! SQL as kumki judges it.
//!
//! In comes the text of statements as logs hold it, out come
//! [shapes](kumki_model::Shape): what a statement is and does apart from its
//! literals, read off the tree that PostgreSQL's own grammar gives, or off its
//! tokens where the grammar rejects the text. Beside that, texts with their
//! secrets or literals hidden. The text is the attacker's: nothing here fails,
//! recurses or grows without bound.
//!
//! ```
//! use kumki_model::Sign;
//! use kumki_sql::Shapes;
//!
//! let shapes = Shapes::default();
//! let mut shaper = shapes.shaper();
//! let shape = shaper.shape("SELECT name FROM users WHERE id = 1 OR 1 = 1");
//! assert_eq!(shape.command(), "SELECT");
//! assert!(shape.signs.contains(Sign::Tautology));
//! ```

mod cache;
mod facts;
pub mod lex;
mod mask;
mod parse;
mod recent;
mod stream;
mod text;

pub use cache::{CacheCounts, Limits, Shaper, Shapes, shape};
pub use mask::{MASK, mask_literals, mask_secrets};
