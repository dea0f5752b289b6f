//! TLS to a registry: which certificates are believed, and which one is ours. OpenSSL, as for brokers.

use std::fs;

use openssl::pkey::PKey;
use reqwest::{Certificate, ClientBuilder, Identity};

use super::{http::refused, settings::Settings};
use crate::error::Result;

/// Where a certificate in a PEM file begins.
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

/// Reads the files.
///
/// # Errors
/// [`Code::BadRequest`](crate::error::Code::BadRequest) naming the key of the setting.
pub(super) fn trust_and_identity(mut client: ClientBuilder, settings: &Settings) -> Result<ClientBuilder> {
    if let Some(place) = &settings.ca {
        let key = "schema.registry.ssl.ca.location";
        for certificate in certificates(&file(key, place)?) {
            client = client.add_root_certificate(Certificate::from_pem(certificate.as_bytes()).map_err(|why| refused(key, why))?);
        }
    }
    let certificate = settings.certificate.as_ref().map(|place| file("schema.registry.ssl.certificate.location", place)).transpose()?;
    match (certificate, &settings.key) {
        (Some(chain), Some(place)) => Ok(client.identity(identity(&chain, place, settings.key_password.as_deref())?)),
        (None, None) => Ok(client),
        (Some(_), None) => Err(refused("schema.registry.ssl.certificate.location", "there is no `schema.registry.ssl.key.location`")),
        (None, Some(_)) => Err(refused("schema.registry.ssl.key.location", "there is no `schema.registry.ssl.certificate.location`")),
    }
}

/// The certificates of a PEM text, one by one.
fn certificates(pem: &str) -> Vec<String> {
    pem.split(BEGIN).skip(1).map(|rest| format!("{BEGIN}{rest}")).collect()
}

fn identity(chain: &str, key_place: &str, password: Option<&str>) -> Result<Identity> {
    let key = "schema.registry.ssl.key.location";
    let pem = file(key, key_place)?;
    // Without a password OpenSSL would ask for one at the terminal. Keys of every form become the one that is taken below.
    let password = password.unwrap_or_default().as_bytes();
    let private = PKey::private_key_from_pem_passphrase(pem.as_bytes(), password).map_err(|why| refused(key, why))?;
    let private = private.private_key_to_pem_pkcs8().map_err(|why| refused(key, why))?;
    Identity::from_pkcs8_pem(chain.as_bytes(), &private).map_err(|why| refused("schema.registry.ssl.certificate.location", why))
}

fn file(key: &str, place: &str) -> Result<String> {
    fs::read_to_string(place).map_err(|why| refused(key, format_args!("{place}: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_of_a_file_are_taken_apart() {
        let one = format!("{BEGIN}\nAAAA\n-----END CERTIFICATE-----\n");
        assert_eq!(certificates(&format!("a comment\n{one}{one}")), [one.clone(), one]);
        assert!(certificates("nothing").is_empty());
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let missing = Some("/no/such/file".to_owned());
        let rows = [
            (Settings { ca: missing.clone(), ..Settings::default() }, "schema.registry.ssl.ca.location"),
            (Settings { certificate: missing.clone(), ..Settings::default() }, "schema.registry.ssl.certificate.location"),
            (Settings { key: missing, ..Settings::default() }, "schema.registry.ssl.key.location"),
        ];
        for (settings, key) in rows {
            let Err(error) = trust_and_identity(reqwest::Client::builder(), &settings) else { panic!("{key}: accepted") };
            assert!(error.message().contains(key), "{error}");
        }
    }
}
