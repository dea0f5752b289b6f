//! What the list of cases cannot say: HTTP itself, bodies that are no JSON, bad input for every route, answers that come before the request
//! is over.

mod bad_grpc;
mod bad_http;
mod endpoints;
mod interleaving;
mod json_bytes;
mod routes;

use std::sync::Arc;

use crate::{Check, gateway::Gateway};

/// All of them.
pub fn all(gateway: &Arc<Gateway>) -> Vec<Check> {
    let areas: [fn(&Arc<Gateway>) -> Vec<Check>; 5] =
        [endpoints::checks, json_bytes::checks, interleaving::checks, bad_http::checks, bad_grpc::checks];
    areas.iter().flat_map(|checks| checks(gateway)).collect()
}
