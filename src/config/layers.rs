//! Puts the sources one over the other: defaults, file, environment, command line. Everything is text here, under dotted names.

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    path::Path,
};

use config::{File, FileFormat, Source, Value, ValueKind};
use serde::de::DeserializeOwned;

use super::{
    Error,
    keys::{self, FILE_VARIABLE, KEYS, Key, Kind, PASSED_ON, PREFIX},
};

/// A value and where it was found, for messages.
struct Given {
    value: String,
    origin: String,
}

/// All values, by their names.
#[derive(Default)]
pub(super) struct Layers(BTreeMap<String, Given>);

impl Layers {
    /// The defaults of the table; a default that is empty is none.
    pub(super) fn defaults() -> Self {
        let mut layers = Self::default();
        for key in KEYS.iter().filter(|key| !key.default.is_empty()) {
            layers.put(key.name.to_owned(), key.default.to_owned(), "defaults");
        }
        layers
    }

    fn put(&mut self, name: String, value: String, origin: &str) {
        self.0.insert(name, Given { value, origin: origin.to_owned() });
    }

    /// Takes a value that is known to be of a key: a flag of the command line, or another default.
    pub(super) fn set(&mut self, name: &'static str, value: String, origin: &str) -> Result<(), Error> {
        self.checked(name.to_owned(), value, origin)
    }

    /// Takes a TOML file.
    pub(super) fn file(&mut self, path: &Path) -> Result<(), Error> {
        let origin = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|e| Error::File(origin.clone(), e.to_string()))?;
        let tables = File::from_str(&text, FileFormat::Toml).collect().map_err(|e| Error::File(origin.clone(), e.to_string()))?;
        let mut values = Vec::new();
        for (name, value) in tables {
            flatten(name, value, &mut values);
        }
        for (name, value) in values {
            self.checked(name, value, &origin)?;
        }
        Ok(())
    }

    /// Takes those environment variables that begin with our prefix.
    pub(super) fn environment(&mut self, variables: impl IntoIterator<Item = (String, String)>) -> Result<(), Error> {
        for (variable, value) in variables {
            if !variable.starts_with(PREFIX) || variable == FILE_VARIABLE || keys::is_service_link(&variable) {
                continue;
            }
            let name = key_of_variable(&variable)?;
            self.checked(name, value, &variable)?;
        }
        Ok(())
    }

    fn checked(&mut self, name: String, value: String, origin: &str) -> Result<(), Error> {
        let reason = match keys::find(&name) {
            Some(key) => refusal(key, value.trim()),
            None if is_passed_on(&name) => None,
            None => return Err(unknown(origin, &name, KEYS.iter().map(|key| key.name.to_owned()))),
        };
        match reason {
            Some(reason) => Err(Error::Value { origin: origin.to_owned(), key: name, value, reason }),
            None => {
                self.put(name, value.trim().to_owned(), origin);
                Ok(())
            }
        }
    }

    /// The value of a key, if there is one and it is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|given| given.value.as_str()).filter(|value| !value.is_empty())
    }

    /// The settings under a prefix, which is taken off the names.
    pub(super) fn section<T: DeserializeOwned>(&self, prefix: &str, wanted: impl Fn(&str) -> bool) -> Result<T, Error> {
        let named = self.0.iter().filter_map(|(name, given)| Some((name.strip_prefix(prefix).filter(|name| wanted(name))?, given)));
        let table: HashMap<String, Value> =
            named.map(|(name, given)| (name.to_owned(), Value::new(Some(&given.origin), ValueKind::String(given.value.clone())))).collect();
        Value::from(ValueKind::from(table)).try_deserialize().map_err(|e| Error::Section(e.to_string()))
    }

    /// The librdkafka properties under a prefix.
    pub(super) fn properties(&self, prefix: &str) -> BTreeMap<String, String> {
        let named = self.0.iter().filter_map(|(name, given)| Some((name.strip_prefix(prefix)?, given)));
        named.map(|(name, given)| (name.to_owned(), given.value.clone())).collect()
    }
}

/// Tables become names with dots, arrays become text with commas.
fn flatten(name: String, value: Value, into: &mut Vec<(String, String)>) {
    match value.kind {
        ValueKind::Table(table) => {
            for (inner, value) in table {
                flatten(format!("{name}.{inner}"), value, into);
            }
        }
        ValueKind::Array(items) => into.push((name, items.iter().map(Value::to_string).collect::<Vec<_>>().join(","))),
        scalar => into.push((name, scalar.to_string())),
    }
}

fn is_passed_on(name: &str) -> bool {
    PASSED_ON.iter().any(|(prefix, _)| name.strip_prefix(prefix).is_some_and(|property| !property.is_empty()))
}

fn key_of_variable(variable: &str) -> Result<String, Error> {
    if let Some(key) = KEYS.iter().find(|key| key.variable() == variable) {
        return Ok(key.name.to_owned());
    }
    // Names of librdkafka properties have dots; the few with an underscore can be set in the file only.
    let passed_on = PASSED_ON.iter().find_map(|(prefix, _)| Some((prefix, variable.strip_prefix(&keys::variable(prefix))?)));
    match passed_on {
        Some((prefix, property)) if !property.is_empty() => Ok(format!("{prefix}{}", property.replace('_', ".").to_lowercase())),
        _ => Err(unknown("environment", variable, KEYS.iter().map(Key::variable))),
    }
}

fn unknown(origin: &str, name: &str, known: impl Iterator<Item = String>) -> Error {
    let nearest = known.min_by_key(|known| strsim::damerau_levenshtein(known, name)).unwrap_or_default();
    Error::Unknown { origin: origin.to_owned(), key: name.to_owned(), nearest }
}

/// Why the key cannot have this value.
fn refusal(key: &Key, value: &str) -> Option<String> {
    match key.kind {
        Kind::Text | Kind::List => None,
        Kind::AddressOrOff if value == keys::OFF => None,
        Kind::Address | Kind::AddressOrOff => {
            value.parse::<SocketAddr>().is_err().then(|| "not an address and port such as 127.0.0.1:8082".to_owned())
        }
        Kind::Flag => (!["true", "false"].contains(&value)).then(|| "neither true nor false".to_owned()),
        Kind::Choice(words) => (!words.contains(&value)).then(|| format!("not one of {}", words.join(", "))),
        Kind::Whole(unit, least, most) => match value.parse::<i64>() {
            Ok(number) if (least..=most).contains(&number) => None,
            Ok(_) => Some(format!("out of range: {least} to {most} {unit}")),
            Err(_) => Some(format!("not a whole number of {unit}")),
        },
    }
}
