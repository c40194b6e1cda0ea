#!/usr/bin/env bash
# Compiles the consumers with what pkg-config says about the tree installed in PREFIX.
set -euo pipefail
prefix=$1 source=$2 out=$3 compiler=$4

folder=$(dirname "$(find "$prefix" -name hawser.pc)")
export PKG_CONFIG_PATH="$folder${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
mkdir -p "$out"
for pair in consumer:hawser protocols_consumer:hawser-protocols; do
    program=${pair%:*} package=${pair#*:}
    pkg-config --exists --print-errors "$package"
    read -ra flags <<<"$(pkg-config --cflags --libs "$package")"
    "$compiler" -std=c++23 "$source/$program.cpp" -o "$out/$program" "${flags[@]}"
    "$out/$program"
done
