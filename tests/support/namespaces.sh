# Network namespaces for tests: made under names of their own, always removed. To be sourced.
#
#   need_root TOOL...     or the test is skipped, and says why
#   need_programs P...    or the test is skipped: those in other languages need a toolchain
#   pair                  two namespaces, $ns_a and $ns_b, joined by a veth pair:
#                         $ip_a $ip_b (IPv4), $ip6_a $ip6_b (IPv6)
#   router                the same two, each joined to a third, $ns_r, that forwards between them
#   two_networks          two namespaces, $ns_a and $ns_b, joined by two veth pairs, whose ends are
#                         called net0 and net1: 10.77.0.1 and 10.77.0.2, 10.77.1.1 and 10.77.1.2,
#                         and with fd77:0::, fd77:1:: the same in IPv6
#   delayed_pair PROGRAM OPTION...
#                         the two of `pair`, joined by the delay box instead: PROGRAM with those
#                         options, its report in $dir/box.out once `end_box` has ended it
#   in_ns NS COMMAND...   runs a command there
#   drop PERCENT          loses packets at random, in both directions
#   child NS OUT CMD...   starts a command there, its output in the file OUT; its id in $!
#   scratch               a folder for the test's files, $dir
#   await FILE TEXT [S]   waits until the file has a line that begins with TEXT: S seconds, or
#                         until one of the children has ended
#
# What was started with `child` is ended by its own id when the test ends.

skip() {
    echo "SKIPPED: $*" >&2
    exit 77
}

