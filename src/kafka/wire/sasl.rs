//! SASL by librdkafka's `sasl.*` properties: who asks.
//!
//! [`Sasl`] holds what is needed to authenticate; each connection makes a [`Conversation`] of its own, which knows no sockets.

#[cfg(feature = "ssl")]
mod oauth;
#[cfg(feature = "ssl")]
mod scram;

use std::marker::PhantomData;

use bytes::Bytes;

use super::access::{Properties, refused};
use crate::error::{Code, Error, Result};

/// How to authenticate.
pub(super) enum Sasl {
    Plain {
        user: String,
        password: String,
    },
    #[cfg(feature = "ssl")]
    Scram(scram::Scram),
    #[cfg(feature = "ssl")]
    OAuth(oauth::Token),
    /// A mechanism that only librdkafka has: what needs an own connection does not work, the rest does.
    OnlyNative(String),
}

/// What a mechanism says next.
pub(super) enum Step {
    /// This, and the server is expected to answer.
    Say(Bytes),
    /// Nothing: the server has said all that is needed.
    Done,
}

/// One authentication.
pub(super) enum Conversation<'a> {
    /// All is said at once; what the server answers to it means that it refuses.
    Once(PhantomData<&'a Sasl>),
    #[cfg(feature = "ssl")]
    Scram(scram::Exchange<'a>),
}

impl Sasl {
    /// Reads the settings.
    ///
    /// # Errors
    /// [`Code::BadRequest`] naming a property that is absent or cannot be understood.
    pub(super) fn new(of: Properties<'_>) -> Result<Self> {
        let name = "sasl.mechanisms";
        let mechanism = of.text(name).or_else(|| of.text("sasl.mechanism")).unwrap_or("GSSAPI");
        let needed = |name: &str| of.text(name).map(str::to_owned).ok_or_else(|| refused(name, format!("{mechanism} needs it")));
        match mechanism {
            "PLAIN" => Ok(Self::Plain { user: needed("sasl.username")?, password: needed("sasl.password")? }),
            #[cfg(feature = "ssl")]
            "SCRAM-SHA-256" | "SCRAM-SHA-512" => {
                Ok(Self::Scram(scram::Scram::new(mechanism == "SCRAM-SHA-512", needed("sasl.username")?, needed("sasl.password")?)))
            }
            #[cfg(feature = "ssl")]
            "OAUTHBEARER" if of.flag("enable.sasl.oauthbearer.unsecure.jwt")?.unwrap_or(false) => Ok(Self::OAuth(oauth::Token::new(of)?)),
            "GSSAPI" | "OAUTHBEARER" => Ok(Self::OnlyNative(mechanism.to_owned())),
            other => Err(refused(name, format!("\"{other}\" is no mechanism that the gateway has"))),
        }
    }

    /// The mechanism's name, as brokers know it.
    pub(super) fn mechanism(&self) -> &str {
        match self {
            Self::Plain { .. } => "PLAIN",
            #[cfg(feature = "ssl")]
            Self::Scram(scram) => scram.mechanism(),
            #[cfg(feature = "ssl")]
            Self::OAuth(_) => "OAUTHBEARER",
            Self::OnlyNative(mechanism) => mechanism,
        }
    }

    /// Begins an authentication.
    ///
    /// # Errors
    /// [`Code::NotImplemented`] for a mechanism that only librdkafka has.
    pub(super) fn begin(&self) -> Result<(Conversation<'_>, Bytes)> {
        match self {
            Self::Plain { user, password } => Ok((Conversation::Once(PhantomData), format!("\0{user}\0{password}").into())),
            #[cfg(feature = "ssl")]
            Self::Scram(scram) => {
                let (exchange, first) = scram.begin()?;
                Ok((Conversation::Scram(exchange), first))
            }
            #[cfg(feature = "ssl")]
            Self::OAuth(token) => Ok((Conversation::Once(PhantomData), token.message())),
            Self::OnlyNative(mechanism) => {
                let text = format!(
                    "This operation needs a connection that librdkafka does not have, and the gateway's own cannot authenticate with \
                     {mechanism} (Kafka property sasl.mechanisms); PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and certificates work."
                );
                Err(Error::new(Code::NotImplemented, text))
            }
        }
    }
}

impl Conversation<'_> {
    /// Takes what the server said.
    ///
    /// # Errors
    /// [`Code::Unauthenticated`] if it is not the one who knows the secret, or says something that is no answer.
    pub(super) async fn next(&mut self, said: &[u8]) -> Result<Step> {
        match self {
            Self::Once(_) if said.is_empty() => Ok(Step::Done),
            // OAUTHBEARER: the reason for a refusal; the refusal itself follows.
            Self::Once(_) => Ok(Step::Say(Bytes::from_static(b"\x01"))),
            #[cfg(feature = "ssl")]
            Self::Scram(exchange) => exchange.next(said).await,
        }
    }
}

/// The error of an authentication that failed.
pub(super) fn failed(text: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(Code::Unauthenticated, text)
}
