//! Answers `avro.py`, whose requests also have the `form`: `tagged` or `lenient`.

use barnabas::schema::avro::{Form, Schema};
use serde_json::Value;

use crate::data;

pub fn answers() -> Box<dyn FnMut(&Value) -> Value> {
    let form = |request: &Value| if data::text(request, "form") == Some("lenient") { Form::Lenient } else { Form::Tagged };
    data::answers(
        |text| Schema::parse(text, &[]).map_err(|e| e.to_string()),
        move |schema, request, json, out| schema.encode(json, out, form(request)),
        move |schema, request, datum, out| schema.decode(datum, out, form(request)),
    )
}
