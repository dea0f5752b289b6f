//! Makes a plan of descriptors.

use std::collections::{HashMap, HashSet};

use prost_reflect::{
    Cardinality, DescriptorPool, EnumDescriptor, ExtensionDescriptor, FieldDescriptor, MessageDescriptor, OneofDescriptor, Syntax, Value,
};

use super::{Enum, Field, Kind, Known, Label, Message, NULL_VALUE, Plan, Shape};
use crate::schema::{
    json::writer,
    protobuf::{
        compile::Compiled,
        lower::Features,
        scalars,
        wire::{WireType, write_tag},
    },
};

impl Plan {
    /// The plan of a schema.
    pub(in super::super) fn new(compiled: &Compiled) -> Self {
        let mut builder = Builder::new(&compiled.pool, &compiled.features);
        builder.find_ways(compiled.file.messages(), &[]);
        let own = compiled.file.name();
        let messages: Vec<_> = compiled.pool.all_messages().map(|m| builder.message(&m, own)).collect();
        let by_name = messages.iter().enumerate().map(|(i, m)| (m.name.clone(), i)).collect();
        let roots = compiled.file.messages().filter_map(|m| builder.messages.get(m.full_name()).copied()).collect();
        Self {
            package: compiled.file.package_name().into(),
            enums: compiled.pool.all_enums().map(|e| builder.enumeration(&e)).collect(),
            messages,
            by_name,
            roots,
        }
    }
}

struct Builder<'a> {
    messages: HashMap<String, usize>,
    enums: HashMap<String, usize>,
    /// Full names of messages that are the bodies of groups: they are no types of their own.
    groups: HashSet<String>,
    /// The way to each message of the schema itself, by full name.
    ways: HashMap<String, Vec<usize>>,
    features: &'a Features,
}

/// What fields and extensions have in common.
struct Declared<'a> {
    number: u32,
    /// The name in the schema, and the names in JSON, the one that is written first.
    name: String,
    members: Vec<String>,
    full_name: &'a str,
    kind: prost_reflect::Kind,
    group: bool,
    list: bool,
    map: bool,
    packed: bool,
    presence: bool,
    cardinality: Cardinality,
    label: Label,
    oneof: Option<OneofDescriptor>,
    default: Value,
    extension: bool,
}

impl<'a> Builder<'a> {
    fn new(pool: &DescriptorPool, features: &'a Features) -> Self {
        Self {
            messages: pool.all_messages().enumerate().map(|(i, m)| (m.full_name().to_owned(), i)).collect(),
            enums: pool.all_enums().enumerate().map(|(i, e)| (e.full_name().to_owned(), i)).collect(),
            groups: pool
                .all_messages()
                .flat_map(|m| m.fields().collect::<Vec<_>>())
                .filter(FieldDescriptor::is_group)
                .filter_map(|f| f.kind().as_message().map(|m| m.full_name().to_owned()))
                .collect(),
            ways: HashMap::new(),
            features,
        }
    }

    /// The messages that count among those that are declared in one place. Entries of maps and bodies of groups do not.
    fn counted(&self, messages: impl Iterator<Item = MessageDescriptor>) -> impl Iterator<Item = MessageDescriptor> {
        messages.filter(|m| !m.is_map_entry() && !self.groups.contains(m.full_name()))
    }

    /// Notes for messages that are declared in one place, and for those in them, the way to them: indexes, the outermost first.
    fn find_ways(&mut self, declared: impl Iterator<Item = MessageDescriptor>, way: &[usize]) {
        let counted: Vec<_> = self.counted(declared).collect();
        for (index, message) in counted.into_iter().enumerate() {
            let way = [way, &[index]].concat();
            self.find_ways(message.child_messages(), &way);
            self.ways.insert(message.full_name().to_owned(), way);
        }
    }

