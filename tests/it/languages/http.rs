//! `http` of the SDKs that have it, over the host. The guests are those of `tests/languages`.

use mapistore::blocking::wait;
use mapistore::types::TableKind;
use tests::TestRuntime;

use crate::server::Server;

/// What `harm` answers where a language's guest may reach the port.
fn answered(language: &str, harm: &str, port: u16) -> u32 {
    let runtime = TestRuntime::with_config(&format!(
        "[limits]\ncall_timeout_ms = 300000\n[[backend.hostile-{language}.network]]\nhost = \"127.0.0.1\"\nport = {port}\n"
    ));
    runtime.add_guest(&format!("hostile-{language}"));
    let context = runtime.open("alice", &format!("hostile-{language}://alice/{harm}/"));
    wait(runtime.root(&context).get_child_count(TableKind::Contents)).unwrap()
}

const LANGUAGES: [&str; 3] = ["rust", "python", "javascript"];

#[test]
fn a_body_that_is_longer_than_what_wasi_takes_at_once_arrives_whole() {
    let server = Server::start();
    for language in LANGUAGES {
        let received = answered(language, &format!("post:{}", server.port), server.port);
        assert_eq!(received, 100_000, "{language}");
    }
}

/// More often than `open_files_max` and `handles_max` would let a context that kept anything of them.
#[test]
fn a_request_that_is_denied_or_cannot_be_sent_keeps_nothing() {
    for language in LANGUAGES {
        assert_eq!(answered(language, "denied-posts", 1), 2_000, "{language}");
    }
}
