//! What the generators know of the protos: services, their REST bindings, and messages with the shape of their JSON.
//!
//! Read from descriptors once, checked here, so that a wrong option is a build error that names its place. Start with [`Model::read`].

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::{
    Cardinality, DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor,
    ServiceDescriptor, Value,
};

use crate::{
    options::{self, FieldRule, Media, MethodRule, Refusal, Resource},
    template::Template,
};

/// Everything of ours in the protos.
pub struct Model {
    pub services: Vec<Service>,
    /// By full name, in the order of the names.
    pub messages: BTreeMap<String, Message>,
    pub enums: BTreeMap<String, Enum>,
}

/// A gRPC service.
pub struct Service {
    /// `barnabas.v3`.
    pub package: String,
    /// `TopicService`.
    pub name: String,
    pub comment: String,
    pub methods: Vec<Method>,
}

/// A method that has a `google.api.http` rule.
pub struct Method {
    pub name: String,
    pub comment: String,
    pub input: String,
    pub output: String,
    pub streams: bool,
    pub bindings: Vec<Binding>,
    /// The media types as declared; `None` stands for `application/json`.
    pub consumes: Option<Vec<Media>>,
    pub produces: Option<Vec<Media>>,
    pub success: u16,
    /// A status that the service chooses for some successes.
    pub other_success: Option<u16>,
    pub location: bool,
    pub empty_body: Option<Refusal>,
    pub content_type_required: bool,
    /// The answer is a status and headers only.
    pub no_body: bool,
    /// The field of the answer that is the whole body.
    pub response_body: Option<String>,
}

/// One verb and path of a method.
pub struct Binding {
    /// `GET`, `POST`, …
    pub verb: &'static str,
    pub path: Template,
    pub body: Body,
    /// The fields that come from the query.
    pub query: Vec<String>,
}

/// What the body is bound to.
#[derive(Clone, PartialEq)]
pub enum Body {
    None,
    /// The members are the fields that the path does not bind.
    Whole,
    /// The body is one field.
    Field(String),
}

/// A message.
pub struct Message {
    pub package: String,
    pub name: String,
    pub comment: String,
    pub fields: Vec<Field>,
    pub resource: Option<Resource>,
    pub list_kind: Option<String>,
    /// The list's own link, where it is not the request's path.
    pub list_self: Option<Template>,
    pub relationships: Vec<Relationship>,
    pub transparent: bool,
    /// Read from a body: fields that are bound otherwise, and so are no members.
    pub not_members: BTreeSet<String>,
}

/// A link to another resource.
pub struct Relationship {
    pub name: String,
    pub path: Template,
    pub before: Option<String>,
}

/// A field.
pub struct Field {
    pub name: String,
    pub comment: String,
    pub shape: Shape,
    pub repeated: bool,
    /// Declared `optional`, or a message.
    pub optional: bool,
    /// The `oneof` that it belongs to.
    pub oneof: Option<String>,
    pub rule: FieldRule,
}

/// The type of a field.
#[derive(Clone, PartialEq)]
pub enum Shape {
    Int32,
    Int64,
    /// A 64-bit floating-point number. No path and no query has one.
    Double,
    Bool,
    Text,
    Bytes,
    Timestamp,
    Enum(String),
    Message(String),
}

/// An enum, with the names that JSON uses.
pub struct Enum {
    pub package: String,
    pub name: String,
    pub comment: String,
    /// JSON name, number, comment; without the unspecified one.
    pub values: Vec<(String, i32, String)>,
}

type Failure = Box<dyn std::error::Error>;

impl Method {
    /// True if the answer of success has a body.
    pub fn answers_body(&self) -> bool {
        self.answers_body_with(self.success)
    }

    /// True if the answer of this status, one of those that mean success, has a body.
    pub fn answers_body_with(&self, status: u16) -> bool {
        status != 204 && !self.no_body
    }
}

impl Field {
    /// The member's name in JSON.
    pub fn json_name(&self) -> &str {
        self.rule.name.as_deref().unwrap_or(&self.name)
    }

    /// The name of the query parameter.
    pub fn query_name(&self) -> &str {
        self.rule.query.as_deref().unwrap_or(&self.name)
    }
}

impl Message {
    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }
}

