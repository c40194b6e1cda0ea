#!/usr/bin/env bash
# Two peers in two network namespaces send each other messages at the same time, on four streams;
# what one has sent must be what the other has received, and both must see a graceful end.
#
#   exchange.sh LISTENER CONNECTOR BYTES LOSS_PERCENT [4|6] [WORD...]
#
# With the word interleaving=1 hawser must say that it was agreed on. When usrsctp, which then takes
# turns among its streams, is the other one, messages must have come within others.
#
# With the word nr-sack=1 hawser must say that it was agreed on.
#
# With the word authentication=1 hawser must say that it was agreed on, and that keys have changed.
set -euo pipefail
. "$(dirname "$0")/../support/namespaces.sh"

listener=$1 connector=$2 bytes=$3 loss=$4 family=${5:-4}
need_root nft
need_programs "$listener" "$connector"
pair
scratch
if [ "$family" = 6 ]; then ip_a=$ip6_a ip_b=$ip6_b; fi
[ "$loss" = 0 ] || drop "$loss"

shift $(($# < 5 ? $# : 5))
words="exchange bytes=$bytes expect=$bytes stay=1 $*"
child "$ns_a" "$dir/listener.out" "$listener" listen $words local="$ip_a" seed=11
await "$dir/listener.out" listening
child "$ns_b" "$dir/connector.out" "$connector" connect $words local="$ip_b" remote="$ip_a" seed=22
await "$dir/connector.out" closed 150
await "$dir/listener.out" closed 150

# same SENDER RECEIVER: line by line, but for the first word.
same() {
    local sent received
    sent=$(sed -n 's/^sent //p' "$dir/$1.out")
    received=$(sed -n 's/^received //p' "$dir/$2.out")
    [ -n "$sent" ] || fail "the $1 sent nothing"
    [ "$sent" = "$received" ] || fail "the $2 has not received what the $1 sent: $sent / $received"
    [ "$(awk '{ sub(/.*bytes=/, ""); total += $1 } END { print total }' <<<"$sent")" = "$bytes" ] ||
        fail "the $1 did not send $bytes bytes"
}
same listener connector
same connector listener
for side in listener connector; do
    grep -q '^closed reason=shutdown$' "$dir/$side.out" || fail "no graceful end at the $side"
done
case " $* " in
*" authentication=1 "*)
    for side in listener connector; do
        program=${!side} out="$dir/$side.out"
        [ "$(basename "$program")" = hawser_peer ] || continue
        for line in "authentication agreed" "peer uses key 1" "key 1 is free"; do
            grep -q "^$line$" "$out" || fail "the $side does not say: $line"
        done
        [ "$listener" = "$connector" ] || continue
        grep -q "^peer uses key 2$" "$out" || fail "no other key came to the $side"
    done
    ;;
esac
case " $* " in
*" zero-checksum=1 "*)
    for side in listener connector; do
        [ "$(basename "${!side}")" != hawser_peer ] || continue # which does not tell
        grep -q '^zero checksum agreed$' "$dir/$side.out" || fail "the $side sends checksums"
    done
    ;;
esac
case " $* " in
*" nr-sack=1 "*)
    for side in listener connector; do
        program=${!side}
        [ "$(basename "$program")" = hawser_peer ] || continue
        grep -q '^nr-sack agreed$' "$dir/$side.out" || fail "no NR-SACK at the $side"
    done
    ;;
esac
case " $* " in
*" interleaving=1 "*)
    for side in listener connector; do
        program=${!side} out="$dir/$side.out"
        [ "$(basename "$program")" = hawser_peer ] || continue
        grep -q '^interleaving agreed$' "$out" || fail "no interleaving at the $side"
        case "$listener $connector" in *usrsctp*) ;; *) continue ;; esac
        ! grep -q '^messages begun within others 0$' "$out" || fail "nobody interleaved"
    done
    ;;
esac
sed 's/^/listener: /' "$dir/listener.out"
