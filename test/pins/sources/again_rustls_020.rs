//! Around the printed program for rustls 0.20: a careless visit, then two pinned ones of which the second resumes the first.
#[path = "../main.rs"]
#[allow(dead_code)]
mod pinned;

use rustls::client::{ServerCertVerified, ServerCertVerifier};
use rustls::{Certificate, ClientConfig, Error, ServerName};
use std::{sync::Arc, time::SystemTime};

struct Everybody;

impl ServerCertVerifier for Everybody {
    fn verify_server_cert(
        &self,
        _: &Certificate,
        _: &[Certificate],
        _: &ServerName,
        _: &mut dyn Iterator<Item = &[u8]>,
        _: &[u8],
        _: SystemTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }
}

fn careless_config() -> ClientConfig {
    let builder = ClientConfig::builder().with_safe_defaults();
    builder.with_custom_certificate_verifier(Arc::new(Everybody)).with_no_client_auth()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    pinned::visit(Arc::new(careless_config()), "/unpinned")?;
    let config = Arc::new(pinned::pinned_config());
    print!("{}", pinned::visit(config.clone(), "/")?);
    print!("{}", pinned::visit(config, "/")?);
    Ok(())
}
