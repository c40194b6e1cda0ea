#!/usr/bin/env bash
# Configures, builds and runs the consumer project from scratch.
set -euo pipefail
cmake=$1 source=$2 build=$3
shift 3

rm -rf "$build"
"$cmake" -S "$source" -B "$build" "$@"
"$cmake" --build "$build"
"$build/consumer"
"$build/protocols_consumer"
