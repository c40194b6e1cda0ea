#!/usr/bin/env bash
# The Linux kernel's own SCTP, in an emulated machine behind a tap in a network namespace, and a
# program of ours beside it: messages both ways at once, and a graceful end that both see.
#
#   test.sh MACHINE_FOLDER PROGRAM listen|connect [BYTES]     the role is PROGRAM's
set -euo pipefail
. "$(dirname "$0")/../../support/namespaces.sh"

machine=$1 program=$2 role=$3 bytes=${4:-1000000}
need_root qemu-system-x86_64
[ -s "$machine/initrd" ] || skip "the machine was not made (no kernel package)"
scratch

ns_a="hw$$-a" here=10.78.0.1 there=10.78.0.2
namespace "$ns_a"
ip -n "$ns_a" tuntap add tap0 mode tap
ip -n "$ns_a" addr add "$here/24" dev tap0
ip -n "$ns_a" link set tap0 up

# boot PEER-ARGUMENT...: no KVM, which may hang where virtual machines are nested; no boot ROM,
# which would wait for a network boot; an end by itself after a panic, and after four minutes.
boot() {
    child "$ns_a" "$dir/console.out" timeout --kill-after=5 240 qemu-system-x86_64 \
        -accel tcg -cpu qemu64 -m 384 -nographic -no-reboot -nodefaults -serial stdio \
        -kernel "$machine/kernel" -initrd "$machine/initrd" \
        -netdev tap,id=link,ifname=tap0,script=no,downscript=no \
        -device virtio-net-pci,netdev=link,romfile= \
        -append "console=ttyS0 quiet panic=1 peer_address=$there/24 peer_udp_port=9899 -- $*"
    machine_id=$!
}

# await_console TEXT: the machine speaks with carriage returns, and is slow.
await_console() {
    local tries
    for tries in $(seq 1800); do
        grep -qs "^$1" "$dir/console.out" && return
        kill -0 "$machine_id" 2>/dev/null || break
        sleep 0.1
    done
    fail "the machine never said '$1'"
}

common="exchange bytes=$bytes expect=$bytes"
if [ "$role" = connect ]; then
    boot listen $common local=$there seed=11
    await_console listening
    child "$ns_a" "$dir/program.out" "$program" connect $common local=$here remote=$there seed=22
    program_id=$!
else
    child "$ns_a" "$dir/program.out" "$program" listen $common local=$here seed=22
    program_id=$!
    await "$dir/program.out" listening
    boot connect $common local=$there remote=$here seed=11
fi
wait "$program_id" || fail "the program ended with status $?"
await_console SctpChecksumErrors
tr -d '\r' <"$dir/console.out" >"$dir/kernel.out"
grep -q '^peer-status 0$' "$dir/kernel.out" || fail "the kernel's side failed"
for count in Aborteds OutOfBlues ChecksumErrors; do
    grep -qE "^Sctp$count\s+0$" "$dir/kernel.out" || fail "the kernel counts $count"
done

# same SENDER RECEIVER: line by line, but for the first word.
same() {
    local sent received
    sent=$(sed -n 's/^sent //p' "$dir/$1.out")
    received=$(sed -n 's/^received //p' "$dir/$2.out")
    [ -n "$sent" ] || fail "the $1 sent nothing"
    [ "$sent" = "$received" ] || fail "the $2 has not received what the $1 sent: $sent / $received"
}
same program kernel
same kernel program
for side in program kernel; do
    grep -q '^closed reason=shutdown$' "$dir/$side.out" || fail "no graceful end at the $side"
done
sed 's/^/kernel: /' "$dir/kernel.out"
