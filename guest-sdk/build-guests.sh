#!/usr/bin/env bash
# Builds packages of this workspace as components: build-guests.sh OUT_DIR PACKAGE...
# Or prints which toolchain is there for it, and fails if none is: build-guests.sh --toolchain
#
# OUT_DIR gets one PACKAGE.wasm each; one that is the same already keeps its time. The standard library for WebAssembly
# comes from rustup (target wasm32-wasip2) or, with GUEST_TOOLCHAIN=debian and where rustup cannot download, from
# Debian's packages rustc-web, rust-web-src and wasi-libc.
# With GUEST_DEBUG=1 they are made for a debugger: with DWARF, and without optimisation.
set -euo pipefail

say() { printf 'guests: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# What the caller (perhaps another cargo) sets for the host does not concern guests.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS RUSTC RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER CARGO_BUILD_TARGET

has_wasip2() {
    local libdir
    libdir=$(rustc --print target-libdir --target wasm32-wasip2 2>/dev/null) && [[ -d $libdir ]]
}

# Debian's own compiler: neither rustup's nor a nightly compiles the standard library that Debian has the source of.
debian_rustc=/usr/bin/rustc
debian_libc=/usr/lib/wasm32-wasi
debian_packages=(rustc-web rust-web-src wasi-libc)

has_debian() {
    [[ -x $debian_rustc && -d $debian_libc ]] &&
        [[ -d $("$debian_rustc" --print sysroot)/lib/rustlib/src/rust/library ]]
}

install_debian() {
    has_debian && return
    local root=()
    if [[ $(id -u) != 0 ]]; then
        command -v sudo >/dev/null || die "run as root: apt-get install ${debian_packages[*]}"
        root=(sudo)
    fi
    say "installing ${debian_packages[*]} with apt-get"
    "${root[@]}" apt-get update -qq
    "${root[@]}" apt-get install -y -qq --no-install-recommends "${debian_packages[@]}" >&2
    has_debian || die "the standard library for WebAssembly is not in ${debian_packages[*]} of this release of Debian"
}

# What is there is taken before anything is installed.
find_toolchain() {
    case ${GUEST_TOOLCHAIN:-} in
        debian) toolchain=debian && has_debian ;;
        '')
            if has_wasip2; then toolchain=rustup; else toolchain=debian && has_debian; fi
            ;;
        *) die "GUEST_TOOLCHAIN is \`$GUEST_TOOLCHAIN\`, allowed are \`debian\` and nothing" ;;
    esac
}

choose_toolchain() {
    find_toolchain && return
    case ${GUEST_TOOLCHAIN:-} in
        debian) toolchain=debian ;;
        '')
            if command -v rustup >/dev/null && say 'rustup target add wasm32-wasip2' &&
                rustup target add wasm32-wasip2 >&2 && has_wasip2; then
                toolchain=rustup
            elif command -v apt-get >/dev/null; then
                say "rustup has no target wasm32-wasip2 here; taking Debian's packages (GUEST_TOOLCHAIN=debian)"
                toolchain=debian
            else
                die "no target wasm32-wasip2: run \`rustup target add wasm32-wasip2\`, or use Debian, where its packages serve"
            fi
            ;;
    esac
}

for_debugger() {
    export CARGO_PROFILE_GUEST_DEBUG=full CARGO_PROFILE_GUEST_STRIP=none
    export CARGO_PROFILE_GUEST_OPT_LEVEL=0 CARGO_PROFILE_GUEST_LTO=off
}

build() {
    local selection=() package
    for package in "$@"; do selection+=(--package "$package"); done
    local arguments=(--profile guest --lib --target-dir "$target_dir" "${selection[@]}")

    if [[ $toolchain == rustup ]]; then
        target=wasm32-wasip2
        cargo build --target "$target" "${arguments[@]}"
        return
    fi
    install_debian
    target=wasm32-wasip1
    # rustup's linker makes a component at once, with the adapter from preview 1 inside.
    local tools
    tools=$(rustc --print sysroot)/lib/rustlib/$(rustc --print host-tuple)/bin
    [[ -x $tools/wasm-component-ld ]] || die "no \`wasm-component-ld\` in \`$tools\`: install rust with rustup"
    PATH=$tools:$tools/gcc-ld:$PATH \
        RUSTC=$debian_rustc RUSTC_BOOTSTRAP=1 \
        CARGO_TARGET_WASM32_WASIP1_LINKER=wasm-component-ld \
        CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS="-Clink-self-contained=no -Lnative=$debian_libc" \
        cargo build -Zbuild-std=std,panic_abort -Zbuild-std-features= --target "$target" "${arguments[@]}"
}

if [[ ${1:-} == --toolchain ]]; then
    find_toolchain || exit 1
    if [[ $toolchain == rustup ]]; then rustc --version; else printf 'Debian: %s\n' "$("$debian_rustc" --version)"; fi
    exit
fi

(($# >= 2)) || die 'usage: build-guests.sh OUT_DIR PACKAGE...'
mkdir -p "$1"
out_dir=$(cd "$1" && pwd)
shift

cd "${GUEST_WORKSPACE:-$(dirname "${BASH_SOURCE[0]}")/..}"
# One directory for all guests, so that the standard library is built once.
target_dir=${GUEST_TARGET_DIR:-$PWD/target/guests}

choose_toolchain
[[ -z ${GUEST_DEBUG:-} ]] || for_debugger
build "$@"
for package in "$@"; do
    built=$target_dir/$target/guest/${package//-/_}.wasm
    [[ -f $built ]] || die "\`$package\` makes no component: its Cargo.toml needs \`crate-type = [\"cdylib\"]\`"
    cmp -s "$built" "$out_dir/$package.wasm" || cp "$built" "$out_dir/$package.wasm"
done
