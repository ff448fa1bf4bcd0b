#!/bin/sh
# Compiles a test of a backend for this machine, where debuggers and sanitizers are: cc.sh -o TEST FILE.c...
#
# The test calls the backend's functions itself. The SDK is compiled in, and `host.c` stands in for the host. Any arguments of the compiler
# may be given; it is CC, or cc.
set -eu
sdk=$(cd "$(dirname "$0")/.." && pwd)
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT
# The bindings cast pointers to the 32 bits that they have in a sandbox: of them, only what frees memory is called here. What `host.c`
# defines comes first and wins, and what nobody calls is left out with all that it would need.
${CC:-cc} -w -g -O1 -ffunction-sections -c "$sdk/bindings/backend.c" -o "$objects/bindings.o"
${CC:-cc} -std=gnu11 -g -O1 -Wall -Wextra -ffunction-sections -I "$sdk" -I "$sdk/testing" "$@" "$sdk/testing/host.c" "$sdk"/src/*.c \
    "$objects/bindings.o" -Wl,-z,muldefs -Wl,--gc-sections
