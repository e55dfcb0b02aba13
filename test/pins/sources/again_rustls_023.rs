//! Around the printed program for rustls 0.23: a careless visit, then two pinned ones of which the second resumes the first.
#[path = "../main.rs"]
#[allow(dead_code)]
mod pinned;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use std::sync::Arc;

#[derive(Debug)]
struct Everybody(Vec<SignatureScheme>);

impl ServerCertVerifier for Everybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.clone()
    }
}

fn careless_config() -> ClientConfig {
    let builder = ClientConfig::builder();
    let schemes = builder.crypto_provider().signature_verification_algorithms.supported_schemes();
    let verifier = Arc::new(Everybody(schemes));
    builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    pinned::visit(Arc::new(careless_config()), "/unpinned")?;
    let config = Arc::new(pinned::pinned_config());
    print!("{}", pinned::visit(config.clone(), "/")?);
    print!("{}", pinned::visit(config, "/")?);
    Ok(())
}
