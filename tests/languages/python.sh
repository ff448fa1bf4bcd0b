#!/usr/bin/env bash
# Builds what is in Python and runs its native tests: python.sh MAPISTORE OUT_DIR
#
# OUT_DIR gets feeds.wasm and python.wasm. A component is built again when something that it is made of is newer.
set -euo pipefail

(($# == 2)) || { echo 'usage: python.sh MAPISTORE OUT_DIR' >&2; exit 1; }
mapistore=$(realpath "$1")
mkdir -p "$2"
out_dir=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

say() { printf 'python: %s\n' "$*" >&2; }

# Bytecode beside the SDK's sources would be newer than the program that has these sources inside.
export PYTHONDONTWRITEBYTECODE=1

tools=$PWD/target/python
wanted=componentize-py==0.25.1
if [[ $(cat "$tools/installed" 2>/dev/null) != "$wanted" ]]; then
    say "installing $wanted in target/python"
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check "$wanted"
    echo "$wanted" >"$tools/installed"
fi
export PATH=$tools/bin:$PATH

test_natively() {
    local folder=$1 path=$2
    shift 2
    (cd "$folder" && PYTHONPATH=$path python3 -W error -m unittest "$@" --quiet 2>&1) ||
        { say "the tests of \`$folder\` failed"; return 1; }
}
sdk=$PWD/guest-sdk/python
test_natively guest-sdk/python "$sdk" discover --start-directory tests --top-level-directory .
test_natively guest-sdk/python/template "$sdk"
test_natively sample-backends/feeds "$sdk" discover --start-directory tests --top-level-directory .

build() {
    local name=$1 folder=$2 component=$out_dir/$1.wasm
    local inputs=("$folder" guest-sdk/python/mapistore guest-sdk/python/wit-http wit runtime/src/authoring/python.rs
        runtime/src/authoring/python tests/languages/python.sh)
    if [[ -f $component ]] && [[ -z $(find "${inputs[@]}" -name .mapistore -prune -o -type f ! -name '*.wasm' \
        -newer "$component" -print -quit) ]]; then
        return
    fi
    say "building $name"
    "$mapistore" build "$folder" >&2
    cp "$folder/$name.wasm" "$component"
}
build python tests/languages/python
build feeds sample-backends/feeds
