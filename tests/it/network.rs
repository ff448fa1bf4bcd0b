//! The outside world, as guests have it: what is granted and nothing else, within limits, for each tenant alone.

use std::time::Duration;

use mapistore::blocking::wait;
use mapistore::types::{Property, PropertyValue};
use mapistore::{CallError, Context};
use tests::TestRuntime;

use crate::server::Server;

const COMMENT: u32 = 0x3004_001F;

fn place(host: &str, port: u16) -> String {
    format!("[[backend.fetches.network]]\nhost = \"{host}\"\nport = {port}\n")
}

fn runtime(places: &[(&str, u16)], limits: &str) -> TestRuntime {
    let places: String = places.iter().map(|(host, port)| place(host, *port)).collect();
    let runtime = TestRuntime::with_config(&format!("[limits]\n{limits}\n{places}"));
    runtime.add_guest("guest-fetches");
    runtime
}

fn open(runtime: &TestRuntime, user: &str) -> Context {
    runtime.open(user, &format!("fetches://{user}/inbox/"))
}

fn try_run(runtime: &TestRuntime, context: &Context, command: &str) -> Result<String, CallError> {
    let root = runtime.root(context);
    let command = Property { tag: COMMENT, value: PropertyValue::Text(command.to_owned()) };
    wait(root.set_properties(vec![command])).unwrap();
    match wait(root.get_properties(&[COMMENT]))?.remove(0) {
        Ok(PropertyValue::Text(report)) => Ok(report),
        other => panic!("{other:?}"),
    }
}

fn run(runtime: &TestRuntime, context: &Context, command: &str) -> String {
    try_run(runtime, context, command).unwrap()
}

/// One command of alice's.
fn once(places: &[(&str, u16)], limits: &str, command: &str) -> String {
    let runtime = runtime(places, limits);
    let context = open(&runtime, "alice");
    run(&runtime, &context, command)
}

/// What a request was given besides its body is the host's once it is handed over.
#[test]
fn requests_keep_nothing_of_a_context() {
    let server = Server::start();
    let runtime = runtime(&[("127.0.0.1", server.port)], "open_files_max = 20");
    let context = open(&runtime, "alice");
    for _ in 0..50 {
        let report = run(&runtime, &context, &format!("get {}", server.url("/")));
        assert_eq!(report, "(200, \"12 bytes: connection 0\")");
        let denied = run(&runtime, &context, "get http://127.0.0.1:9/");
        assert!(denied.contains("HttpRequestDenied"), "{denied}");
    }
}

#[test]
fn a_guest_fetches_what_it_was_granted_over_one_connection() {
    let server = Server::start();
    let runtime = runtime(&[("127.0.0.1", server.port)], "");
    let context = open(&runtime, "alice");
    for _ in 0..3 {
        let report = run(&runtime, &context, &format!("get {}", server.url("/")));
        assert_eq!(report, "(200, \"12 bytes: connection 0\")");
    }
    // It outlives the context, and is there for the owner's next.
    wait(context.close()).unwrap();
    let report = run(&runtime, &open(&runtime, "alice"), &format!("get {}", server.url("/")));
    assert_eq!(report, "(200, \"12 bytes: connection 0\")");
}

#[test]
fn two_tenants_share_no_connection() {
    let server = Server::start();
    let runtime = runtime(&[("127.0.0.1", server.port)], "");
    let (alice, bob) = (open(&runtime, "alice"), open(&runtime, "bob"));
    let get = format!("get {}", server.url("/"));
    let reports = [&alice, &bob, &alice, &bob].map(|context| run(&runtime, context, &get));
    assert!(reports[0].contains("connection 0") && reports[2].contains("connection 0"), "{reports:?}");
    assert!(reports[1].contains("connection 1") && reports[3].contains("connection 1"), "{reports:?}");
}

#[test]
fn a_host_or_a_port_that_is_not_granted_is_denied() {
    let server = Server::start();
    let other = Server::start();
    let granted = [("127.0.0.1", server.port), ("a.example", 443)];
    for command in [
        format!("get {}", other.url("/")),
        format!("get http://127.0.0.2:{}/", server.port),
        format!("get http://localhost:{}/", server.port),
        "get http://a.example/".to_owned(),
        "get https://b.example/".to_owned(),
    ] {
        assert_eq!(once(&granted, "", &command), "error ErrorCode::HttpRequestDenied", "{command}");
    }
    let nothing = once(&[], "", &format!("get {}", server.url("/")));
    assert_eq!(nothing, "error ErrorCode::HttpRequestDenied");
}

