#!/usr/bin/env bash
# Installs what `mapistore doctor` asks for, for some languages: install-tools.sh LANGUAGE...
# Or prints the commands, one a line: install-tools.sh --print LANGUAGE
set -euo pipefail

die() { printf 'install-tools: %s\n' "$*" >&2; exit 1; }

# A test compares these with what `mapistore doctor` says.
commands() {
    case $1 in
        rust) echo 'apt-get install -y --no-install-recommends rustc-web rust-web-src wasi-libc' ;;
        c) echo 'apt-get install -y --no-install-recommends clang-19 lld-19 libclang-rt-19-dev-wasm32 wasi-libc' ;;
        *) die "there is no language \`$1\`" ;;
    esac
}

(($#)) || die 'usage: install-tools.sh [--print] LANGUAGE...'
if [[ $1 == --print ]]; then
    shift
    for language in "$@"; do commands "$language"; done
    exit
fi

root=()
[[ $(id -u) == 0 ]] || root=(sudo)
updated=
for language in "$@"; do
    while read -ra command; do
        if [[ ${command[0]} == apt-get ]]; then
            # Nothing is asked of the network for what is there.
            packages=("${command[@]:4}")
            if dpkg -s "${packages[@]}" >/dev/null 2>&1; then continue; fi
            [[ -n $updated ]] || "${root[@]}" apt-get -o DPkg::Lock::Timeout=600 update -qq
            updated=yes
            command=("${root[@]}" apt-get -o DPkg::Lock::Timeout=600 -qq "${command[@]:1}")
        fi
        printf 'install-tools: %s\n' "${command[*]}" >&2
        "${command[@]}" >&2
    done < <(commands "$language")
done
