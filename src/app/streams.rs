//! Which requests are streams of any length, found from the descriptors.

use std::collections::HashSet;

use http::{Method, request::Parts};
use prost::Message;
use prost_types::FileDescriptorSet;

use crate::{edge::StreamPredicate, pb};

/// Streams of the services that are not ours.
const FOREIGN: [&str; 3] = [
    "/grpc.health.v1.Health/Watch",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];

/// Names of our services, and the paths of their methods that stream in either direction.
pub(super) struct Methods {
    pub(super) services: Vec<String>,
    pub(super) streaming: HashSet<String>,
}

/// Reads the descriptors.
///
/// # Errors
/// They cannot be decoded, which the build has checked.
pub(super) fn methods() -> Result<Methods, prost::DecodeError> {
    let files = FileDescriptorSet::decode(pb::DESCRIPTORS)?.file;
    let mut methods = Methods { services: Vec::new(), streaming: FOREIGN.map(str::to_owned).into() };
    for file in &files {
        for service in &file.service {
            let name = format!("{}.{}", file.package(), service.name());
            let streaming = service.method.iter().filter(|method| method.client_streaming() || method.server_streaming());
            methods.streaming.extend(streaming.map(|method| format!("/{name}/{}", method.name())));
            methods.services.push(name);
        }
    }
    Ok(methods)
}

/// True for the streaming methods, and for the one REST request that streams: `POST …/records` of API v3.
pub(super) fn predicate(streaming: HashSet<String>) -> StreamPredicate {
    std::sync::Arc::new(move |parts: &Parts| {
        let path = parts.uri.path();
        let records = || path.contains("/v3/clusters/") && path.strip_suffix('/').unwrap_or(path).ends_with("/records");
        parts.method == Method::POST && (records() || streaming.contains(path))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_known_by_method_and_path() {
        let is_stream = predicate(methods().unwrap().streaming);
        for (method, path, expected, why) in [
            ("POST", "/v3/clusters/c/topics/t/records", true, "the REST stream"),
            ("POST", "/kafka/v3/clusters/c/topics/t/records/", true, "with the prefix and a slash"),
            ("POST", "/v3/clusters/c/topics/t/records:batch", false, "a batch is whole"),
            ("GET", "/v3/clusters/c/topics/t/records", false, "another method"),
            ("POST", "/topics/records", false, "a topic of API v2"),
            ("POST", "/barnabas.v3.RecordService/ProduceRecords", true, "a client stream"),
            ("POST", "/barnabas.v3.RecordService/ProduceBatch", false, "unary"),
            ("POST", "/grpc.health.v1.Health/Watch", true, "a server stream of another's"),
        ] {
            let parts = http::Request::builder().method(method).uri(path).body(()).unwrap().into_parts().0;
            assert_eq!(is_stream(&parts), expected, "{method} {path}: {why}");
        }
    }
}