    fn message(&self, message: &MessageDescriptor, own: &str) -> Message {
        let oneofs: Vec<Box<str>> = message.oneofs().filter(|o| !o.is_synthetic()).map(|o| Box::from(o.name())).collect();
        let declared: Vec<_> = message.fields().collect();
        let extensions: Vec<_> = message.extensions().collect();
        let mut all: Vec<_> = declared.iter().map(of_field).chain(extensions.iter().map(of_extension)).collect();
        all.sort_by_key(|f| f.number);
        let places: HashMap<_, _> = oneofs.iter().enumerate().map(|(i, name)| (name.as_ref(), i)).collect();
        let fields: Vec<_> = all.iter().map(|f| self.field(f, &places)).collect();
        let mut by_name = HashMap::new();
        // The names that are written come first: they win if another field is declared with one of them.
        for at in 0..2 {
            for (i, field) in all.iter().enumerate() {
                if let Some(name) = field.members.get(at) {
                    by_name.entry(Box::from(name.as_str())).or_insert(i);
                }
            }
        }
        let required = all.iter().enumerate().filter(|(_, f)| f.cardinality == Cardinality::Required).map(|(i, _)| i).collect();
        Message {
            name: message.full_name().into(),
            path: self.ways.get(message.full_name()).cloned().unwrap_or_default(),
            nested: self.counted(message.child_messages()).filter_map(|m| self.messages.get(m.full_name()).copied()).collect(),
            own: message.parent_file().name() == own,
            known: Known::of(message.full_name()),
            shown: fields.iter().enumerate().filter(|(_, f)| f.absent.is_some() || f.label == Label::Required).map(|(i, _)| i).collect(),
            fields,
            by_name,
            required,
            oneofs,
        }
    }

    fn field(&self, field: &Declared<'_>, oneofs: &HashMap<&str, usize>) -> Field {
        let kind = self.kind(field);
        let packed = kind.is_packable() && (field.packed || self.features.packed.contains(field.full_name));
        let shape = if field.map {
            Shape::Map
        } else if field.list {
            Shape::Repeated { packed }
        } else if field.presence && !self.features.implicit.contains(field.full_name) || matches!(kind, Kind::Message(_) | Kind::Group(_)) {
            Shape::Explicit
        } else {
            Shape::Implicit
        };
        let oneof = field.oneof.as_ref().and_then(|o| oneofs.get(o.name()).copied());
        let wire = match shape {
            Shape::Map | Shape::Repeated { packed: true } => WireType::Delimited,
            Shape::Implicit | Shape::Explicit | Shape::Repeated { packed: false } => wire_type(kind),
        };
        let mut tag = Vec::new();
        write_tag(&mut tag, field.number, wire);
        let mut member = Vec::new();
        writer::string(&mut member, field.members.first().map_or("", String::as_str));
        member.push(b':');
        Field {
            number: field.number,
            name: field.name.as_str().into(),
            member: member.into(),
            tag: tag.into(),
            kind,
            shape,
            label: field.label,
            oneof,
            absent: self.absent(field, kind, shape),
        }
    }

    fn kind(&self, field: &Declared<'_>) -> Kind {
        use prost_reflect::Kind as Of;
        match &field.kind {
            Of::Double => Kind::Double,
            Of::Float => Kind::Float,
            Of::Int32 => Kind::Int32,
            Of::Int64 => Kind::Int64,
            Of::Uint32 => Kind::Uint32,
            Of::Uint64 => Kind::Uint64,
            Of::Sint32 => Kind::Sint32,
            Of::Sint64 => Kind::Sint64,
            Of::Fixed32 => Kind::Fixed32,
            Of::Fixed64 => Kind::Fixed64,
            Of::Sfixed32 => Kind::Sfixed32,
            Of::Sfixed64 => Kind::Sfixed64,
            Of::Bool => Kind::Bool,
            Of::String => Kind::String,
            Of::Bytes => Kind::Bytes,
            // Every type of the pool has an index.
            Of::Enum(e) => Kind::Enum(self.enums.get(e.full_name()).copied().unwrap_or(usize::MAX)),
            Of::Message(m) => {
                let index = self.messages.get(m.full_name()).copied().unwrap_or(usize::MAX);
                let delimited = field.group || !field.map && self.features.delimited.contains(field.full_name);
                if delimited { Kind::Group(index) } else { Kind::Message(index) }
            }
        }
    }

