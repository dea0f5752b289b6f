//! From the bytes of an answer to its message, whatever the bytes are.
//!
//! `kafka-protocol` makes room for as many items as an array says that it has, before it has read one of them: four wrong bytes and the
//! process would end for want of memory. [`Wary`] is a buffer that does not hand out such a number. An item takes a byte at least, so
//! a number of items above the bytes that are left is wrong. What a decoder does with a number the buffer cannot know:
//!
//! * The length of a compact array is one of the protocol's variable integers. Those are lengths and numbers of tags only, and
//!   too large a one ends the decoding.
//! * The length of a plain array is a 32-bit integer, as many other fields are. Too large a one is replaced by one that is still too
//!   large: of an array it is the end, and anything else keeps its place. If the answer is complete all the same, it is decoded
//!   a second time, now with its own numbers, none of which is the length of an array.

use bytes::{Buf, Bytes, TryGetError};
use kafka_protocol::{
    messages::ResponseHeader,
    protocol::{Decodable, HeaderVersion, buf::ByteBuf},
};

/// Up to here numbers make no room that is worth a thought, and tags of fields that nobody knows may be larger than what is left.
const HARMLESS: usize = 127;
/// The bytes of a variable integer.
const VARINT: usize = 5;

/// Reads an answer behind its header.
pub(super) fn body<A: Decodable>(answer: &Bytes, version: i16) -> Result<A, String> {
    let mut first = Wary { rest: answer.clone(), replaced: false, run: 0, length: 0 };
    let decoded = A::decode(&mut first, version).map_err(|why| why.to_string())?;
    if !first.replaced {
        return Ok(decoded);
    }
    A::decode(&mut answer.clone(), version).map_err(|why| why.to_string())
}

/// Reads the header of an answer and leaves the rest.
pub(super) fn header<A: HeaderVersion>(answer: &mut Bytes, version: i16) -> Result<ResponseHeader, String> {
    ResponseHeader::decode(answer, A::header_version(version)).map_err(|why| why.to_string())
}

/// A buffer that gives no number that an array could not have.
struct Wary {
    rest: Bytes,
    /// True if a 32-bit integer is not the one of the answer.
    replaced: bool,
    /// The single bytes that were read one after the other, each but the last with the bit that says "more follows"; the last one lowest.
    run: u64,
    length: usize,
}

impl Wary {
    /// The largest variable integer that may just have been read. Where one begins cannot be seen, since a boolean is a byte too: with as
    /// many bytes as there may be it is the largest.
    fn varint(&self) -> u64 {
        let bytes = self.run.to_be_bytes();
        let read = bytes.iter().skip(bytes.len() - self.length);
        read.rev().fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f))
    }
}

impl Buf for Wary {
    fn remaining(&self) -> usize {
        self.rest.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.rest.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.rest.advance(count);
    }

    fn try_get_u8(&mut self) -> Result<u8, TryGetError> {
        let byte = self.rest.try_get_u8()?;
        let goes_on = self.run & 0x80 != 0;
        self.length = if goes_on { VARINT.min(self.length + 1) } else { 1 };
        self.run = self.run << 8 | u64::from(byte);
        let (read, available) = (usize::try_from(self.varint()).unwrap_or(usize::MAX), self.remaining());
        // The length of a compact array is one less.
        if read > HARMLESS && read - 1 > available {
            return Err(TryGetError { requested: read, available });
        }
        Ok(byte)
    }

    fn try_get_i32(&mut self) -> Result<i32, TryGetError> {
        let number = self.rest.try_get_i32()?;
        let too_many = i32::try_from(self.remaining() + 1).unwrap_or(i32::MAX);
        self.replaced |= number > too_many;
        Ok(number.min(too_many))
    }
}

impl ByteBuf for Wary {
    fn peek_bytes(&mut self, range: std::ops::Range<usize>) -> Bytes {
        self.rest.peek_bytes(range)
    }

    fn get_bytes(&mut self, size: usize) -> Bytes {
        ByteBuf::get_bytes(&mut self.rest, size)
    }
}

