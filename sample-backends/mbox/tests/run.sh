#!/bin/sh
# The native tests, under sanitizers: run.sh [MAIL...]. Mails besides those in tests/mails are tried as well, whole and damaged.
# `mapistore build` has to have been here before: it writes the SDK.
set -eu
cd "$(dirname "$0")/.."
built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
sources=$(ls src/*.c)
for test in format backend; do
    sh .mapistore/sdk/testing/cc.sh -fsanitize=address,undefined -fno-sanitize-recover=all -I src -o "$built/$test" "tests/$test.c" $sources
done
# The SDK as well: it lies here with its bindings.
sh .mapistore/sdk/testing/cc.sh -fsanitize=address,undefined -fno-sanitize-recover=all -o "$built/sdk" .mapistore/sdk/tests/sdk.c
"$built/sdk"
"$built/format" tests/mails/*.eml "$@"
"$built/backend" "$built"
