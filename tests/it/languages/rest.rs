//! `sample-backends/rest`, the backend in JavaScript, against the service in memory that its own tests use.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use mapistore::NetworkAllowance;
use mapistore::conformance::{Outcome, Plan};
use tests::registered;

/// The service, which ends with this.
struct Service {
    process: Child,
    url: String,
}

impl Service {
    fn start() -> Self {
        let server = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sample-backends/rest/tests/server.js");
        let mut process = Command::new("node").arg(server).arg("0").stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { process, url: url.trim().to_owned() }
    }

    fn place(&self) -> NetworkAllowance {
        let address = self.url.split('/').nth(2).unwrap();
        let (host, port) = address.split_once(':').unwrap();
        NetworkAllowance { host: host.parse().unwrap(), port: port.parse().unwrap() }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn it_does_what_it_claims() {
    let service = Service::start();
    let kit = registered::kit_with_network("rest", None, &[("url", &service.url)], &[service.place()]);
    let report = kit.run(&Plan::default()).unwrap();
    let failures: Vec<_> = report.failures().map(|it| (it.behaviour.id, &it.outcome, &it.calls)).collect();
    assert!(report.is_clean(), "{failures:#?}");
    let passed = report.count(|outcome| *outcome == Outcome::Passed);
    assert!(passed > 100, "{passed} passed");
}
