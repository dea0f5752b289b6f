//! Beside Apache's own Avro for Rust: random schemas and values, both ways. (Its values have no JSON encoding, so each value is made
//! twice here: as the JSON that the encoding asks for, and as theirs.)

use apache_avro::{reader::datum::GenericDatumReader, types::Value as Theirs, writer::datum::GenericDatumWriter};
use proptest::{collection::vec, prelude::*};
use serde_json::{Value as Json, json};

use super::*;

/// A type with some values of it.
#[derive(Debug, Clone)]
struct Typed {
    schema: Json,
    values: Vec<(Json, Theirs)>,
}

/// How many values a type has.
const VALUES: usize = 3;
const SYMBOLS: [&str; 3] = ["A", "B", "C"];

/// A type whose values are made of what `of` makes.
fn leaf<T: std::fmt::Debug + 'static>(
    schema: impl Fn() -> Json + 'static,
    of: impl Strategy<Value = T> + 'static,
    make: impl Fn(T) -> (Json, Theirs) + 'static,
) -> BoxedStrategy<Typed> {
    vec(of, VALUES).prop_map(move |all| Typed { schema: schema(), values: all.into_iter().map(&make).collect() }).boxed()
}

fn logical(of: &'static str, logical: &'static str) -> impl Fn() -> Json {
    move || json!({ "type": of, "logicalType": logical })
}

/// A name that no other type has.
fn name() -> impl Strategy<Value = String> {
    "[A-Z][a-z]{12}"
}

