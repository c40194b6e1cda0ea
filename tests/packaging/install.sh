#!/usr/bin/env bash
# Installs BUILD into a new folder, moves the tree to PREFIX, and looks at what is in it.
set -euo pipefail
build=$1 prefix=$2 source=$3

rm -rf "$prefix" "$prefix.before"
cmake --install "$build" --prefix "$prefix.before" >/dev/null
mv "$prefix.before" "$prefix" # a package's tree lands elsewhere than it was built for

for wanted in libhawser.a libhawser_protocols.a hawserConfig.cmake hawser.pc LICENSE; do
    [ -n "$(find "$prefix" -name "$wanted")" ] || { echo "not installed: $wanted"; exit 1; }
done

# Private headers, and the folders of this machine, stay where they are.
public=$(cd "$source/include" && find hawser -name '*.hpp' | sort)
installed=$(cd "$prefix/include" && find hawser -type f | sort)
if [ "$public" != "$installed" ]; then
    diff <(echo "$public") <(echo "$installed") || true
    echo "the installed headers are not those of include/"
    exit 1
fi
texts=(--include='*.cmake' --include='*.pc' --include='*.hpp')
if grep -rIl "${texts[@]}" -e "$source" -e "$build" "$prefix"; then
    echo "the files above name the folder that hawser was built in"
    exit 1
fi
echo "installed $(echo "$public" | wc -l) headers"
