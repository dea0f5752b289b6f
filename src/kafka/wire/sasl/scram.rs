//! SCRAM (RFC 5802, RFC 7677) as a client: neither side shows the password, and both prove that they know it.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use openssl::{
    error::ErrorStack,
    hash::{MessageDigest, hash},
    memcmp,
    pkcs5::pbkdf2_hmac,
    pkey::PKey,
    rand::rand_bytes,
    sign::Signer,
};

use super::{Step, failed};
use crate::error::{Error, Result};

/// How often the password is hashed. Below, a listener could guess it too quickly (RFC 7677); above, a server could keep the
/// gateway busy.
const ITERATIONS: std::ops::RangeInclusive<usize> = 4096..=1_000_000;
/// The header that says "no channel binding", and the same in base64.
const HEADER: &str = "n,,";
const HEADER_BASE64: &str = "biws";

/// User and password.
pub(in crate::kafka::wire) struct Scram {
    strong: bool,
    user: String,
    password: String,
}

/// One exchange of proofs.
pub(in crate::kafka::wire) struct Exchange<'a> {
    scram: &'a Scram,
    nonce: String,
    state: State,
}

enum State {
    First,
    /// What the server must prove.
    Proof(Vec<u8>),
    Over,
}

impl Scram {
    /// `strong`: SHA-512, else SHA-256.
    pub(super) fn new(strong: bool, user: String, password: String) -> Self {
        Self { strong, user, password }
    }

    pub(super) fn mechanism(&self) -> &'static str {
        if self.strong { "SCRAM-SHA-512" } else { "SCRAM-SHA-256" }
    }

    /// A new exchange and its first message.
    pub(super) fn begin(&self) -> Result<(Exchange<'_>, Bytes)> {
        let mut random = [0; 24];
        rand_bytes(&mut random).map_err(Error::internal)?;
        Ok(self.begin_with(STANDARD.encode(random)))
    }

    fn begin_with(&self, nonce: String) -> (Exchange<'_>, Bytes) {
        let exchange = Exchange { scram: self, nonce, state: State::First };
        let first = format!("{HEADER}{}", exchange.first_bare());
        (exchange, first.into())
    }

    fn digest(&self) -> MessageDigest {
        if self.strong { MessageDigest::sha512() } else { MessageDigest::sha256() }
    }
}

impl Exchange<'_> {
    fn first_bare(&self) -> String {
        let user = self.scram.user.replace('=', "=3D").replace(',', "=2C");
        format!("n={user},r={}", self.nonce)
    }

    /// Takes the server's message.
    pub(super) async fn next(&mut self, said: &[u8]) -> Result<Step> {
        let said = std::str::from_utf8(said).map_err(|_| failed("SCRAM: the server's message is no text."))?;
        match std::mem::replace(&mut self.state, State::Over) {
            State::First => {
                let (answer, proof) = self.answer(said).await?;
                self.state = State::Proof(proof);
                Ok(Step::Say(answer))
            }
            State::Proof(expected) => {
                let shown = said.split(',').find_map(|part| part.strip_prefix("v=")).and_then(|v| STANDARD.decode(v).ok());
                match shown {
                    Some(shown) if shown.len() == expected.len() && memcmp::eq(&shown, &expected) => Ok(Step::Done),
                    Some(_) | None => Err(failed("SCRAM: the server does not know the password.")),
                }
            }
            State::Over => Err(failed("SCRAM: the server says more than it should.")),
        }
    }

    /// The client's proof, and what the server must show for its own.
    async fn answer(&self, first: &str) -> Result<(Bytes, Vec<u8>)> {
        let value = |name: &str| first.split(',').find_map(|part| part.strip_prefix(name));
        let (Some(nonce), Some(salt), Some(iterations)) = (value("r="), value("s="), value("i=")) else {
            return Err(failed("SCRAM: the server's first message is not complete."));
        };
        if !nonce.starts_with(&self.nonce) || nonce.len() == self.nonce.len() {
            return Err(failed("SCRAM: the server answers somebody else."));
        }
        let salt = STANDARD.decode(salt).map_err(|_| failed("SCRAM: the server's salt is no base64."))?;
        let iterations = iterations.parse().ok().filter(|count| ITERATIONS.contains(count));
        let iterations = iterations.ok_or_else(|| failed("SCRAM: the server's number of iterations is out of range."))?;
        let last_bare = format!("c={HEADER_BASE64},r={nonce}");
        let signed = format!("{},{first},{last_bare}", self.first_bare());
        let (digest, password) = (self.scram.digest(), self.scram.password.clone());
        // Hashing takes milliseconds: not on a thread that serves others.
        let proofs = tokio::task::spawn_blocking(move || proofs(digest, password.as_bytes(), &salt, iterations, signed.as_bytes()));
        let (client, server) = proofs.await.map_err(Error::internal)?.map_err(Error::internal)?;
        Ok((format!("{last_bare},p={}", STANDARD.encode(client)).into(), server))
    }
}

