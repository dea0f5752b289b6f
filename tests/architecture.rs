//! The law of the layers: which module may use which, which foreign crate belongs to whom, and how long a file may be.
//!
//! `docs/architecture.md` explains the table. When the design changes, change both in the same commit.

#![expect(clippy::expect_used, reason = "in a test a panic is the report")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// A module of `src/`, and the modules of ours that it may use.
const LAYERS: &[(&str, &[&str])] = &[
    ("main", &["cli", "app", "config", "telemetry"]),
    ("cli", &["app", "config", "telemetry", "error"]),
    ("app", &["config", "telemetry", "edge", "rest", "service", "kafka", "devbroker", "error", "caller", "pb"]),
    ("config", &["edge", "service", "schema", "kafka", "devbroker", "telemetry", "error"]),
    ("telemetry", &[]),
    ("edge", &["error", "caller"]),
    ("rest", &["error", "caller", "pb"]),
    ("service", &["error", "caller", "pb", "schema", "kafka"]),
    ("schema", &["error"]),
    ("kafka", &["error", "caller"]),
    ("devbroker", &["error", "schema"]),
    ("caller", &["error"]),
    ("error", &[]),
    ("pb", &["error"]),
];

/// A foreign crate, and the modules that may name it.
const OWNERS: &[(&str, &[&str])] = &[
    ("rdkafka", &["kafka"]),
    ("rdkafka_sys", &["kafka"]),
    ("openssl", &["kafka", "schema"]),
    ("tokio_openssl", &["kafka"]),
    ("kafka_protocol", &["kafka", "devbroker"]),
    ("moka", &["schema"]),
    ("reqwest", &["schema"]),
    ("noida", &["devbroker"]),
    ("axum", &["rest", "edge", "app", "devbroker"]),
    ("hyper", &["edge"]),
    ("hyper_util", &["edge"]),
    ("tower", &["edge"]),
    ("tower_http", &["edge"]),
    ("tonic_web", &["edge", "app"]),
    ("utoipa_swagger_ui", &["edge"]),
    ("flate2", &["edge"]),
    ("tonic_health", &["app"]),
    ("tonic_reflection", &["app"]),
    ("tonic_types", &["error"]),
    ("serde_json", &["rest", "schema", "service", "kafka", "edge", "error", "devbroker"]),
    ("prost_reflect", &["schema"]),
    ("protox", &["schema"]),
    ("base64", &["rest", "schema", "service", "kafka"]),
    ("clap", &["cli"]),
    ("fancy_regex", &["service", "schema"]),
    ("metrics_exporter_prometheus", &["telemetry", "edge", "app"]),
    ("tracing_subscriber", &["telemetry"]),
    ("strsim", &["config"]),
    ("tikv_jemallocator", &["main"]),
];

const MAX_LINES: usize = 500;

struct Source {
    path: PathBuf,
    module: String,
    /// Without comments and without the tests in it.
    code: String,
    lines: usize,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    find(&root, &mut files);
    files.sort();
    files
        .into_iter()
        .filter(|p| p.file_name().is_some_and(|n| n != "tests.rs" && n != "lib.rs"))
        .map(|path| {
            let inside = path.strip_prefix(&root).expect("below src");
            let module = inside.components().next().expect("a name").as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).expect("readable");
            // Tests stand at the end of a file.
            let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let lines = text.lines().count();
            let code = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
            Source { path, module, code, lines }
        })
        .collect()
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("readable").map(|e| e.expect("readable").path()) {
        if entry.is_dir() && entry.file_name().is_some_and(|n| n == "tests") {
            // The children of a `tests.rs`.
        } else if entry.is_dir() {
            find(&entry, files);
        } else if entry.extension().is_some_and(|e| e == "rs") {
            files.push(entry);
        }
    }
}

/// The names that follow `crate::` anywhere in the code, also in the braces of a `use`.
fn used(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => names.extend(name(rest)),
            Some(list) => {
                let mut depth = 0;
                let mut item = String::new();
                for c in list.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => names.extend(name(std::mem::take(&mut item).trim())),
                        c => item.push(c),
                    }
                }
                names.extend(name(item.trim()));
            }
        }
    }
    names
}

fn name(text: &str) -> Option<String> {
    let name: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}

fn names_crate(code: &str, krate: &str) -> bool {
    code.match_indices(&format!("{krate}::")).any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
}

#[test]
fn modules_use_only_what_lies_below_them() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some((_, allowed)) = LAYERS.iter().find(|(m, _)| *m == source.module) else {
            wrong.push(format!("{}: the module {} is not in the table", source.path.display(), source.module));
            continue;
        };
        for name in used(&source.code).into_iter().filter(|n| *n != source.module && !allowed.contains(&n.as_str())) {
            if LAYERS.iter().any(|(m, _)| *m == name) {
                wrong.push(format!("{}: {} may not use {name}", source.path.display(), source.module));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn foreign_crates_stay_with_their_owners() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (krate, owners) in OWNERS {
            if names_crate(&source.code, krate) && !owners.contains(&source.module.as_str()) {
                wrong.push(format!("{}: {krate} belongs to {owners:?}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unsafe_code_stands_in_one_folder() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/kafka/native");
    let wrong: Vec<_> = sources()
        .into_iter()
        .filter(|s| {
            !s.path.starts_with(&home) && (s.code.contains("unsafe {") || s.code.contains("unsafe impl") || s.code.contains("unsafe fn"))
        })
        .map(|s| s.path.display().to_string())
        .collect();
    assert!(wrong.is_empty(), "unsafe outside src/kafka/native: {wrong:?}");
}

#[test]
fn files_are_short() {
    let long: Vec<_> =
        sources().into_iter().filter(|s| s.lines > MAX_LINES).map(|s| format!("{}: {} lines", s.path.display(), s.lines)).collect();
    assert!(long.is_empty(), "over {MAX_LINES} lines: {long:?}");
}

#[test]
fn the_reader_of_names_sees_braces() {
    let names = used("use crate::{error::{Code, Error}, kafka, pb::v3};\nlet x = crate::caller::Caller;");
    assert_eq!(names, ["caller", "error", "kafka", "pb"].map(str::to_owned).into());
}
