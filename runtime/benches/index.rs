//! What the index costs above LMDB: each operation beside bare `heed` doing the same, in one run on one machine.
//!
//! `cargo bench --bench index` takes a minute or two and wants a disk that syncs; `INDEX_BENCH_RECORDS` sets the size.
//! `cargo test --benches` runs everything once, small, and checks nothing but that it works.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![expect(clippy::print_stdout, reason = "the table is what a bench is for")]

#[path = "support/harness.rs"]
mod harness;

use std::hint::black_box;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use heed::types::Bytes;
use heed::{CommitOrAbort, Database, Env, EnvFlags, EnvOpenOptions, WithoutTls};
use mapistore::index::{BATCH_MAX, Fmid, Globcnt, Index, LmdbIndex, LmdbOptions, Owner, Scope, Uri};

/// How often each figure is taken.
const ROUNDS: usize = 7;
/// The same, of what takes no time to do again: a median of few moves by a tenth from run to run.
const GET_ROUNDS: usize = 31;
const CLIENTS: usize = 64;

fn main() {
    let small = harness::is_small();
    let records = std::env::var("INDEX_BENCH_RECORDS").ok().and_then(|text| text.parse().ok());
    let records = records.unwrap_or(if small { 2_000 } else { 1_000_000 });
    let (gets, adds) = if small { (200, 20) } else { (200_000, 400) };

    // Not in a temporary directory of the system's: that may be memory, where nothing is durable.
    let dir = std::env::var("INDEX_BENCH_DIR").unwrap_or_else(|_| env!("CARGO_TARGET_TMPDIR").to_owned());
    let dir = tempfile::tempdir_in(dir).unwrap();
    let bare = Bare::open(&dir.path().join("bare"));
    let index = LmdbIndex::open(&dir.path().join("index"), LmdbOptions::default()).unwrap();
    let scope = Scope::namespace(Owner::parse("alice").unwrap(), "notes").unwrap();
    let uris: Vec<Uri> = (0..records).map(uri).collect();
    for (part, texts) in uris.chunks(BATCH_MAX).enumerate() {
        index.ensure_ids(&scope, texts).unwrap();
        bare.load(part * BATCH_MAX, texts);
    }
    let bytes = index.stats().unwrap().disk_bytes / records as u64;
    let title =
        format!("index of {records} records, {bytes} bytes each (bar 200); the baseline is bare heed");
    harness::head(&title);

    let picks: Vec<usize> = shuffled(records).into_iter().cycle().take(gets).collect();
    let each = |run: &mut dyn FnMut(usize)| {
        let start = Instant::now();
        picks.iter().for_each(|at| run(*at));
        start.elapsed() / u32::try_from(picks.len()).unwrap()
    };
    harness::row(
        "get by id",
        "1.20",
        &harness::rounds(GET_ROUNDS, || {
            let heed = each(&mut |at| drop(black_box(bare.by_id(at))));
            (heed, each(&mut |at| drop(black_box(index.get_uris(&scope, &[id(at)]).unwrap()))))
        }),
    );
    harness::row(
        "get by URI",
        "1.50",
        &harness::rounds(GET_ROUNDS, || {
            let heed = each(&mut |at| drop(black_box(bare.by_uri(&uris[at]))));
            (
                heed,
                each(&mut |at| {
                    drop(black_box(index.get_ids(&scope, std::slice::from_ref(&uris[at])).unwrap()))
                }),
            )
        }),
    );
    harness::row(
        "1,000 ids in one call, per id",
        "",
        &harness::rounds(ROUNDS, || {
            let chunks = picks.chunks(1_000);
            let ids: Vec<Vec<Fmid>> = chunks.map(|chunk| chunk.iter().map(|at| id(*at)).collect()).collect();
            let heed = each(&mut |at| drop(black_box(bare.by_id(at))));
            let start = Instant::now();
            ids.iter().for_each(|ids| drop(black_box(index.get_uris(&scope, ids).unwrap())));
            (heed, start.elapsed() / u32::try_from(picks.len()).unwrap())
        }),
    );
    let folder = uris[records / 2].as_str().rsplit_once('/').unwrap().0.to_owned() + "/";
    let expected = bare.by_prefix(&folder).len();
    harness::row(
        "URIs by prefix, one folder",
        "",
        &harness::rounds(ROUNDS, || {
            let heed = harness::each(1, || drop(black_box(bare.by_prefix(&folder))));
            let find = || index.find(&scope, &folder, "", None, BATCH_MAX).unwrap();
            (heed, harness::each(1, || assert_eq!(find().len(), expected)))
        }),
    );

    let mut next = records;
    harness::row(
        "durable add, one client",
        "",
        &harness::rounds(ROUNDS, || {
            let texts: Vec<Uri> = (next..next + adds).map(uri).collect();
            let start = Instant::now();
            texts.iter().enumerate().for_each(|(at, uri)| bare.add(next + at, uri));
            let heed = start.elapsed() / u32::try_from(adds).unwrap();
            let start = Instant::now();
            texts.iter().for_each(|uri| drop(index.ensure_ids(&scope, std::slice::from_ref(uri)).unwrap()));
            next += adds;
            (heed, start.elapsed() / u32::try_from(adds).unwrap())
        }),
    );
    let per_client = if small { 2 } else { 60 };
    let mut worst = Duration::ZERO;
    let concurrent = harness::rounds(ROUNDS, || {
        let texts: Vec<Uri> = (next..next + CLIENTS * per_client).map(uri).collect();
        let (heed, _) = clients(&texts, &|at, uri| bare.add(next + at, uri));
        let (ours, wait) = clients(&texts, &|_, uri| {
            index.ensure_ids(&scope, std::slice::from_ref(uri)).unwrap();
        });
        worst = worst.max(wait);
        next += texts.len();
        (heed, ours)
    });
    harness::row("durable add, 64 clients", &format!("{:.2} (6 times)", 1.0 / 6.0), &concurrent);
    let (heed, ours) = (concurrent.baseline(), concurrent.ours());
    println!(
        "  {:.0} adds per second against {:.0}: {:.1} times; worst wait {worst:.1?} (bar 100 ms)",
        1.0 / ours.as_secs_f64(),
        1.0 / heed.as_secs_f64(),
        heed.as_secs_f64() / ours.as_secs_f64()
    );

    let (old, new) = (Uri::parse("notes://alice/").unwrap(), Uri::parse("notes://moved/").unwrap());
    let start = Instant::now();
    let renamed = index.rename_prefix(&scope, &old, &new).unwrap();
    println!("  rename of {renamed} records: {:.1?}", start.elapsed());
    let start = Instant::now();
    let report = index.verify().unwrap();
    assert!(report.is_clean(), "{report:?}");
    println!("  verify of {} records: {:.1?}", report.live, start.elapsed());
}