#[test]
fn a_name_that_leads_home_is_prohibited_unless_the_address_is_allowed_by_itself() {
    let server = Server::start();
    let get = format!("get http://localhost:{}/", server.port);
    let by_name = once(&[("localhost", server.port)], "", &get);
    assert_eq!(by_name, "error ErrorCode::DestinationIpProhibited");
    let any = once(&[("*", server.port)], "", &get);
    assert_eq!(any, "error ErrorCode::DestinationIpProhibited");
    let both =
        once(&[("localhost", server.port), ("127.0.0.0/8", server.port), ("::1", server.port)], "", &get);
    assert!(both.contains("200"), "{both}");
}

#[test]
fn a_redirect_leads_a_guest_nowhere_that_it_could_not_go_itself() {
    let (server, other) = (Server::start(), Server::start());
    let follow = |to: &Server| format!("follow {}", server.url(&format!("/elsewhere?{}", to.url("/"))));
    let granted = [("127.0.0.1", server.port)];
    assert_eq!(once(&granted, "", &follow(&other)), "error ErrorCode::HttpRequestDenied");
    assert!(once(&granted, "", &follow(&server)).contains("200"));
}

#[test]
fn a_server_that_never_answers_holds_a_call_until_its_deadline_at_most() {
    let server = Server::start();
    for (path, limits) in [("/never", "call_timeout_ms = 300"), ("/stalls", "call_timeout_ms = 300")] {
        let runtime = runtime(&[("127.0.0.1", server.port)], limits);
        let context = open(&runtime, "alice");
        let error = try_run(&runtime, &context, &format!("get {}", server.url(path))).unwrap_err();
        assert!(matches!(error, CallError::OverLimit { limit: "call_timeout_ms", .. }), "{path}: {error}");
        // The connection went with the store.
        server.ended.recv_timeout(Duration::from_secs(20)).unwrap();
    }
}

#[test]
fn a_server_that_takes_too_long_is_an_error_that_the_guest_can_handle() {
    let server = Server::start();
    let granted = [("127.0.0.1", server.port)];
    let first =
        once(&granted, "network_first_byte_timeout_ms = 100", &format!("get {}", server.url("/never")));
    assert_eq!(first, "error ErrorCode::HttpResponseTimeout");
    let between =
        once(&granted, "network_between_bytes_timeout_ms = 100", &format!("get {}", server.url("/stalls")));
    assert_eq!(between, "error ErrorCode::ConnectionReadTimeout");
    let impatient = once(&granted, "", &format!("hasty {}", server.url("/never")));
    assert_eq!(impatient, "error ErrorCode::HttpResponseTimeout");
}

#[test]
fn bodies_and_headers_are_bounded_in_both_directions() {
    let server = Server::start();
    let granted = [("127.0.0.1", server.port)];
    let limits = "network_response_max_bytes = 50000\nnetwork_request_max_bytes = 50000\n\
        network_headers_max_bytes = 16384";
    for path in ["/endless", "/announces"] {
        let report = once(&granted, limits, &format!("get {}", server.url(path)));
        assert_eq!(report, "error ErrorCode::HttpResponseBodySize(Some(50000))", "{path}");
    }
    let report = once(&granted, limits, &format!("post 60000 {}", server.url("/never")));
    assert_eq!(report, "error ErrorCode::HttpRequestBodySize(Some(50000))");
    let report = once(&granted, limits, &format!("get {}", server.url("/header")));
    assert_eq!(report, "error ErrorCode::HttpResponseHeaderSectionSize(None)");
}

#[test]
fn a_call_moves_no_more_than_its_limit_however_many_requests_it_makes() {
    let server = Server::start();
    let granted = [("127.0.0.1", server.port)];
    let report = once(&granted, "network_call_max_bytes = 50000", &format!("get {}", server.url("/endless")));
    assert!(report.contains("`network_call_max_bytes`"), "{report}");
    // The request has 18 bytes, and the answer as many again and more.
    let raw = once(&granted, "network_call_max_bytes = 30", &format!("tcp 127.0.0.1 {}", server.port));
    assert!(raw.contains("`network_call_max_bytes`"), "{raw}");
}

#[test]
fn a_context_has_no_more_connections_in_use_than_its_limit() {
    let server = Server::start();
    let granted = [("127.0.0.1", server.port)];
    let limits = "network_context_connections_max = 2";
    let report = once(&granted, limits, &format!("many 3 {}", server.url("/")));
    let lines: Vec<_> = report.lines().collect();
    assert!(lines[..2].iter().all(|line| line.contains("200")), "{report}");
    assert_eq!(lines[2], "error ErrorCode::ConnectionLimitReached");
}

