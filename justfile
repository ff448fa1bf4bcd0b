# The only way in. `just` lists what there is.

set shell := ["bash", "-euo", "pipefail", "-c"]

components := justfile_directory() / "target/guests/components"
samples := "mapistore-fallback mapistore-maildir mapistore-memory mapistore-vdir"
# Backends in other languages than Rust: `just languages` builds and tests them.
projects := "sample-backends/mbox sample-backends/todotxt tests/languages/go"
test_guests := `for dir in tests/guests/*/; do printf 'guest-%s ' "$(basename "$dir")"; done`

_default:
    @just --list --unsorted

# Builds everything, registers maildir, and shows a Maildir through it: yours (just demo ~/Maildir), or one made for it.
demo MAILDIR="": (_guests "mapistore-maildir") _build
    @bash sample-backends/maildir/demo.sh "${CARGO_TARGET_DIR:-target}/debug/mapistore" {{ components }} target/demo "{{ MAILDIR }}"

# Builds everything and runs every test, but for those of other languages: `just languages`.
test: guests _build
    @echo "just: building and running the tests (a first build takes some minutes)" >&2
    cargo test --workspace $(for p in {{ samples }} {{ test_guests }}; do printf -- '--exclude %s ' "$p"; done) --quiet
    cargo test $(for p in {{ samples }} guest-mutants; do printf -- '--package %s ' "$p"; done) --quiet

# Builds the sample backends and the test guests as components.
guests: (_guests samples + " " + test_guests)

_guests PACKAGES:
    @echo "just: building the guests (the first time with their standard library)" >&2
    @bash guest-sdk/build-guests.sh {{ components }} {{ PACKAGES }}

# Needs Go, node with npm, and Python; installs the rest. Compiling the components of JavaScript and Python takes minutes.
# Builds and tests what is written in C, Go, JavaScript and Python: SDKs, templates, samples, and what does harm.
languages: (_tools "c") (_guests "guest-well-behaved") _projects _javascript _python
    just test-go
    cargo test --package tests --test it --features languages --quiet -- \
        languages:: mbox:: go:: todotxt:: javascript:: python:: feeds::

_tools LANGUAGES:
    @bash guest-sdk/install-tools.sh {{ LANGUAGES }}

# Projects in C and Go as components.
_projects: (_tools "c") _build
    @echo "just: building the projects in other languages" >&2
    @bash guest-sdk/build-projects.sh {{ components }} "${CARGO_TARGET_DIR:-target}/debug/mapistore" {{ projects }}

# The Go SDK over 50,000 calls and 1,000 contexts: nothing grows. `just languages` does it over fewer.
soak-go: _projects
    GO_CALLS=50000 GO_CONTEXTS=1000 cargo test --package tests --test it --features languages --quiet -- go::memory --nocapture

# The tests of the Go SDK and of what is written with it, natively.
test-go: _projects
    for module in guest-sdk/go sample-backends/todotxt; do (cd $module && go vet ./... && go test ./...); done

# Builds what is in JavaScript, and tests its SDK, template and sample under node.
_javascript: _build
    @bash guest-sdk/javascript/scripts/build-guests.sh "${CARGO_TARGET_DIR:-target}/debug/mapistore" {{ components }} \
        tests/languages/javascript sample-backends/rest
    @bash guest-sdk/javascript/scripts/test.sh

# Builds the components in Python where what they are made of has changed, and runs their native tests.
_python: _build
    @bash tests/languages/python.sh "${CARGO_TARGET_DIR:-target}/debug/mapistore" {{ components }}

_build:
    @echo "just: building mapistore (a first build takes some minutes)" >&2
    cargo build --quiet --package mapistore

# What CI runs: the same tests, and format, lints, documentation, licences and advisories.
ci: fmt clippy test doc bench-once deny

fmt:
    cargo fmt --all --check

clippy:
    cargo clippy --workspace --all-targets --quiet -- --deny warnings

doc:
    RUSTDOCFLAGS="--deny warnings" cargo doc --package mapistore --package mapistore-sdk --no-deps --quiet

# Licences, sources and, where their database can be fetched, advisories of every dependency.
deny:
    command -v cargo-deny >/dev/null || cargo install cargo-deny --locked --quiet
    cargo deny --log-level error check bans licenses sources
    if cargo deny --log-level off fetch db 2>/dev/null; then cargo deny --log-level error check advisories; \
        else echo "just: the advisories were not checked: their database cannot be fetched from here" >&2; fi

# Runs a fuzz target under libFuzzer for so many seconds; each of them without a name. What it finds is left in target/fuzz.
fuzz TARGET="" SECONDS="60":
    RUSTC_WORKSPACE_WRAPPER={{ justfile_directory() }}/tests/fuzz/rustc.sh cargo build --quiet --package fuzz --features libfuzzer
    for target in {{ if TARGET == "" { "$(ls tests/fuzz/seeds)" } else { TARGET } }}; do \
        mkdir -p "target/fuzz/$target"; \
        echo "just: fuzzing $target for {{ SECONDS }} s" >&2; \
        FUZZ_TARGET=$target "${CARGO_TARGET_DIR:-target}/debug/fuzz" "target/fuzz/$target" "tests/fuzz/seeds/$target" \
            -max_total_time={{ SECONDS }} -timeout=20 -max_len=8192 -artifact_prefix="target/fuzz/$target-" -verbosity=0 -print_final_stats=1; \
    done

# The fuzz targets over their seeds, and over inputs made from these; `just test` does it too.
fuzz-once:
    cargo test --package fuzz --quiet

# Kills a runtime under load so many times, and compares what is left with what it had acknowledged. `just test` does it a few times.
crash ROUNDS="200" SEED="1": (_guests samples + " guest-well-behaved") _build
    cargo run --quiet --package tests --bin crash -- {{ ROUNDS }} {{ SEED }}

# What it costs, in one table of ratios against a baseline in the same run. Builds with optimisation: some minutes.
bench: (_guests samples + " guest-well-behaved")
    cargo bench --package mapistore --quiet --no-run
    for bench in lifecycle call contexts fairness table index import restart; do \
        cargo bench --package mapistore --quiet --bench $bench; \
        export BENCH_CONTINUED=yes; \
    done

# What the template costs in each language, as a table. After `just languages`, which builds them; those that are not there are left out.
figures: (_guests "guest-well-behaved")
    cargo bench --package mapistore --bench languages --quiet

# Every bench once, small, so that none rots.
bench-once: (_guests samples + " guest-well-behaved")
    cargo test --package mapistore --benches --quiet