/// 80 bytes, four levels deep, a thousand names in a folder.
fn uri(at: usize) -> Uri {
    let folder = at / 1_000;
    let text = format!("notes://alice/{:08}/folder-{folder:012}/message-{:029}", folder / 30, at);
    debug_assert_eq!(text.len(), 80);
    Uri::parse(text).unwrap()
}

fn id(at: usize) -> Fmid {
    Fmid::from(Globcnt::new(at as u64 + 1).unwrap())
}

/// The numbers below `end` in an order that is the same each time, and no other.
fn shuffled(end: usize) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..end).collect();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for at in (1..end).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        numbers.swap(at, usize::try_from(state % (at as u64 + 1)).unwrap());
    }
    numbers
}

/// Lets every client add its share, and returns the time per add, and the longest that one took.
fn clients(uris: &[Uri], add: &(dyn Fn(usize, &Uri) + Sync)) -> (Duration, Duration) {
    let worst = Mutex::new(Duration::ZERO);
    let share = uris.len() / CLIENTS;
    let start = Instant::now();
    thread::scope(|threads| {
        for (client, uris) in uris.chunks(share).enumerate() {
            let worst = &worst;
            threads.spawn(move || {
                for (at, uri) in uris.iter().enumerate() {
                    let start = Instant::now();
                    add(client * share + at, uri);
                    let mut worst = worst.lock().unwrap();
                    *worst = (*worst).max(start.elapsed());
                }
            });
        }
    });
    (start.elapsed() / u32::try_from(uris.len()).unwrap(), worst.into_inner().unwrap())
}

/// The least that could be an index: id to URI and back, one commit per add.
struct Bare {
    env: Env<WithoutTls>,
    uris: Database<'static, Bytes, Bytes>,
    ids: Database<'static, Bytes, Bytes>,
}

impl Bare {
    #[expect(unsafe_code, reason = "opening an environment is; nobody else has this directory")]
    fn open(path: &Path) -> Bare {
        std::fs::create_dir_all(path).unwrap();
        let mut options = EnvOpenOptions::new().read_txn_without_tls();
        options.map_size(1 << 40).max_dbs(2).max_readers(1_024);
        // SAFETY: The directory was made for this process.
        let env = unsafe { options.flags(EnvFlags::NO_READ_AHEAD).open(path) }.unwrap();
        let wtxn = env.write_txn().unwrap();
        let opened = env.create_databases_and_commit(wtxn, |opener, wtxn| {
            let uris = opener.create_database::<Bytes, Bytes>(wtxn, Some("uris"))?;
            let ids = opener.create_database::<Bytes, Bytes>(wtxn, Some("ids"))?;
            Ok::<_, heed::Error>(CommitOrAbort::<_, ()>::Commit((uris, ids)))
        });
        let (uris, ids) = opened.unwrap().unwrap_commit();
        Bare { env, uris, ids }
    }

    fn load(&self, from: usize, uris: &[Uri]) {
        let mut wtxn = self.env.write_txn().unwrap();
        for (at, uri) in uris.iter().enumerate() {
            self.uris.put(&mut wtxn, &key(from + at), uri.as_str().as_bytes()).unwrap();
            self.ids.put(&mut wtxn, uri.as_str().as_bytes(), &key(from + at)).unwrap();
        }
        wtxn.commit().unwrap();
    }

    fn add(&self, at: usize, uri: &Uri) {
        self.load(at, std::slice::from_ref(uri));
    }

    fn by_id(&self, at: usize) -> String {
        let rtxn = self.env.read_txn().unwrap();
        let uri = self.uris.get(&rtxn, &key(at)).unwrap().unwrap();
        str::from_utf8(uri).unwrap().to_owned()
    }

    /// The id and the URI, as the index answers.
    fn by_uri(&self, uri: &Uri) -> (Vec<u8>, String) {
        let rtxn = self.env.read_txn().unwrap();
        let id = self.ids.get(&rtxn, uri.as_str().as_bytes()).unwrap().unwrap();
        (id.to_vec(), uri.as_str().to_owned())
    }

    fn by_prefix(&self, prefix: &str) -> Vec<String> {
        let rtxn = self.env.read_txn().unwrap();
        let rows = self.ids.prefix_iter(&rtxn, prefix.as_bytes()).unwrap();
        rows.map(|row| str::from_utf8(row.unwrap().0).unwrap().to_owned()).collect()
    }
}

/// An owner's number and a counter.
fn key(at: usize) -> [u8; 10] {
    let mut key = [0; 10];
    key[4..].copy_from_slice(&(at as u64 + 1).to_be_bytes()[2..]);
    key
}
