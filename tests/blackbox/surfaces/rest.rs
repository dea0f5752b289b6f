//! REST: the HTTP request that a method's rule makes of a message, and the answer.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use prost_reflect::{Kind, MethodDescriptor};
use serde_json::{Map, Value};

use super::{Answer, Refused, RestDetails};
use crate::{form, gateway::Gateway, protos};

/// What stands in a path as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub async fn call(gateway: &Gateway, method: &MethodDescriptor, requests: &[Value], details: &RestDetails) -> Result<Answer, String> {
    let rule = protos::method_rule(method);
    let first = requests.first().cloned().unwrap_or_else(|| Value::Object(Map::new()));
    let (verb, path, body) = binding(method, &first);
    let mut taken = variables(&path);
    let mut request = gateway.http.request(verb.parse().expect("a verb"), url(gateway, method, &path, &first, &body, &rule));
    for (list, header) in [("consumes", "content-type"), ("produces", "accept")] {
        let media = media(method, &rule[list], &first);
        taken.extend(media.field);
        let needed = if list == "consumes" { body.is_some() } else { media.chosen };
        if needed {
            request = request.header(header, media.name);
        }
    }
    let input = method.input();
    let bodies = requests.iter().map(|message| match body.as_deref() {
        None => None,
        Some("*") => {
            let members = message.as_object()?.iter().filter(|(name, _)| !taken.contains(name));
            Some(form::to_rest(&input, &Value::Object(members.map(|(n, v)| (n.clone(), v.clone())).collect())))
        }
        Some(field) => Some(form::field_to_rest(&input.get_field_by_name(field)?, message.get(field)?)),
    });
    let text: Vec<String> = bodies.flatten().map(|b| b.to_string()).collect();
    if !text.is_empty() {
        request = request.body(text.join("\n"));
    }
    let success = details.status.or_else(|| rule["success_status"].as_u64().and_then(|s| u16::try_from(s).ok()).filter(|s| *s != 0));
    read(request, method, success.unwrap_or(200), rule["no_body"] == true).await
}

async fn read(request: reqwest::RequestBuilder, method: &MethodDescriptor, success: u16, no_body: bool) -> Result<Answer, String> {
    let response = request.send().await.map_err(|e| format!("no answer: {e:?}"))?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.map_err(|e| format!("the body broke off: {e:?}"))?;
    let said = || format!("HTTP {status}, {headers:?}, body {text:.500}");
    if status == success {
        if status == 204 || no_body {
            return if text.is_empty() {
                Ok(Ok(vec![Value::Object(Map::new())]))
            } else {
                Err(format!("a body where none is: {}", said()))
            };
        }
        if !headers.get("content-type").is_some_and(|t| t.as_bytes().ends_with(b"json")) {
            return Err(format!("no JSON: {}", said()));
        }
        let values = serde_json::Deserializer::from_str(&text).into_iter::<Value>().collect::<Result<Vec<_>, _>>();
        let values = values.map_err(|e| format!("{e}: {}", said()))?;
        if method.is_server_streaming() && values.len() != text.matches("\r\n").count() {
            return Err(format!("not every answer ends in CR LF: {}", said()));
        }
        return Ok(Ok(values));
    }
    let body: Value = serde_json::from_str(&text).map_err(|e| format!("no JSON ({e}): {}", said()))?;
    let (Some(error_code), Some(message), 400..) = (body["error_code"].as_i64(), body["message"].as_str(), status) else {
        return Err(format!("neither success ({success}) nor an error: {}", said()));
    };
    Ok(Err(Refused {
        status: status.to_string(),
        error_code: Some(error_code),
        reason: None,
        retriable: None,
        message: message.to_owned(),
    }))
}

