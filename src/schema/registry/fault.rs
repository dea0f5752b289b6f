//! Why the registry did not give what it was asked for.

use crate::schema::kind::Invalid;

/// What went wrong, with a text that may go to clients: it has no credentials in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The registry refused, with the text and the `error_code` that it gave.
    #[error("{message}; error code: {code}")]
    Refused {
        /// Its HTTP status.
        status: u16,
        /// Its `error_code`.
        code: i32,
        /// What it said.
        message: String,
    },
    /// No URL answered, or those that did have trouble of their own.
    #[error("Schema Registry does not answer: {0}")]
    Unreachable(String),
    /// What it answered cannot be used: it is no answer of a registry, or a schema that cannot be parsed here.
    #[error("{0}")]
    Unusable(String),
    /// The caller's time was over first.
    #[error("the request's time was over before Schema Registry answered")]
    Late,
}

impl Fault {
    /// True if the registry says that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }

    /// True if the same request may succeed later.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Late => true,
            Self::Refused { .. } | Self::Unusable(_) => false,
        }
    }

    /// What the registry says of a subject that it does not have.
    pub(super) fn no_subject(subject: &str) -> Self {
        Self::Refused { status: 404, code: 40401, message: format!("Subject '{subject}' not found.") }
    }
}

impl From<Invalid> for Fault {
    fn from(invalid: Invalid) -> Self {
        Self::Unusable(format!("the schema cannot be used: {invalid}"))
    }
}