impl Model {
    /// Reads the model of all packages below `barnabas.`, except the options themselves.
    pub fn read(pool: &DescriptorPool) -> Result<Self, Failure> {
        let ours = |package: &str| package.starts_with("barnabas.v");
        let mut messages: BTreeMap<String, Message> = pool
            .all_messages()
            .filter(|m| ours(m.package_name()))
            .map(|m| Ok((m.full_name().to_owned(), message(&m)?)))
            .collect::<Result<_, Failure>>()?;
        let enums = pool.all_enums().filter(|e| ours(e.package_name())).map(|e| (e.full_name().to_owned(), enumeration(&e))).collect();
        let services =
            pool.services().filter(|s| ours(s.package_name())).map(|s| service(&s, &messages)).collect::<Result<Vec<_>, Failure>>()?;
        for method in services.iter().flat_map(|s| &s.methods) {
            let bound = method.bindings.iter().flat_map(|b| b.path.variables()).map(str::to_owned);
            let chosen = method.consumes.iter().chain(&method.produces).flatten().filter_map(|m| m.field.clone());
            let bound: BTreeSet<String> = bound.chain(chosen).collect();
            if let Some(input) = messages.get_mut(&method.input) {
                input.not_members.extend(bound);
            }
        }
        Ok(Self { services, messages, enums })
    }
}

/// A comment with one line for each of its paragraphs, and an empty one between them.
fn comment(descriptor: &impl Commented) -> String {
    let text = descriptor.leading_comment();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.split(|line| line.is_empty()).filter(|p| !p.is_empty()).map(|p| p.join(" ")).collect::<Vec<_>>().join("\n\n")
}

fn service(s: &ServiceDescriptor, messages: &BTreeMap<String, Message>) -> Result<Service, Failure> {
    let rule = options::service(s)?;
    let mut methods = Vec::new();
    for m in s.methods() {
        if let Some(m) = method(&m, &rule, messages).map_err(|e| format!("{}: {e}", m.full_name()))? {
            methods.push(m);
        }
    }
    Ok(Service { package: s.package_name().to_owned(), name: s.name().to_owned(), comment: comment(s), methods })
}

fn method(m: &MethodDescriptor, service: &options::ServiceRule, messages: &BTreeMap<String, Message>) -> Result<Option<Method>, Failure> {
    let Some(http) = options::http(m) else { return Ok(None) };
    let rule: MethodRule = options::method(m)?;
    if m.is_client_streaming() != (rule.framing == "FRAMING_CONCATENATED_JSON") {
        return Err("a method with a REST binding streams exactly if it has a framing".into());
    }
    let input = messages.get(m.input().full_name()).ok_or("its request is not one of our messages")?;
    let consumes = if rule.consumes.is_empty() { service.consumes.clone() } else { rule.consumes };
    let produces = if rule.produces.is_empty() { service.produces.clone() } else { rule.produces };
    let chosen: Vec<String> = consumes.iter().chain(&produces).filter_map(|m| m.field.clone()).collect();
    let mut bindings = Vec::new();
    let extra = match http.get_field_by_name("additional_bindings").as_deref() {
        Some(Value::List(rules)) => rules.iter().filter_map(|r| r.as_message().cloned()).collect(),
        _ => Vec::new(),
    };
    for rule in std::iter::once(&http).chain(&extra) {
        bindings.push(binding(rule, input, &chosen)?);
    }
    Ok(Some(Method {
        name: m.name().to_owned(),
        comment: comment(m),
        input: m.input().full_name().to_owned(),
        output: m.output().full_name().to_owned(),
        streams: m.is_client_streaming(),
        bindings,
        consumes: (!consumes.is_empty()).then_some(consumes),
        produces: (!produces.is_empty()).then_some(produces),
        success: rule.success_status,
        other_success: rule.other_success_status,
        location: rule.location,
        empty_body: rule.empty_body,
        content_type_required: rule.content_type_required,
        no_body: rule.no_body,
        response_body: options::text(&http, "response_body"),
    }))
}

fn binding(rule: &DynamicMessage, input: &Message, chosen: &[String]) -> Result<Binding, Failure> {
    let (verb, path) = [("get", "GET"), ("put", "PUT"), ("post", "POST"), ("delete", "DELETE"), ("patch", "PATCH")]
        .into_iter()
        .find_map(|(field, verb)| options::text(rule, field).map(|path| (verb, path)))
        .ok_or("a google.api.http rule without a path")?;
    let path = Template::parse(&path)?;
    if !path.query.is_empty() {
        return Err("a path has no query: its parameters are the fields that nothing else binds".into());
    }
    for variable in path.variables() {
        input.field(variable).ok_or_else(|| format!("the path names {variable}, which {} does not have", input.name))?;
    }
    let body = match options::text(rule, "body").as_deref() {
        None => Body::None,
        Some("*") => Body::Whole,
        Some(field) => Body::Field(field.to_owned()),
    };
    let elsewhere = |name: &str| {
        path.variables().any(|v| v == name)
            || chosen.iter().any(|c| c == name)
            || body == Body::Whole
            || body == Body::Field(name.to_owned())
    };
    let query = input.fields.iter().filter(|f| !f.rule.grpc_only && !f.repeated && !elsewhere(&f.name)).map(|f| f.name.clone()).collect();
    Ok(Binding { verb, path, body, query })
}

