//! TLS by librdkafka's `ssl.*` properties, with the same library: a certificate that one of the two takes, the other takes too.

use std::{fs, path::Path, pin::Pin};

use openssl::{
    error::ErrorStack,
    pkcs12::Pkcs12,
    pkey::{PKey, Private},
    ssl::{SslConnector, SslConnectorBuilder, SslFiletype, SslMethod, SslVerifyMode},
    x509::{
        X509,
        store::{X509Lookup, X509StoreBuilder},
        verify::X509VerifyFlags,
    },
};
use tokio::net::TcpStream;
use tokio_openssl::SslStream;

use super::{
    access::{Address, Properties, refused},
    open::unreachable,
};
use crate::{
    error::{Error, Result},
    kafka::native::Fault,
};

/// librdkafka's number for a handshake that failed.
const TLS_FAILED: i32 = -181;
/// Properties that load code into the process, which only librdkafka does.
const NOT_HERE: [&str; 4] = ["ssl.engine.location", "ssl.engine.id", "ssl.providers", "ssl.ca.certificate.stores"];

/// How to speak TLS to brokers.
pub(super) struct Tls {
    connector: SslConnector,
    verify_hostname: bool,
}

impl Tls {
    /// Reads certificates and keys.
    ///
    /// # Errors
    /// [`Code::BadRequest`](crate::error::Code::BadRequest) naming the property.
    pub(super) fn new(of: Properties<'_>) -> Result<Self> {
        if let Some(name) = NOT_HERE.into_iter().find(|name| of.text(name).is_some()) {
            return Err(refused(name, "works with librdkafka only, and the gateway has connections of its own beside it"));
        }
        let mut builder = SslConnector::builder(SslMethod::tls_client()).map_err(Error::internal)?;
        trust(&mut builder, of)?;
        identity(&mut builder, of)?;
        let named = |name: &'static str| move |why: ErrorStack| refused(name, why);
        if let Some(list) = of.text("ssl.cipher.suites") {
            builder.set_cipher_list(list).map_err(named("ssl.cipher.suites"))?;
        }
        if let Some(list) = of.text("ssl.curves.list") {
            builder.set_groups_list(list).map_err(named("ssl.curves.list"))?;
        }
        if let Some(list) = of.text("ssl.sigalgs.list") {
            builder.set_sigalgs_list(list).map_err(named("ssl.sigalgs.list"))?;
        }
        let verify = of.flag("enable.ssl.certificate.verification")?.unwrap_or(true);
        builder.set_verify(if verify { SslVerifyMode::PEER } else { SslVerifyMode::NONE });
        let verify_hostname = match of.text("ssl.endpoint.identification.algorithm") {
            None | Some("https") => true,
            Some("none") => false,
            Some(other) => return Err(refused("ssl.endpoint.identification.algorithm", format!("\"{other}\" is none of https, none"))),
        };
        Ok(Self { connector: builder.build(), verify_hostname })
    }

    /// The handshake.
    pub(super) async fn connect(&self, address: &Address, socket: TcpStream) -> Result<SslStream<TcpStream>> {
        let session = self.connector.configure().map(|c| c.verify_hostname(self.verify_hostname));
        let session = session.and_then(|c| c.into_ssl(&address.host)).map_err(Error::internal)?;
        let mut stream = SslStream::new(session, socket).map_err(Error::internal)?;
        match Pin::new(&mut stream).connect().await {
            Ok(()) => Ok(stream),
            Err(why) if why.io_error().is_some() => Err(unreachable(address, why)),
            Err(why) => {
                tracing::debug!(%address, %why, "a TLS handshake failed");
                let verified = stream.ssl().verify_result();
                let text = format!("The TLS handshake with the broker failed: {}.", verified.error_string());
                let text = if verified == openssl::x509::X509VerifyResult::OK { None } else { Some(text) };
                Err(Fault { code: TLS_FAILED, text }.into())
            }
        }
    }
}

