#!/bin/sh
# RUSTC_WORKSPACE_WRAPPER of `just fuzz`: compiles the workspace's own crates so that libFuzzer sees which branches an input
# takes. These are stable flags of rustc. Dependencies are not compiled this way.
# Nor are build scripts: they are programs of their own, without libFuzzer.
case " $* " in
*" --crate-name build_script_"*) exec "$@" ;;
esac
exec "$@" -Ccodegen-units=1 -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares
