//! What this machine has room for: how many contexts can be awake in this process, and which of its bounds comes first. Knows
//! the kernel's figures and what a context takes of each; nothing of contexts themselves.

use std::fs;
use std::path::Path;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Memory mappings that an awake context takes: its image, what it writes behind that, and the guard between slots.
const MAPS_EACH: u64 = 3;

/// Mappings left to everything else: threads, the allocator, code that is loaded, LMDB.
const MAPS_KEPT: u64 = 4_096;

/// File descriptors left to everything else.
const FILES_KEPT: u64 = 128;

/// Addresses that a context takes: a linear memory of 4 GiB and the guard behind it, which is why compiled code needs no bounds
/// checks.
const ADDRESSES_EACH: u64 = (4 << 30) + (32 << 20);

/// Addresses left to everything else: tables of contexts, threads, what the allocator takes.
const ADDRESSES_KEPT: u64 = 1 << 40;

/// Addresses that a process has on a 64-bit machine with page tables of four levels: 47 bits.
const ADDRESSES: u64 = 1 << 47;

/// A program that was linked to a fixed place, at the bottom, leaves more than this in one piece.
const ADDRESSES_OF_FIXED: u64 = 120 << 40;

/// Memory that an idle context of a small backend keeps resident, page tables included.
const MEMORY_EACH: u64 = 64 << 10;

/// What the kernel gives this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Memory mappings that a process may have (`vm.max_map_count`).
    pub maps_max: u64,
    /// Mappings that this process has now.
    pub maps_used: u64,
    /// Files that it may have open (`RLIMIT_NOFILE`, the soft limit).
    pub files_max: u64,
    /// How far it may raise that itself (the hard limit).
    pub files_hard_max: u64,
    /// Files that it has open now.
    pub files_used: u64,
    /// Bytes of addresses that it has reserved now.
    pub addresses_used: u64,
    /// Bytes of addresses in one piece that nothing is mapped to: all contexts live in one reservation. The program itself
    /// lies in the middle of a process's addresses, so that this is about two thirds of them.
    pub addresses_free: u64,
    /// Bytes of addresses that it may have, where a limit is set (`RLIMIT_AS`, `ulimit -v`).
    pub address_space_bytes: Option<u64>,
    /// Bytes of memory that can still be taken without swapping, the control group's limit included.
    pub memory_available_bytes: u64,
}

/// One bound of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The kernel's own name of it, such as `vm.max_map_count`.
    pub name: &'static str,
    /// Contexts that it has room for, besides what this process holds now.
    pub contexts: u32,
    /// The figures behind that.
    pub found: String,
    /// How to have more.
    pub advice: String,
}

impl Machine {
    /// Asks the kernel. What it does not say (no `/proc`) counts as no bound, or as nothing used.
    pub fn look() -> Self {
        let files = getrlimit(Resource::Nofile);
        let maps = fs::read("/proc/self/maps");
        Self {
            maps_max: number(Path::new("/proc/sys/vm/max_map_count")).unwrap_or(u64::MAX),
            maps_used: maps.as_ref().map_or(0, |maps| lines(maps)),
            addresses_free: maps.map_or(ADDRESSES, |maps| largest_gap(&String::from_utf8_lossy(&maps))),
            files_max: files.current.unwrap_or(u64::MAX),
            files_hard_max: files.maximum.unwrap_or(u64::MAX),
            files_used: fs::read_dir("/proc/self/fd").map_or(0, |open| open.count() as u64),
            addresses_used: addresses_used(),
            address_space_bytes: getrlimit(Resource::As).current,
            memory_available_bytes: memory_available(),
        }
    }

    /// How many more contexts can be awake, if each has so many granted directories (a file descriptor each), and the bound
    /// that comes first.
    pub fn contexts_max(&self, directories_each: u32) -> (u32, &'static str) {
        let bounds = self.bounds(directories_each);
        let least = bounds.into_iter().min_by_key(|bound| bound.contexts);
        least.map_or((u32::MAX, "nothing"), |bound| (bound.contexts, bound.name))
    }

    /// Files that this process may open besides those that it has, without what is kept for everything but contexts.
    pub(crate) fn files_left(&self) -> u64 {
        self.files_max.saturating_sub(self.files_used).saturating_sub(FILES_KEPT)
    }