/// Whose certificates are believed: those of `ssl.ca.*`, else those of the system.
fn trust(builder: &mut SslConnectorBuilder, of: Properties<'_>) -> Result<()> {
    let mut store = X509StoreBuilder::new().map_err(Error::internal)?;
    let mut given = false;
    if let Some(pem) = of.text("ssl.ca.pem") {
        given = true;
        add(&mut store, pem.as_bytes()).map_err(|why| refused("ssl.ca.pem", why))?;
    }
    if let Some(place) = of.text("ssl.ca.location").filter(|place| *place != "probe") {
        given = true;
        let name = "ssl.ca.location";
        if Path::new(place).is_dir() {
            let found = store.add_lookup(X509Lookup::hash_dir()).and_then(|lookup| lookup.add_dir(place, SslFiletype::PEM));
            found.map_err(|why| refused(name, why))?;
        } else {
            add(&mut store, &file(name, place)?).map_err(|why| refused(name, why))?;
        }
    }
    if !given {
        store.set_default_paths().map_err(Error::internal)?;
    }
    if let Some(place) = of.text("ssl.crl.location") {
        let name = "ssl.crl.location";
        let lookup = store.add_lookup(X509Lookup::file()).map_err(|why| refused(name, why))?;
        lookup.load_crl_file(place, SslFiletype::PEM).map_err(|why| refused(name, why))?;
        store.set_flags(X509VerifyFlags::CRL_CHECK).map_err(Error::internal)?;
    }
    builder.set_cert_store(store.build());
    Ok(())
}

/// Adds all certificates of a PEM text.
fn add(store: &mut X509StoreBuilder, pem: &[u8]) -> Result<(), String> {
    for certificate in certificates(pem)? {
        store.add_cert(certificate).map_err(|e| e.to_string())?;
    }
    Ok(())
}

fn certificates(pem: &[u8]) -> Result<Vec<X509>, String> {
    let found = X509::stack_from_pem(pem).map_err(|e| e.to_string())?;
    if found.is_empty() { Err("there is no certificate in it".to_owned()) } else { Ok(found) }
}

/// Who the gateway is, if brokers want a certificate of it.
fn identity(builder: &mut SslConnectorBuilder, of: Properties<'_>) -> Result<()> {
    let chain = match (of.text("ssl.certificate.pem"), of.text("ssl.certificate.location")) {
        (Some(pem), _) => Some(("ssl.certificate.pem", pem.as_bytes().to_vec())),
        (None, Some(place)) => Some(("ssl.certificate.location", file("ssl.certificate.location", place)?)),
        (None, None) => None,
    };
    if let Some((name, pem)) = chain {
        present(builder, certificates(&pem).map_err(|why| refused(name, why))?).map_err(|why| refused(name, why))?;
    }
    let key = match (of.text("ssl.key.pem"), of.text("ssl.key.location")) {
        (Some(pem), _) => Some(("ssl.key.pem", pem.as_bytes().to_vec())),
        (None, Some(place)) => Some(("ssl.key.location", file("ssl.key.location", place)?)),
        (None, None) => None,
    };
    if let Some((name, pem)) = key {
        let key = private_key(&pem, of.text("ssl.key.password")).map_err(|why| refused(name, why))?;
        builder.set_private_key(&key).map_err(|why| refused(name, why))?;
        builder.check_private_key().map_err(|why| refused(name, why))?;
    }
    if let Some(place) = of.text("ssl.keystore.location") {
        let name = "ssl.keystore.location";
        let content = file(name, place)?;
        let password = of.text("ssl.keystore.password").unwrap_or_default();
        let store = Pkcs12::from_der(&content).and_then(|store| store.parse2(password)).map_err(|why| refused(name, why))?;
        let (Some(certificate), Some(key)) = (store.cert, store.pkey) else {
            return Err(refused(name, "it has no certificate, or no key"));
        };
        let chain = [certificate].into_iter().chain(store.ca.into_iter().flatten());
        present(builder, chain.collect()).map_err(|why| refused(name, why))?;
        builder.set_private_key(&key).map_err(|why| refused(name, why))?;
    }
    Ok(())
}

/// The first is ours, the others lead to one that brokers believe.
fn present(builder: &mut SslConnectorBuilder, chain: Vec<X509>) -> Result<(), ErrorStack> {
    let mut chain = chain.into_iter();
    if let Some(own) = chain.next() {
        builder.set_certificate(&own)?;
    }
    chain.try_for_each(|certificate| builder.add_extra_chain_cert(certificate))
}

fn private_key(pem: &[u8], password: Option<&str>) -> Result<PKey<Private>, ErrorStack> {
    // Without a password OpenSSL would ask for one at the terminal.
    PKey::private_key_from_pem_callback(pem, |place| {
        let password = password.unwrap_or_default().as_bytes();
        match place.get_mut(..password.len()) {
            Some(place) => {
                place.copy_from_slice(password);
                Ok(password.len())
            }
            None => Ok(0),
        }
    })
}

fn file(name: &str, place: &str) -> Result<Vec<u8>> {
    fs::read(place).map_err(|why| refused(name, format!("{place}: {why}")))
}
