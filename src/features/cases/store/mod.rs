//! The queries of cases. Everything names the community, except for the search for work that is due.

mod announcing;
mod merged;
mod packing;
mod people;
mod reads;
mod writes;

pub use announcing::*;
pub use merged::*;
pub use people::*;
pub use reads::*;
pub use writes::*;
