#!/usr/bin/env bash
# The Linux kernel's own SCTP, in an emulated machine behind a tap in a network namespace, and a
# program of ours beside it: messages both ways at once, and a graceful end that both see.
#
#   test.sh MACHINE_FOLDER PROGRAM listen|connect [BYTES [udp|ip|two]]    the role is PROGRAM's
#
# udp: SCTP in UDP. ip: in IP packets, without it. two: the same on two networks, the first of which
# is cut once the association is up.
set -euo pipefail
. "$(dirname "$0")/../../support/namespaces.sh"

machine=$1 program=$2 role=$3 bytes=${4:-1000000} carrier=${5:-udp}
need_root qemu-system-x86_64
[ -s "$machine/initrd" ] || skip "the machine was not made (no kernel package)"
scratch

ns_a="hw$$-a" here=10.78.0.1 there=10.78.0.2
namespace "$ns_a"
networks=0 udp_port=9899 ours=$here second=
[ "$carrier" = udp ] || udp_port=0
if [ "$carrier" = two ]; then
    networks="0 1" ours=$here/10.78.1.1 second=peer_address_2=10.78.1.2/24
fi
cards=()
for net in $networks; do
    ip -n "$ns_a" tuntap add "tap$net" mode tap
    ip -n "$ns_a" addr add "10.78.$net.1/24" dev "tap$net"
    ip -n "$ns_a" link set "tap$net" up
    cards+=(-netdev "tap,id=link$net,ifname=tap$net,script=no,downscript=no"
        -device "virtio-net-pci,netdev=link$net,romfile=")
done

# boot PEER-ARGUMENT...: no KVM, which may hang where virtual machines are nested; no boot ROM,
# which would wait for a network boot; an end by itself after a panic, and after four minutes.
boot() {
    child "$ns_a" "$dir/console.out" timeout --kill-after=5 240 qemu-system-x86_64 \
        -accel tcg -cpu qemu64 -m 384 -nographic -no-reboot -nodefaults -serial stdio \
        -kernel "$machine/kernel" -initrd "$machine/initrd" \
        "${cards[@]}" \
        -append "console=ttyS0 quiet panic=1 peer_address=$there/24 $second \
peer_udp_port=$udp_port -- $*"
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

common="exchange bytes=$bytes expect=$bytes" bound="local=$there"
[ "$carrier" != two ] || bound= # the kernel tells all addresses of its own
if [ "$role" = connect ]; then
    boot listen $common $bound seed=11
    await_console listening
    child "$ns_a" "$dir/program.out" "$program" connect $common local=$ours remote=$there \
        udp=$udp_port seed=22
    program_id=$!
else
    child "$ns_a" "$dir/program.out" "$program" listen $common local=$ours udp=$udp_port seed=22
    program_id=$!
    await "$dir/program.out" listening
    boot connect $common $bound remote=$here seed=11
fi
if [ "$carrier" = two ]; then
    await "$dir/program.out" "event up" 60
    sleep 1
    ip -n "$ns_a" link set tap0 down
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