#[cfg(test)]
mod tests {
    use bytes::{BufMut, BytesMut};
    use kafka_protocol::{
        messages::{ApiVersionsResponse, DescribeConfigsResponse, MetadataResponse, api_versions_response::ApiVersion},
        protocol::{Encodable, StrBytes},
    };

    use super::*;

    fn encoded(answer: &impl Encodable, version: i16) -> Bytes {
        let mut bytes = BytesMut::new();
        answer.encode(&mut bytes, version).unwrap();
        bytes.freeze()
    }

    #[test]
    fn an_array_that_claims_more_than_there_is_makes_no_room() {
        // Each would take hundreds of gigabytes, which no test machine has.
        let mut plain = BytesMut::new();
        plain.put_i32(0);
        plain.put_i32(i32::MAX);
        assert!(body::<MetadataResponse>(&plain.freeze(), 3).is_err(), "a plain array of brokers");
        for length in [&[0xff, 0xff, 0xff, 0xff, 0x0f][..], &[0xff, 0xff, 0xff, 0xff, 0xff], &[0x80, 0x80, 0x80, 0x80, 0x0f]] {
            let mut compact = BytesMut::new();
            compact.put_i32(0);
            compact.put_slice(length);
            compact.put_bytes(0, 64);
            assert!(body::<MetadataResponse>(&compact.freeze(), 12).is_err(), "a compact array of brokers: {length:x?}");
        }
    }

    #[test]
    fn an_array_inside_another_is_seen_too() {
        let mut bytes = BytesMut::new();
        bytes.put_i32(0);
        bytes.put_u8(2);
        bytes.put_i16(0);
        bytes.put_slice(&[0, 2, 1, 1]);
        // The configs of the first resource.
        bytes.put_slice(&[0xff, 0xff, 0xff, 0x7f]);
        bytes.put_bytes(0, 300);
        assert!(body::<DescribeConfigsResponse>(&bytes.freeze(), 4).is_err());
    }

    #[test]
    fn a_boolean_before_a_length_does_not_hide_it() {
        let mut read = Wary { rest: Bytes::from_static(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x0f]), replaced: false, run: 0, length: 0 };
        assert_eq!(read.try_get_u8(), Ok(0x80), "a boolean, as nobody writes it");
        let length = (0..5).try_for_each(|_| read.try_get_u8().map(drop));
        assert!(length.is_err());
    }

    #[test]
    fn numbers_that_are_no_lengths_arrive_as_they_are() {
        let api = ApiVersion::default().with_api_key(3).with_max_version(12);
        for version in 0..=4 {
            let throttle = if version == 0 { 0 } else { i32::MAX };
            let sent = ApiVersionsResponse::default().with_api_keys(vec![api.clone(); 300]).with_throttle_time_ms(throttle);
            let got: ApiVersionsResponse = body(&encoded(&sent, version), version).unwrap();
            assert_eq!(got, sent, "version {version}");
        }
        for version in [1, 8, 9, 12] {
            let broker = kafka_protocol::messages::metadata_response::MetadataResponseBroker::default()
                .with_node_id(i32::MAX.into())
                .with_port(65_535)
                .with_host(StrBytes::from_string("h".repeat(500)));
            let sent = MetadataResponse::default().with_brokers(vec![broker; 200]).with_controller_id(i32::MAX.into());
            let got: MetadataResponse = body(&encoded(&sent, version), version).unwrap();
            assert_eq!(got, sent, "version {version}");
        }
    }

    #[test]
    fn a_shortened_or_altered_answer_is_an_error_or_an_answer_and_never_the_end() {
        let api = ApiVersion::default().with_api_key(3).with_max_version(12);
        let sent = encoded(&ApiVersionsResponse::default().with_api_keys(vec![api; 40]), 3);
        for place in 0..sent.len() {
            let _ = body::<ApiVersionsResponse>(&sent.slice(..place), 3);
            for byte in [0x00, 0x7f, 0x80, 0xff] {
                let mut altered = sent.to_vec();
                altered.splice(place..(place + 5).min(altered.len()), [byte; 5]);
                let _ = body::<ApiVersionsResponse>(&altered.into(), 3);
            }
        }
    }
}