    /// Fields that are not there are shown with their default, except messages, members of oneofs, what is `optional` in proto3
    /// (which descriptors keep in a oneof of its own), and extensions.
    fn absent(&self, field: &Declared<'_>, kind: Kind, shape: Shape) -> Option<Box<[u8]>> {
        let shown = match shape {
            Shape::Map => return Some(Box::from(&b"{}"[..])),
            Shape::Repeated { .. } if !field.extension => return Some(Box::from(&b"[]"[..])),
            Shape::Repeated { .. } => false,
            Shape::Implicit | Shape::Explicit => {
                !field.extension && field.oneof.is_none() && !self.features.explicit.contains(field.full_name)
            }
        };
        if !shown {
            return None;
        }
        let mut out = Vec::new();
        match (&field.default, &field.kind) {
            (Value::EnumNumber(_), prost_reflect::Kind::Enum(e)) if e.full_name() == NULL_VALUE => out.extend_from_slice(b"null"),
            (Value::EnumNumber(n), prost_reflect::Kind::Enum(e)) => match e.get_value(*n) {
                Some(value) => writer::string(&mut out, value.name()),
                None => writer::integer(&mut out, *n),
            },
            (Value::Bool(b), _) => out.extend_from_slice(if *b { b"true" } else { b"false" }),
            (Value::I32(n), _) => writer::integer(&mut out, *n),
            (Value::U32(n), _) => writer::integer(&mut out, *n),
            (Value::I64(n), _) => scalars::write_long(&mut out, *n),
            (Value::U64(n), _) => scalars::write_long(&mut out, *n),
            (Value::F32(n), _) => writer::single(&mut out, *n),
            (Value::F64(n), _) => writer::double(&mut out, *n),
            (Value::String(s), _) => writer::string(&mut out, s),
            (Value::Bytes(b), _) => scalars::write_base64(&mut out, b),
            (Value::EnumNumber(_) | Value::Message(_) | Value::List(_) | Value::Map(_), _) => {}
        }
        if matches!(kind, Kind::Message(_) | Kind::Group(_)) { None } else { Some(out.into()) }
    }

    fn enumeration(&self, made: &EnumDescriptor) -> Enum {
        let mut names = HashMap::new();
        for value in made.values() {
            let mut quoted = Vec::new();
            writer::string(&mut quoted, value.name());
            names.entry(value.number()).or_insert_with(|| String::from_utf8_lossy(&quoted).into());
        }
        Enum {
            name: made.full_name().into(),
            open: made.parent_file().syntax() == Syntax::Proto3 || self.features.open.contains(made.full_name()),
            numbers: made.values().map(|v| (Box::from(v.name()), v.number())).collect(),
            names,
        }
    }
}

fn of_field(field: &FieldDescriptor) -> Declared<'_> {
    let raw = field.field_descriptor_proto();
    let oneof = field.containing_oneof();
    let plain =
        field.parent_file().syntax() == Syntax::Proto3 && !raw.proto3_optional() || oneof.as_ref().is_some_and(|o| !o.is_synthetic());
    Declared {
        number: field.number(),
        name: field.name().to_owned(),
        members: vec![field.json_name().to_owned(), field.name().to_owned()],
        full_name: field.full_name(),
        kind: field.kind(),
        group: field.is_group(),
        list: field.is_list(),
        map: field.is_map(),
        packed: raw.options.as_ref().and_then(|o| o.packed).unwrap_or_else(|| field.is_packed()),
        presence: field.supports_presence(),
        cardinality: field.cardinality(),
        label: match field.cardinality() {
            Cardinality::Repeated => Label::Repeated,
            Cardinality::Required => Label::Required,
            Cardinality::Optional if plain => Label::Plain,
            Cardinality::Optional => Label::Optional,
        },
        oneof,
        default: field.default_value(),
        extension: false,
    }
}

fn of_extension(field: &ExtensionDescriptor) -> Declared<'_> {
    let name = format!("[{}]", field.full_name());
    Declared {
        number: field.number(),
        name: name.clone(),
        members: vec![name],
        full_name: field.full_name(),
        kind: field.kind(),
        group: field.is_group(),
        list: field.is_list(),
        map: field.is_map(),
        packed: field.is_packed(),
        presence: true,
        cardinality: field.cardinality(),
        label: if field.cardinality() == Cardinality::Repeated { Label::Repeated } else { Label::Optional },
        oneof: None,
        default: field.default_value(),
        extension: true,
    }
}

fn wire_type(kind: Kind) -> WireType {
    match kind {
        Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => WireType::Fixed64,
        Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => WireType::Fixed32,
        Kind::String | Kind::Bytes | Kind::Message(_) => WireType::Delimited,
        Kind::Group(_) => WireType::Group,
        Kind::Int32 | Kind::Int64 | Kind::Uint32 | Kind::Uint64 | Kind::Sint32 | Kind::Sint64 | Kind::Bool | Kind::Enum(_) => {
            WireType::Varint
        }
    }
}
