//! What the protos and the table of errors generate, against the files that show it to readers: a change of a path, a schema or a code is
//! seen in review. `UPDATE_GOLDEN=1 cargo test --test golden` writes the files anew.

use std::{collections::BTreeSet, env, fs, io, path::Path};

use barnabas::{
    error::{Code, Dialect},
    pb,
};

/// Compares with the file, or writes it if that is asked for.
fn assert_golden(file: &str, generated: &str) -> io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        return fs::write(&path, generated);
    }
    let golden = fs::read_to_string(&path)?;
    let differing = golden.lines().zip(generated.lines()).position(|(a, b)| a != b);
    let line = differing.unwrap_or_else(|| golden.lines().count().min(generated.lines().count()));
    assert!(
        golden == generated,
        "{file} differs from what was generated, first in line {}:\n  file:      {:?}\n  generated: {:?}\n\
         If that is meant: UPDATE_GOLDEN=1 cargo test --test golden",
        line + 1,
        golden.lines().nth(line),
        generated.lines().nth(line),
    );
    Ok(())
}

#[test]
fn the_routes_are_those_of_the_golden_file() -> io::Result<()> {
    assert_golden("tests/golden/routes.txt", pb::ROUTES)
}

#[test]
fn the_openapi_document_is_that_of_the_golden_file() -> io::Result<()> {
    assert_golden("tests/golden/openapi.json", pb::OPENAPI)
}

#[test]
fn the_page_of_errors_is_that_of_the_table() -> io::Result<()> {
    assert_golden("docs/errors.md", &errors_page())
}

#[test]
fn every_status_of_an_error_in_the_openapi_document_is_in_the_table() -> serde_json::Result<()> {
    let table: BTreeSet<String> = Code::ALL.iter().map(|c| c.http(Dialect::V3).status.to_string()).collect();
    let document: serde_json::Value = serde_json::from_str(pb::OPENAPI)?;
    let operations = document["paths"].as_object().into_iter().flatten().filter_map(|(_, path)| path.as_object()).flatten();
    let mut seen = 0;
    for (_, operation) in operations {
        for (status, _) in operation["responses"].as_object().into_iter().flatten().filter(|(s, _)| s.starts_with(['4', '5'])) {
            assert!(table.contains(status), "{}: no error has the status {status}", operation["operationId"]);
            seen += 1;
        }
    }
    assert!(seen > 0, "the document has no errors");
    Ok(())
}

#[test]
fn every_reference_in_the_openapi_document_leads_somewhere() -> serde_json::Result<()> {
    let document: serde_json::Value = serde_json::from_str(pb::OPENAPI)?;
    let mut open = vec![&document];
    while let Some(value) = open.pop() {
        if let Some(target) = value.get("$ref").and_then(|r| r.as_str()) {
            assert!(document.pointer(target.trim_start_matches('#')).is_some_and(|t| t.is_object()), "{target}");
        }
        open.extend(value.as_object().into_iter().flat_map(|o| o.values()).chain(value.as_array().into_iter().flatten()));
    }
    Ok(())
}

fn errors_page() -> String {
    let mut page = String::from(
        "# Errors\n\n\
         <!-- Generated from src/error/table.rs: UPDATE_GOLDEN=1 cargo test --test golden -->\n\n\
         Over REST an error is `{\"error_code\": <number>, \"message\": <text>}`. Over gRPC and gRPC-Web it is a status with one\n\
         `google.rpc.ErrorInfo`: `reason` as below, `domain` `barnabas`, and in `metadata` the same `error_code`, `retriable`, and\n\
         `kafka_error` where an error of the Kafka protocol is behind it. Decide by `error_code` or `reason`; the text may change.\n\n\
         **Retry** says whether the same request may succeed later: wait first, as long as `Retry-After` or `google.rpc.RetryInfo` says if it\n\
         is there, longer each time if it is not. A request that produces and ends in such an error may have been written all the same.\n\
         Everything else fails again until something is changed: the request, the topic, or the rights of the caller.\n\n\
         | reason | when | HTTP | `error_code` | gRPC | retry |\n|---|---|---|---|---|---|\n",
    );
    for code in Code::ALL {
        let (v2, v3) = (code.http(Dialect::V2), code.http(Dialect::V3));
        let (mut status, mut error_code) = (v3.status.to_string(), v3.error_code.to_string());
        if v2 != v3 {
            status = format!("{status} (v2: {})", v2.status);
            error_code = format!("{error_code} (v2: {})", v2.error_code);
        }
        let grpc = grpc_name(code.grpc());
        let retry = if code.is_retriable() { "yes" } else { "no" };
        page += &format!("| `{}` | {} | {status} | {error_code} | {grpc} | {retry} |\n", code.reason(), code.meaning());
    }
    page.push_str(
        "\nIn an answer that tells of single records (API v2 produce, API v3 `records` and `records:batch`) `error_code` stands with each\n\
         record, and the HTTP status tells only of the request as a whole. API v2 writes there 50002, with status 200, for a record that is\n\
         too large.\n",
    );
    page
}

/// `NOT_FOUND` for `NotFound`.
fn grpc_name(code: tonic::Code) -> String {
    let mut name = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}
