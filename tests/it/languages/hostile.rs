//! Harm in every language: what the language itself catches is an answer, anything else ends its own context with an error that
//! says what happened; every other context goes on. The guests are those of `tests/languages`.

use mapistore::types::{ErrorCode, TableKind};
use mapistore::{CallError, blocking::wait};
use tests::TestRuntime;

/// How a call ends.
#[derive(Clone, Copy, Debug)]
enum Ends {
    /// With `failed` and these words, or another code; the context lives.
    Failed(&'static str),
    Answered(ErrorCode, &'static str),
    /// In a trap with these words.
    Trapped(&'static str),
    /// At this limit.
    Over(&'static str),
}

use Ends::{Answered, Failed, Over, Trapped};

const MEMORY: Ends = Over("memory_max_bytes");
const OVERFLOW: Ends = Trapped("call stack exhausted");

/// Deadlines are for `loop`; a busy machine may take long over everything else.
const QUICK: &str = "[limits]\ncall_timeout_ms = 2000\n";
const PATIENT: &str = "[limits]\ncall_timeout_ms = 300000\nmemory_max_bytes = 67108864\n";

fn misbehaves(language: &str, harms: &[(&str, Ends)]) {
    let patient = runtime(PATIENT, language);
    for (harm, ends) in harms {
        misbehave(&patient, language, harm, *ends);
    }
    misbehave(&runtime(QUICK, language), language, "loop", Over("call_timeout_ms"));
}

fn runtime(limits: &str, language: &str) -> TestRuntime {
    let runtime = TestRuntime::with_config(limits);
    runtime.add_guest(&format!("hostile-{language}"));
    runtime
}

/// Counting the rows of a root that is called `harm` ends so; then another context answers, and the hostile one as well,
/// opened anew if it was lost.
fn misbehave(runtime: &TestRuntime, language: &str, harm: &str, ends: Ends) {
    let bystander = runtime.open("bob", &format!("hostile-{language}://bob/behaves/"));
    let beside = runtime.root(&bystander);
    let context = runtime.open("mallory", &format!("hostile-{language}://mallory/{harm}/"));
    let root = runtime.root(&context);
    let error = wait(root.get_child_count(TableKind::Contents)).unwrap_err();
    let told = error.to_string();
    let (is_so, words) = match (ends, &error) {
        (Failed(words), CallError::Answered { code: ErrorCode::Failed, .. }) => (true, words),
        (Answered(wanted, words), CallError::Answered { code, .. }) => (*code == wanted, words),
        (Trapped(words), CallError::Trapped { .. }) => (true, words),
        (Over(name), CallError::OverLimit { limit, .. }) => (*limit == name, name),
        (Failed(words) | Answered(_, words) | Trapped(words) | Over(words), _) => (false, words),
    };
    assert!(is_so && told.contains(words), "{language}, {harm}: {told}, and not {ends:?}");
    assert!(told.contains(&format!("`hostile-{language}://mallory/{harm}/`")), "{told}");

    assert_eq!(wait(beside.get_child_count(TableKind::Contents)).unwrap(), 100, "{language}, {harm}");
    let made = |root: &mapistore::Folder| wait(root.get_child_count(TableKind::Associated));
    if error.is_loss() {
        assert!(matches!(made(&root), Err(CallError::Stale { .. })), "{language}, {harm}");
    } else {
        made(&root).unwrap();
    }
    assert_eq!(made(&runtime.root(&context)).unwrap(), 2, "{language}, {harm}: a context and its root");
}

#[test]
fn harm_in_rust() {
    misbehaves(
        "rust",
        &[
            ("recursion", OVERFLOW),
            ("memory", MEMORY),
            ("exception", Trapped("unreachable")),
            ("abort", Trapped("unreachable")),
            ("exit", Trapped("exit")),
        ],
    );
}

#[test]
fn harm_in_c() {
    misbehaves(
        "c",
        &[
            ("recursion", OVERFLOW),
            ("memory", MEMORY),
            ("exception", Trapped("out of bounds memory access")),
            ("abort", Trapped("unreachable")),
            ("exit", Trapped("exit")),
        ],
    );
}

#[test]
fn many_keys_at_once_are_the_hosts_in_c() {
    let runtime = runtime(PATIENT, "c");
    let context = runtime.open("alice", "hostile-c://alice/batches/");
    assert_eq!(wait(runtime.root(&context).get_child_count(TableKind::Contents)).unwrap(), 100);
}

#[test]
fn harm_in_go() {
    misbehaves(
        "go",
        &[
            ("recursion", OVERFLOW),
            ("memory", MEMORY),
            ("exit", Trapped("exit")),
            ("deadlock", Trapped("unreachable")),
        ],
    );
}

#[test]
fn a_panic_in_go_is_an_answer_with_its_message_and_ends_the_object_only() {
    let runtime = runtime(PATIENT, "go");
    let context = runtime.open("mallory", "hostile-go://mallory/exception/");
    let root = runtime.root(&context);
    let error = wait(root.get_child_count(TableKind::Contents)).unwrap_err();
    assert!(matches!(error, CallError::Answered { .. }), "{error:?}");
    assert!(error.to_string().contains("assignment to entry in nil map"), "{error}");
    let again = wait(root.get_child_count(TableKind::Hierarchy)).unwrap_err();
    assert!(again.to_string().contains("in which a call panicked"), "{again}");
}

#[test]
fn harm_in_javascript() {
    misbehaves(
        "javascript",
        &[
            ("recursion", Failed("InternalError: too much recursion")),
            ("memory", MEMORY),
            ("strings", MEMORY),
            ("exception", Failed("TypeError: can't access property")),
            ("rejection", Failed("RangeError: out of reach")),
            ("symbol", Failed("Symbol(thrown)")),
            ("wrong-type", Failed("has to answer a number of 32 bits")),
            // A promise that nothing will settle: there is no `exit` or `abort` to call.
            ("never", Trapped("unreachable")),
        ],
    );
}

#[test]
fn harm_in_python() {
    misbehaves(
        "python",
        &[
            ("recursion", Failed("RecursionError: maximum recursion depth exceeded")),
            ("recursion-in-c", OVERFLOW),
            ("memory", MEMORY),
            ("memory-by-little", MEMORY),
            ("exception", Failed("KeyError: 'a missing key'")),
            ("leaving", Failed("`sys.exit(3)`")),
            ("wrong-type", Failed("`Folder.get_child_count` answered a `str`")),
            ("denied", Answered(ErrorCode::Denied, "said no")),
            ("abort", Trapped("unreachable")),
            ("exit", Trapped("Exited")),
        ],
    );
}
