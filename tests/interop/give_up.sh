#!/usr/bin/env bash
# A peer gives up each message of which a packet was lost, and the other one takes the rest: fewer
# messages than were sent, but no fewer than were not given up, and a graceful end of both.
#
#   give_up.sh LISTENER CONNECTOR BYTES LOSS_PERCENT [WORD...]
#
# With the word lifetime=MS it gives up what has not arrived by then instead.
set -euo pipefail
. "$(dirname "$0")/../support/namespaces.sh"

listener=$1 connector=$2 bytes=$3 loss=$4
shift 4
need_root nft
need_programs "$listener" "$connector"
pair
scratch
drop "$loss"

child "$ns_a" "$dir/listener.out" "$listener" listen exchange stay=1 local="$ip_a" "$@"
await "$dir/listener.out" listening
case " $* " in
*" lifetime="*) why=() ;;
*) why=(give-up=1) ;;
esac
child "$ns_b" "$dir/connector.out" "$connector" connect exchange "${why[@]}" bytes="$bytes" stay=1 \
    local="$ip_b" remote="$ip_a" "$@"
await "$dir/connector.out" closed 150
await "$dir/listener.out" closed 150

# messages SIDE WHAT: how many there were on all streams.
messages() {
    awk -v what="$2" '$1 == what { sub(/.*messages=/, ""); total += $1 } END { print total + 0 }' \
        "$dir/$1.out"
}
sent=$(messages connector sent) received=$(messages listener received)
given_up=$(sed -n 's/^messages given up //p' "$dir/connector.out") # hawser says so
[ "$received" -gt 0 ] || fail "nothing came"
[ "$received" -lt "$sent" ] || fail "nothing was given up of $sent messages"
if [ -n "$given_up" ]; then
    [ $((received + given_up)) -ge "$sent" ] ||
        fail "$sent were sent, $given_up given up, and no more than $received came"
fi
for side in listener connector; do
    grep -q '^closed reason=shutdown$' "$dir/$side.out" || fail "no graceful end at the $side"
done
echo "$sent messages sent, $received came, ${given_up:-?} were given up"