fn message(m: &MessageDescriptor) -> Result<Message, Failure> {
    let rule = options::message(m)?;
    let fields = m.fields().map(|f| field(&f)).collect::<Result<Vec<_>, Failure>>()?;
    let relationships = rule
        .relationships
        .into_iter()
        .map(|r| Ok(Relationship { name: r.name, path: Template::parse(&r.path)?, before: r.before }))
        .collect::<Result<_, Failure>>()?;
    let links = rule.resource.iter().map(|r| &r.self_link).chain(&rule.list_self);
    for variable in links.flat_map(|link| link.variables().chain(link.query_variables())) {
        fields.iter().find(|f| f.name == variable).ok_or_else(|| format!("{}: its link names {variable}", m.full_name()))?;
    }
    Ok(Message {
        package: m.package_name().to_owned(),
        name: m.name().to_owned(),
        comment: comment(m),
        fields,
        resource: rule.resource,
        list_kind: rule.list_kind,
        list_self: rule.list_self,
        relationships,
        transparent: rule.transparent,
        not_members: BTreeSet::new(),
    })
}

fn field(f: &FieldDescriptor) -> Result<Field, Failure> {
    let shape = match f.kind() {
        Kind::Int32 => Shape::Int32,
        Kind::Int64 => Shape::Int64,
        Kind::Double => Shape::Double,
        Kind::Bool => Shape::Bool,
        Kind::String => Shape::Text,
        Kind::Bytes => Shape::Bytes,
        Kind::Enum(e) => Shape::Enum(e.full_name().to_owned()),
        Kind::Message(m) if m.full_name() == "google.protobuf.Timestamp" => Shape::Timestamp,
        Kind::Message(m) => Shape::Message(m.full_name().to_owned()),
        other => return Err(format!("{}: the JSON of {other:?} is not defined", f.full_name()).into()),
    };
    let oneof = f.containing_oneof().filter(|o| !o.is_synthetic()).map(|o| o.name().to_owned());
    Ok(Field {
        name: f.name().to_owned(),
        comment: comment(f),
        repeated: f.cardinality() == Cardinality::Repeated,
        optional: f.supports_presence() && oneof.is_none(),
        oneof,
        rule: options::field(f)?,
        shape,
    })
}

fn enumeration(e: &EnumDescriptor) -> Enum {
    let prefix = format!("{}_", heck::ToShoutySnakeCase::to_shouty_snake_case(e.name()));
    let values = e
        .values()
        .filter(|v| v.number() != 0)
        .map(|v| (v.name().strip_prefix(&prefix).unwrap_or(v.name()).to_owned(), v.number(), comment(&v)))
        .collect();
    Enum { package: e.package_name().to_owned(), name: e.name().to_owned(), comment: comment(e), values }
}

/// A descriptor with a comment before it.
trait Commented {
    fn leading_comment(&self) -> String;
}

macro_rules! commented {
    ($($descriptor:ty: $file:ident;)*) => { $(impl Commented for $descriptor {
        fn leading_comment(&self) -> String {
            let file = self.$file();
            let info = file.file_descriptor_proto().source_code_info.as_ref();
            let location = info.and_then(|i| i.location.iter().find(|l| l.path == self.path()));
            location.map(|l| l.leading_comments().to_owned()).unwrap_or_default()
        }
    })* };
}

commented! { ServiceDescriptor: parent_file; EnumDescriptor: parent_file; MethodDescriptor: file; MessageDescriptor: parent_file; FieldDescriptor: file; prost_reflect::EnumValueDescriptor: file; }

/// The way to the file, for the descriptors that know only their parents.
trait InFile {
    fn file(&self) -> prost_reflect::FileDescriptor;
}

impl InFile for MethodDescriptor {
    fn file(&self) -> prost_reflect::FileDescriptor {
        self.parent_service().parent_file()
    }
}

impl InFile for FieldDescriptor {
    fn file(&self) -> prost_reflect::FileDescriptor {
        self.parent_message().parent_file()
    }
}

impl InFile for prost_reflect::EnumValueDescriptor {
    fn file(&self) -> prost_reflect::FileDescriptor {
        self.parent_enum().parent_file()
    }
}
