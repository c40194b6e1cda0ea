#!/usr/bin/env bash
# Two hosts on two networks, of which one fails: nothing is lost, and hardly any time.
#
#   networks_test.sh HAWSER
#
# A network fails in three ways: at the sender, whose kernel says so at once; at the other end,
# which the sender is not told; and by an address that is gone, which looks like a host that is off.
set -euo pipefail
. "$(dirname "$0")/../support/namespaces.sh"

hawser=$1
need_root python3
two_networks
scratch

# cut HOW, mend HOW: the first network.
cut() {
    case $1 in
    near) ip -n "$ns_a" link set net0 down ;;
    far) ip -n "$ns_b" link set net0 down ;;
    gone) ip -n "$ns_b" addr del 10.77.0.2/24 dev net0 ;;
    esac
}
mend() {
    case $1 in
    near) ip -n "$ns_a" link set net0 up ;;
    far) ip -n "$ns_b" link set net0 up ;;
    gone) ip -n "$ns_b" addr add 10.77.0.2/24 dev net0 ;;
    esac
    # What was found to be unreachable is not asked for again for seconds.
    ip -n "$ns_a" neigh flush dev net0
    ip -n "$ns_b" neigh flush dev net0
    local tries
    for tries in $(seq 100); do
        ip -n "$ns_a" link show net0 | grep -q LOWER_UP && return
        sleep 0.05
    done
    fail "the first network does not come back"
}

# --- a file, cut in its midst ---

head -c 300000000 /dev/urandom >"$dir/file"
# file_over HOW OURS THEIRS: by the first network, then by the other.
file_over() {
    child "$ns_b" "$dir/receiver.out" "$hawser" receive "$dir/arrived" "$3" --overwrite -v
    local receiver=$!
    await "$dir/receiver.err" listening
    child "$ns_a" "$dir/sender.out" "$hawser" send "$dir/file" 10.77.0.2 --local "$2" -v
    local sender=$!
    await "$dir/sender.err" "the path to .* is another way to the peer"
    sleep 0.2
    cut "$1"
    wait "$sender" || fail "the sender, $1"
    wait "$receiver" || fail "the receiver, $1"
    children=()
    mend "$1"
    cmp "$dir/file" "$dir/arrived/file" || fail "what arrived is not what was sent, $1"
    grep -q '^2 paths to the peer; messages changed over 1 time$' "$dir/sender.out" ||
        fail "the sender did not change over, $1"
    grep -q '^the path to 10.77.0.2:9899 gives no answer of late$' "$dir/sender.err" ||
        fail "the sender does not say what happened, $1"
    echo "file, cut $1: $(grep ' whole, ' "$dir/sender.out")"
}
for how in near far gone; do
    file_over "$how" 10.77.0.1/10.77.1.1 10.77.0.2/10.77.1.2
done
# From IPv4 to IPv6.
file_over far 10.77.0.1/fd77:1::1 "10.77.0.2/[fd77:1::2]"

# --- a message every 20 ms, and when each arrives ---

mkfifo "$dir/typed" "$dir/printed"
child "$ns_b" "$dir/arrivals.out" python3 -u -c '
import sys, time
with open(sys.argv[1]) as printed:
    for line in printed:
        print(line.strip(), time.monotonic())' "$dir/printed"
child "$ns_b" "$dir/listener.out" bash -c 'out=$1; shift; exec "$@" >"$out"' - "$dir/printed" \
    "$hawser" listen 10.77.0.2/10.77.1.2 -v
await "$dir/listener.err" listening
child "$ns_a" "$dir/connector.out" bash -c 'in=$1; shift; exec "$@" <"$in"' - "$dir/typed" \
    "$hawser" connect 10.77.0.2 --local 10.77.0.1/10.77.1.1 -v
connector=$!
exec 3>"$dir/typed"
await "$dir/connector.err" "the path to .* is another way to the peer"

number=0
count() {
    local end=$((number + $1))
    while [ "$number" -lt "$end" ]; do
        number=$((number + 1))
        echo "$number" >&3
        sleep 0.02
    done
}
# until_seen TEXT: counts on until the connector has said it so often as it has been asked for.
until_seen() {
    seen=$((seen + 1))
    local tries
    for tries in $(seq 30); do
        [ "$(grep -c "$1" "$dir/connector.err")" -lt "$seen" ] || return 0
        count 25
    done
    fail "no '$1', $seen times"
}
seen=0
count 25
for how in near far gone; do
    first=$number
    cut "$how"
    count 75
    mend "$how"
    until_seen '^messages go to 10.77.0.2:9899 now$'
    # The longest silence between two arrivals since the cut, in milliseconds.
    gap=$(awk -v first="$first" '$1 > first && $2 - last > gap { gap = $2 - last }
        { last = $2 } END { printf "%d", 1000 * gap }' "$dir/arrivals.out")
    echo "messages every 20 ms, cut $how: $gap ms without one, and back on the first network"
    [ "$gap" -lt 1000 ] || fail "a second or more without a message, cut $how"
done
exec 3>&-
wait "$connector" || fail "the connector"
await "$dir/arrivals.out" "$number "
[ "$(awk '$1 != NR' "$dir/arrivals.out" | wc -l)" = 0 ] || fail "a message twice, or out of order"
[ "$(wc -l <"$dir/arrivals.out")" = "$number" ] || fail "messages are missing"
echo "all $number messages, each once and in order"
