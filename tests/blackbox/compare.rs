//! Whether an answer holds what was expected: every member that is named, lists whole and in order. [`ANY`] stands for any value but
//! null; `null` for null or nothing.

use serde_json::Value;

use crate::form::ANY;

/// # Errors
/// The first place that differs, with both values.
pub fn holds(want: &Value, got: &Value) -> Result<(), String> {
    at("", want, got)
}

fn at(path: &str, want: &Value, got: &Value) -> Result<(), String> {
    let differs = || Err(format!("at {}: want {want}, got {got}", if path.is_empty() { "the top" } else { path }));
    match (want, got) {
        (Value::String(any), got) if any == ANY => {
            if got.is_null() {
                return differs();
            }
        }
        (Value::Object(want), Value::Object(got)) => {
            for (name, want) in want {
                at(&format!("{path}/{name}"), want, got.get(name).unwrap_or(&Value::Null))?;
            }
        }
        (Value::Array(want), Value::Array(got)) if want.len() == got.len() => {
            for (i, (want, got)) in want.iter().zip(got).enumerate() {
                at(&format!("{path}/{i}"), want, got)?;
            }
        }
        // proto JSON leaves out nothing but what is absent; an empty list is no member in neither form.
        (Value::Array(want), Value::Null) if want.is_empty() => {}
        (want, got) if want == got => {}
        _ => return differs(),
    }
    Ok(())
}
