//! Anything as a `.proto` text, as JSON of a message and as a message.
//!
//! A text that is understood must have one layout. What JSON becomes on the wire must come back as JSON that becomes the same, and
//! what the wire becomes in JSON must be taken back.

#![no_main]

use std::sync::LazyLock;

use barnabas::schema::protobuf::Schema;
use libfuzzer_sys::fuzz_target;

/// Every kind of field, in circles.
const EVERYTHING: &str = r#"syntax = "proto2"; package p; import "google/protobuf/any.proto"; import "google/protobuf/duration.proto";
import "google/protobuf/field_mask.proto"; import "google/protobuf/struct.proto"; import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
message M { optional int32 a = 1 [default = 5]; optional sint64 b = 2; optional fixed32 c = 3; optional double d = 4; optional string e = 5;
optional bytes f = 6; optional bool g = 7; optional E h = 8; repeated M i = 9; repeated uint64 j = 10 [packed = true]; map<string, M> k = 11;
map<sint32, E> l = 12; oneof o { float m = 13; M n = 14; } optional group Pair = 15 { required int32 x = 1; } extensions 100 to max;
optional google.protobuf.Any p = 16; optional google.protobuf.Duration q = 17; optional google.protobuf.FieldMask r = 18;
optional google.protobuf.Value s = 19; optional google.protobuf.Timestamp t = 20; optional google.protobuf.UInt64Value u = 21; }
enum E { ZERO = 0; ONE = 1; NEGATIVE = -1; }
extend M { optional M more = 100; }"#;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::parse(EVERYTHING, &[]).expect("a schema"));

fuzz_target!(|data: &[u8]| {
    let Some((which, data)) = data.split_first() else { return };
    match which % 3 {
        0 => {
            let Ok(text) = std::str::from_utf8(data) else { return };
            let Ok(schema) = Schema::parse(text, &[]) else { return };
            let layout = schema.canonical();
            let again = Schema::parse(&layout, &[]).expect("its own layout");
            assert_eq!(again.canonical(), layout);
            assert!(schema.incompatibilities(&again).is_empty());
            let _ = (schema.normalized(), schema.without_extensions(), schema.serialized());
        }
        1 => {
            let mut bytes = Vec::new();
            if SCHEMA.encode(data, None, &mut bytes).is_err() {
                return;
            }
            let (mut json, mut again) = (Vec::new(), Vec::new());
            SCHEMA.decode(&bytes, &mut json).expect("what was written");
            SCHEMA.encode(&json, None, &mut again).expect("what was read");
        }
        _ => {
            let mut json = Vec::new();
            if SCHEMA.decode(data, &mut json).is_ok() {
                SCHEMA.encode(&json, None, &mut Vec::new()).expect("what was read");
            }
        }
    }
});
