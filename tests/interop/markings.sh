#!/usr/bin/env bash
# One association that carries a message for each of the 64 DSCP and 4 ECN values, and others beside
# them. Every message must arrive with the marking it was sent with, and what the receiver's packet
# log has on its wire must be what tcpdump saw on the receiver's interface: the same datagrams with
# the same markings, no more and no fewer.
#
#   markings.sh HAWSER_PEER 4|6
set -euo pipefail
. "$(dirname "$0")/../support/namespaces.sh"

peer=$1 family=$2
need_root tcpdump tshark ethtool
pair
scratch
if [ "$family" = 6 ]; then ip_a=$ip6_a ip_b=$ip6_b; fi
# Otherwise a train is one frame on a veth, and not what a network would carry.
in_ns "$ns_a" ethtool -K to-b tx-udp-segmentation off >/dev/null
in_ns "$ns_b" ethtool -K to-a tx-udp-segmentation off >/dev/null

# The ring of tcpdump has slots of the snapshot length: short ones, so that it has many.
child "$ns_a" "$dir/tcpdump.out" tcpdump -Z root -i to-b -w "$dir/tcpdump.pcap" -U \
    --immediate-mode -s 2000 -B 32768 udp port 9899
await "$dir/tcpdump.err" "tcpdump: listening on"
words="exchange bytes=300000 expect=300000 marks=1"
child "$ns_a" "$dir/listener.out" "$peer" listen $words local="$ip_a" seed=11 \
    log="$dir/log.pcapng"
listener_id=$!
await "$dir/listener.out" listening
child "$ns_b" "$dir/connector.out" "$peer" connect $words local="$ip_b" remote="$ip_a" seed=22
wait "$!" || fail "the connecting side ended with status $?"
wait "$listener_id" || fail "the listening side ended with status $?"

for side in listener connector; do
    right=$(sed -n 's/^mark \(.*\) arrived \1$/\1/p' "$dir/$side.out" | sort -u | wc -l)
    all=$(grep -c '^mark ' "$dir/$side.out")
    [ "$right" = 256 ] && [ "$all" = 256 ] ||
        fail "$right of 256 markings arrived at the $side as they were sent, in $all messages"
done

# datagrams FILE: one line each, sorted; the payload and what stood in the IP header.
datagrams() {
    tshark -r "$1" -Y "${2:-udp}" -T fields -e ip.src -e ip.dsfield -e ip.ttl -e ipv6.src \
        -e ipv6.tclass -e ipv6.hlim -e udp.srcport -e udp.dstport -e udp.payload 2>/dev/null | sort
}
datagrams "$dir/log.pcapng" 'udp && frame.interface_name contains "wire"' >"$dir/log.txt"
[ -s "$dir/log.txt" ] || fail "the log has no datagram on its wire"
# tcpdump may still be writing its last frames.
for try in $(seq 30); do
    datagrams "$dir/tcpdump.pcap" >"$dir/tcpdump.txt"
    cmp -s "$dir/log.txt" "$dir/tcpdump.txt" && break
    sleep 0.1
done
if ! cmp -s "$dir/log.txt" "$dir/tcpdump.txt"; then
    wc -l "$dir"/{log,tcpdump}.txt >&2
    diff "$dir/log.txt" "$dir/tcpdump.txt" | cut -c1-120 | head -n 20 >&2
    fail "the log and tcpdump do not show the same datagrams"
fi
datagrams=$(wc -l <"$dir/log.txt")
echo "256 markings each way; $datagrams datagrams are the same in the log and in tcpdump"
