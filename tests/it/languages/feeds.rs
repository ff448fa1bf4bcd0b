//! `sample-backends/feeds`, the backend in Python, through the host: feeds that lie in a granted directory, and those of a server.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mapistore::blocking::wait;
use mapistore::conformance::Plan;
use mapistore::index::Fmid;
use mapistore::types::{PropertyValue, TableKind};
use mapistore::{Context, Folder};
use tests::{TestRuntime, ids, registered};

const SUBJECT: u32 = 0x0037_001F;
const HTML: u32 = 0x1013_0102;
const NAME: u32 = 0x3001_001F;
const COMMENT: u32 = 0x3004_001F;
const UNREAD: u32 = 0x3603_0003;

fn feed(numbers: std::ops::Range<u32>) -> String {
    let item = |number| {
        format!(
            "<item><guid>{number}</guid><title>entry {number}</title><description>&lt;p&gt;body {number}&lt;/p&gt;</description></item>"
        )
    };
    format!("<rss><channel><title>News</title>{}</channel></rss>", numbers.map(item).collect::<String>())
}

struct Feeds {
    runtime: TestRuntime,
}

impl Feeds {
    fn new() -> Self {
        let runtime = TestRuntime::new();
        runtime.add_guest_with_files("feeds", "/feeds");
        let feeds = Self { runtime };
        feeds.write(&feed(1..3));
        feeds
    }

    fn write(&self, text: &str) {
        let directory = self.runtime.files().join("alice");
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join("news.xml"), text).unwrap();
    }

    /// A context, and the folder of its one feed.
    fn open(&self) -> (Context, Folder) {
        let context = self.runtime.open("alice", "feeds://alice/");
        let root = self.runtime.root(&context);
        let [folder] = ids(&root, TableKind::Hierarchy)[..] else { panic!("one feed") };
        let folder = wait(root.open_folder(folder)).unwrap();
        (context, folder)
    }
}

fn text(cell: &mapistore::types::Cell) -> String {
    match cell {
        Ok(PropertyValue::Text(text)) => text.clone(),
        Ok(PropertyValue::Binary(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        other => panic!("{other:?}"),
    }
}

fn message(folder: &Folder, mid: Fmid, tag: u32) -> String {
    let message = wait(folder.open_message(mid, false)).unwrap();
    text(&wait(message.get_properties(&[tag])).unwrap()[0])
}

#[test]
fn a_file_is_a_folder_whose_entries_are_messages() {
    let feeds = Feeds::new();
    let (_context, folder) = feeds.open();
    assert_eq!(text(&wait(folder.get_properties(&[NAME])).unwrap()[0]), "news");
    let mids = ids(&folder, TableKind::Contents);
    let mut subjects: Vec<_> = mids.iter().map(|mid| message(&folder, *mid, SUBJECT)).collect();
    subjects.sort();
    assert_eq!(subjects, ["entry 1", "entry 2"]);
    assert!(message(&folder, mids[0], HTML).starts_with("<p>body"));
}

#[test]
fn entries_and_read_marks_outlast_their_feed_and_keep_their_ids() {
    let feeds = Feeds::new();
    let (context, folder) = feeds.open();
    let before = ids(&folder, TableKind::Contents);
    let done = wait(folder.set_read_flags(&before[..1], true)).unwrap();
    assert!(done.iter().all(|each| each.outcome.is_ok()), "{done:?}");
    drop(folder);
    wait(context.close());

    feeds.write("<html>moved</html>");
    let (context, folder) = feeds.open();
    assert_eq!(ids(&folder, TableKind::Contents), before);
    let cells = wait(folder.get_properties(&[COMMENT, UNREAD])).unwrap();
    assert!(text(&cells[0]).contains("`html`"), "{cells:?}");
    assert_eq!(cells[1], Ok(PropertyValue::Integer32(1)));
    drop(folder);
    wait(context.close());

    feeds.write(&feed(2..5));
    let (_context, folder) = feeds.open();
    let after = ids(&folder, TableKind::Contents);
    assert_eq!(after.len(), 4);
    assert!(before.iter().all(|mid| after.contains(mid)));
}

/// Answers every request with a feed of two entries.
fn serve(requests: &Arc<AtomicUsize>) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let requests = Arc::clone(requests);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            requests.fetch_add(1, Ordering::Relaxed);
            let body = feed(1..3);
            let head =
                format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            // The guest's side may have gone away.
            let _ = stream.write_all((head + &body).as_bytes());
        }
    });
    port
}

/// Alice's subscription list has one feed, of a server here. Is it granted?
fn of_server(granted: bool) -> (Feeds, Arc<AtomicUsize>) {
    let requests = Arc::default();
    let port = serve(&requests);
    let place = format!("[[backend.feeds.network]]\nhost = \"127.0.0.1\"\nport = {port}\n");
    let runtime = TestRuntime::with_config(if granted { &place } else { "" });
    runtime.add_guest_with_files("feeds", "/feeds");
    let directory = runtime.files().join("alice");
    std::fs::create_dir_all(&directory).unwrap();
    let outline = format!(r#"<outline text="News" xmlUrl="http://127.0.0.1:{port}/news"/>"#);
    std::fs::write(directory.join("list.opml"), format!("<opml><body>{outline}</body></opml>")).unwrap();
    (Feeds { runtime }, requests)
}

#[test]
fn a_feed_of_a_server_that_is_granted_is_fetched_once() {
    let (feeds, requests) = of_server(true);
    for _ in 0..2 {
        let (context, folder) = feeds.open();
        assert_eq!(ids(&folder, TableKind::Contents).len(), 2);
        drop(folder);
        wait(context.close());
    }
    assert_eq!(requests.load(Ordering::Relaxed), 1);
}

#[test]
fn a_feed_of_a_server_that_is_not_granted_is_empty_and_says_why() {
    let (feeds, requests) = of_server(false);
    let (_context, folder) = feeds.open();
    assert!(ids(&folder, TableKind::Contents).is_empty());
    let comment = text(&wait(folder.get_properties(&[COMMENT])).unwrap()[0]);
    assert!(comment.contains("denied"), "{comment}");
    assert_eq!(requests.load(Ordering::Relaxed), 0);
}

#[test]
fn it_does_what_it_claims() {
    let report = registered::kit("feeds", Some("/feeds"), &[]).run(&Plan::default()).unwrap();
    let failures: Vec<_> = report.failures().map(|it| (it.behaviour.id, &it.outcome, &it.calls)).collect();
    assert!(report.is_clean(), "{failures:#?}");
}
