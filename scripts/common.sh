# Sourced by the scripts beside it: where the tree is, how many jobs, how to say things.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

jobs=${HAWSER_JOBS:-$(nproc)}

say() { printf '\n== %s\n' "$*"; }
die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 2
}

# Prints the comment at the top of the script that runs.
usage() { sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0"; }

# configure PRESET: once, and again when the presets change. Quiet unless it fails.
configure() {
    local folder="build/$1"
    mkdir -p "$folder"
    if [ ! -e "$folder/build.ninja" ] || [ CMakePresets.json -nt "$folder/configure.log" ]; then
        if ! cmake --preset "$1" >"$folder/configure.log" 2>&1; then
            cat "$folder/configure.log" >&2
            rm -f "$folder/build.ninja"
            return 1
        fi
    fi
}

# build PRESET [TARGET...]
build() {
    local preset=$1
    shift
    say "build $preset"
    configure "$preset"
    cmake --build "build/$preset" -j "$jobs" ${1:+--target "$@"}
}

# programs PRESET PATTERN: the targets of that build whose whole name matches the pattern.
programs() {
    configure "$1"
    cmake --build "build/$1" --target help | sed -nE "s/^($2): phony\$/\\1/p" | sort
}
