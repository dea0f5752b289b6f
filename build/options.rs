//! Our options as plain structs. `proto/barnabas/rest/v1/options.proto` says what each means.

use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, MessageDescriptor, MethodDescriptor, ReflectMessage, ServiceDescriptor, Value,
};

use crate::template::Template;

/// A media type, and the field and value that choosing it sets.
#[derive(Clone)]
pub struct Media {
    pub name: String,
    pub field: Option<String>,
    pub value: Option<String>,
}

/// What an empty body answers: the reason in the table of errors, and the text.
#[derive(Clone)]
pub struct Refusal {
    pub reason: String,
    pub message: String,
}

#[derive(Default)]
pub struct ServiceRule {
    pub consumes: Vec<Media>,
    pub produces: Vec<Media>,
}

pub struct MethodRule {
    pub success_status: u16,
    pub other_success_status: Option<u16>,
    pub location: bool,
    pub consumes: Vec<Media>,
    pub produces: Vec<Media>,
    pub framing: String,
    pub empty_body: Option<Refusal>,
    pub content_type_required: bool,
    pub no_body: bool,
}

/// What a request without the field means.
#[derive(Clone, Copy, PartialEq)]
pub enum Presence {
    Optional,
    Required,
    Constrained,
}

pub struct FieldRule {
    pub name: Option<String>,
    pub aliases: Vec<String>,
    pub raw_json: bool,
    pub grpc_only: bool,
    pub omit_absent: bool,
    pub presence: Presence,
    /// The fields of the pair that are the member's name and value.
    pub pairs: Option<(String, String)>,
    pub text_only: bool,
    pub query: Option<String>,
    /// What a body without the field answers.
    pub absent: Option<Refusal>,
}

pub struct Resource {
    pub kind: String,
    pub self_link: Template,
    pub resource_name: Option<Template>,
}

pub struct Relationship {
    pub name: String,
    pub path: String,
    pub before: Option<String>,
}

pub struct MessageRule {
    pub resource: Option<Resource>,
    pub list_kind: Option<String>,
    pub list_self: Option<Template>,
    pub relationships: Vec<Relationship>,
    pub transparent: bool,
}

/// A text of a message; `None` if it is empty.
pub fn text(m: &DynamicMessage, field: &str) -> Option<String> {
    m.get_field_by_name(field)?.as_str().filter(|s| !s.is_empty()).map(str::to_owned)
}

fn flag(m: &DynamicMessage, field: &str) -> bool {
    m.get_field_by_name(field).and_then(|v| v.as_bool()).unwrap_or_default()
}

fn sub(m: &DynamicMessage, field: &str) -> Option<DynamicMessage> {
    m.has_field_by_name(field).then(|| m.get_field_by_name(field)?.as_message().cloned())?
}

fn list(m: &DynamicMessage, field: &str) -> Vec<DynamicMessage> {
    match m.get_field_by_name(field).as_deref() {
        Some(Value::List(values)) => values.iter().filter_map(|v| v.as_message().cloned()).collect(),
        _ => Vec::new(),
    }
}

fn name_of_enum(m: &DynamicMessage, field: &str) -> String {
    let descriptor = m.descriptor().get_field_by_name(field);
    let number = m.get_field_by_name(field).and_then(|v| v.as_enum_number()).unwrap_or_default();
    descriptor.and_then(|d| d.kind().as_enum().and_then(|e| e.get_value(number))).map(|v| v.name().to_owned()).unwrap_or_default()
}

fn extension(pool: &DescriptorPool, options: &DynamicMessage, name: &str) -> Option<DynamicMessage> {
    let extension = pool.get_extension_by_name(name)?;
    options.has_extension(&extension).then(|| options.get_extension(&extension).as_message().cloned())?
}

fn media(m: &DynamicMessage, field: &str) -> Vec<Media> {
    list(m, field)
        .iter()
        .map(|t| Media { name: text(t, "name").unwrap_or_default(), field: text(t, "field"), value: text(t, "value") })
        .collect()
}

fn refusal(m: &DynamicMessage, field: &str) -> Option<Refusal> {
    let rule = sub(m, field)?;
    Some(Refusal { reason: text(&rule, "reason").unwrap_or_default(), message: text(&rule, "message").unwrap_or_default() })
}

