//! Which requests are streams of any length, found from the descriptors and the routes.

use std::{collections::HashSet, sync::Arc};

use http::Method;
use prost::Message;
use prost_types::FileDescriptorSet;

use crate::{edge::StreamPredicate, pb, rest};

/// The services that are not ours.
const FOREIGN: [&[u8]; 3] = [
    tonic_health::pb::FILE_DESCRIPTOR_SET,
    tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
    tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
];

/// Names of our services, and the paths of all methods that stream in either direction.
pub(super) struct Methods {
    pub(super) services: Vec<String>,
    pub(super) streaming: HashSet<String>,
}

/// Reads the descriptors.
///
/// # Errors
/// They cannot be decoded, which the build has checked.
pub(super) fn methods() -> Result<Methods, prost::DecodeError> {
    let mut methods = Methods { services: Vec::new(), streaming: HashSet::new() };
    methods.services = methods.read(pb::DESCRIPTORS)?;
    for descriptors in FOREIGN {
        methods.read(descriptors)?;
    }
    Ok(methods)
}

impl Methods {
    /// Adds the streams of these files, and returns the names of their services.
    fn read(&mut self, descriptors: &[u8]) -> Result<Vec<String>, prost::DecodeError> {
        let mut services = Vec::new();
        for file in &FileDescriptorSet::decode(descriptors)?.file {
            for service in &file.service {
                let name = format!("{}.{}", file.package(), service.name());
                let streaming = service.method.iter().filter(|method| method.client_streaming() || method.server_streaming());
                self.streaming.extend(streaming.map(|method| format!("/{name}/{}", method.name())));
                services.push(name);
            }
        }
        Ok(services)
    }
}

/// True for the gRPC methods that stream, and for the paths of REST that do.
pub(super) fn predicate(streaming: HashSet<String>) -> StreamPredicate {
    Arc::new(move |method, path| (method == Method::POST && streaming.contains(path)) || rest::streams(method.as_str(), path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_known_by_method_and_path() {
        let methods = methods().unwrap_or_else(|e| panic!("{e}"));
        assert!(methods.services.iter().all(|name| name.starts_with("barnabas.")), "{:?}", methods.services);
        let is_stream = predicate(methods.streaming);
        for (method, path, expected, why) in [
            (Method::POST, "/v3/clusters/c/topics/t/records", true, "the REST stream"),
            (Method::POST, "/v3/clusters/c/topics/t/records:batch", false, "a batch is whole"),
            (Method::GET, "/v3/clusters/c/topics/t/records", false, "another method"),
            (Method::POST, "/topics/records", false, "a topic of API v2"),
            (Method::POST, "/barnabas.v3.RecordService/ProduceRecords", true, "a client stream"),
            (Method::POST, "/barnabas.v3.RecordService/ProduceBatch", false, "unary"),
            (Method::POST, "/grpc.health.v1.Health/Watch", true, "a server stream of another's"),
            (Method::POST, "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", true, "both ways"),
        ] {
            assert_eq!(is_stream(&method, path), expected, "{method} {path}: {why}");
        }
    }
}
