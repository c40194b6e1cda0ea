#!/usr/bin/env bash
# Makes the machine that test.sh boots: a Debian kernel, and a file system in memory that
# holds the kernel's SCTP modules and one program.
#
#   make_machine.sh FOLDER PROGRAM     leaves FOLDER/kernel and FOLDER/initrd
#
# Nothing is installed. The kernel's package is fetched once; a machine that cannot fetch it skips.
set -euo pipefail
here=$(realpath "$(dirname "$0")")

skip() {
    echo "SKIPPED: $*" >&2
    exit 77
}

folder=$1
program=$(realpath "$2")
for tool in apt-get dpkg-deb cpio busybox; do
    command -v "$tool" >/dev/null || skip "needs $tool (scripts/bootstrap --peers)"
done
mkdir -p "$folder"
cd "$folder"

# The metapackage's one real dependency is the kernel itself.
fetch_kernel() {
    local package
    package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null |
        sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p')
    [ -n "$package" ] || return 1
    rm -rf package fetched
    mkdir fetched
    (cd fetched && apt-get download -qq "$package") || return 1
    dpkg-deb --extract fetched/*.deb package
    rm -rf fetched
}
if [ ! -d package/lib/modules ]; then
    fetch_kernel || { apt-get update -qq && fetch_kernel; } || skip "no kernel package to be had"
fi

# In the order in which they must be loaded. virtio is the emulated network card.
modules=(
    virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev virtio virtio_pci
    failover net_failover virtio_net
    udp_tunnel ip6_udp_tunnel libcrc32c sctp
)
rm -rf root
mkdir -p root/{bin,dev,etc,lib,modules,proc,sys}
cp "$here/guest_init.sh" root/init
chmod 755 root/init
cp "$(command -v busybox)" root/bin/busybox
ln -s busybox root/bin/sh
for module in "${modules[@]}"; do
    file=$(find package/lib/modules -name "${module//_/[-_]}.ko" -print -quit)
    [ -n "$file" ] || { echo "the kernel package has no module $module" >&2; exit 1; }
    cp "$file" "root/modules/$module.ko"
    echo "$module" >>root/modules/order
done

# The program, and what its loader asks for, under the same names as here.
cp "$program" root/bin/peer
ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "root$(dirname "$library")"
    cp --dereference --no-clobber "$library" "root$library"
done

(cd root && find . | cpio --create --format=newc --quiet) | gzip -1 >initrd
cp package/boot/vmlinuz-* kernel
