//! JSON as the documented API speaks it: read through serde member by member, written straight into the answer's body.
//!
//! The generated code implements the traits of this module for the messages. Reading follows the API's own rules: scalars are
//! coerced, `null` is an absent value, the last of repeated members wins, an unknown member is an error that any other error of
//! the body outranks, and raw values are slices of the body. Start with [`read`] for requests and [`Writer`] for answers.

mod members;
mod read;
mod scalars;
mod time;
mod write;

pub use members::{Members, Pair, PairList, Requirement, Value, key};
pub use read::{Context, FromJson, raw, read};
pub use scalars::Named;
pub use write::{Argument, Links, Part, Resource, ToJson, Writer};

#[cfg(test)]
mod tests;
