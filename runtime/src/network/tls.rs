//! TLS by rustls, with the certificates that this system trusts.

use std::io;
use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, Error, RootCertStore};

use super::{Network, NetworkError};
use crate::manifest::Host;

/// Reads the system's certificates: where the system keeps them, or where `SSL_CERT_FILE` and `SSL_CERT_DIR` say.
fn system() -> Result<TlsConnector, String> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (usable, _) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        let problems: Vec<_> = found.errors.iter().map(ToString::to_string).collect();
        return Err(if problems.is_empty() { "there is none".into() } else { problems.join("; ") });
    }
    connector(roots)
}

/// Trusts what these roots vouch for, and nothing else.
pub(super) fn connector(roots: RootCertStore) -> Result<TlsConnector, String> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

impl Network {
    /// The connector; certificates are read with the first request that needs them.
    pub(super) fn tls(&self) -> Result<&TlsConnector, NetworkError> {
        let connector = self.tls.get_or_init(system).as_ref();
        connector.map_err(|problem| NetworkError::NoRoots { problem: problem.clone() })
    }
}

/// The name that the server has to prove.
pub(super) fn server_name(host: &Host) -> Option<ServerName<'static>> {
    match host {
        Host::Name(name) => ServerName::try_from(name.clone()).ok(),
        Host::Net(net) => Some(ServerName::from(net.addr())),
        Host::Any => None,
    }
}

pub(super) fn error(source: io::Error) -> NetworkError {
    let cause = source.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match cause {
        Some(Error::InvalidCertificate(_)) => NetworkError::Certificate { source },
        _ => NetworkError::Tls { source },
    }
}
