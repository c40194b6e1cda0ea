#!/usr/bin/env bash
# The kernel's TCP through the delay box: its rate, its delay, its losses, its marks.
#
#   delay_box.sh PROGRAM
. "$(dirname "$0")/../support/namespaces.sh"
set -euo pipefail

program=$1
need_root iperf3 python3
[ -c /dev/net/tun ] || skip "needs /dev/net/tun"
scratch

# report KEY FILE: a number out of what iperf3 said.
report() {
    python3 -c 'import json, sys; end = json.load(open(sys.argv[2]))["end"]
print(int({"bit_s": end["sum_received"]["bits_per_second"],
           "retransmits": end["sum_sent"]["retransmits"],
           "round_trip_us": end["streams"][0]["sender"]["min_rtt"]}[sys.argv[1]]))' "$1" "$2"
}

# tcp OUT OPTION...: TCP from A to B for 5 s, the first two not counted.
tcp() {
    local out=$1
    shift
    child "$ns_b" "$dir/server.out" iperf3 --server --one-off --bind "$ip_b" --forceflush
    await "$dir/server.out" "Server listening"
    in_ns "$ns_a" iperf3 --client "$ip_b" --congestion cubic --time 5 --omit 2 --json "$@" >"$out"
    wait "${children[-1]}"
    unset 'children[-1]'
}

# begin OPTION...: another pair of namespaces; `end` takes it away.
begin() {
    delayed_pair "$program" --mbit 100 --delay-ms 20 "$@"
}
end() {
    end_box
    unset 'children[-1]'
    ip netns del "$ns_a"
    ip netns del "$ns_b"
    namespaces=()
}

# counted KEY: what the box says of the way from A to B.
counted() {
    sed -nE "s/^forth .*$1 ([0-9]+).*/\1/p" "$dir/box.out"
}

begin
tcp "$dir/plain.json"
tcp "$dir/slow.json" --bitrate 1M
end
round_trip=$(report round_trip_us "$dir/slow.json")
[ "$round_trip" -ge 40000 ] && [ "$round_trip" -le 42000 ] ||
    fail "the shortest round trip took $round_trip us instead of 40000"
rate=$(report bit_s "$dir/plain.json")
[ "$rate" -ge 90000000 ] && [ "$rate" -le 100000000 ] || fail "TCP got $rate bit/s"
echo "TCP gets $rate of 100000000 bit/s, a round trip takes $round_trip us"

begin --loss 0.01 --seed 7
tcp "$dir/lossy.json"
end
lost=$(counted lost) carried=$(counted carried)
[ "$lost" -gt 0 ] && [ $((lost * 1000 / (lost + carried))) -lt 20 ] ||
    fail "$lost lost of $((lost + carried))"
[ "$(report retransmits "$dir/lossy.json")" -ge "$((lost / 3))" ] || fail "TCP noticed no loss"
echo "$lost packets were lost on purpose, $carried carried"

begin --mark-bytes 100000
in_ns "$ns_a" sh -c 'echo 1 >/proc/sys/net/ipv4/tcp_ecn'
in_ns "$ns_b" sh -c 'echo 1 >/proc/sys/net/ipv4/tcp_ecn'
tcp "$dir/marked.json"
end
[ "$(counted marked)" -gt 0 ] || fail "nothing was marked"
[ "$(counted no-room)" = 0 ] || fail "$(counted no-room) found no room although TCP was told"
[ "$(report retransmits "$dir/marked.json")" = 0 ] || fail "TCP sent again what was only marked"
echo "$(counted marked) packets were marked, and nothing had to go again"
