//! The table of errors as `docs/errors.md` promises it: the harness trusts the page, not the code behind it.

use std::{collections::HashMap, sync::LazyLock};

/// What the page promises for a reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Promise {
    /// The HTTP status in API v3 and API v2.
    pub http: [u16; 2],
    /// `error_code` in API v3 and API v2.
    pub error_code: [i64; 2],
    /// The gRPC status, as `NOT_FOUND`.
    pub grpc: String,
    /// Whether the client is told to try again.
    pub retriable: bool,
}

static PAGE: LazyLock<HashMap<String, Promise>> = LazyLock::new(|| {
    let rows = include_str!("../../docs/errors.md").lines().filter(|l| l.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [reason, _, http, error_code, grpc, retry] = cells[..] else { panic!("not a row of the table: {row}") };
        let http = dialects(http).map(|n| u16::try_from(n).expect("a status"));
        let promise = Promise { http, error_code: dialects(error_code), grpc: grpc.to_owned(), retriable: retry == "yes" };
        (reason.trim_matches('`').to_owned(), promise)
    })
    .collect()
});

/// `413 (v2: 200)`: the number of API v3 and that of API v2.
fn dialects(cell: &str) -> [i64; 2] {
    let numbers: Vec<i64> = cell.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
    match numbers[..] {
        [both] => [both, both],
        [v3, 2, v2] => [v3, v2],
        _ => panic!("not a number of the table: {cell}"),
    }
}

/// What the page promises for this reason.
pub fn promise(reason: &str) -> &'static Promise {
    PAGE.get(reason).unwrap_or_else(|| panic!("docs/errors.md has no reason {reason}"))
}

/// True if the page has an error of this status and `error_code`.
pub fn is_documented(status: u16, error_code: i64) -> bool {
    PAGE.values().any(|p| p.http.contains(&status) && p.error_code.contains(&error_code))
}

/// The name of a gRPC status, as `NOT_FOUND`.
pub fn grpc_name(code: i32) -> String {
    const NAMES: [&str; 17] = [
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];
    usize::try_from(code).ok().and_then(|c| NAMES.get(c)).map_or_else(|| code.to_string(), |n| (*n).to_owned())
}
