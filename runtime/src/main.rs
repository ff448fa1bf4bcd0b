//! `mapistore`: parses the command line, does what it says, prints the error, chooses the exit code.

mod cli;

/// glibc keeps what is freed: with its allocator, the memory of closed contexts would not go back to the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    mapistore::registration_child().unwrap_or_else(|| {
        mapistore::machine::raise_open_files();
        cli::run()
    })
}
