#!/usr/bin/env bash
# Makes a peer in another language, the first time; what it stands on is fetched by its lock file.
#
#   make_peer.sh FOLDER PROGRAM     FOLDER of peers/, with a go.mod or a Cargo.toml
#
# Skipped without the toolchain, or when it can fetch nothing.
set -euo pipefail

skip() {
    echo "SKIPPED: $*" >&2
    exit 77
}

folder=$1 program=$2
cd "$(dirname "$0")/peers/$folder"
if [ -e go.mod ]; then
    command -v go >/dev/null || skip "there is no go here to make $folder with"
    export GOFLAGS=-mod=readonly GOTOOLCHAIN=local
    go mod download || skip "go cannot fetch what $folder stands on"
    go build -o "$program"
else
    command -v cargo >/dev/null || skip "there is no cargo here to make $folder with"
    cargo fetch --locked || skip "cargo cannot fetch what $folder stands on"
    cargo build --locked --offline --target-dir "$program.made"
    cp "$program.made/debug/$(basename "$program")" "$program"
fi
