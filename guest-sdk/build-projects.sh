#!/usr/bin/env bash
# Builds projects, in whatever language, as components: build-projects.sh MAPISTORE OUT_DIR PROJECT...
#
# MAPISTORE is the program whose `build` does it. OUT_DIR gets the component of each. A PROJECT is a folder, or `template/LANGUAGE` for what
# `mapistore new notes` makes, whose component is called notes-LANGUAGE. One is built again when what it is made of has changed, tools included:
# some take a quarter of a minute.
set -euo pipefail

die() { printf 'projects: %s\n' "$*" >&2; exit 1; }
(($# >= 3)) || die 'usage: build-projects.sh MAPISTORE OUT_DIR PROJECT...'
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
mapistore=$(realpath "$1")
mkdir -p "$2"
out_dir=$(realpath "$2")
shift 2
mkdir -p "$out_dir/made-of"
cd "$root"
# The standard library of guests in Rust is compiled once for all of the tree.
export GUEST_TARGET_DIR=${GUEST_TARGET_DIR:-$root/target/guests}
# Bytecode beside the SDK's sources would be newer than the program that has these sources inside.
export PYTHONDONTWRITEBYTECODE=1

# A number for all that decides what a project becomes.
made_of() {
    local language=$1 project=$2
    {
        find "guest-sdk/$language" guest-sdk/wit-http wit runtime/src/authoring* runtime/build* "$project" Cargo.lock guest-sdk/build-*.sh \
            \( -name .mapistore -o -name node_modules -o -name __pycache__ -o -name target -o -name .venv \) -prune -o \
            -type f ! -name '*.wasm' -print0 | sort -uz | xargs -0 sha256sum
        # The versions of what is found, which doctor prints.
        "$mapistore" doctor "$language" || true
    } | sha256sum | cut -d ' ' -f 1
}

build() {
    local dir=$1 project=$1 name language digest
    if [[ $project == template/* ]]; then
        language=${project#template/}
        name=notes-$language
        dir=target/projects/$language/notes
        project=guest-sdk/$language/template
    else
        language=$(sed -n 's/^language *= *"\(.*\)"$/\1/p' "$dir/backend.toml")
        name=$(sed -n 's/^component *= *"\(.*\)\.wasm"$/\1/p' "$dir/backend.toml")
    fi
    digest=$(made_of "$language" "$project")
    if [[ -f $out_dir/$name.wasm && $(cat "$out_dir/made-of/$name" 2>/dev/null) == "$digest" ]] && [[ -d $dir/.mapistore ]]; then return; fi
    if [[ $1 == template/* ]]; then
        rm -rf "$dir"
        mkdir -p "$(dirname "$dir")"
        "$mapistore" new "$dir" --lang "$language" >&2
    fi
    "$mapistore" build "$dir" >&2
    local component
    component=$(sed -n 's/^component *= *"\(.*\)"$/\1/p' "$dir/backend.toml")
    cmp -s "$dir/$component" "$out_dir/$name.wasm" || cp "$dir/$component" "$out_dir/$name.wasm"
    printf '%s\n' "$digest" >"$out_dir/made-of/$name"
}

# As many at once as there are processors: most of the tools use one.
export mapistore out_dir
export -f made_of build
printf '%s\0' "$@" | xargs -0 -n 1 -P "$(nproc)" bash -euo pipefail -c 'build "$1"' build ||
    die 'not all could be built'
