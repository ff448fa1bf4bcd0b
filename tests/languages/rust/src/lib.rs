//! Does harm when its root is counted, in the way that its URI names; counts what it makes and what is dropped. See `../README.md`.

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};

use mapistore_sdk::{keyvalue::Bucket, tags::*, types::*, *};

static MADE: AtomicU32 = AtomicU32::new(0);
static DROPPED: AtomicU32 = AtomicU32::new(0);

struct Counted;

impl Counted {
    fn new() -> Self {
        MADE.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

struct Hostile;
export!(Hostile);

impl Backend for Hostile {
    fn describe() -> BackendInfo {
        BackendInfo::new("hostile-rust", "does harm", "0.1.0")
    }
    fn list_contexts(user: &str) -> Result<Vec<ContextEntry>> {
        Ok(vec![ContextEntry::main(Role::Mail, format!("hostile-rust://{user}/behaves/"), "Inbox")])
    }
    fn create_context(_: ConnectionInfo, uri: &str) -> Result<Box<dyn Context>> {
        let harm = uri.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        Ok(Box::new(Root { harm, counted: Some(Counted::new()) }))
    }
}

struct Root {
    harm: String,
    counted: Option<Counted>,
}

impl Context for Root {
    fn get_root_folder(&self, _: Fid) -> Result<Box<dyn Folder>> {
        Ok(Box::new(Inbox { harm: self.harm.clone(), _counted: Counted::new() }))
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        self.counted = None;
        let sum = |bucket: &Bucket| {
            let sums = [MADE.load(Ordering::Relaxed), DROPPED.load(Ordering::Relaxed), 1];
            let mut sums = sums.iter();
            let added: Vec<_> = sums_of(bucket)?
                .split(' ')
                .map(|sum| sum.parse().unwrap_or(0) + sums.next().unwrap_or(&0))
                .map(|sum: u32| sum.to_string())
                .collect();
            bucket.set("sums", added.join(" ").as_bytes())
        };
        // A destructor cannot answer: a sum that is missing is seen.
        let _ = Bucket::open("counts").and_then(|bucket| sum(&bucket));
    }
}

fn sums_of(bucket: &Bucket) -> Result<String> {
    Ok(bucket.get("sums")?.map_or("0 0 0".to_owned(), |sums| String::from_utf8_lossy(&sums).into_owned()))
}

struct Inbox {
    harm: String,
    _counted: Counted,
}

impl Folder for Inbox {
    fn properties(&self) -> Result<Properties> {
        let sums = sums_of(&Bucket::open("counts")?)?;
        Ok(Properties::new().with(PID_TAG_DISPLAY_NAME, self.harm.as_str()).with(PID_TAG_BODY, sums))
    }
    fn get_child_count(&self, kind: TableKind) -> Result<u32> {
        match (kind, self.harm.as_str()) {
            (TableKind::Associated, _) => Ok(MADE.load(Ordering::Relaxed)),
            (TableKind::Hierarchy, _) => Ok(DROPPED.load(Ordering::Relaxed)),
            (TableKind::Contents, "recursion") => Ok(deeper(1)),
            (TableKind::Contents, "memory") => {
                let mut kept = Vec::new();
                loop {
                    kept.push(black_box(vec![1_u8; 1 << 20]));
                }
            }
            (TableKind::Contents, "loop") => loop {
                black_box(());
            },
            (TableKind::Contents, "exception") => panic!("nobody catches this"),
            (TableKind::Contents, "abort") => std::process::abort(),
            (TableKind::Contents, "exit") => std::process::exit(3),
            (TableKind::Contents, "denied-posts") => post_where_denied(2_000),
            (TableKind::Contents, harm) => harm.strip_prefix("post:").map_or(Ok(100), |port| post(port, 100_000, "POST")),
            _ => Ok(100),
        }
    }
    fn open_message(&self, _: Mid, _: bool) -> Result<Box<dyn Message>> {
        Ok(Box::new(Mail { _counted: Counted::new() }))
    }
    fn open_table(&self, _: TableKind) -> Result<Box<dyn Table>> {
        let counted = Counted::new();
        let row = |number| {
            let subject = format!("message {number}");
            Properties::new().with(PID_TAG_MESSAGE_SIZE, subject.len() as i32).with(PID_TAG_SUBJECT, subject)
        };
        let rows = move || {
            black_box(&counted);
            Ok((0..100).map(row).collect())
        };
        Ok(Box::new(RowsTable::open(&[PID_TAG_SUBJECT, PID_TAG_MESSAGE_SIZE], rows)?))
    }
}

struct Mail {
    /// For its destructor.
    _counted: Counted,
}

impl Message for Mail {
    fn properties(&mut self) -> Result<Properties> {
        Ok(Properties::new().with(PID_TAG_SUBJECT, "a subject").with(PID_TAG_BODY, "a body\r\n".repeat(100)))
    }
}

fn post(port: &str, length: usize, method: &str) -> Result<u32> {
    let mut request = http::Request::new(method, format!("http://127.0.0.1:{port}/takes"));
    request.body = vec![0; length];
    let answer = String::from_utf8_lossy(&request.send()?.body).into_owned();
    answer.parse().map_err(|_| Error::transport(format!("`{answer}` is no number")))
}

fn post_where_denied(times: u32) -> Result<u32> {
    for _ in 0..times {
        expect(ErrorCode::Denied, post("9", 1, "POST"))?;
        expect(ErrorCode::InvalidParameter, post("9", 1, "NO METHOD"))?;
    }
    Ok(times)
}

fn expect(code: ErrorCode, answer: Result<u32>) -> Result<()> {
    match answer {
        Err(error) if error.code == code => Ok(()),
        other => other.and_then(|answer| Err(Error::failed(format!("answered {answer}")))),
    }
}

/// Not a loop: the addition comes after.
fn deeper(depth: u32) -> u32 {
    if black_box(depth) == 0 { 0 } else { deeper(depth + 1).wrapping_add(depth) }
}
