# What tcpdump sees in a test's namespaces. To be sourced behind namespaces.sh.
#
#   no_trains                every device sends a train as the datagrams that a network carries
#   capture NS DEVICE WORDS  starts tcpdump there, into $dir/tcpdump.pcap
#   same_as FILE COMMAND...  fails unless the command's output, sorted, becomes that of the file

no_trains() {
    local ns device
    # Otherwise a train is one frame on a veth.
    for ns in "${namespaces[@]}"; do
        for device in $(in_ns "$ns" ls /sys/class/net | grep -v '^lo$'); do
            in_ns "$ns" ethtool -K "$device" tx-udp-segmentation off >/dev/null
        done
    done
}

# The ring of tcpdump has slots of the snapshot length: short ones, so that it has many.
capture() {
    child "$1" "$dir/tcpdump.out" tcpdump -Z root -i "$2" -w "$dir/tcpdump.pcap" -U \
        --immediate-mode -s 2000 -B 32768 "$3"
    await "$dir/tcpdump.err" "tcpdump: listening on"
}

same_as() {
    local wanted=$1 try
    shift
    # tcpdump may still be writing its last frames.
    for try in $(seq 30); do
        "$@" | sort >"$dir/seen.txt"
        cmp -s "$wanted" "$dir/seen.txt" && return
        sleep 0.1
    done
    wc -l "$wanted" "$dir/seen.txt" >&2
    diff "$wanted" "$dir/seen.txt" | cut -c1-120 | head -n 20 >&2
    fail "tcpdump does not show the same datagrams"
}