/// Bytes as JSON has them: a character for each.
fn latin(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn simple() -> BoxedStrategy<Typed> {
    // With so few digits that `serde_json` reads them exactly; others are compared in `make test-codecs`.
    let exact = || any::<i32>().prop_map(|n| f64::from(n) / 16.0);
    let fixed = |(name, bytes): (String, Vec<Vec<u8>>)| Typed {
        schema: json!({ "type": "fixed", "name": name, "size": 4 }),
        values: bytes.into_iter().map(|b| (json!(latin(&b)), Theirs::Fixed(4, b))).collect(),
    };
    let symbols = |(name, chosen): (String, Vec<u32>)| Typed {
        schema: json!({ "type": "enum", "name": name, "symbols": SYMBOLS }),
        values: chosen.into_iter().map(|n| (json!(SYMBOLS[n as usize]), Theirs::Enum(n, SYMBOLS[n as usize].into()))).collect(),
    };
    prop_oneof![
        leaf(|| json!("null"), Just(()), |()| (Json::Null, Theirs::Null)),
        leaf(|| json!("boolean"), any::<bool>(), |b| (json!(b), Theirs::Boolean(b))),
        leaf(|| json!("int"), any::<i32>(), |n| (json!(n), Theirs::Int(n))),
        leaf(|| json!("long"), any::<i64>(), |n| (json!(n), Theirs::Long(n))),
        leaf(|| json!("double"), exact(), |n| (json!(n), Theirs::Double(n))),
        leaf(|| json!("bytes"), any::<Vec<u8>>(), |b| (json!(latin(&b)), Theirs::Bytes(b))),
        leaf(|| json!("string"), any::<String>(), |s| (json!(s), Theirs::String(s))),
        leaf(logical("int", "date"), any::<i32>(), |n| (json!(n), Theirs::Date(n))),
        leaf(logical("int", "time-millis"), any::<i32>(), |n| (json!(n), Theirs::TimeMillis(n))),
        leaf(logical("long", "time-micros"), any::<i64>(), |n| (json!(n), Theirs::TimeMicros(n))),
        leaf(logical("long", "timestamp-millis"), any::<i64>(), |n| (json!(n), Theirs::TimestampMillis(n))),
        leaf(logical("long", "timestamp-micros"), any::<i64>(), |n| (json!(n), Theirs::TimestampMicros(n))),
        leaf(logical("long", "local-timestamp-millis"), any::<i64>(), |n| (json!(n), Theirs::LocalTimestampMillis(n))),
        (name(), vec(vec(any::<u8>(), 4), VALUES)).prop_map(fixed),
        (name(), vec(0..3_u32, VALUES)).prop_map(symbols),
    ]
    .boxed()
}

/// The tag of a type in a union.
fn tag(schema: &Json) -> String {
    let of = schema.get("name").or_else(|| schema.get("type")).unwrap_or(schema);
    of.as_str().unwrap_or_default().to_owned()
}

fn list(of: Typed) -> Typed {
    // The first values have fewer items than the last ones.
    let value = |n| {
        let (json, theirs) = of.values.iter().take(n).cloned().unzip();
        (Json::Array(json), Theirs::Array(theirs))
    };
    Typed { schema: json!({ "type": "array", "items": of.schema }), values: (0..VALUES).map(value).collect() }
}

fn map(of: Typed) -> Typed {
    // One entry each: theirs have no order.
    let value =
        |(json, theirs): &(Json, Theirs)| (json!({ "the key": json }), Theirs::Map([("the key".to_owned(), theirs.clone())].into()));
    Typed { values: of.values.iter().map(value).collect(), schema: json!({ "type": "map", "values": of.schema }) }
}

fn optional(of: Typed) -> Typed {
    if of.schema == json!("null") {
        return of;
    }
    let tag = tag(&of.schema);
    let some = |(json, theirs): &(Json, Theirs)| (json!({ &tag: json }), Theirs::Union(1, Box::new(theirs.clone())));
    let none = (Json::Null, Theirs::Union(0, Box::new(Theirs::Null)));
    let values = of.values.iter().skip(1).map(some).chain([none]).collect();
    Typed { values, schema: json!(["null", of.schema]) }
}

fn record(name: &str, fields: &[Typed]) -> Typed {
    let of = |n: usize| format!("f{n}");
    let declared: Vec<_> = fields.iter().enumerate().map(|(n, field)| json!({ "name": of(n), "type": field.schema })).collect();
    let value = |at: usize| {
        let rows = || fields.iter().enumerate().map(|(n, field)| (of(n), field.values[at].clone()));
        let json = rows().map(|(name, (json, _))| (name, json)).collect();
        (Json::Object(json), Theirs::Record(rows().map(|(name, (_, theirs))| (name, theirs)).collect()))
    };
    Typed { schema: json!({ "type": "record", "name": name, "fields": declared }), values: (0..VALUES).map(value).collect() }
}

fn typed() -> impl Strategy<Value = Typed> {
    simple().prop_recursive(4, 24, 5, |inner| {
        let of_union = inner.clone().prop_filter("a union holds no union", |t| !t.schema.is_array());
        prop_oneof![
            inner.clone().prop_map(list),
            inner.clone().prop_map(map),
            of_union.prop_map(optional),
            (name(), vec(inner, 1..5)).prop_map(|(name, fields)| record(&name, &fields)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn apache_avro_reads_what_we_write_and_writes_what_we_read(typed in typed()) {
        // In a record: a union that is the whole value is read back without its tag.
        let typed = record("Whole", &[typed]);
        let text = typed.schema.to_string();
        let (ours, apache) = (schema(&text), apache_avro::Schema::parse_str(&text).unwrap());
        let (reader, writer) = (GenericDatumReader::builder(&apache).build().unwrap(), GenericDatumWriter::builder(&apache).build().unwrap());
        for (json, theirs) in typed.values {
            let datum = encoded(&ours, &json.to_string(), Form::Tagged).unwrap();
            prop_assert_eq!(&datum, &writer.write_value_to_vec(theirs.clone()).unwrap(), "{} {}", text, json);
            prop_assert_eq!(reader.read_value(&mut &datum[..]).unwrap(), theirs);
            let back = decoded(&ours, &datum, Form::Tagged).unwrap();
            prop_assert_eq!(serde_json::from_str::<Json>(&back).unwrap(), json, "{}", text);
        }
    }
}
