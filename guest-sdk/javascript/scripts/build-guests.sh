#!/usr/bin/env bash
# Builds projects in JavaScript of this tree as components: build-guests.sh MAPISTORE OUT_DIR PROJECT...
#
# MAPISTORE is the program. OUT_DIR gets one component for each project, by its backend's name. The tools of all of them are installed once,
# in target/javascript, as the template's package.json pins them.
set -euo pipefail

(($# >= 3)) || { echo 'usage: build-guests.sh MAPISTORE OUT_DIR PROJECT...' >&2; exit 1; }
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
mapistore=$(realpath "$1")
mkdir -p "$2"
out_dir=$(cd "$2" && pwd)
shift 2

tools=$PWD/target/javascript
mkdir -p "$tools"
# Without the SDK, which `mapistore build` brings.
node --input-type=module -e '
    import { readFileSync, writeFileSync } from "node:fs";
    const pinned = JSON.parse(readFileSync("guest-sdk/javascript/template/package.json", "utf8"));
    delete pinned.dependencies;
    writeFileSync(process.argv[1], JSON.stringify(pinned, null, 2));
' "$tools/package.json.new"
if ! cmp -s "$tools/package.json.new" "$tools/package.json" || [[ ! -x $tools/node_modules/.bin/componentize-js ]]; then
    mv "$tools/package.json.new" "$tools/package.json"
    echo 'guests: installing the tools of JavaScript with npm' >&2
    npm install --prefix "$tools" --no-audit --no-fund --no-package-lock --loglevel=error >&2
fi

for project in "$@"; do
    PATH=$tools/node_modules/.bin:$PATH "$mapistore" build "$project" >&2
    name=$(sed -n 's/^component = "\(.*\)\.wasm"$/\1/p' "$project/backend.toml")
    cmp -s "$project/$name.wasm" "$out_dir/$name.wasm" || cp "$project/$name.wasm" "$out_dir/$name.wasm"
done