#[test]
fn an_owner_has_no_more_connections_in_use_than_the_limit_however_many_a_context_may_have() {
    let server = Server::start();
    let granted = [("127.0.0.1", server.port)];
    let limits = "network_context_connections_max = 8\nnetwork_owner_connections_max = 1";
    let report = once(&granted, limits, &format!("many 2 {}", server.url("/")));
    let lines: Vec<_> = report.lines().collect();
    assert!(lines[0].contains("200"), "{report}");
    assert_eq!(lines[1], "error ErrorCode::ConnectionLimitReached");
}

#[test]
fn a_socket_connects_to_what_is_granted_by_name_or_by_address() {
    let server = Server::start();
    let port = server.port;
    let by_address = once(&[("127.0.0.1", port)], "", &format!("tcp 127.0.0.1 {port}"));
    assert_eq!(by_address, "\"HTTP/1.1 200 OK\"");
    let by_name = once(
        &[("localhost", port), ("127.0.0.0/8", port), ("::1", port)],
        "",
        &format!("tcp localhost {port}"),
    );
    assert_eq!(by_name, "\"HTTP/1.1 200 OK\"");
}

#[test]
fn a_socket_goes_nowhere_else_and_never_listens() {
    let server = Server::start();
    let port = server.port;
    let runtime = runtime(&[("localhost", port), ("a.example", port)], "");
    let context = open(&runtime, "alice");
    for command in [
        format!("tcp 127.0.0.1 {port}"),
        format!("tcp localhost {port}"),
        "tcp 127.0.0.1 22".into(),
        "tcp 1.1.1.1 443".into(),
        "bind 127.0.0.1 0".into(),
        "bind 0.0.0.0 0".into(),
        "listen".into(),
        "udp".into(),
    ] {
        let report = run(&runtime, &context, &command);
        assert!(report.starts_with("error") && report.contains("access-denied"), "{command}: {report}");
    }
    let unknown = run(&runtime, &context, &format!("tcp b.example {port}"));
    assert!(unknown.contains("permanent-resolver-failure"), "{unknown}");
}

#[test]
fn sockets_count_as_connections_until_they_are_dropped() {
    let server = Server::start();
    let runtime = runtime(&[("127.0.0.1", server.port)], "network_context_connections_max = 1");
    let context = open(&runtime, "alice");
    for _ in 0..3 {
        let report = run(&runtime, &context, &format!("tcp 127.0.0.1 {}", server.port));
        assert_eq!(report, "\"HTTP/1.1 200 OK\"");
    }
}

#[test]
fn a_backend_reads_its_settings_by_wasi_config() {
    let runtime = TestRuntime::new();
    let source = mapistore::Source::read(&tests::guest("guest-fetches")).unwrap();
    let config = [("greeting".to_owned(), "hello".to_owned())].into();
    let registration = mapistore::Registration { source, config, ..mapistore::Registration::default() };
    wait(runtime.register(registration)).unwrap();
    let context = open(&runtime, "alice");
    assert_eq!(run(&runtime, &context, "config greeting"), "Some(\"hello\")");
    assert_eq!(run(&runtime, &context, "config other"), "None");
}

#[test]
fn what_is_refused_stands_in_the_log_with_the_lines_that_would_allow_it() {
    let shell = super::cli::Shell::empty();
    shell.done(&["backend", "add", tests::guest("guest-fetches").to_str().unwrap()]);
    let invoke = |command: &str, filter: &str| {
        let calls = format!(
            "folder.set-properties([{{tag: {COMMENT}, value: text(\"{command}\")}}]); folder.get-properties([{COMMENT}])"
        );
        let uri = "fetches://alice/inbox/";
        let mut invoke = shell.command(&["invoke", "fetches", "--user", "alice", "--uri", uri, &calls]);
        let output = invoke.env("MAPISTORE_LOG", filter).output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (report, log) = invoke("get http://a.example/", "warn");
    assert!(report.contains("HttpRequestDenied"), "{report}{log}");
    let line = "[[backend.fetches.network]] host = \"a.example\" port = 80";
    assert!(log.contains(line), "{log}");
    for field in ["backend=\"fetches\"", "owner=\"alice\"", "context=\"fetches://alice/inbox/\""] {
        assert!(log.contains(field), "{field}: {log}");
    }
    let (_, quiet) = invoke("get http://a.example/", "warn,backend.fetches=off");
    assert_eq!(quiet, "");
    let (_, others) = invoke("get http://a.example/", "off,backend.other=trace");
    assert_eq!(others, "");
    let (_, wrong) = invoke("get http://a.example/", "warn,backend.fetches=loud");
    assert!(wrong.contains("`backend.fetches=loud` in MAPISTORE_LOG"), "{wrong}");
}