    /// Every bound, with what to do about it.
    pub fn bounds(&self, directories_each: u32) -> [Bound; 4] {
        let contexts = |room: u64, each: u64| u32::try_from(room / each.max(1)).unwrap_or(u32::MAX);
        let maps = self.maps_max.saturating_sub(self.maps_used).saturating_sub(MAPS_KEPT);
        let files_contexts = if directories_each == 0 {
            u32::MAX
        } else {
            contexts(self.files_left(), directories_each.into())
        };
        let allowed = self.address_space_bytes.map(|allowed| allowed.saturating_sub(self.addresses_used));
        let room = self.addresses_free.saturating_sub(ADDRESSES_KEPT);
        let addresses = allowed.unwrap_or(u64::MAX).min(room);
        [
            Bound {
                name: "vm.max_map_count",
                contexts: contexts(maps, MAPS_EACH),
                found: format!("{} memory mappings at most, {} in use, {MAPS_EACH} for a context", self.maps_max, self.maps_used),
                advice: format!(
                    "`sysctl -w vm.max_map_count={}` has room for 30,000 contexts; a line in `/etc/sysctl.d` keeps it",
                    1_u64 << 18
                ),
            },
            Bound {
                name: "RLIMIT_AS",
                contexts: contexts(addresses, ADDRESSES_EACH),
                found: format!("{} of addresses left in one piece, 4 GiB for a context", gib(addresses)),
                advice: match self.address_space_bytes {
                    Some(_) => "`ulimit -v unlimited`: contexts reserve addresses, and take memory only as they use it".into(),
                    None if self.addresses_free < ADDRESSES_OF_FIXED => {
                        "set `runtime.contexts_awake_max` lower, or have a program that does not lie in the middle of its addresses: \
                        built with `RUSTFLAGS=\"-C relocation-model=static\"`, there is room for 31,000"
                            .into()
                    }
                    None => "set `runtime.contexts_awake_max` lower: the processor has no more addresses".into(),
                },
            },
            Bound {
                name: "memory",
                contexts: contexts(self.memory_available_bytes, MEMORY_EACH),
                found: format!(
                    "{} available, {} for an idle context",
                    crate::error::bytes(self.memory_available_bytes),
                    crate::error::bytes(MEMORY_EACH)
                ),
                advice: "more memory, or a higher limit of the control group; contexts that are not used go to sleep".into(),
            },
            Bound {
                name: "RLIMIT_NOFILE",
                contexts: files_contexts,
                found: format!(
                    "{} open files at most, {} in use, one for each directory of a context",
                    self.files_max, self.files_used
                ),
                advice: match self.files_max < self.files_hard_max {
                    true => format!("`ulimit -n {}`, which is as far as this account may go", self.files_hard_max),
                    false => "`LimitNOFILE=` in the unit, or `/etc/security/limits.conf`".into(),
                },
            },
        ]
    }
}

/// Raises the limit of open files as far as this account may: a granted directory is a file descriptor for each context, and
/// the usual 1,024 were chosen for programs that call `select`. Answers what it is now.
pub fn raise_open_files() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if limit.current != limit.maximum && setrlimit(Resource::Nofile, raised).is_ok() {
        return limit.maximum.unwrap_or(u64::MAX);
    }
    limit.current.unwrap_or(u64::MAX)
}

/// What `/proc/self/statm` says first: the size of all mappings, in pages.
fn addresses_used() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    pages.unwrap_or(0).saturating_mul(rustix::param::page_size() as u64)
}

/// The most addresses between two mappings of `/proc/self/maps`, or below the first.
fn largest_gap(maps: &str) -> u64 {
    let address = |text: &str| u64::from_str_radix(text, 16).ok();
    let ranges = maps.lines().filter_map(|line| {
        let (from, to) = line.split_ascii_whitespace().next()?.split_once('-')?;
        Some((address(from)?, address(to)?))
    });
    // What is not the program's (`vsyscall`) lies behind the end.
    let ranges = ranges.filter(|(_, to)| *to <= ADDRESSES);
    ranges.fold((0, 0), |(gap, end), (from, to)| (from.saturating_sub(end).max(gap), to)).0
}

fn gib(bytes: u64) -> String {
    match bytes >> 30 {
        gib if gib >= 1024 && gib % 1024 == 0 => format!("{} TiB", gib / 1024),
        gib => format!("{gib} GiB"),
    }
}

fn number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

fn lines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

/// The lesser of what the machine has and what every control group above this process leaves.
pub(crate) fn memory_available() -> u64 {
    let machine =
        fs::read_to_string("/proc/meminfo").ok().and_then(|text| available(&text)).unwrap_or(u64::MAX);
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    group_left(Path::new("/sys/fs/cgroup"), &groups).map_or(machine, |left| left.min(machine))
}

/// `MemAvailable` of `/proc/meminfo`, in bytes.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

