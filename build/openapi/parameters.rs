//! Parameters in paths and queries. Those that several operations have in the same words become components.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::model::{Binding, Field, Message, Model, Shape};

/// The parameters of paths that are shared, by name.
pub struct Parameters<'m> {
    shared: BTreeMap<String, Value>,
    model: &'m Model,
    /// What the variables of paths are in the examples.
    values: &'m BTreeMap<String, String>,
}

impl<'m> Parameters<'m> {
    /// For each name the definition that most operations have, if at least two have it.
    pub fn of(model: &'m Model, values: &'m BTreeMap<String, String>) -> Result<Self, String> {
        let mut counts: BTreeMap<String, Vec<(Value, usize)>> = BTreeMap::new();
        for method in model.services.iter().flat_map(|s| &s.methods) {
            let input = model.messages.get(&method.input).ok_or_else(|| format!("no message {}", method.input))?;
            for name in method.bindings.iter().flat_map(|b| b.path.variables()) {
                let parameter = in_path(model, field(input, name)?, values);
                let seen = counts.entry(name.to_owned()).or_default();
                match seen.iter_mut().find(|(known, _)| *known == parameter) {
                    Some((_, count)) => *count += 1,
                    None => seen.push((parameter, 1)),
                }
            }
        }
        let shared = counts.into_iter().filter_map(|(name, seen)| {
            let (parameter, count) = seen.into_iter().max_by_key(|(_, count)| *count)?;
            (count > 1).then_some((name, parameter))
        });
        Ok(Self { shared: shared.collect(), model, values })
    }

    /// The parameters of a binding: those of the path in its order, then those of the query.
    pub fn of_binding(&self, input: &Message, binding: &Binding) -> Result<Vec<Value>, String> {
        let mut parameters = Vec::new();
        for name in binding.path.variables() {
            let parameter = in_path(self.model, field(input, name)?, self.values);
            let shared = self.shared.get(name) == Some(&parameter);
            parameters.push(if shared { json!({ "$ref": format!("#/components/parameters/{name}") }) } else { parameter });
        }
        for name in &binding.query {
            let field = field(input, name)?;
            parameters.push(parameter(self.model, field, field.query_name(), "query", false));
        }
        Ok(parameters)
    }

    /// The components.
    pub fn finish(self) -> BTreeMap<String, Value> {
        self.shared
    }
}

fn field<'a>(message: &'a Message, name: &str) -> Result<&'a Field, String> {
    message.field(name).ok_or_else(|| format!("{} has no field {name}", message.name))
}

fn in_path(model: &Model, field: &Field, values: &BTreeMap<String, String>) -> Value {
    let mut parameter = parameter(model, field, &field.name, "path", true);
    if let Some(value) = values.get(&field.name) {
        let number = value.parse::<i64>().ok().filter(|_| matches!(field.shape, Shape::Int32 | Shape::Int64));
        parameter["example"] = number.map_or_else(|| json!(value), |number| json!(number));
    }
    parameter
}

fn parameter(model: &Model, field: &Field, name: &str, place: &str, required: bool) -> Value {
    let schema = match &field.shape {
        Shape::Int32 => json!({ "type": "integer", "format": "int32" }),
        Shape::Int64 => json!({ "type": "integer", "format": "int64" }),
        Shape::Double => json!({ "type": "number", "format": "double" }),
        Shape::Bool => json!({ "type": "boolean" }),
        Shape::Enum(name) => {
            let names = model.enums.get(name).into_iter().flat_map(|e| &e.values).map(|(name, ..)| name.as_str());
            json!({ "type": "string", "enum": names.collect::<Vec<_>>() })
        }
        Shape::Text | Shape::Bytes | Shape::Timestamp | Shape::Message(_) => json!({ "type": "string" }),
    };
    let mut parameter = Map::new();
    parameter.insert("name".into(), json!(name));
    parameter.insert("in".into(), json!(place));
    parameter.insert("description".into(), json!(field.comment));
    if required {
        parameter.insert("required".into(), json!(true));
    }
    parameter.insert("schema".into(), schema);
    Value::Object(parameter)
}
