#!/usr/bin/env bash
# One DTLS connection that carries a run of records from either end, each with other values of each
# field of Ancillary: see marking_plan.hpp. Every record must arrive with what was asked for, and
# tcpdump must see exactly that on its packet. The address that is called is not the one that the
# kernel would answer from: answers have to come from there.
#
#   dtls_markings.sh DTLS_MARKS 4|6|mapped 1.2|1.3 records|trains
#
# mapped: both ends have sockets of both families, and speak IPv4.
# trains: rows of equal records instead, which the kernel is given as one, splits, and, in a second
# run, puts together again for the receiver.
set -euo pipefail
. "$(dirname "$0")/../support/namespaces.sh"
. "$(dirname "$0")/../support/captures.sh"

marks=$1 road=$2 version=$3 trains=
[ "$4" = records ] || trains=--trains
need_root tcpdump tshark ethtool nft
pair
scratch
port=4433

# A second way between the two: permanent neighbours, since nobody asks for these addresses there.
ip link add also-to-b netns "$ns_a" type veth peer name also-to-a netns "$ns_b"
ip -n "$ns_a" addr add 10.77.0.11/24 dev to-b
ip -n "$ns_b" addr add 10.77.0.12/24 dev to-a
ip -n "$ns_a" addr add fd77::11/64 dev to-b nodad
ip -n "$ns_b" addr add fd77::12/64 dev to-a nodad
# second_way NS DEVICE FAR_NS FAR_DEVICE FAR_ADDRESS...
second_way() {
    local ns=$1 device=$2 mac address
    mac=$(in_ns "$3" cat "/sys/class/net/$4/address")
    shift 4
    in_ns "$ns" sh -c 'for file in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 >"$file"; done
                       echo 0 >/proc/sys/net/ipv6/auto_flowlabels'
    ip -n "$ns" link set "$device" up
    ip -n "$ns" route add 10.77.0.0/24 dev "$device" metric 100
    # Beside a source address, an interface only decides between routes of one metric.
    ip -n "$ns" -6 route append fd77::/64 dev "$device" metric 256
    for address in "$@"; do
        ip -n "$ns" neigh add "$address" lladdr "$mac" dev "$device" nud permanent
    done
}
second_way "$ns_a" also-to-b "$ns_b" also-to-a 10.77.0.2 10.77.0.12 fd77::2 fd77::12
second_way "$ns_b" also-to-a "$ns_a" also-to-b 10.77.0.1 10.77.0.11 fd77::1 fd77::11
no_trains

# Marks and priorities end with their host: a rule makes a hop limit of each, which travels.
marked_hops() {
    local i
    echo "table inet marks { chain output { type filter hook output priority 0;"
    for i in $(seq 8); do
        echo "meta mark $i ip ttl set $((100 + i))"
        echo "meta mark $i ip6 hoplimit set $((100 + i))"
    done
    for i in $(seq 6); do # the kernel makes priorities of DSCPs too
        echo "meta priority 0:$i ip dscp 0 ip ttl set $((200 + i))"
        echo "meta priority 0:$i ip6 dscp 0 ip6 hoplimit set $((200 + i))"
    done
    echo "}"
    echo "}"
}
for ns in "$ns_a" "$ns_b"; do marked_hops | in_ns "$ns" nft -f -; done

case "$road" in
4) any=0.0.0.0 from=(--from 10.77.0.12) source=10.77.0.12 target=10.77.0.11 ;;
6) any='[::]' from=(--from fd77::12) source=fd77::12 target=fd77::11 ;;
mapped) any='[::]' from=() source=$ip_b target=10.77.0.11 ;;
*) fail "no road $road" ;;
esac
ip=ip to=$target:$port
if [ "$road" = 6 ]; then ip=ipv6 to="[$target]:$port"; fi

# run: both runs of records; in $dir/{listener,connector}.out what each end says.
run() {
    local listener others=("${children[@]}")
    child "$ns_a" "$dir/listener.out" "$marks" listen "$any:$port" --version "$version" \
        --devices to-b also-to-b $trains
    listener=$!
    await "$dir/listener.out" listening
    child "$ns_b" "$dir/connector.out" "$marks" connect "$to" "${from[@]}" --version "$version" \
        --devices to-a also-to-a $trains
    wait "$!" || fail "the connecting side ended with status $?"
    wait "$listener" || fail "the listening side ended with status $?"
    children=("${others[@]}")
}

# arrivals SIDE: how often the kernel gave that side something.
arrivals() {
    sed -n 's/^right .* \([0-9]*\) arrivals.*/\1/p' "$dir/$1.out"
}

# packets FROM TO: of records with data (1.2: content type 23; 1.3: a unified header of epoch 3).
packets() {
    tshark -r "$dir/tcpdump.pcap" -Y "$ip.src == $1 && $ip.dst == $2 && udp.length > 200 &&
        (udp.payload[0:1] == 17 || udp.payload[0:1] == 2f || udp.payload[0:1] == 2b)" \
        -T fields -e ip.dsfield -e ip.ttl -e ip.flags.df -e ipv6.tclass -e ipv6.hlim -e ipv6.flow \
        -e udp.length -e sll.ifindex 2>/dev/null
}
# compare SIDE FROM TO: what that side sent is on the network.
compare() {
    sed -n 's/^wire\t//p' "$dir/$1.out" | sort >"$dir/sent.txt"
    [ -s "$dir/sent.txt" ] || fail "the $1 sent nothing"
    same_as "$dir/sent.txt" packets "$2" "$3"
}

# The side that connects has the same numbers for its interfaces, so one capture does for both.
capture "$ns_b" any "udp port $port"
run
compare connector "$source" "$target"
compare listener "$target" "$source"
sent=$(wc -l <"$dir/sent.txt")
if [ -z "$trains" ]; then
    echo "$sent packets each way have the markings that were asked for, at both ends of the wire"
    exit 0
fi

[ "$(arrivals listener)" = 160 ] || fail "without GRO $(arrivals listener) of 160 came alone"
# A veth puts rows together again once its other end sends no trains of TCP either.
for end in "$ns_a to-b" "$ns_b to-a"; do
    set -- $end
    in_ns "$1" ethtool -K "$2" tso off gro on >/dev/null
    in_ns "$1" sh -c "echo 1000000 >/sys/class/net/$2/gro_flush_timeout"
done
run
for side in listener connector; do
    [ "$(arrivals "$side")" -le 48 ] ||
        fail "$(arrivals "$side") arrivals of 160 records at the $side: no GRO"
done
echo "160 records each way: $(arrivals listener) and $(arrivals connector) arrivals with GRO"
