//! What this process holds of the machine's memory.

/// Anonymous memory of this process that is resident, and its page tables. What it maps of files is the page cache's.
pub(crate) fn held_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let kib = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap()
    };
    (kib("RssAnon:") + kib("VmPTE:")) << 10
}

/// Has the allocator give back what it kept.
#[expect(unsafe_code, reason = "the allocator's own function")]
pub(crate) fn collect() {
    // SAFETY: it may be called at any time.
    unsafe { libmimalloc_sys::mi_collect(true) };
}
