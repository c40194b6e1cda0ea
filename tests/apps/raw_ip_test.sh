#!/usr/bin/env bash
# SCTP in IP packets, between network namespaces: with no UDP, and beside others on the same host.
#
#   raw_ip_test.sh HAWSER
set -euo pipefail
. "$(dirname "$0")/../support/namespaces.sh"

hawser=$1
need_root tshark setpriv cmp
[ ! -e /proc/net/sctp ] || skip "the kernel of this host has SCTP itself"
two_networks
scratch
head -c 4000000 /dev/urandom >"$dir/file"

# listening NAME OPTION...: a hawser in $ns_b that takes files; its id in $receiver.
listening() {
    local name=$1
    shift
    child "$ns_b" "$dir/$name.out" "$hawser" receive "$dir/$name" --raw-ip --overwrite -v "$@"
    receiver=$!
    await "$dir/$name.err" listening
}
# arrived NAME: and the receiver has ended well.
arrived() {
    wait "$receiver" || fail "the receiver, $1"
    children=()
    cmp "$dir/file" "$dir/$1/file" || fail "what arrived is not what was sent, $1"
}

# --- one path, both families, every address or one; the log is what Wireshark knows ---

for run in "10.77.0.2 4297" "[fd77:0::2] 4297" "10.77.0.2 10.77.0.2" "[fd77:0::2] [fd77:0::2]"; do
    read -r there ours <<<"$run"
    listening one "$ours"
    in_ns "$ns_a" "$hawser" send "$dir/file" "$there" --raw-ip --log "$dir/one.pcapng" -v \
        2>"$dir/sender.err" || fail "the sender to $there"
    arrived one
    packets=$(tshark -r "$dir/one.pcapng" -Y 'sctp && !udp' 2>/dev/null | wc -l)
    all=$(tshark -r "$dir/one.pcapng" 2>/dev/null | wc -l)
    [ "$packets" = "$all" ] && [ "$all" -gt 1000 ] || fail "$packets of $all packets are SCTP in IP"
    wrong=$(tshark -r "$dir/one.pcapng" -o sctp.checksum:TRUE \
        -Y '_ws.malformed || sctp.checksum.status == 0 || ip.checksum.status == 0' 2>/dev/null)
    [ -z "$wrong" ] || fail "in the log: $wrong"
done
grep -q '^listening on SCTP port 4297 in IP at fd77::2$' "$dir/one.err" || fail "what it says"
grep -q '^connected to SCTP port 4297 of fd77::2 in IP;' "$dir/sender.err" || fail "what it says"

# --- markings arrive ---

listening marked --keep-open
in_ns "$ns_a" "$hawser" ping 10.77.0.2 --raw-ip --count 2 --dscp af41 --ecn ect0 >"$dir/ping.out" ||
    fail "the ping"
grep -qi 'af41' "$dir/ping.out" || fail "no markings in the ping"
kill -INT "$receiver"
wait "$receiver" || true
children=()

# --- two networks, of which one is cut ---

head -c 60000000 /dev/urandom >"$dir/file"
for run in "10.77.0.1/10.77.1.1 10.77.0.2/10.77.1.2" \
    "[fd77:0::1]/[fd77:1::1] [fd77:0::2]/[fd77:1::2]"; do
    read -r ours theirs <<<"$run"
    listening two "$theirs"
    child "$ns_a" "$dir/sender.out" "$hawser" send "$dir/file" "${theirs%%/*}" --local "$ours" \
        --raw-ip -v
    sender=$!
    await "$dir/sender.err" "the path to .* is another way to the peer"
    sleep 0.2
    ip -n "$ns_b" link set net0 down
    wait "$sender" || fail "the sender, cut off"
    arrived two
    grep -q '^2 paths to the peer; messages changed over 1 time$' "$dir/sender.out" ||
        fail "the sender did not change over"
    ip -n "$ns_b" link set net0 up
    ip -n "$ns_b" addr replace fd77:0::2/64 dev net0 nodad
    for ns in "$ns_a" "$ns_b"; do ip -n "$ns" neigh flush dev net0; done
done
head -c 2000000 /dev/urandom >"$dir/file"

# --- nobody there: the host says so (ICMP: protocol unreachable, unrecognized next header) ---

for there in 10.77.1.2 "[fd77:1::2]"; do
    code=0
    in_ns "$ns_a" "$hawser" send "$dir/file" "$there" --raw-ip --timeout 20 2>"$dir/nobody.err" ||
        code=$?
    [ "$code" = 3 ] || fail "to nobody: exit code $code"
    grep -q 'that host has no SCTP in IP packets' "$dir/nobody.err" || fail "what it says of nobody"
done

# --- several on one host: each has its SCTP port, and hears nothing of the other's ---

listening other :4298
other=$receiver
listening one
for port in 4298 4297; do
    in_ns "$ns_a" "$hawser" send "$dir/file" "10.77.1.2:$port" --raw-ip ||
        fail "the sender to $port"
done
wait "$other" || fail "the receiver on port 4298"
arrived one
listening one
code=0
in_ns "$ns_b" "$hawser" receive "$dir/second" --raw-ip 2>"$dir/second.err" || code=$?
[ "$code" = 2 ] || fail "a port that is taken: exit code $code"
grep -q 'SCTP port 4297 is in use' "$dir/second.err" || fail "what it says of a port that is taken"
in_ns "$ns_b" "$hawser" send "$dir/file" 10.77.1.2 --raw-ip || fail "the sender on the same host"
arrived one

# --- without the privilege ---

code=0
in_ns "$ns_a" setpriv --reuid 65534 --regid 65534 --clear-groups \
    "$hawser" ping 10.77.1.2 --raw-ip 2>"$dir/nobody.err" || code=$?
[ "$code" = 2 ] || fail "without a privilege: exit code $code"
grep -q 'needs the privilege CAP_NET_RAW' "$dir/nobody.err" || fail "what it says of a privilege"

# --- beside the kernel's own SCTP, as far as it can be seen ---

code=0
in_ns "$ns_a" unshare --mount sh -c 'mount -t tmpfs none /proc && mkdir -p /proc/net/sctp &&
    exec "$0" ping 10.77.1.2 --raw-ip' "$hawser" 2>"$dir/kernel.err" || code=$?
[ "$code" = 2 ] || fail "beside the kernel's SCTP: exit code $code"
grep -q 'the kernel of this host has SCTP itself' "$dir/kernel.err" ||
    fail "what it says of a kernel that has SCTP"

# --- a router whose far side takes smaller packets, and says so ---

for ns in "${namespaces[@]}"; do ip netns del "$ns"; done
namespaces=()
router
ip -n "$ns_r" link set dev to-b mtu 1280
ip -n "$ns_b" link set dev to-r mtu 1280
for run in "$ip_b:4297 1480" "[$ip6_b]:4297 1460"; do
    read -r there bytes <<<"$run"
    listening small
    in_ns "$ns_a" "$hawser" send "$dir/file" "$there" --raw-ip --packet-bytes "$bytes" -v \
        2>"$dir/sender.err" || fail "the sender across a small MTU"
    arrived small
    grep -q 'carries only smaller packets' "$dir/sender.err" || fail "the sender was not told"
done
