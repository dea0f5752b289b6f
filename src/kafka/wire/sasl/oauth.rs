//! OAUTHBEARER with tokens that nobody signed, for development: librdkafka's `sasl.oauthbearer.config`.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;

use crate::{
    error::Result,
    kafka::wire::access::{Properties, refused},
};

const PROPERTY: &str = "sasl.oauthbearer.config";

/// What a token says.
pub(in crate::kafka::wire) struct Token {
    principal_claim: String,
    principal: String,
    scope_claim: String,
    scopes: Vec<String>,
    life_seconds: u64,
    extensions: Vec<(String, String)>,
}

impl Token {
    /// Reads the settings.
    pub(super) fn new(of: Properties<'_>) -> Result<Self> {
        Self::read(of.text(PROPERTY).unwrap_or_default()).map_err(|why| refused(PROPERTY, why))
    }

    fn read(text: &str) -> Result<Self, String> {
        let mut token = Self {
            principal_claim: "sub".into(),
            principal: String::new(),
            scope_claim: "scope".into(),
            scopes: Vec::new(),
            life_seconds: 3600,
            extensions: Vec::new(),
        };
        for pair in text.split_whitespace() {
            let (name, value) = pair.split_once('=').ok_or_else(|| format!("\"{pair}\" is no name=value"))?;
            match name {
                "principalClaimName" => token.principal_claim = value.to_owned(),
                "principal" => token.principal = value.to_owned(),
                "scopeClaimName" => token.scope_claim = value.to_owned(),
                "scope" => token.scopes = value.split(',').map(str::to_owned).collect(),
                "lifeSeconds" => token.life_seconds = value.parse().map_err(|_| format!("\"{value}\" is no number of seconds"))?,
                other => match other.strip_prefix("extension_") {
                    Some(name) => token.extensions.push((name.to_owned(), value.to_owned())),
                    None => return Err(format!("\"{name}\" is not known")),
                },
            }
        }
        let plain = |text: &str| !text.contains(['"', '\\', '\u{1}']);
        let own = [&token.principal_claim, &token.principal, &token.scope_claim];
        let fine = own.into_iter().chain(&token.scopes).all(|text| plain(text));
        if token.principal.is_empty() || !fine {
            return Err("it needs a principal, and no value may hold a quotation mark".to_owned());
        }
        Ok(token)
    }

    /// The client's only message, with a new token.
    pub(super) fn message(&self) -> Bytes {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut message = format!("n,,\u{1}auth=Bearer {}", self.jwt(now));
        for (name, value) in &self.extensions {
            message.push_str(&format!("\u{1}{name}={value}"));
        }
        message.push_str("\u{1}\u{1}");
        message.into()
    }

    fn jwt(&self, now: u64) -> String {
        let mut claims =
            format!(r#"{{"{}":"{}","iat":{now},"exp":{}"#, self.principal_claim, self.principal, now.saturating_add(self.life_seconds));
        if !self.scopes.is_empty() {
            claims.push_str(&format!(r#","{}":["{}"]"#, self.scope_claim, self.scopes.join("\",\"")));
        }
        claims.push('}');
        format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), URL_SAFE_NO_PAD.encode(claims))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_says_what_the_property_says() {
        let token = Token::read("principal=admin scope=a,b lifeSeconds=60 extension_x=1").unwrap();
        let jwt = token.jwt(1000);
        let claims = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1).unwrap()).unwrap();
        assert_eq!(String::from_utf8(claims).unwrap(), r#"{"sub":"admin","iat":1000,"exp":1060,"scope":["a","b"]}"#);
        assert!(jwt.ends_with('.'), "no signature");
        let message = String::from_utf8(token.message().to_vec()).unwrap();
        assert!(message.starts_with("n,,\u{1}auth=Bearer ") && message.ends_with("\u{1}x=1\u{1}\u{1}"), "{message}");
    }

    #[test]
    fn what_cannot_be_understood_is_named() {
        for wrong in ["", "scope=a", "principal", "principal=a pricipal=b", "principal=a lifeSeconds=soon", "principal=a\"b"] {
            assert!(Token::read(wrong).is_err(), "{wrong}");
        }
    }
}