/// Verb, path and body of the rule's binding that uses the most of the request.
fn binding(method: &MethodDescriptor, request: &Value) -> (String, String, Option<String>) {
    let rule = protos::http_rule(method);
    let extra = rule["additional_bindings"].as_array().cloned().unwrap_or_default();
    let bindings = std::iter::once(rule).chain(extra).map(|rule| {
        let found =
            ["get", "put", "post", "delete", "patch"].into_iter().find_map(|v| Some((v, rule[v].as_str().filter(|p| !p.is_empty())?)));
        let (verb, path) = found.expect("a verb");
        (verb.to_uppercase(), path.to_owned(), rule["body"].as_str().filter(|b| !b.is_empty()).map(str::to_owned))
    });
    let whole = bindings.filter(|(_, path, _)| variables(path).iter().all(|v| request.get(v).is_some()));
    whole.max_by_key(|(_, path, _)| variables(path).len()).expect("a binding for the request: is a variable of the path missing?")
}

fn variables(path: &str) -> Vec<String> {
    path.split('{').skip(1).filter_map(|p| p.split_once('}')).map(|(name, _)| name.to_owned()).collect()
}

fn url(gateway: &Gateway, method: &MethodDescriptor, path: &str, request: &Value, body: &Option<String>, rule: &Value) -> String {
    let mut filled = path.to_owned();
    for name in variables(path) {
        let field = method.input().get_field_by_name(&name).unwrap_or_else(|| panic!("no field {name}"));
        let value = match field.kind() {
            Kind::Enum(_) => form::enum_to_rest(&field, &form::text(&request[&name])),
            _ => form::text(&request[&name]),
        };
        filled = filled.replace(&format!("{{{name}}}"), &utf8_percent_encode(&value, PLAIN).to_string());
    }
    let mut elsewhere = variables(path);
    elsewhere.extend(media(method, &rule["produces"], request).field);
    elsewhere.extend(media(method, &rule["consumes"], request).field);
    let members = request.as_object().into_iter().flatten();
    let query: Vec<String> = members
        .filter(|(name, _)| !elsewhere.contains(name) && body.as_deref() != Some("*") && body.as_ref() != Some(name))
        .map(|(name, value)| {
            let field = method.input().get_field_by_name(name).unwrap_or_else(|| panic!("no field {name}"));
            let rule = protos::field_rule(&field);
            let name = rule["query"].as_str().filter(|q| !q.is_empty()).unwrap_or(name).to_owned();
            format!("{name}={}", utf8_percent_encode(&form::text(&form::field_to_rest(&field, value)), PLAIN))
        })
        .collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{filled}{mark}{}", gateway.url, query.join("&"))
}

/// A media type, and the field that it stands for.
struct Media {
    name: String,
    field: Option<String>,
    chosen: bool,
}

/// The media type that says what the request says in a field; the first if the request does not say it.
fn media(method: &MethodDescriptor, types: &Value, request: &Value) -> Media {
    let types = types.as_array().cloned().unwrap_or_default();
    let text = |t: &Value, member: &str| t[member].as_str().filter(|s| !s.is_empty()).map(str::to_owned);
    let field = types.first().and_then(|t| text(t, "field"));
    let value = field.as_ref().and_then(|f| {
        let descriptor = method.input().get_field_by_name(f)?;
        Some(form::enum_to_rest(&descriptor, request.get(f)?.as_str()?))
    });
    let wanted = types.iter().find(|t| value.is_some() && text(t, "value") == value);
    let name = wanted.or(types.first()).and_then(|t| text(t, "name")).unwrap_or_else(|| "application/json".to_owned());
    Media { name, field, chosen: wanted.is_some() }
}

/// An answer as REST shows it: the JSON of the message, or of the one field that is the whole body.
pub fn unwrapped(method: &MethodDescriptor, want: &Value) -> Value {
    let output = method.output();
    let rule = protos::http_rule(method);
    if protos::method_rule(method)["no_body"] == true {
        return Value::Object(Map::new());
    }
    if !want.is_object() {
        return want.clone();
    }
    match rule["response_body"].as_str().filter(|f| !f.is_empty()) {
        Some(field) => form::field_to_rest(&output.get_field_by_name(field).expect("the response's field"), &want[field]),
        None => form::to_rest(&output, want),
    }
}
