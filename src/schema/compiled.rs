//! A schema of any kind, read once and ready for use: what the registry and the services do with schemas whatever their kind.
//!
//! Must not decide anything itself; each function asks the schema's own module. Start with [`Compiled::parse`].

use super::{
    avro::{self, Form},
    json_schema,
    kind::{Incompatibility, Invalid, Kind, Mismatch, Reference},
    protobuf,
};

/// A schema that has been read. Reading does all the work; using it does none of it again.
pub enum Compiled {
    /// Apache Avro.
    Avro(avro::Schema),
    /// JSON Schema.
    Json(json_schema::Schema),
    /// Protocol Buffers.
    Protobuf(protobuf::Schema),
}

/// How a schema's text is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// As it is kept.
    Kept,
    /// Avro: with the schemas that it refers to in their places.
    Resolved,
    /// Protobuf: without custom options and extensions.
    WithoutExtensions,
    /// Protobuf: the descriptor of the file, in base64.
    Serialized,
}

impl Compiled {
    /// Reads a schema. What it refers to is given in full: transitively, dependencies first.
    ///
    /// # Errors
    /// If the text is no schema of that kind, or names something that is not there.
    pub fn parse(kind: Kind, text: &str, references: &[Reference]) -> Result<Self, Invalid> {
        match kind {
            Kind::Avro => avro::Schema::parse(text, references).map(Self::Avro),
            Kind::Json => json_schema::Schema::parse(text, references).map(Self::Json),
            Kind::Protobuf => protobuf::Schema::parse(text, references).map(Self::Protobuf),
        }
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Avro(_) => Kind::Avro,
            Self::Json(_) => Kind::Json,
            Self::Protobuf(_) => Kind::Protobuf,
        }
    }

    /// The full name of what it describes, for subjects that are called after records: a record, a message; of JSON the title.
    pub fn name(&self) -> Option<String> {
        match self {
            Self::Avro(schema) => schema.name(),
            Self::Json(schema) => schema.name(),
            Self::Protobuf(schema) => schema.name(),
        }
    }

    /// The text that a registry keeps.
    pub fn canonical(&self) -> String {
        match self {
            Self::Avro(schema) => schema.canonical(),
            Self::Json(schema) => schema.canonical(),
            Self::Protobuf(schema) => schema.canonical(),
        }
    }

    /// The text that a registry keeps where it was asked to make one of schemas that differ in order only.
    pub fn normalized(&self) -> String {
        match self {
            Self::Avro(schema) => schema.normalized(),
            Self::Json(schema) => schema.normalized(),
            Self::Protobuf(schema) => schema.normalized(),
        }
    }

    /// Checks what a schema may get wrong without being none: whether Avro's defaults fit their types.
    ///
    /// # Errors
    /// If one does not.
    pub fn check_defaults(&self) -> Result<(), Invalid> {
        match self {
            Self::Avro(schema) => schema.check_defaults(),
            Self::Json(_) | Self::Protobuf(_) => Ok(()),
        }
    }

    /// The text in another form. Forms that the kind does not have show the text as it is kept: `None`.
    pub fn shown(&self, form: Shown) -> Option<String> {
        match (self, form) {
            (Self::Avro(schema), Shown::Resolved) => Some(schema.resolved()),
            (Self::Protobuf(schema), Shown::WithoutExtensions) => Some(schema.without_extensions()),
            (Self::Protobuf(schema), Shown::Serialized) => Some(schema.serialized()),
            (Self::Avro(_) | Self::Json(_) | Self::Protobuf(_), _) => None,
        }
    }

    /// True if both are one schema to a subject: the same meaning, perhaps another text.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Avro(one), Self::Avro(other)) => one.same(other),
            (Self::Json(one), Self::Json(other)) => one.same(other),
            (Self::Protobuf(one), Self::Protobuf(other)) => one.same(other),
            (Self::Avro(_) | Self::Json(_) | Self::Protobuf(_), _) => false,
        }
    }

    /// Why this schema cannot read what was written with `written`; empty if it can. `None` if they are of different kinds, which no
    /// rule compares.
    pub fn incompatibilities(&self, written: &Self) -> Option<Vec<Incompatibility>> {
        match (self, written) {
            (Self::Avro(reader), Self::Avro(writer)) => Some(reader.incompatibilities(writer)),
            (Self::Json(reader), Self::Json(writer)) => Some(reader.incompatibilities(writer)),
            (Self::Protobuf(reader), Self::Protobuf(writer)) => Some(reader.incompatibilities(writer)),
            (Self::Avro(_) | Self::Json(_) | Self::Protobuf(_), _) => None,
        }
    }

    /// Appends the datum that a JSON text stands for, without the frame that names the schema. `message` is the message of a Protobuf
    /// file, its first if `None`; `form` is how JSON stands for Avro's unions. Other kinds do not look at them.
    ///
    /// # Errors
    /// If the text is no JSON, or does not fit the schema; `out` may then hold a part of the datum.
    pub fn encode(&self, json: &[u8], message: Option<&str>, form: Form, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        match self {
            Self::Avro(schema) => schema.encode(json, out, form),
            Self::Json(schema) => schema.encode(json, out),
            Self::Protobuf(schema) => schema.encode(json, message, out),
        }
    }

    /// Appends what stands before a datum that is encoded already: of Protobuf the place of the message in its file.
    ///
    /// # Errors
    /// If a Protobuf file has no such message.
    pub fn begin(&self, message: Option<&str>, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        match self {
            Self::Avro(_) | Self::Json(_) => Ok(()),
            Self::Protobuf(schema) => schema.begin(message, out),
        }
    }

    /// Appends the JSON text of a datum, which stands without its frame.
    ///
    /// # Errors
    /// If the datum does not fit the schema; `out` may then hold a part of the text.
    pub fn decode(&self, datum: &[u8], form: Form, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        match self {
            Self::Avro(schema) => schema.decode(datum, out, form),
            Self::Json(schema) => schema.decode(datum, out),
            Self::Protobuf(schema) => schema.decode(datum, out),
        }
    }
}
