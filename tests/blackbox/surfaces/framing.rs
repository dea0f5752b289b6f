//! What gRPC and gRPC-Web share: the error in a status, and the frames of a body.

use std::collections::HashMap;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tonic_types::StatusExt;

use super::Refused;
use crate::errors;

/// The error that a status tells of.
pub fn refused(status: &tonic::Status) -> Refused {
    let details = status.get_error_details();
    let info = details.error_info();
    let empty = HashMap::new();
    let metadata = info.map_or(&empty, |i| &i.metadata);
    Refused {
        status: errors::grpc_name(i32::from(status.code())),
        error_code: metadata.get("error_code").and_then(|c| c.parse().ok()),
        reason: info.map(|i| i.reason.clone()),
        retriable: metadata.get("retriable").map(|r| r == "true"),
        message: status.message().to_owned(),
    }
}

/// Puts messages into a body.
pub fn frames(messages: &[Vec<u8>]) -> Bytes {
    let mut body = BytesMut::new();
    for message in messages {
        body.put_u8(0);
        body.put_u32(u32::try_from(message.len()).expect("a small message"));
        body.put_slice(message);
    }
    body.freeze()
}

/// Takes the frames out of a body: the flags and the bytes of each.
///
/// # Errors
/// A frame that is cut off.
pub fn unframed(mut body: Bytes) -> Result<Vec<(u8, Bytes)>, String> {
    let mut frames = Vec::new();
    while body.has_remaining() {
        if body.remaining() < 5 {
            return Err(format!("{} bytes behind the last frame", body.remaining()));
        }
        let (flags, length) = (body.get_u8(), body.get_u32() as usize);
        if body.remaining() < length {
            return Err(format!("a frame of {length} bytes is cut off after {}", body.remaining()));
        }
        frames.push((flags, body.split_to(length)));
    }
    Ok(frames)
}
