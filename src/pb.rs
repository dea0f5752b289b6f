//! The messages and gRPC code generated from `proto/`, and their descriptors. Nothing here is written by hand.

#![allow(missing_docs, clippy::all)]

/// API v2: topics, producing in batches, consumer instances.
pub mod v2 {
    tonic::include_proto!("barnabas.v2");
}

/// API v3: the resources of a cluster, and producing in streams.
pub mod v3 {
    tonic::include_proto!("barnabas.v3");
}

/// The methods that take a stream, free of the transport: gRPC and REST both call these.
pub mod streams {
    include!(concat!(env!("OUT_DIR"), "/streams.rs"));
}

/// The serialized `FileDescriptorSet` of every proto, with the options: what reflection serves.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The OpenAPI 3.1 document of the REST surface, as JSON.
pub const OPENAPI: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));

/// The table of routes of the REST surface, one a line: verb, path, RPC, status of success, media types of request and answer.
pub const ROUTES: &str = include_str!(concat!(env!("OUT_DIR"), "/routes.txt"));
