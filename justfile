# The only way in. `just` lists what there is.

set shell := ["bash", "-euo", "pipefail", "-c"]

components := justfile_directory() / "target/guests/components"
samples := "mapistore-fallback mapistore-maildir mapistore-memory mapistore-vdir"
# Backends in other languages than Rust: samples, what does harm in each language, and what `mapistore new` makes. `just languages`
# builds and tests them.
languages := "c go javascript python"
projects := "sample-backends/feeds sample-backends/mbox sample-backends/rest sample-backends/todotxt " + \
    "tests/languages/python tests/languages/javascript tests/languages/go tests/languages/c tests/languages/rust " + \
    "template/python template/javascript template/go template/c template/rust"
# Where the tools of these languages are installed, if the machine has none.
tools := justfile_directory() / "target/tools"
export PATH := tools / ".venv/bin:" + tools / "node_modules/.bin:" + env("PATH")
test_guests := `for dir in tests/guests/*/; do printf 'guest-%s ' "$(basename "$dir")"; done`
# What the host compiles: all but guests that only a component is made of. Cargo chooses the features of what a selection needs for all of
# it, so that another one compiles the runtime again.
host := "--workspace " + `for dir in tests/guests/*/; do [[ $dir == */mutants/ ]] || printf -- '--exclude guest-%s ' "$(basename "$dir")"; done`

_default:
    @just --list --unsorted

# Builds everything, registers maildir, and shows a Maildir through it: yours (just demo ~/Maildir), or one made for it.
demo MAILDIR="": (_guests "mapistore-maildir")
    @echo "just: building mapistore (a first build takes some minutes)" >&2
    cargo build --quiet --package mapistore
    @bash sample-backends/maildir/demo.sh "${CARGO_TARGET_DIR:-target}/debug/mapistore" {{ components }} target/demo "{{ MAILDIR }}"

# Builds everything and runs every test, but for those of other languages: `just languages`.
test: guests _build _test

_build OPTIONS="":
    @echo "just: building mapistore and its tests (a first build takes some minutes)" >&2
    cargo build {{ host }} --bins --tests {{ OPTIONS }} --quiet

_test OPTIONS="":
    @echo "just: running the tests" >&2
    cargo test {{ host }} {{ OPTIONS }} --quiet

# Builds the sample backends and the test guests as components.
guests: (_guests samples + " " + test_guests)

_guests PACKAGES:
    @echo "just: building the guests (the first time with their standard library)" >&2
    @bash guest-sdk/build-guests.sh {{ components }} {{ PACKAGES }}

# Builds and tests what is written in C, Go, JavaScript and Python: SDKs, templates, samples, and what does harm. Installs what they need.
languages: _build _languages
    @echo "just: registering and testing them (the first time takes some minutes)" >&2
    cargo test --package tests --test it --features languages --quiet -- languages::

# Their tools, components and native tests.
_languages:
    @bash guest-sdk/install-tools.sh "${CARGO_TARGET_DIR:-target}/debug/mapistore" {{ tools }} {{ languages }}
    @echo "just: building the projects in all languages" >&2
    @bash guest-sdk/build-projects.sh "${CARGO_TARGET_DIR:-target}/debug/mapistore" {{ components }} {{ projects }}
    @bash guest-sdk/test-projects.sh "${CARGO_TARGET_DIR:-target}/debug/mapistore" rust {{ languages }}

# 50,000 calls and 1,000 contexts in every language: nothing grows. `just languages` does it over fewer.
soak: _build _languages
    SOAK_CALLS=50000 SOAK_CONTEXTS=1000 cargo test --package tests --test it --features languages --quiet -- languages::soak \
        --nocapture --test-threads 1

# What CI runs: the same tests, those of all languages, and format, lints, documentation, licences and advisories.
ci: fmt clippy guests (_build "--features tests/languages") _languages (_test "--features tests/languages") doc bench-once deny

fmt:
    cargo fmt --all --check

clippy:
    cargo clippy --workspace --all-targets --features tests/languages --quiet -- --deny warnings

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
    RUSTC_WORKSPACE_WRAPPER={{ justfile_directory() }}/tests/fuzz/rustc.sh cargo build --quiet --profile fuzzing --package fuzz --features libfuzzer
    for target in {{ if TARGET == "" { "$(ls tests/fuzz/seeds)" } else { TARGET } }}; do \
        mkdir -p "target/fuzz/$target"; \
        echo "just: fuzzing $target for {{ SECONDS }} s" >&2; \
        FUZZ_TARGET=$target "${CARGO_TARGET_DIR:-target}/fuzzing/fuzz" "target/fuzz/$target" "tests/fuzz/seeds/$target" \
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

# So many contexts awake, and so many in all, in one process, and what each takes. Built with a fixed place in its addresses: 30,000 contexts
# of 4 GiB leave no other (decision 45). Needs `sysctl -w vm.max_map_count=262144`.
contexts AWAKE="30000" ALL="1000000": (_guests "guest-well-behaved")
    program=$(cargo rustc --package mapistore --profile bench --bench contexts --message-format json -- -C relocation-model=static \
        | sed -n '/"kind":\["bench"\]/s/.*"executable":"\([^"]*\)".*/\1/p'); \
    cd runtime && CONTEXTS_BENCH_AWAKE={{ AWAKE }} CONTEXTS_BENCH_ASLEEP={{ ALL }} "$program" --bench

# What the template costs in each language, as a table. After `just languages`, which builds them; those that are not there are left out.
figures: (_guests "guest-well-behaved")
    cargo bench --package mapistore --bench languages --quiet

# Every bench once, small, so that none rots.
bench-once: (_guests samples + " guest-well-behaved")
    cargo test --package mapistore --benches --quiet
