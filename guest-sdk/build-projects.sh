#!/usr/bin/env bash
# Builds projects, in whatever language, as components: build-projects.sh OUT_DIR MAPISTORE DIR...
#
# MAPISTORE is the binary whose `build` does it. OUT_DIR gets the component of each, under the name that it has in `backend.toml`.
set -euo pipefail

(($# >= 3)) || { echo 'usage: build-projects.sh OUT_DIR MAPISTORE DIR...' >&2; exit 1; }
mkdir -p "$1"
out_dir=$(cd "$1" && pwd)
mapistore=$2
shift 2

for dir in "$@"; do
    "$mapistore" build "$dir" >&2
    component=$(sed -n 's/^component *= *"\(.*\)"$/\1/p' "$dir/backend.toml")
    cmp -s "$dir/$component" "$out_dir/$component" || cp "$dir/$component" "$out_dir/$component"
done