/// The client's proof and the server's signature.
fn proofs(digest: MessageDigest, password: &[u8], salt: &[u8], iterations: usize, signed: &[u8]) -> Result<(Vec<u8>, Vec<u8>), ErrorStack> {
    let mut salted = vec![0; digest.size()];
    pbkdf2_hmac(password, salt, iterations, digest, &mut salted)?;
    let client_key = hmac(digest, &salted, b"Client Key")?;
    let stored_key = hash(digest, &client_key)?;
    let signature = hmac(digest, &stored_key, signed)?;
    let proof = client_key.iter().zip(&signature).map(|(key, mask)| key ^ mask).collect();
    let server_key = hmac(digest, &salted, b"Server Key")?;
    Ok((proof, hmac(digest, &server_key, signed)?))
}

fn hmac(digest: MessageDigest, key: &[u8], message: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    Signer::new(digest, &*PKey::hmac(key)?)?.sign_oneshot_to_vec(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7677.
    const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";
    const SERVER_FIRST: &str = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    fn scram() -> Scram {
        Scram::new(false, "user".into(), "pencil".into())
    }

    #[tokio::test]
    async fn the_exchange_of_the_rfc() {
        let scram = scram();
        let (mut exchange, first) = scram.begin_with(NONCE.into());
        assert_eq!(first, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let Step::Say(last) = exchange.next(SERVER_FIRST.as_bytes()).await.unwrap() else { panic!("a proof") };
        let expected = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
        assert_eq!(last, expected);
        let done = exchange.next(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=").await;
        assert!(matches!(done, Ok(Step::Done)));
        assert!(exchange.next(b"v=").await.is_err(), "nothing comes after the end");
    }

    #[tokio::test]
    async fn a_server_that_does_not_know_the_password_is_refused() {
        for proof in ["v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=", "v=", "e=other-error", ""] {
            let scram = scram();
            let (mut exchange, _) = scram.begin_with(NONCE.into());
            exchange.next(SERVER_FIRST.as_bytes()).await.unwrap();
            assert!(exchange.next(proof.as_bytes()).await.is_err(), "{proof}");
        }
    }

    #[tokio::test]
    async fn a_first_message_that_is_none_is_refused() {
        let rows = [
            ("", "empty"),
            ("r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "another nonce"),
            ("r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "nothing of the server's own"),
            ("r=rOprNGfwEbeRWgbNEkqOx,s=???,i=4096", "salt"),
            ("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1", "too easy to guess"),
            ("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1000000000", "hours of work"),
        ];
        for (message, why) in rows {
            let scram = scram();
            let (mut exchange, _) = scram.begin_with(NONCE.into());
            assert!(exchange.next(message.as_bytes()).await.is_err(), "{why}");
        }
    }

    #[test]
    fn a_user_name_may_hold_what_separates() {
        let scram = Scram::new(true, "a=b,c".into(), String::new());
        assert_eq!(scram.begin_with("x".into()).1, "n,,n=a=3Db=2Cc,r=x");
    }
}
