//! A tree as a `FileDescriptorProto`, with types as they are written and without what needs an extension.

use base64::{Engine, engine::general_purpose::STANDARD};
use prost::Message as _;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumOptions, EnumValueDescriptorProto, EnumValueOptions, FieldDescriptorProto, FieldOptions,
    FileDescriptorProto, FileOptions, MessageOptions, MethodDescriptorProto, OneofDescriptorProto, ServiceDescriptorProto,
    descriptor_proto::{ExtensionRange, ReservedRange},
    enum_descriptor_proto::EnumReservedRange,
    field_descriptor_proto::{Label as OfLabel, Type as OfType},
};

use super::text::{
    Enum, Field, File, Group, Label, MAX_NUMBER, Message, Payload, Range, Reserved, SCALARS, Service, Setting, Strength, Syntax, Type,
    Value,
};

/// The name that the registry's answers have for a file.
const NAME: &str = "default";

/// The descriptor in base64.
pub(super) fn serialized(tree: &File) -> String {
    STANDARD.encode(descriptor(tree).encode_to_vec())
}

fn descriptor(tree: &File) -> FileDescriptorProto {
    let proto3 = tree.syntax == Some(Syntax::Proto3);
    let numbers = |strength| {
        let numbered = tree.imports.iter().zip(0..);
        numbered.filter(move |(i, _)| i.strength == strength).map(|(_, n)| n).collect()
    };
    FileDescriptorProto {
        name: Some(NAME.to_owned()),
        package: tree.package.clone(),
        dependency: tree.imports.iter().map(|i| i.path.clone()).collect(),
        public_dependency: numbers(Strength::Public),
        weak_dependency: numbers(Strength::Weak),
        message_type: tree.messages.iter().map(|m| message(m, proto3)).collect(),
        enum_type: tree.enums.iter().map(enumeration).collect(),
        service: tree.services.iter().map(service).collect(),
        extension: tree.extends.iter().flat_map(|e| e.fields.iter().map(|f| extension(f, &e.name))).collect(),
        options: file_options(&tree.options),
        source_code_info: None,
        syntax: match &tree.syntax {
            None | Some(Syntax::Proto2) => None,
            Some(Syntax::Proto3) => Some("proto3".to_owned()),
            Some(Syntax::Edition(_)) => Some("editions".to_owned()),
        },
    }
}

/// The text of an option, whatever type it has; nothing if it is not given.
fn text(options: &[Setting], name: &str) -> Option<String> {
    options.iter().find(|o| o.name == name).map(|o| match &o.value {
        Value::Word(text) | Value::Number(text) => text.clone(),
        Value::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        value @ (Value::Members(_) | Value::List(_)) => value.to_string(),
    })
}

fn flag(options: &[Setting], name: &str) -> Option<bool> {
    text(options, name).map(|t| t == "true")
}

fn file_options(options: &[Setting]) -> Option<FileOptions> {
    let made = FileOptions {
        java_package: text(options, "java_package"),
        java_outer_classname: text(options, "java_outer_classname"),
        java_multiple_files: flag(options, "java_multiple_files"),
        go_package: text(options, "go_package"),
        csharp_namespace: text(options, "csharp_namespace"),
        objc_class_prefix: text(options, "objc_class_prefix"),
        swift_prefix: text(options, "swift_prefix"),
        php_namespace: text(options, "php_namespace"),
        ruby_package: text(options, "ruby_package"),
        cc_enable_arenas: flag(options, "cc_enable_arenas"),
        deprecated: flag(options, "deprecated"),
        ..FileOptions::default()
    };
    (made != FileOptions::default()).then_some(made)
}

fn message(tree: &Message, proto3: bool) -> DescriptorProto {
    let mut made = DescriptorProto {
        name: Some(tree.name.clone()),
        nested_type: tree.messages.iter().map(|m| message(m, proto3)).collect(),
        enum_type: tree.enums.iter().map(enumeration).collect(),
        extension: tree.extends.iter().flat_map(|e| e.fields.iter().map(|f| extension(f, &e.name))).collect(),
        ..DescriptorProto::default()
    };
    for field in &tree.fields {
        add_field(&mut made, field, None);
    }
    for group in &tree.groups {
        add_group(&mut made, group, proto3, None);
    }
    for oneof in &tree.oneofs {
        let index = i32::try_from(made.oneof_decl.len()).ok();
        made.oneof_decl.push(OneofDescriptorProto { name: Some(oneof.name.clone()), options: None });
        oneof.fields.iter().for_each(|f| add_field(&mut made, f, index));
        oneof.groups.iter().for_each(|g| add_group(&mut made, g, proto3, index));
    }
    // What is optional in proto3 stands in a oneof of its own, and these come last.
    for field in tree.fields.iter().filter(|f| proto3 && f.label == Some(Label::Optional)) {
        let index = i32::try_from(made.oneof_decl.len()).ok();
        made.oneof_decl.push(OneofDescriptorProto { name: Some(format!("_{}", field.name)), options: None });
        for optional in made.field.iter_mut().filter(|f| f.number == Some(field.number)) {
            optional.proto3_optional = Some(true);
            optional.oneof_index = index;
        }
    }
    for extensions in &tree.extensions {
        let ranges = extensions.ranges.iter();
        made.extension_range.extend(ranges.map(|r| ExtensionRange { start: Some(r.start), end: Some(after(r)), options: None }));
    }
    for reserved in &tree.reserved {
        match reserved {
            Reserved::Numbers(ranges) => {
                made.reserved_range.extend(ranges.iter().map(|r| ReservedRange { start: Some(r.start), end: Some(after(r)) }));
            }
            Reserved::Names(names) => made.reserved_name.extend(names.iter().cloned()),
        }
    }
    let options = MessageOptions { deprecated: flag(&tree.options, "deprecated"), ..MessageOptions::default() };
    made.options = (options != MessageOptions::default()).then_some(options);
    made
}

