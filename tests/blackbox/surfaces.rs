//! The three ways into the gateway. Each turns an RPC's name and a request as cases write it into a call, and the answer back.

pub mod framing;
pub mod grpc;
mod rest;
mod web;

use std::fmt;

use serde_json::Value;

use crate::{compare, errors, form, gateway::Gateway, protos};

/// A way into the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// gRPC over HTTP/2.
    Grpc,
    /// gRPC-Web over HTTP/1.1, as a browser speaks it.
    Web,
    /// The REST API.
    Rest,
}

impl Surface {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Grpc, Self::Web, Self::Rest];
}

impl fmt::Display for Surface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Grpc => "grpc",
            Self::Web => "grpc-web",
            Self::Rest => "rest",
        })
    }
}

/// What came back: answers (one, or those of a stream), or an error.
pub type Answer = Result<Vec<Value>, Refused>;

/// An error as a surface shows it.
#[derive(Debug)]
pub struct Refused {
    /// The HTTP status, or the gRPC status's name.
    pub status: String,
    /// `error_code`, in the body or in `google.rpc.ErrorInfo`.
    pub error_code: Option<i64>,
    /// `google.rpc.ErrorInfo.reason`; REST has none.
    pub reason: Option<String>,
    /// `metadata.retriable` of `google.rpc.ErrorInfo`; REST has none.
    pub retriable: Option<bool>,
    /// The text.
    pub message: String,
}

/// Details of a call that only REST can have.
#[derive(Debug, Clone, Default)]
pub struct RestDetails {
    /// The status of success, where the operation chooses it.
    pub status: Option<u16>,
}

impl Surface {
    /// Calls an RPC. A method that streams takes any number of requests, any other exactly one.
    ///
    /// # Errors
    /// What kept the call from being made or its answer from being read: neither an answer nor an error of the gateway.
    pub async fn call(self, gateway: &Gateway, rpc: &str, requests: &[Value], details: &RestDetails) -> Result<Answer, String> {
        let method = protos::method(rpc);
        match self {
            Self::Rest => rest::call(gateway, &method, requests, details).await,
            Self::Grpc => grpc::call(gateway, &method, requests).await,
            Self::Web => web::call(gateway, &method, requests).await,
        }
    }

    /// Whether an answer of this surface holds what a case expects.
    ///
    /// # Errors
    /// The first place that differs.
    pub fn holds(self, rpc: &str, want: &Value, got: &Value) -> Result<(), String> {
        let output = protos::method(rpc).output();
        match self {
            Self::Rest => compare::holds(&rest::unwrapped(&protos::method(rpc), want), got),
            Self::Grpc | Self::Web => compare::holds(want, &form::from_proto(&output, got)),
        }
    }

    /// Whether an error is the one that the page of errors promises for this reason.
    ///
    /// # Errors
    /// What is different.
    pub fn is_refused(self, rpc: &str, reason: &str, got: &Refused) -> Result<(), String> {
        let promise = errors::promise(reason);
        let dialect = usize::from(rpc.starts_with("v2"));
        let (want, got) = match self {
            Self::Rest => (
                (promise.http[dialect].to_string(), Some(promise.error_code[dialect]), None, None),
                (got.status.clone(), got.error_code, None, None),
            ),
            Self::Grpc | Self::Web => (
                (promise.grpc.clone(), Some(promise.error_code[0]), Some(reason.to_owned()), Some(promise.retriable)),
                (got.status.clone(), got.error_code, got.reason.clone(), got.retriable),
            ),
        };
        if want == got { Ok(()) } else { Err(format!("want {reason} {want:?}, got {got:?}")) }
    }
}
