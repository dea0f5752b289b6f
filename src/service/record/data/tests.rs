use super::*;

use std::time::Instant;

use crate::service::schemas::Schemas;

fn given(format: RecordFormat, text: &'static str) -> RecordData {
    RecordData { r#type: Some(format.into()), data: Some(Bytes::from_static(text.as_bytes())), ..RecordData::default() }
}

fn with_schema(format: Option<RecordFormat>, schema: SchemaChoice) -> RecordData {
    RecordData {
        r#type: format.map(Into::into),
        data: Some(Bytes::from_static(b"\"v\"")),
        schema_choice: Some(schema),
        ..RecordData::default()
    }
}

#[test]
fn data_becomes_bytes_by_its_format() {
    let payload = RecordData { payload: Some(Bytes::from_static(b"\xff")), ..RecordData::default() };
    let typed_payload = RecordData { r#type: Some(RecordFormat::Json.into()), ..payload.clone() };
    let chooser = Chooser::new(Schemas::none());
    type Row = (RecordData, Option<&'static [u8]>, RecordFormat, i32, &'static str);
    let rows: [Row; 8] = [
        (given(RecordFormat::Binary, "\"AAE=\""), Some(&[0, 1]), RecordFormat::Binary, 2, "base64"),
        (given(RecordFormat::String, "\"v\""), Some(b"v"), RecordFormat::String, 1, "text"),
        (given(RecordFormat::String, "\"\""), Some(b""), RecordFormat::String, 0, "empty is not null"),
        (given(RecordFormat::Json, "{ \"a\": 1 }"), Some(b"{\"a\":1}"), RecordFormat::Json, 7, "compact JSON"),
        (given(RecordFormat::Json, " null "), None, RecordFormat::Json, -1, "null is null in every format"),
        (given(RecordFormat::Binary, "null"), None, RecordFormat::Binary, -1, "null of bytes"),
        (payload, Some(b"\xff"), RecordFormat::Binary, 1, "a payload without a type is bytes"),
        (typed_payload, Some(b"\xff"), RecordFormat::Json, 1, "a payload is taken as it is"),
    ];
    for (data, want, format, size, why) in rows {
        let (bytes, described) = side(Side::Value, Some(data), &chooser).unwrap();
        let described = described.unwrap();
        assert_eq!((bytes.as_deref(), described.r#type(), described.size), (want, format, size), "{why}");
    }
    assert_eq!(side(Side::Key, None, &chooser).unwrap(), (None, None), "a side that is not given");
}

#[test]
fn members_must_go_together() {
    let text = || SchemaChoice::Schema("\"string\"".into());
    let subject = RecordData { subject: Some("s".into()), ..given(RecordFormat::Json, "1") };
    let strategy = RecordData { subject_name_strategy: Some(SubjectNameStrategy::TopicName.into()), ..given(RecordFormat::Json, "1") };
    let both = RecordData { subject: Some("s".into()), ..strategy.clone() };
    for (data, want) in [
        (with_schema(Some(RecordFormat::String), SchemaChoice::SchemaId(1)), "'type=STRING' cannot be used with 'schema_id'."),
        (with_schema(Some(RecordFormat::Json), SchemaChoice::SchemaVersion(1)), "'type=JSON' cannot be used with 'schema_version'."),
        (with_schema(Some(RecordFormat::Binary), text()), "'type=BINARY' cannot be used with 'schema'."),
        (subject, "'type=JSON' cannot be used with 'subject'."),
        (strategy, "'type=JSON' cannot be used with 'subject_strategy'."),
        (both, "Only one of 'subject_name_strategy' or 'subject' can be used."),
        (with_schema(Some(RecordFormat::Avro), SchemaChoice::SchemaId(1)), "'schema_id=1' cannot be used with 'serializer'."),
        (given(RecordFormat::Avro, "1"), "'schema_version=latest' cannot be used with 'serializer'."),
    ] {
        let error = check(&data).unwrap_err();
        let text = format!("Cannot construct instance of `ProduceRequestData`, problem: {want}");
        assert_eq!((error.code(), error.message()), (Code::MalformedBody, text.as_str()));
    }
    assert_eq!(check(&with_schema(None, text())).unwrap_err().message(), "Bad Request: 'schema' needs 'type'");
    assert!(check(&RecordData { r#type: Some(99), ..RecordData::default() }).is_err(), "a number that is no format");
}

#[tokio::test]
async fn schemas_need_a_registry() {
    for data in [
        with_schema(Some(RecordFormat::Avro), SchemaChoice::Schema("\"string\"".into())),
        with_schema(None, SchemaChoice::SchemaId(1)),
        with_schema(None, SchemaChoice::SchemaVersion(1)),
        RecordData { data: Some(Bytes::from_static(b"1")), ..RecordData::default() },
    ] {
        let parts = Parts { partition: None, headers: Vec::new(), key: None, value: Some(data), timestamp: None };
        let mut chooser = Chooser::new(Schemas::none());
        assert!(!chooser.is_ready(&parts));
        chooser.prepare("t", &parts, Instant::now()).await;
        let error = read(parts, &chooser).unwrap_err();
        let text = "Payload error. Schema Registry must be configured when using schemas.";
        assert_eq!((error.code(), error.message()), (Code::InvalidPayload, text));
    }
}

#[test]
fn data_is_given_once() {
    let data = RecordData { payload: Some(Bytes::new()), ..given(RecordFormat::Json, "1") };
    assert_eq!(check(&data).unwrap_err().code(), Code::BadRequest);
}

#[test]
fn headers_of_one_name_stand_together() {
    let header = |name: &str, value: &'static [u8]| RecordHeader { name: name.into(), value: Some(Bytes::from_static(value)) };
    let sorted = headers(vec![header("x", b"1"), header("y", b"2"), header("x", b"3"), RecordHeader { name: "n".into(), value: None }]);
    let seen: Vec<_> = sorted.iter().map(|h| (&h.name[..], h.value.as_deref())).collect();
    assert_eq!(seen, [(&b"x"[..], Some(&b"1"[..])), (b"x", Some(b"3")), (b"y", Some(b"2")), (b"n", None)]);
}

#[test]
fn a_record_with_very_many_headers_takes_one_pass() {
    // Comparing each with all before it would take minutes here.
    let many = (0..200_000).map(|i: u32| RecordHeader { name: i.to_string(), value: None });
    assert_eq!(headers(many.collect()).len(), 200_000);
}