/// Descriptors have the first number that is not in a range any more.
fn after(range: &Range) -> i32 {
    range.end.unwrap_or(MAX_NUMBER).saturating_add(1)
}

fn add_field(message: &mut DescriptorProto, field: &Field, oneof: Option<i32>) {
    let mut made = plain_field(field);
    made.oneof_index = oneof;
    if let Type::Map(key, value) = &field.kind {
        let entry = entry_of(&field.name);
        message.nested_type.push(DescriptorProto {
            name: Some(entry.clone()),
            field: vec![member("key", 1, key), member("value", 2, value)],
            options: Some(MessageOptions { map_entry: Some(true), ..MessageOptions::default() }),
            ..DescriptorProto::default()
        });
        made.label = Some(OfLabel::Repeated.into());
        made.type_name = Some(entry);
        made.r#type = Some(OfType::Message.into());
    }
    message.field.push(made);
}

fn add_group(outer: &mut DescriptorProto, group: &Group, proto3: bool, oneof: Option<i32>) {
    let mut made = member(&group.body.name.to_lowercase(), group.number, &group.body.name);
    made.r#type = Some(OfType::Group.into());
    made.label = group.label.map(|l| label(l).into());
    made.oneof_index = oneof;
    outer.field.push(made);
    outer.nested_type.push(message(&group.body, proto3));
}

/// The name of the type that the entries of a map have: `my_map` → `MyMapEntry`.
fn entry_of(name: &str) -> String {
    let parts = name.split('_').map(|part| {
        let mut letters = part.chars();
        letters.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    });
    parts.chain(["Entry".to_owned()]).collect()
}

fn label(label: Label) -> OfLabel {
    match label {
        Label::Optional => OfLabel::Optional,
        Label::Required => OfLabel::Required,
        Label::Repeated => OfLabel::Repeated,
    }
}

fn member(name: &str, number: i32, kind: &str) -> FieldDescriptorProto {
    let scalar = if SCALARS.contains(&kind) { OfType::from_str_name(&format!("TYPE_{}", kind.to_uppercase())) } else { None };
    FieldDescriptorProto {
        name: Some(name.to_owned()),
        number: Some(number),
        r#type: scalar.map(i32::from),
        type_name: if scalar.is_some() { None } else { Some(kind.to_owned()) },
        ..FieldDescriptorProto::default()
    }
}

fn plain_field(field: &Field) -> FieldDescriptorProto {
    let kind = match &field.kind {
        Type::Named(name) => name.as_str(),
        Type::Map(_, value) => value.as_str(),
    };
    let mut made = member(&field.name, field.number, kind);
    made.label = field.label.map(|l| label(l).into());
    made.json_name = field.options.json_name.as_ref().map(|n| String::from_utf8_lossy(n).into_owned());
    made.default_value = field.options.default.clone().and_then(|value| text(&[Setting { name: "default".to_owned(), value }], "default"));
    let options = FieldOptions {
        packed: flag(&field.options.options, "packed"),
        deprecated: flag(&field.options.options, "deprecated"),
        ..FieldOptions::default()
    };
    made.options = (options != FieldOptions::default()).then_some(options);
    made
}

fn extension(field: &Field, extendee: &str) -> FieldDescriptorProto {
    FieldDescriptorProto { extendee: Some(extendee.to_owned()), ..plain_field(field) }
}

fn enumeration(tree: &Enum) -> EnumDescriptorProto {
    let mut made = EnumDescriptorProto { name: Some(tree.name.clone()), ..EnumDescriptorProto::default() };
    for value in &tree.values {
        let options = EnumValueOptions { deprecated: flag(&value.options, "deprecated"), ..EnumValueOptions::default() };
        made.value.push(EnumValueDescriptorProto {
            name: Some(value.name.clone()),
            number: Some(value.number),
            options: (options != EnumValueOptions::default()).then_some(options),
        });
    }
    for reserved in &tree.reserved {
        match reserved {
            // Unlike those of messages, ranges of enums hold their end.
            Reserved::Numbers(ranges) => made
                .reserved_range
                .extend(ranges.iter().map(|r| EnumReservedRange { start: Some(r.start), end: Some(r.end.unwrap_or(i32::MAX)) })),
            Reserved::Names(names) => made.reserved_name.extend(names.iter().cloned()),
        }
    }
    let options = EnumOptions {
        allow_alias: flag(&tree.options, "allow_alias"),
        deprecated: flag(&tree.options, "deprecated"),
        ..EnumOptions::default()
    };
    made.options = (options != EnumOptions::default()).then_some(options);
    made
}

fn service(tree: &Service) -> ServiceDescriptorProto {
    let streams = |payload: &Payload| payload.stream.then_some(true);
    let methods = tree.methods.iter().map(|m| MethodDescriptorProto {
        name: Some(m.name.clone()),
        input_type: Some(m.input.name.clone()),
        output_type: Some(m.output.name.clone()),
        options: None,
        client_streaming: streams(&m.input),
        server_streaming: streams(&m.output),
    });
    ServiceDescriptorProto { name: Some(tree.name.clone()), method: methods.collect(), options: None }
}
