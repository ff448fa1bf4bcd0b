//! Keeps WASI's own handles out of the snapshot that the host takes after `init`.
//!
//! A component for preview 1 has an adapter inside that remembers its streams and directories by handle, and a C library that
//! looks for directories once, in a constructor. Both run before `init`, when there is no directory yet, and neither handle nor
//! finding is true in the contexts that start from the snapshot. So the handles are closed and forgotten after `init`,
//! and the directories are looked for again in the first call after it. A component for preview 2 looks when it needs
//! them, and has nothing to do here.

#[cfg(all(target_arch = "wasm32", target_os = "wasi", target_env = "p1"))]
mod preview1 {
    #![expect(unsafe_code, reason = "the C interfaces of WASI preview 1 and of wasi-libc")]

    use std::ffi::{CString, c_char, c_int};
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

    /// Standard input, output and error; directories come after them.
    const STDIO: u32 = 3;

    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    unsafe extern "C" {
        fn fd_close(fd: u32) -> u16;
        fn fd_prestat_get(fd: u32, prestat: *mut Prestat) -> u16;
        fn fd_prestat_dir_name(fd: u32, path: *mut u8, length: usize) -> u16;
        fn reset_adapter_state();
    }

    unsafe extern "C" {
        fn __wasilibc_register_preopened_fd(fd: c_int, prefix: *const c_char) -> c_int;
    }

    #[repr(C)]
    struct Prestat {
        /// 0: a directory, the only kind there is.
        tag: u8,
        name_length: usize,
    }

    /// Part of the snapshot: true in every context that starts from it.
    static ASLEEP: AtomicBool = AtomicBool::new(false);

    pub(in crate::glue) fn after_init() {
        // SAFETY: nothing else runs in a component; descriptors that the author left open stay open, and the host finds
        // and reports them.
        unsafe {
            for fd in 0..STDIO {
                fd_close(fd);
            }
            reset_adapter_state();
        }
        ASLEEP.store(true, Relaxed);
    }

    pub(in crate::glue) fn before_first_call() {
        // The host is asked first: setting up the adapter, to find that there is none, would take each context five pages.
        if ASLEEP.swap(false, Relaxed) && !wasip2::filesystem::preopens::get_directories().is_empty() {
            (STDIO..).map_while(directory).for_each(|(fd, name)| {
                // SAFETY: the name is a C string; wasi-libc keeps a copy of it.
                unsafe { __wasilibc_register_preopened_fd(fd, name.as_ptr()) };
            });
        }
    }

    /// The name of a granted directory, or none after the last.
    fn directory(fd: u32) -> Option<(c_int, CString)> {
        let mut prestat = Prestat { tag: 0, name_length: 0 };
        // SAFETY: `prestat` has WASI's layout, and the buffer the length that WASI asked for.
        let name = unsafe {
            if fd_prestat_get(fd, &mut prestat) != 0 {
                return None;
            }
            let mut name = vec![0; prestat.name_length];
            if fd_prestat_dir_name(fd, name.as_mut_ptr(), name.len()) != 0 {
                return None;
            }
            name
        };
        Some((c_int::try_from(fd).ok()?, CString::new(name).ok()?))
    }
}

#[cfg(all(target_arch = "wasm32", target_os = "wasi", target_env = "p1"))]
pub(super) use preview1::{after_init, before_first_call};

#[cfg(not(all(target_arch = "wasm32", target_os = "wasi", target_env = "p1")))]
pub(super) fn after_init() {}

#[cfg(not(all(target_arch = "wasm32", target_os = "wasi", target_env = "p1")))]
pub(super) fn before_first_call() {}
