//! A `.proto` text as a tree that keeps what its writer wrote: order, spelling of types, options that nothing declares.
//!
//! Descriptors cannot stand for a text: they resolve names, spread groups and maps over several places and refuse options that
//! nobody has declared. A registry keeps such texts, and prints all of them in one layout. The tree knows grammar only; whether
//! types exist is asked in `compile.rs`. Start with [`parse`]; [`File`]'s `Display` is the layout.

mod described;
mod extensions;
mod lexer;
mod normal;
mod parser;
mod printer;
mod reader;
mod values;

pub(super) use described::described;
pub(super) use normal::{SCALARS, join};
pub(super) use parser::parse;
pub(super) use reader::MAX_NUMBER;

/// How deep messages, and values of options, may nest. Far more than anybody writes, and little for a stack.
pub(super) const MAX_NESTING: usize = 64;

/// A whole text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct File {
    pub(super) syntax: Option<Syntax>,
    pub(super) package: Option<String>,
    pub(super) imports: Vec<Import>,
    pub(super) options: Vec<Setting>,
    pub(super) messages: Vec<Message>,
    pub(super) enums: Vec<Enum>,
    pub(super) extends: Vec<Extend>,
    pub(super) services: Vec<Service>,
}

/// The first line of a text. Without one it is proto2.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Syntax {
    Proto2,
    Proto3,
    /// `edition = "2023";`
    Edition(String),
}

/// `import public "a.proto";`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Import {
    pub(super) strength: Strength,
    pub(super) path: String,
}

/// In the order in which they are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    Plain,
    Weak,
    Public,
}

/// What protobuf calls an option: `java_package = "x"`, `(my.opt).part = 5`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Setting {
    pub(super) name: String,
    pub(super) value: Value,
}

impl Setting {
    /// True if its name is one that somebody has to declare.
    pub(super) fn is_extension(&self) -> bool {
        self.name.starts_with('(')
    }
}

/// The value of an option.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Also `true`, `inf` and names of enum values.
    Word(String),
    Number(String),
    Text(Vec<u8>),
    Members(Vec<(String, Value)>),
    List(Vec<Value>),
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Message {
    pub(super) name: String,
    pub(super) reserved: Vec<Reserved>,
    pub(super) options: Vec<Setting>,
    pub(super) fields: Vec<Field>,
    pub(super) oneofs: Vec<Oneof>,
    pub(super) groups: Vec<Group>,
    pub(super) extensions: Vec<Extensions>,
    pub(super) messages: Vec<Message>,
    pub(super) enums: Vec<Enum>,
    pub(super) extends: Vec<Extend>,
}

/// One `reserved` line.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reserved {
    Numbers(Vec<Range>),
    Names(Vec<String>),
}

/// Both ends are in it; no end is `max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Range {
    pub(super) start: i32,
    pub(super) end: Option<i32>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Extensions {
    pub(super) ranges: Vec<Range>,
    pub(super) options: Vec<Setting>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) label: Option<Label>,
    pub(super) kind: Type,
    pub(super) name: String,
    pub(super) number: i32,
    pub(super) options: FieldSettings,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    Optional,
    Required,
    Repeated,
}

/// A type as it is written, perhaps relative to where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Type {
    Named(String),
    Map(String, String),
}

/// Options of a field. Two of them are no options but parts of the field, and are printed last.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct FieldSettings {
    pub(super) options: Vec<Setting>,
    pub(super) default: Option<Value>,
    pub(super) json_name: Option<Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    pub(super) label: Option<Label>,
    pub(super) number: i32,
    pub(super) options: Vec<Setting>,
    /// Has the group's name.
    pub(super) body: Message,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Oneof {
    pub(super) name: String,
    pub(super) options: Vec<Setting>,
    pub(super) fields: Vec<Field>,
    pub(super) groups: Vec<Group>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Enum {
    pub(super) name: String,
    pub(super) reserved: Vec<Reserved>,
    pub(super) options: Vec<Setting>,
    pub(super) values: Vec<EnumValue>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct EnumValue {
    pub(super) name: String,
    pub(super) number: i32,
    pub(super) options: Vec<Setting>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Extend {
    /// The message that is extended, as it is written.
    pub(super) name: String,
    pub(super) fields: Vec<Field>,
    pub(super) groups: Vec<Group>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) options: Vec<Setting>,
    pub(super) methods: Vec<Method>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Method {
    pub(super) name: String,
    pub(super) input: Payload,
    pub(super) output: Payload,
    pub(super) options: Vec<Setting>,
}

/// `stream M`
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Payload {
    pub(super) stream: bool,
    pub(super) name: String,
}
