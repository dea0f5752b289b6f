//! Which certificates are believed.

use std::pin::Pin;

use kafka_protocol::messages::ApiKey;
use openssl::{
    asn1::Asn1Time,
    bn::BigNum,
    hash::MessageDigest,
    pkey::{PKey, Private},
    rsa::Rsa,
    ssl::{Ssl, SslAcceptor, SslMethod},
    x509::{X509, X509NameBuilder, extension::SubjectAlternativeName},
};
use tokio::net::TcpListener;
use tokio_openssl::SslStream;

use super::{
    broker::{Act, Cluster, converse},
    *,
};

/// A certificate that vouches for itself.
fn certificate(address: &str) -> (X509, PKey<Private>) {
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "broker").unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(1).unwrap()).unwrap();
    let names = SubjectAlternativeName::new().ip(address).build(&builder.x509v3_context(None, None)).unwrap();
    builder.append_extension(names).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    (builder.build(), key)
}

/// A broker that speaks TLS, and its certificate.
async fn broker(address: &str) -> (String, String) {
    let (certificate, key) = certificate(address);
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
    acceptor.set_certificate(&certificate).unwrap();
    acceptor.set_private_key(&key).unwrap();
    let acceptor = acceptor.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let session = Ssl::new(acceptor.context()).unwrap();
            tokio::spawn(async move {
                let mut stream = SslStream::new(session, stream).unwrap();
                if Pin::new(&mut stream).accept().await.is_ok() {
                    let fine = |_: ApiKey, _: usize| Act::Error(0);
                    // The client may close whenever it likes.
                    let _ = converse(stream, 1, &Cluster::default(), &Default::default(), &fine).await;
                }
            });
        }
    });
    (server, String::from_utf8(certificate.to_pem().unwrap()).unwrap())
}

#[tokio::test]
async fn a_broker_is_believed_by_its_certificate_and_its_address() {
    let (right, right_pem) = broker("127.0.0.1").await;
    let (elsewhere, elsewhere_pem) = broker("192.0.2.1").await;
    let unnamed = ("ssl.endpoint.identification.algorithm", "none");
    let unverified = ("enable.ssl.certificate.verification", "false");
    let rows = [
        ("by its own certificate", &right, vec![("ssl.ca.pem", right_pem.as_str())], true),
        ("an unknown one", &right, vec![], false),
        ("another one", &right, vec![("ssl.ca.pem", elsewhere_pem.as_str())], false),
        ("of another address", &elsewhere, vec![("ssl.ca.pem", elsewhere_pem.as_str())], false),
        ("whose address does not matter", &elsewhere, vec![("ssl.ca.pem", elsewhere_pem.as_str()), unnamed], true),
        ("an unknown one, whose address does not matter", &elsewhere, vec![unnamed], false),
        ("any", &elsewhere, vec![unverified, unnamed], true),
    ];
    for (what, server, mut properties, believed) in rows {
        properties.push(("security.protocol", "ssl"));
        let answer = wire(server, &properties).unwrap().any(read(), read_fault, soon()).await;
        assert_eq!(answer.is_ok(), believed, "{what}: {answer:?}");
        if let Err(error) = answer {
            assert_eq!(error.code(), Code::Unauthenticated, "{what}");
            assert!(error.message().contains("TLS"), "{what}: {error}");
        }
    }
}
