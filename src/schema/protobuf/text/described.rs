//! A tree of a `FileDescriptorProto` in base64, the form in which clients without a parser register their schemas.

use base64::{Engine, engine::general_purpose::STANDARD};
use prost::Message as _;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, ServiceDescriptorProto,
    field_descriptor_proto::{Label as OfLabel, Type as OfType},
};

use super::{
    Enum, EnumValue, Extend, Extensions, Field, FieldSettings, File, Group, Import, Label, MAX_NESTING, Message, Method, Oneof, Payload,
    Range, Reserved, Service, Setting, Strength, Syntax, Type, Value, reader::MAX_NUMBER,
};

/// The tree of such a text; `None` if it is none.
pub(in super::super) fn described(text: &str) -> Option<File> {
    let file = FileDescriptorProto::decode(STANDARD.decode(text.trim()).ok()?.as_slice()).ok()?;
    // Any few bytes may look like a descriptor without a name.
    file.name.as_ref()?;
    let syntax = match file.syntax.as_deref() {
        None | Some("" | "proto2") => Some(Syntax::Proto2),
        Some("proto3") => Some(Syntax::Proto3),
        Some(_) => return None,
    };
    let strength = |i: usize| match i32::try_from(i) {
        Ok(n) if file.public_dependency.contains(&n) => Strength::Public,
        Ok(n) if file.weak_dependency.contains(&n) => Strength::Weak,
        Ok(_) | Err(_) => Strength::Plain,
    };
    let proto3 = syntax == Some(Syntax::Proto3);
    let options = file.options.as_ref();
    Some(File {
        syntax,
        package: file.package.clone().filter(|p| !p.is_empty()),
        imports: file.dependency.iter().enumerate().map(|(i, path)| Import { strength: strength(i), path: path.clone() }).collect(),
        options: [
            ("java_package", options.and_then(|o| o.java_package.as_deref()).map(text_value)),
            ("java_outer_classname", options.and_then(|o| o.java_outer_classname.as_deref()).map(text_value)),
            ("java_multiple_files", options.and_then(|o| o.java_multiple_files).map(flag_value)),
            ("go_package", options.and_then(|o| o.go_package.as_deref()).map(text_value)),
            ("csharp_namespace", options.and_then(|o| o.csharp_namespace.as_deref()).map(text_value)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some(Setting { name: name.to_owned(), value: value? }))
        .collect(),
        messages: file.message_type.iter().map(|m| message(m, proto3, 0)).collect::<Option<_>>()?,
        enums: file.enum_type.iter().map(enumeration).collect(),
        extends: extends(&file.extension, proto3)?,
        services: file.service.iter().map(service).collect(),
    })
}

fn text_value(text: &str) -> Value {
    Value::Text(text.as_bytes().to_vec())
}

fn flag_value(flag: bool) -> Value {
    Value::Word(flag.to_string())
}

fn flags(named: &[(&str, Option<bool>)]) -> Vec<Setting> {
    named.iter().filter_map(|(name, flag)| Some(Setting { name: (*name).to_owned(), value: flag_value((*flag)?) })).collect()
}

fn range(start: i32, after: i32) -> Range {
    Range { start, end: if after > MAX_NUMBER { None } else { Some(after - 1) } }
}

/// The last part of the name of a type.
fn local(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn message(made: &DescriptorProto, proto3: bool, depth: usize) -> Option<Message> {
    if depth == MAX_NESTING {
        return None;
    }
    let mut tree = Message { name: made.name().to_owned(), ..Message::default() };
    let ranges: Vec<_> = made.reserved_range.iter().map(|r| range(r.start(), r.end().max(1))).collect();
    tree.reserved.extend((!ranges.is_empty()).then_some(Reserved::Numbers(ranges)));
    tree.reserved.extend((!made.reserved_name.is_empty()).then(|| Reserved::Names(made.reserved_name.clone())));
    tree.options = flags(&[("deprecated", made.options.as_ref().and_then(|o| o.deprecated))]);
    let (mut own_bodies, mut nested) = (Vec::new(), Vec::new());
    for inner in &made.nested_type {
        let field = made.field.iter().find(|f| f.r#type() == OfType::Group && local(f.type_name()) == inner.name());
        let entry = inner.options.as_ref().is_some_and(prost_types::MessageOptions::map_entry);
        match (field, entry) {
            (Some(_), _) | (None, true) => own_bodies.push(inner),
            (None, false) => nested.push(inner),
        }
    }
    // Oneofs of one field that is optional in proto3 are no oneofs.
    let real = |f: &FieldDescriptorProto| f.oneof_index.filter(|_| !f.proto3_optional()).and_then(|i| usize::try_from(i).ok());
    let mut oneofs: Vec<_> = made
        .oneof_decl
        .iter()
        .map(|o| Oneof { name: o.name().to_owned(), options: Vec::new(), fields: Vec::new(), groups: Vec::new() })
        .collect();
    for field in &made.field {
        let body = own_bodies.iter().find(|m| m.name() == local(field.type_name()) && !matches!(field.r#type(), OfType::Enum));
        let oneof = real(field).and_then(|i| oneofs.get_mut(i));
        let in_oneof = oneof.is_some();
        let (fields, groups) = match oneof {
            Some(oneof) => (&mut oneof.fields, &mut oneof.groups),
            None => (&mut tree.fields, &mut tree.groups),
        };
        match body {
            Some(body) if field.r#type() == OfType::Group => groups.push(Group {
                label: label(field, proto3, in_oneof),
                number: field.number(),
                options: Vec::new(),
                body: message(body, proto3, depth + 1)?,
            }),
            Some(entry) if field.label() == OfLabel::Repeated => match entry.field.as_slice() {
                [key, value] => {
                    fields.push(Field { label: None, kind: Type::Map(kind(key), kind(value)), ..self::field(field, proto3, in_oneof) })
                }
                _ => return None,
            },
            Some(_) | None => fields.push(self::field(field, proto3, in_oneof)),
        }
    }
    tree.oneofs = oneofs.into_iter().filter(|o| !o.fields.is_empty() || !o.groups.is_empty()).collect();
    let extensions = made.extension_range.iter().map(|r| range(r.start(), r.end().max(1)));
    tree.extensions = extensions.map(|r| Extensions { ranges: vec![r], options: Vec::new() }).collect();
    tree.messages = nested.into_iter().map(|m| message(m, proto3, depth + 1)).collect::<Option<_>>()?;
    tree.enums = made.enum_type.iter().map(enumeration).collect();
    tree.extends = extends(&made.extension, proto3)?;
    Some(tree)
}

fn label(field: &FieldDescriptorProto, proto3: bool, in_oneof: bool) -> Option<Label> {
    match field.label() {
        OfLabel::Repeated => Some(Label::Repeated),
        OfLabel::Required => Some(Label::Required),
        OfLabel::Optional if in_oneof || proto3 && !field.proto3_optional() => None,
        OfLabel::Optional => Some(Label::Optional),
    }
}

fn kind(field: &FieldDescriptorProto) -> String {
    match field.type_name.as_deref() {
        Some(name) if !name.is_empty() => name.to_owned(),
        Some(_) | None => field.r#type().as_str_name().trim_start_matches("TYPE_").to_lowercase(),
    }
}

fn field(field: &FieldDescriptorProto, proto3: bool, in_oneof: bool) -> Field {
    let options = field.options.as_ref();
    let default = field.default_value.as_deref().map(|text| match field.r#type() {
        OfType::String => text_value(text),
        // The text of bytes is escaped as in a schema.
        OfType::Bytes => Value::Text(super::lexer::unquoted(&format!("\"{text}\"")).unwrap_or_default()),
        OfType::Bool | OfType::Enum => Value::Word(text.to_owned()),
        _ => Value::Number(text.to_owned()),
    });
    // Compilers put the name in JSON into every descriptor; only one that is not the usual one was written.
    let json_name = field.json_name.as_deref().filter(|n| *n != usual_json_name(field.name()));
    Field {
        label: label(field, proto3, in_oneof),
        kind: Type::Named(kind(field)),
        name: field.name().to_owned(),
        number: field.number(),
        options: FieldSettings {
            options: flags(&[("packed", options.and_then(|o| o.packed)), ("deprecated", options.and_then(|o| o.deprecated))]),
            default,
            json_name: json_name.map(|n| n.as_bytes().to_vec()),
        },
    }
}

/// `my_field` → `myField`
fn usual_json_name(name: &str) -> String {
    let mut upper = false;
    let mut made = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '_' => upper = true,
            c if upper => {
                made.push(c.to_ascii_uppercase());
                upper = false;
            }
            c => made.push(c),
        }
    }
    made
}