/// What control groups (version 2) leave: `memory.max` without `memory.current`, the least of all groups on the way up.
fn group_left(mounted: &Path, groups: &str) -> Option<u64> {
    let group = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let of = |dir: &Path| {
        let max = number(&dir.join("memory.max"))?;
        Some(max.saturating_sub(number(&dir.join("memory.current")).unwrap_or(0)))
    };
    let own = mounted.join(group);
    own.ancestors().take_while(|dir| dir.starts_with(mounted)).filter_map(of).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual() -> Machine {
        Machine {
            maps_max: 65_530,
            maps_used: 300,
            files_max: 1_024,
            files_hard_max: 524_288,
            files_used: 40,
            addresses_used: 1 << 30,
            addresses_free: 85 << 40,
            address_space_bytes: None,
            memory_available_bytes: 16 << 30,
        }
    }

    #[test]
    fn the_bound_that_comes_first_is_named() {
        assert_eq!(usual().contexts_max(0).1, "vm.max_map_count");
        assert_eq!(usual().contexts_max(1), (1_024 - 40 - 128, "RLIMIT_NOFILE"));
        assert_eq!(usual().contexts_max(2), ((1_024 - 40 - 128) / 2, "RLIMIT_NOFILE"));
        let raised = Machine { maps_max: 1 << 20, files_max: 1 << 20, ..usual() };
        assert_eq!(
            raised.contexts_max(1),
            (21_337, "RLIMIT_AS"),
            "47 bits of addresses, with the program in the middle"
        );
        assert!(raised.bounds(1)[1].advice.contains("relocation-model=static"), "{:?}", raised.bounds(1));
        let fixed = Machine { addresses_free: 127 << 40, ..raised.clone() };
        assert_eq!(fixed.contexts_max(0), (32_005, "RLIMIT_AS"));
        assert!(!fixed.bounds(1)[1].advice.contains("relocation-model"), "{:?}", fixed.bounds(1));
        let small = Machine { memory_available_bytes: 64 << 20, ..raised.clone() };
        assert_eq!(small.contexts_max(1), (1_024, "memory"));
        let narrow = Machine { address_space_bytes: Some(64 << 30), ..raised };
        assert_eq!(narrow.contexts_max(1), (15, "RLIMIT_AS"));
    }

    #[test]
    fn a_machine_with_nothing_left_has_room_for_none() {
        let full = Machine { maps_used: 65_530, ..usual() };
        assert_eq!(full.contexts_max(0), (0, "vm.max_map_count"));
    }

    #[test]
    fn each_bound_says_what_was_found_and_what_to_do() {
        for bound in usual().bounds(1) {
            assert!(!bound.found.is_empty() && !bound.advice.is_empty(), "{bound:?}");
        }
        let files = &usual().bounds(1)[3];
        assert!(files.advice.contains("ulimit -n 524288"), "{files:?}");
    }

    #[test]
    fn this_process_has_mappings_files_and_memory() {
        let machine = Machine::look();
        assert!(machine.maps_used > 10 && machine.maps_used < machine.maps_max, "{machine:?}");
        assert!(machine.files_used >= 3 && machine.files_used <= machine.files_max, "{machine:?}");
        assert!(machine.memory_available_bytes > 1 << 20, "{machine:?}");
    }

    #[test]
    fn the_tightest_control_group_on_the_way_up_counts() {
        let root = tempfile::tempdir().unwrap();
        let own = root.path().join("system.slice/mapistore.service");
        fs::create_dir_all(&own).unwrap();
        let write = |dir: &Path, max: &str, current: &str| {
            fs::write(dir.join("memory.max"), max).unwrap();
            fs::write(dir.join("memory.current"), current).unwrap();
        };
        write(&own, "max\n", "10\n");
        assert_eq!(group_left(root.path(), "0::/system.slice/mapistore.service\n"), None);
        write(own.parent().unwrap(), "1000\n", "400\n");
        assert_eq!(group_left(root.path(), "0::/system.slice/mapistore.service\n"), Some(600));
        write(&own, "500\n", "100\n");
        assert_eq!(group_left(root.path(), "1:cpu:/\n0::/system.slice/mapistore.service\n"), Some(400));
        assert_eq!(group_left(root.path(), "1:memory:/old\n"), None, "version 1 is not asked");
    }

    #[test]
    fn the_largest_piece_of_addresses_is_between_two_mappings() {
        let maps = "00400000-00500000 r-xp 0 0:0 1 /bin/x\n\
                    7f0000000000-7f0000001000 rw-p 0 0:0 0\n\
                    ffffffffff600000-ffffffffff601000 --xp 0 0:0 0 [vsyscall]\n";
        assert_eq!(largest_gap(maps), 0x7f00_0000_0000 - 0x50_0000);
        assert!((64 << 40..ADDRESSES).contains(&Machine::look().addresses_free));
    }

    #[test]
    fn available_memory_is_read_in_bytes() {
        assert_eq!(available("MemTotal: 9 kB\nMemAvailable:   2048 kB\n"), Some(2 << 20));
        assert_eq!(available("MemTotal: 9 kB\n"), None);
    }
}