fail() {
    echo "FAILED: $*" >&2
    if [ -n "${dir:-}" ]; then tail -n 20 "$dir"/*.out "$dir"/*.err >&2 2>/dev/null || true; fi
    exit 1
}

need_root() {
    [ "$(id -u)" = 0 ] || skip "needs root, for network namespaces"
    local tool
    for tool in ip "$@"; do
        command -v "$tool" >/dev/null || skip "needs $tool"
    done
    ip netns add "hw$$-try" 2>/dev/null || skip "this system makes no network namespaces"
    ip netns del "hw$$-try"
}

need_programs() {
    local program
    for program in "$@"; do
        [ -x "$program" ] || skip "there is no $(basename "$program"): it was not made"
    done
}

namespaces=()
children=()
dir=

clean_up() {
    local id name
    for id in "${children[@]}"; do kill -KILL "$id" 2>/dev/null || true; done
    for id in "${children[@]}"; do wait "$id" 2>/dev/null || true; done
    for name in "${namespaces[@]}"; do ip netns del "$name" 2>/dev/null || true; done
    [ -z "$dir" ] || rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

scratch() {
    dir=$(mktemp -d)
}

# namespace NAME: makes one whose name is unique to this process.
namespace() {
    namespaces+=("$1")
    ip netns add "$1"
    ip -n "$1" link set lo up
}

# join NS_A IP4_A IP6_A NS_B IP4_B IP6_B: a veth pair between two namespaces. An end is called
# after the namespace at its other end.
join() {
    local dev_a="to-${4##*-}" dev_b="to-${1##*-}"
    ip link add "$dev_a" netns "$1" type veth peer name "$dev_b" netns "$4"
    ip -n "$1" addr add "$2/24" dev "$dev_a"
    ip -n "$4" addr add "$5/24" dev "$dev_b"
    # nodad: the address can be used at once.
    ip -n "$1" addr add "$3/64" dev "$dev_a" nodad
    ip -n "$4" addr add "$6/64" dev "$dev_b" nodad
    ip -n "$1" link set "$dev_a" up
    ip -n "$4" link set "$dev_b" up
}

pair() {
    ns_a="hw$$-a" ns_b="hw$$-b"
    ip_a=10.77.0.1 ip_b=10.77.0.2 ip6_a=fd77::1 ip6_b=fd77::2
    namespace "$ns_a"
    namespace "$ns_b"
    join "$ns_a" "$ip_a" "$ip6_a" "$ns_b" "$ip_b" "$ip6_b"
}

delayed_pair() {
    local program=$1 ns
    shift
    ns_a="hw$$-a" ns_b="hw$$-b"
    ip_a=10.77.0.1 ip_b=10.77.0.2 ip6_a=fd77::1 ip6_b=fd77::2
    namespace "$ns_a"
    namespace "$ns_b"
    "$program" "$ns_a" "$ns_b" "$@" >"$dir/box.out" 2>"$dir/box.err" &
    box=$!
    children+=("$box")
    await "$dir/box.out" ready
    for ns in "$ns_a" "$ns_b"; do
        # As long as no burst is: the queue that counts is the box's.
        ip -n "$ns" link set box txqueuelen 10000 up
    done
    ip -n "$ns_a" addr add "$ip_a/24" dev box
    ip -n "$ns_b" addr add "$ip_b/24" dev box
    ip -n "$ns_a" addr add "$ip6_a/64" dev box nodad
    ip -n "$ns_b" addr add "$ip6_b/64" dev box nodad
}

end_box() {
    kill -TERM "$box"
    wait "$box"
}

router() {
    ns_a="hw$$-a" ns_b="hw$$-b" ns_r="hw$$-r"
    ip_a=10.77.1.1 ip_b=10.77.2.1 ip6_a=fd77:1::1 ip6_b=fd77:2::1
    namespace "$ns_a"
    namespace "$ns_b"
    namespace "$ns_r"
    join "$ns_a" "$ip_a" "$ip6_a" "$ns_r" 10.77.1.254 fd77:1::fe
    join "$ns_b" "$ip_b" "$ip6_b" "$ns_r" 10.77.2.254 fd77:2::fe
    in_ns "$ns_r" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward
                         echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
    ip -n "$ns_a" route add default via 10.77.1.254
    ip -n "$ns_b" route add default via 10.77.2.254
    ip -n "$ns_a" -6 route add default via fd77:1::fe
    ip -n "$ns_b" -6 route add default via fd77:2::fe
}

two_networks() {
    ns_a="hw$$-a" ns_b="hw$$-b"
    namespace "$ns_a"
    namespace "$ns_b"
    local net end ns
    for net in 0 1; do
        ip link add "net$net" netns "$ns_a" type veth peer name "net$net" netns "$ns_b"
        for end in 1 2; do
            ns=$ns_a
            [ "$end" = 1 ] || ns=$ns_b
            ip -n "$ns" addr add "10.77.$net.$end/24" dev "net$net"
            ip -n "$ns" addr add "fd77:$net::$end/64" dev "net$net" nodad
            ip -n "$ns" link set "net$net" up
        done
    done
}

in_ns() {
    ip netns exec "$@"
}

child() {
    local ns=$1 out=$2
    shift 2
    # exec: the id is the command's own, not a shell's.
    (exec ip netns exec "$ns" "$@") >"$out" 2>"${out%.out}.err" &
    children+=("$!")
}

# Both ends drop what comes in, so that each direction loses as much.
drop() {
    local ns device
    for ns in "$ns_a" "$ns_b"; do
        # Else a train is one packet on a veth pair, and lost as a whole.
        for device in $(in_ns "$ns" ls /sys/class/net | grep -v '^lo$'); do
            in_ns "$ns" ethtool -K "$device" tx-udp-segmentation off
        done
        in_ns "$ns" nft -f - <<EOF
table inet lossy {
    chain input {
        type filter hook input priority 0;
        meta l4proto udp numgen random mod 100 < $1 drop
    }
}
EOF
    done
}

await() {
    local seconds=${3:-10} id tries
    for tries in $(seq $((seconds * 20))); do
        grep -qs "^$2" "$1" && return
        for id in "${children[@]}"; do kill -0 "$id" 2>/dev/null || break 2; done
        sleep 0.05
    done
    grep -qs "^$2" "$1" || fail "no '$2' in $(basename "$1"), within $seconds s"
}