fn extends(fields: &[FieldDescriptorProto], proto3: bool) -> Option<Vec<Extend>> {
    let mut extends: Vec<Extend> = Vec::new();
    for made in fields {
        if made.r#type() == OfType::Group {
            return None;
        }
        match extends.last_mut() {
            Some(last) if last.name == made.extendee() => last.fields.push(field(made, proto3, false)),
            Some(_) | None => {
                extends.push(Extend { name: made.extendee().to_owned(), fields: vec![field(made, proto3, false)], groups: Vec::new() });
            }
        }
    }
    Some(extends)
}

fn enumeration(made: &EnumDescriptorProto) -> Enum {
    let mut reserved = Vec::new();
    let end = |end: i32| if end == i32::MAX { None } else { Some(end) };
    let ranges: Vec<_> = made.reserved_range.iter().map(|r| Range { start: r.start(), end: end(r.end()) }).collect();
    reserved.extend((!ranges.is_empty()).then_some(Reserved::Numbers(ranges)));
    reserved.extend((!made.reserved_name.is_empty()).then(|| Reserved::Names(made.reserved_name.clone())));
    let options = made.options.as_ref();
    let values = made.value.iter().map(|v| EnumValue {
        name: v.name().to_owned(),
        number: v.number(),
        options: flags(&[("deprecated", v.options.as_ref().and_then(|o| o.deprecated))]),
    });
    Enum {
        name: made.name().to_owned(),
        reserved,
        options: flags(&[("allow_alias", options.and_then(|o| o.allow_alias)), ("deprecated", options.and_then(|o| o.deprecated))]),
        values: values.collect(),
    }
}

fn service(made: &ServiceDescriptorProto) -> Service {
    let methods = made.method.iter().map(|m| Method {
        name: m.name().to_owned(),
        input: Payload { stream: m.client_streaming(), name: m.input_type().to_owned() },
        output: Payload { stream: m.server_streaming(), name: m.output_type().to_owned() },
        options: Vec::new(),
    });
    Service { name: made.name().to_owned(), options: Vec::new(), methods: methods.collect() }
}
