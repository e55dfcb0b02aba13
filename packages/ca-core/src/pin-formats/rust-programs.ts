/** @module The Rust programs that know a server by its key alone. rustls 0.23 changed the trait, and left its methods without defaults. */
import { formatHex } from '../der/bytes.ts';
import { formatAuthority, spkiPins, type PinSubject } from './pin-format.ts';

/** For rustls 0.23, with whichever provider of cryptography it is built. */
export function formatRustProgram(subject: PinSubject): string {
  return String.raw`// Knows the server by the SHA-256 of its public key and by nothing else: CA, name and dates are not looked at.
// It does verify the handshake's signature: where recipes just assert it, whoever replays the certificate is let in.
// Needs rustls = "0.23". To have CA, name and dates checked as well, ask a rustls::client::WebPkiServerVerifier before the pin.
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{hash::HashAlgorithm, verify_tls12_signature, verify_tls13_signature, CryptoProvider};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme, StreamOwned};
use std::io::{Read, Write};
use std::{net::TcpStream, sync::Arc};

${formatPins(subject)}

${NEW_VERIFIER}
${formatMain(subject)}`;
}

/** For rustls 0.20 (Debian 12) and 0.21 (reqwest 0.11): no way to a key, so the certificate is taken apart by hand. */
export function formatOldRustProgram(subject: PinSubject): string {
  return String.raw`// Knows the server by the SHA-256 of its public key and by nothing else: CA, name and dates are not looked at.
// To have them checked as well, ask a rustls::client::WebPkiVerifier before the pin.
// Needs rustls = { version = "0.21", features = ["dangerous_configuration"] }, or 0.20, and ring = "0.17", or 0.16.
use ring::digest::{digest, SHA256};
use rustls::client::{ServerCertVerified, ServerCertVerifier};
use rustls::{Certificate, ClientConfig, ClientConnection, Error, ServerName, StreamOwned};
use std::io::{Read, Write};
use std::{net::TcpStream, sync::Arc, time::SystemTime};

${formatPins(subject)}

${OLD_VERIFIER}
${formatMain(subject)}`;
}

function formatPins(subject: PinSubject): string {
  const pins = spkiPins(subject).map((digest) => `\n    "${formatHex(digest)}",`);
  return `const PINS: &[&str] = &[${pins.join('')}\n];`;
}

/** HTTP/1.0, so that the answer ends with the connection and has no chunks. */
function formatMain({ server }: PinSubject): string {
  return String.raw`pub fn visit(config: Arc<ClientConfig>, path: &str) -> Result<String, Box<dyn std::error::Error>> {
    let connection = ClientConnection::new(config, ServerName::try_from("${server.host}")?)?;
    let mut stream = StreamOwned::new(connection, TcpStream::connect(("${server.host}", ${server.port}))?);
    let request = format!("GET {path} HTTP/1.0\r\nHost: ${formatAuthority(server)}\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_string())
}

fn main() {
    match visit(Arc::new(pinned_config()), "/") {
        Ok(body) => print!("{body}"),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}
`;
}

const NEW_VERIFIER = String.raw`#[derive(Debug)]
struct PinnedKey(Arc<CryptoProvider>);

impl PinnedKey {
    fn sha256(&self, bytes: &[u8]) -> Option<String> {
        let mut hashes = self.0.cipher_suites.iter().filter_map(|suite| Some(suite.tls13()?.common.hash_provider));
        let digest = hashes.find(|hash| hash.algorithm() == HashAlgorithm::SHA256)?.hash(bytes);
        Some(digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl ServerCertVerifier for PinnedKey {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let key = ParsedCertificate::try_from(end_entity)?.subject_public_key_info();
        match self.sha256(&key) {
            Some(digest) if PINS.contains(&digest.as_str()) => Ok(ServerCertVerified::assertion()),
            digest => {
                let found = digest.unwrap_or_default();
                Err(Error::General(format!("the server's key is not the pinned one: {found}")))
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Sessions are resumed without asking the verifier again: keep this configuration, and its store of sessions, to this server.
pub fn pinned_config() -> ClientConfig {
    let builder = ClientConfig::builder();
    let verifier = PinnedKey(builder.crypto_provider().clone());
    builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
}
`;

const OLD_VERIFIER = String.raw`/// The contents of the first DER element, the whole of it, and what follows.
fn split_der(der: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (start, length) = match usize::from(*der.get(1)?) {
        short @ 0..=0x7f => (2, short),
        long @ 0x81..=0x83 => {
            let bytes = der.get(2..long - 0x80 + 2)?;
            (long - 0x80 + 2, bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
        }
        _ => return None,
    };
    Some((der.get(start..start + length)?, der.get(..start + length)?, der.get(start + length..)?))
}

/// The SubjectPublicKeyInfo: the seventh field of a certificate of version 3.
fn public_key(certificate: &[u8]) -> Option<&[u8]> {
    let mut fields = split_der(split_der(certificate)?.0)?.0;
    for _ in 0..6 {
        fields = split_der(fields)?.2;
    }
    Some(split_der(fields)?.1)
}

/// Leaves verify_tls12_signature and verify_tls13_signature as rustls has them: who asserts them lets in whoever replays the certificate.
struct PinnedKey;

impl ServerCertVerifier for PinnedKey {
    fn verify_server_cert(
        &self,
        end_entity: &Certificate,
        _intermediates: &[Certificate],
        _server_name: &ServerName,
        _scts: &mut dyn Iterator<Item = &[u8]>,
        _ocsp_response: &[u8],
        _now: SystemTime,
    ) -> Result<ServerCertVerified, Error> {
        let key = public_key(&end_entity.0).ok_or_else(|| Error::General("no certificate of version 3".to_string()))?;
        let found: String = digest(&SHA256, key).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        if PINS.contains(&found.as_str()) {
            return Ok(ServerCertVerified::assertion());
        }
        Err(Error::General(format!("the server's key is not the pinned one: {found}")))
    }
}

/// Sessions are resumed without asking the verifier again: keep this configuration, and its store of sessions, to this server.
pub fn pinned_config() -> ClientConfig {
    let builder = ClientConfig::builder().with_safe_defaults();
    builder.with_custom_certificate_verifier(Arc::new(PinnedKey)).with_no_client_auth()
}
`;