/// The method's `google.api.http` rule.
pub fn http(m: &MethodDescriptor) -> Option<DynamicMessage> {
    extension(m.parent_pool(), &m.options(), "google.api.http")
}

pub fn service(s: &ServiceDescriptor) -> Result<ServiceRule, String> {
    Ok(match extension(s.parent_pool(), &s.options(), "barnabas.rest.v1.service") {
        Some(rule) => ServiceRule { consumes: media(&rule, "consumes"), produces: media(&rule, "produces") },
        None => ServiceRule::default(),
    })
}

pub fn method(m: &MethodDescriptor) -> Result<MethodRule, String> {
    let none = MethodRule {
        success_status: 200,
        other_success_status: None,
        location: false,
        consumes: Vec::new(),
        produces: Vec::new(),
        framing: String::new(),
        empty_body: None,
        content_type_required: false,
        no_body: false,
    };
    let Some(rule) = extension(m.parent_pool(), &m.options(), "barnabas.rest.v1.method") else { return Ok(none) };
    let status = |field: &str| {
        let status = rule.get_field_by_name(field).and_then(|v| v.as_i32()).filter(|s| *s != 0);
        status.map(|s| u16::try_from(s).map_err(|_| format!("{s} is no HTTP status"))).transpose()
    };
    Ok(MethodRule {
        success_status: status("success_status")?.unwrap_or(200),
        other_success_status: status("other_success_status")?,
        location: flag(&rule, "location"),
        consumes: media(&rule, "consumes"),
        produces: media(&rule, "produces"),
        framing: name_of_enum(&rule, "framing"),
        empty_body: refusal(&rule, "empty_body"),
        content_type_required: flag(&rule, "content_type_required"),
        no_body: flag(&rule, "no_body"),
    })
}

pub fn field(f: &FieldDescriptor) -> Result<FieldRule, String> {
    let rule = extension(f.parent_pool(), &f.options(), "barnabas.rest.v1.field");
    let Some(rule) = rule else {
        return Ok(FieldRule {
            name: None,
            aliases: Vec::new(),
            raw_json: false,
            grpc_only: false,
            omit_absent: false,
            presence: Presence::Optional,
            pairs: None,
            text_only: false,
            query: None,
            absent: None,
        });
    };
    let aliases = match rule.get_field_by_name("aliases").as_deref() {
        Some(Value::List(values)) => values.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    };
    Ok(FieldRule {
        name: text(&rule, "name"),
        aliases,
        raw_json: flag(&rule, "raw_json"),
        grpc_only: flag(&rule, "grpc_only"),
        omit_absent: flag(&rule, "omit_absent"),
        presence: match name_of_enum(&rule, "presence").as_str() {
            "PRESENCE_REQUIRED" => Presence::Required,
            "PRESENCE_CONSTRAINED" => Presence::Constrained,
            _ => Presence::Optional,
        },
        pairs: sub(&rule, "pairs").and_then(|p| Some((text(&p, "key")?, text(&p, "value")?))),
        text_only: flag(&rule, "text_only"),
        query: text(&rule, "query"),
        absent: refusal(&rule, "absent"),
    })
}

pub fn message(m: &MessageDescriptor) -> Result<MessageRule, String> {
    let Some(rule) = extension(m.parent_pool(), &m.options(), "barnabas.rest.v1.message") else {
        return Ok(MessageRule { resource: None, list_kind: None, list_self: None, relationships: Vec::new(), transparent: false });
    };
    let resource = sub(&rule, "resource")
        .map(|r| {
            Ok::<_, String>(Resource {
                kind: text(&r, "kind").ok_or("a resource needs a kind")?,
                self_link: Template::parse(&text(&r, "self").ok_or("a resource needs a link to itself")?)?,
                resource_name: text(&r, "resource_name").map(|t| Template::parse(&t)).transpose()?,
            })
        })
        .transpose()?;
    let relationships = list(&rule, "relationships")
        .iter()
        .map(|r| Relationship {
            name: text(r, "name").unwrap_or_default(),
            path: text(r, "path").unwrap_or_default(),
            before: text(r, "before"),
        })
        .collect();
    Ok(MessageRule {
        resource,
        list_kind: text(&rule, "list_kind"),
        list_self: text(&rule, "list_self").map(|t| Template::parse(&t)).transpose()?,
        relationships,
        transparent: flag(&rule, "transparent"),
    })
}
