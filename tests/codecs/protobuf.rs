//! Answers `protobuf.py`, whose requests with JSON also have the `message`: its full name. Data have their message indexes.

use barnabas::schema::protobuf::Schema;
use serde_json::Value;

use crate::data;

pub fn answers() -> Box<dyn FnMut(&Value) -> Value> {
    data::answers(
        |text| Schema::parse(text, &[]).map_err(|e| e.to_string()),
        |schema, request, json, out| schema.encode(json, data::text(request, "message"), out),
        |schema, _, datum, out| schema.decode(datum, out),
    )
}
