//! Each codec beside an independent one in Python: random schemas and random values, both ways.
//!
//! `make test-codecs` runs it. BARNABAS_TEST_PYTHON is a Python with the packages of `tests/codecs/requirements.txt`; without it
//! nothing is compared. The scripts start this program again, as `codecs --serve FORMAT`, and ask it line by line: a request is a JSON
//! object on a line, and so is its answer.

#![expect(clippy::expect_used, reason = "in a test a panic is the report")]

mod avro;
mod data;
mod json_schema;
mod protobuf;

use std::{
    env,
    io::{BufRead, Write},
    path::Path,
    process::{Command, ExitCode},
};

use serde_json::Value;

/// Answers the requests of one script.
type Answer = Box<dyn FnMut(&Value) -> Value>;

/// A format of schemas.
struct Format {
    /// Of the script, and of what it asks for.
    name: &'static str,
    /// What answers the script.
    answers: fn() -> Answer,
}

const FORMATS: &[Format] = &[
    Format { name: "avro", answers: avro::answers },
    Format { name: "json_schema", answers: json_schema::answers },
    Format { name: "protobuf", answers: protobuf::answers },
];

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    if let [flag, format] = args.as_slice()
        && flag == "--serve"
    {
        let format = FORMATS.iter().find(|f| f.name == format).expect("a format of the table");
        serve((format.answers)());
        return ExitCode::SUCCESS;
    }
    let Some(python) = env::var_os("BARNABAS_TEST_PYTHON") else {
        println!("codecs: not compared, as BARNABAS_TEST_PYTHON is not set; `make test-codecs` sets it");
        return ExitCode::SUCCESS;
    };
    let itself = env::current_exe().expect("the path of this program");
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/codecs");
    let mut failed = false;
    for Format { name, .. } in FORMATS {
        let script = scripts.join(format!("{name}.py"));
        let mut command = Command::new(&python);
        command.arg(script).arg(&itself).args(["--serve", name]);
        // A library of Python's jsonschema is written in Rust and panics at references that go round, which is not worth a screen.
        command.env("RUST_BACKTRACE", "0");
        let status = command.status().expect("Python starts");
        failed |= !status.success();
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Answers one line after the other, until there are no more.
fn serve(mut answer: Answer) {
    let (input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    for line in input.lines() {
        let request: Value = serde_json::from_str(&line.expect("a line")).expect("a request in JSON");
        writeln!(output, "{}", answer(&request)).expect("the script listens");
        output.flush().expect("the script listens");
    }
}
