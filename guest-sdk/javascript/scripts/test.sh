#!/usr/bin/env bash
# Tests what is in JavaScript under node: the SDK, its template, and the samples. Types included.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
sdk=$PWD
root=$(realpath ../..)
tsc=$sdk/node_modules/.bin/tsc

[[ -x $tsc ]] || npm install --no-audit --no-fund --no-package-lock --loglevel=error >&2
npm test --silent

# A project as `mapistore new` and `npm install` leave it, but for the tools.
project() {
    mkdir -p "$1/node_modules"
    ln -sfn "$sdk" "$1/node_modules/mapistore"
    ln -sfn "$sdk/node_modules/@types" "$1/node_modules/@types"
    ln -sfn "$sdk/node_modules/undici-types" "$1/node_modules/undici-types"
    (cd "$1" && node --test "${@:2}" && "$tsc" --project jsconfig.json)
}

template=$root/target/javascript/template
rm -rf "$template"
mkdir -p "$template"
cp "$sdk"/template/* "$template"
project "$template"
project "$root/sample-backends/rest" tests/
