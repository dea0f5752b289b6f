//! What the list of cases cannot say: HTTP itself, bodies that are no JSON, bad input for every route, answers that come before the request
//! is over.

mod bad_grpc;
mod bad_http;
mod endpoints;
mod examples;
mod groups;
mod interleaving;
mod json_bytes;
mod limits;
mod routes;
mod transactions;

use std::sync::Arc;

use crate::{Check, gateway::Gateway};

/// All of them.
pub fn all(gateway: &Arc<Gateway>) -> Vec<Check> {
    let areas = [
        endpoints::checks(gateway),
        examples::checks(gateway),
        json_bytes::checks(gateway),
        groups::checks(gateway),
        interleaving::checks(gateway),
        bad_http::checks(gateway),
        bad_grpc::checks(gateway),
        limits::checks(),
        transactions::checks(gateway),
    ];
    areas.into_iter().flatten().collect()
}
