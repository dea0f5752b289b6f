//! The runtime under the generated REST surface: bind a request, call the service, write the answer.
//!
//! Nothing here knows an operation: routes, bindings and the JSON of each message are generated from the protos into
//! [`generated`]; this module gives them their verbs. Start with `route`, which is a request's whole way, then [`json`].

mod accept;
mod bind;
pub mod json;
mod records;
mod reply;
mod route;
mod split;
mod streams;

/// What the fuzz targets need of the inside.
#[cfg(fuzzing)]
pub mod fuzzing {
    pub use super::split::cut_all as cut;
}

/// What `build/` writes: the router, the bindings, and the JSON form of the messages.
#[allow(missing_docs, clippy::all, unused_variables, unused_mut)]
pub mod generated {
    include!(concat!(env!("OUT_DIR"), "/rest.rs"));
}

pub use generated::{Services, router};
pub use route::Route;
pub use streams::streams;
