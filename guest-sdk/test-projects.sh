#!/usr/bin/env bash
# Runs the native tests of what is written in some languages, with the tools of the language and without the host:
# test-projects.sh MAPISTORE LANGUAGE...
#
# After build-projects.sh, which makes the projects of the templates and puts the SDKs into all projects.
set -euo pipefail

die() { printf 'projects: %s\n' "$*" >&2; exit 1; }
(($# >= 2)) || die 'usage: test-projects.sh MAPISTORE LANGUAGE...'
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
mapistore=$(realpath "$1")
shift
# Nothing is left beside the sources of the SDKs: `mapistore` embeds them, and would be compiled again.
export PYTHONDONTWRITEBYTECODE=1
template() { echo "$root/target/projects/$1/notes"; }

rust() { (cd "$(template rust)" && CARGO_TARGET_DIR=$root/target/projects/rust/target cargo test --quiet); }

c() { (cd "$(template c)" && MAPISTORE=$mapistore sh test.sh); }

go() {
    local module
    for module in guest-sdk/go sample-backends/todotxt "$(template go)"; do
        (cd "$module" && command go vet ./... && command go test ./... | { grep -v 'no test files' || true; })
    done
}

javascript() {
    local modules tsc project
    modules=$(dirname "$(dirname "$(command -v tsc)")")
    export TYPE_ROOTS=$modules/@types
    (cd guest-sdk/javascript && tsc --noEmit --typeRoots "$TYPE_ROOTS" && node --test --test-reporter dot test/*.test.js)
    for project in "$(template javascript)" sample-backends/rest; do
        # What `npm install` links there.
        mkdir -p "$project/node_modules"
        ln -sfn ../.mapistore/sdk "$project/node_modules/mapistore"
        (cd "$project" && tsc --project jsconfig.json --typeRoots "$TYPE_ROOTS" && node --test --test-reporter dot)
    done
}

python() {
    local sdk=$root/guest-sdk/python folder
    (cd guest-sdk/python && PYTHONPATH=$sdk python3 -W error -m unittest discover --quiet --start-directory tests --top-level-directory .)
    (cd sample-backends/feeds && PYTHONPATH=$sdk python3 -W error -m unittest discover --quiet --start-directory tests --top-level-directory .)
    (cd "$(template python)" && PYTHONPATH=.mapistore/sdk python3 -W error -m unittest --quiet)
}

for language in "$@"; do
    printf 'projects: the tests in %s\n' "$language" >&2
    "$language" >&2
done
