//! Why a request is refused: one list, with the code and the words that clients of Schema Registry know.
//!
//! Knows nothing of HTTP but that a code begins with a status. Start with [`Refusal::code`].

use std::fmt;

use super::{name::Subject, store::Selected};

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The request cannot be read, for this reason.
    Unreadable(String),
    /// There is nothing at the path.
    NoPath,
    /// The path has other methods, which these are.
    Method(String),
    /// The client takes no media type that there is.
    NotAcceptable,
    /// The body did not come in time.
    Slow,
    /// The body is longer than so many bytes.
    TooLong(usize),
    /// The body has a media type that is not read.
    MediaType,
    /// The operation needs a body; its name and place in the reference's words.
    NoBody(&'static str),
    /// The subject is not there.
    NoSubject(Subject),
    /// The subject has no such version.
    NoVersion(Selected),
    /// No such schema in the subject, or no subject with that id.
    NoSchema,
    /// No schema has the id.
    NoId(i32),
    /// The subject is deleted already, and can only be deleted for good.
    SubjectDeleted(Subject),
    /// The subject must be deleted before it is deleted for good.
    SubjectNotDeleted(Subject),
    /// The version is deleted already, and can only be deleted for good.
    VersionDeleted(Subject, i32),
    /// The version must be deleted before it is deleted for good.
    VersionNotDeleted(Subject, i32),
    /// The subject has no config of its own.
    NoConfig(Subject),
    /// The subject has no mode of its own.
    NoMode(Subject),
    /// The schema does not go with earlier ones; what the check says.
    Incompatible(Subject, Vec<String>),
    /// The schema cannot be registered; the whole sentence.
    InvalidSchema(String),
    /// No version is called so.
    InvalidVersion(String),
    /// No compatibility level is called so.
    InvalidLevel,
    /// No mode is called so.
    InvalidMode,
    /// The mode is for the whole registry.
    GlobalMode,
    /// The mode forbids it; the whole sentence.
    NotPermitted(String),
    /// Other schemas refer to the version.
    Referenced(Subject, i32),
    /// This cannot be a subject's name.
    InvalidSubject(Subject),
    /// A limit of the embedded registry is reached; the whole sentence.
    Full(String),
}

impl Refusal {
    /// The code in the answer's body. Codes of five digits begin with the status; the others are one.
    pub fn code(&self) -> u32 {
        match self {
            Self::Unreadable(_) => 400,
            Self::NoPath => 404,
            Self::Method(_) => 405,
            Self::NotAcceptable => 406,
            Self::Slow => 408,
            Self::TooLong(_) => 413,
            Self::MediaType => 415,
            Self::NoBody(_) => 422,
            Self::NoSubject(_) => 40401,
            Self::NoVersion(_) => 40402,
            Self::NoSchema | Self::NoId(_) => 40403,
            Self::SubjectDeleted(_) => 40404,
            Self::SubjectNotDeleted(_) => 40405,
            Self::VersionDeleted(..) => 40406,
            Self::VersionNotDeleted(..) => 40407,
            Self::NoConfig(_) => 40408,
            Self::NoMode(_) => 40409,
            Self::Incompatible(..) => 409,
            Self::InvalidSchema(_) => 42201,
            Self::InvalidVersion(_) => 42202,
            Self::InvalidLevel => 42203,
            Self::InvalidMode | Self::GlobalMode => 42204,
            Self::NotPermitted(_) => 42205,
            Self::Referenced(..) => 42206,
            Self::InvalidSubject(_) => 42208,
            Self::Full(_) => 42209,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(reason) | Self::InvalidSchema(reason) | Self::NotPermitted(reason) | Self::Full(reason) => f.write_str(reason),
            Self::NoPath => f.write_str("HTTP 404 Not Found"),
            Self::Method(_) => f.write_str("HTTP 405 Method Not Allowed"),
            Self::NotAcceptable => f.write_str("HTTP 406 Not Acceptable"),
            Self::Slow => f.write_str("the body did not come in time"),
            Self::TooLong(most) => write!(f, "the body is longer than {most} bytes"),
            Self::MediaType => f.write_str("HTTP 415 Unsupported Media Type"),
            Self::NoBody(argument) => write!(f, "{argument} must not be null (was null)"),
            Self::NoSubject(subject) => write!(f, "Subject '{subject}' not found."),
            Self::NoVersion(version) => write!(f, "Version {version} not found."),
            Self::NoSchema => f.write_str("Schema not found"),
            Self::NoId(id) => write!(f, "Schema {id} not found"),
            Self::SubjectDeleted(subject) => {
                write!(f, "Subject '{subject}' was soft deleted.Set permanent=true to delete permanently")
            }
            Self::SubjectNotDeleted(subject) => write!(f, "Subject '{subject}' was not deleted first before being permanently deleted"),
            Self::VersionDeleted(subject, version) => {
                write!(f, "Subject '{subject}' Version {version} was soft deleted.Set permanent=true to delete permanently")
            }
            Self::VersionNotDeleted(subject, version) => {
                write!(f, "Subject '{subject}' Version {version} was not deleted first before being permanently deleted")
            }
            Self::NoConfig(subject) => write!(f, "Subject '{subject}' does not have subject-level compatibility configured"),
            Self::NoMode(subject) => write!(f, "Subject '{subject}' does not have subject-level mode configured"),
            Self::Incompatible(subject, messages) => {
                let details = messages.join(", ");
                write!(f, "Schema being registered is incompatible with an earlier schema for subject \"{subject}\", details: [{details}]")
            }
            Self::InvalidVersion(text) => write!(
                f,
                "The specified version '{text}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string \"latest\""
            ),
            Self::InvalidLevel => f.write_str(
                "Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, forward_transitive, \
                 and full_transitive",
            ),
            Self::InvalidMode => f.write_str("Invalid mode. Valid values are READWRITE, READONLY, IMPORT and FORWARD."),
            Self::GlobalMode => f.write_str("Forward mode only supported on global level"),
            Self::Referenced(subject, version) => {
                write!(f, "One or more references exist to the schema {{magic=1,keytype=SCHEMA,subject={subject},version={version}}}.")
            }
            Self::InvalidSubject(subject) => write!(f, "The specified subject '{subject}' is not a valid."),
        }
    }
}
