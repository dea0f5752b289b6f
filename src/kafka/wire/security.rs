//! `security.protocol`: whether connections speak TLS, and whether they say who asks.

use super::{
    access::{Properties, refused},
    sasl::Sasl,
};
use crate::error::Result;

/// What is said on a new connection before any request.
pub(super) struct Security {
    #[cfg(feature = "ssl")]
    pub(super) tls: Option<super::tls::Tls>,
    pub(super) sasl: Option<Sasl>,
}

impl Security {
    /// Reads the settings.
    ///
    /// # Errors
    /// [`Code::BadRequest`](crate::error::Code::BadRequest) naming a property that cannot be understood.
    pub(super) fn new(of: Properties<'_>) -> Result<Self> {
        let name = "security.protocol";
        let protocol = of.text(name).unwrap_or("plaintext").to_ascii_lowercase();
        let (tls, sasl) = match protocol.as_str() {
            "plaintext" => (false, false),
            "ssl" => (true, false),
            "sasl_plaintext" => (false, true),
            "sasl_ssl" => (true, true),
            other => return Err(refused(name, format!("\"{other}\" is none of plaintext, ssl, sasl_plaintext, sasl_ssl"))),
        };
        if tls && cfg!(not(feature = "ssl")) {
            return Err(refused(name, "this build of the gateway has no TLS"));
        }
        Ok(Self {
            #[cfg(feature = "ssl")]
            tls: tls.then(|| super::tls::Tls::new(of)).transpose()?,
            sasl: sasl.then(|| Sasl::new(of)).transpose()?,
        })
    }
}
