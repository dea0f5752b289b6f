//! What a schema costs for each record: nanoseconds to write and to read one of ten fields, beside making the same JSON text compact.
//!
//! `cargo bench --bench codecs` prints a table with a section for each format; a word after `--` picks one. Compare the ratios of one
//! run only: the machine's speed drifts.

mod avro;
mod json_schema;
mod protobuf;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use barnabas::schema::json;
use bytes::Bytes;

/// A record as it comes in a request: no white space, members in the schema's order.
pub const RECORD: &str = r#"{"id":1234567890123,"name":"a customer's name","email":"customer@example.com","age":42,"balance":1234.5,"active":true,"score":0.75,"city":"Prague","country":"CZ","visits":1000}"#;

/// How long one measurement lasts.
const LENGTH: Duration = Duration::from_millis(500);

/// One line of the table: what is done, and how.
pub type Measured = (&'static str, Box<dyn FnMut()>);

/// A section of the table.
struct Format {
    /// As it is picked.
    name: &'static str,
    /// What is measured.
    lines: fn() -> Vec<Measured>,
}

const FORMATS: &[Format] = &[
    Format { name: "avro", lines: avro::lines },
    Format { name: "json_schema", lines: json_schema::lines },
    Format { name: "protobuf", lines: protobuf::lines },
];

fn main() {
    let only: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let text = Bytes::from_static(RECORD.as_bytes());
    for format in FORMATS.iter().filter(|f| only.is_empty() || only.iter().any(|o| o == f.name)) {
        println!("{}", format.name);
        for (what, mut run) in (format.lines)() {
            // Taken anew beside each line, as the machine's speed drifts.
            let json = nanoseconds(&mut || drop(black_box(json::compact(black_box(&text)))));
            let cost = nanoseconds(&mut run);
            println!("  {what:<32} {cost:>7.0} ns  {:>5.2} × compact JSON ({json:.0} ns)", cost / json);
        }
    }
}

/// The time of one run: the best of five measurements, as all that disturbs makes it longer.
fn nanoseconds(run: &mut dyn FnMut()) -> f64 {
    let once = |run: &mut dyn FnMut()| {
        let (begin, mut runs) = (Instant::now(), 0_u32);
        while begin.elapsed() < LENGTH / 5 {
            for _ in 0..100 {
                run();
            }
            runs += 100;
        }
        begin.elapsed().as_secs_f64() * 1e9 / f64::from(runs)
    };
    (0..5).map(|_| once(run)).fold(f64::INFINITY, f64::min)
}
