#!/usr/bin/env bash
# One association that carries a message for each of the 64 DSCP and 4 ECN values, and others beside
# them. Every message must arrive with the marking it was sent with, and what the receiver's packet
# log has on its wire must be what tcpdump saw on the receiver's interface: the same datagrams with
# the same markings, no more and no fewer.
#
#   markings.sh HAWSER_PEER 4|6
set -euo pipefail
. "$(dirname "$0")/../support/namespaces.sh"
. "$(dirname "$0")/../support/captures.sh"

peer=$1 family=$2
need_root tcpdump tshark ethtool
pair
scratch
if [ "$family" = 6 ]; then ip_a=$ip6_a ip_b=$ip6_b; fi
no_trains

capture "$ns_a" to-b "udp port 9899"
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

# datagrams FILE: one line each; the payload and what stood in the IP header.
datagrams() {
    tshark -r "$1" -Y "${2:-udp}" -T fields -e ip.src -e ip.dsfield -e ip.ttl -e ipv6.src \
        -e ipv6.tclass -e ipv6.hlim -e udp.srcport -e udp.dstport -e udp.payload 2>/dev/null
}
datagrams "$dir/log.pcapng" 'udp && frame.interface_name contains "wire"' | sort >"$dir/log.txt"
[ -s "$dir/log.txt" ] || fail "the log has no datagram on its wire"
same_as "$dir/log.txt" datagrams "$dir/tcpdump.pcap"
datagrams=$(wc -l <"$dir/log.txt")
echo "256 markings each way; $datagrams datagrams are the same in the log and in tcpdump"
