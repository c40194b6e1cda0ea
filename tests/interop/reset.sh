#!/usr/bin/env bash
# One peer asks the other, which echoes, for what RFC 6525 has, and goes on each time: all that was
# sent comes back, and streams that begin again count their messages from 0.
#
#   reset.sh LISTENER CONNECTOR BYTES LOSS_PERCENT WISH,... [WORD...]
#
# WISH: outgoing incoming all add-outgoing add-incoming, as peer_arguments.hpp has them. With the
# word silent-at-last=1 it does not go on after the last one.
#
# What was seen of usrsctp 0.9.5:
# - It asks for "all", is answered, and takes a SACK for an old one from then on unless its new TSNs
#   are ahead of those that it receives (it sets the last TSN that was acknowledged from the wrong
#   direction), which is so in half of the associations. In the others what it sends is never
#   acknowledged, so that "all" can only be the last thing that it asks for.
# - It may reset its streams twice for one wish of "incoming".
set -euo pipefail
. "$(dirname "$0")/../support/namespaces.sh"

listener=$1 connector=$2 bytes=$3 loss=$4 wishes=$5
shift 5
need_root nft
need_programs "$listener" "$connector"
pair
scratch
[ "$loss" = 0 ] || drop "$loss"

count=$(tr ',' '\n' <<<"$wishes" | wc -l)
case " $* " in
*" silent-at-last=1 "*) rounds=$count ;;
*) rounds=$((count + 1)) ;;
esac
total=$((bytes * rounds))
child "$ns_a" "$dir/listener.out" "$listener" listen echo verbose=1 stay=1 local="$ip_a" "$@"
await "$dir/listener.out" listening
child "$ns_b" "$dir/connector.out" "$connector" connect exchange verbose=1 stay=1 \
    local="$ip_b" remote="$ip_a" bytes="$bytes" expect="$total" asks="$wishes" "$@"
await "$dir/connector.out" closed 150
await "$dir/listener.out" closed 150

# report SIDE WHAT: line by line, but for the first word.
report() {
    sed -n "s/^$2 //p" "$dir/$1.out"
}
sent=$(report connector sent)
[ "$sent" = "$(report listener received)" ] || fail "not all has come"
[ "$sent" = "$(report connector received)" ] || fail "not all has come back"
[ "$(awk '{ sub(/.*bytes=/, ""); n += $1 } END { print n }' <<<"$sent")" = "$total" ] ||
    fail "the connector did not send $total bytes"
for side in listener connector; do
    grep -q '^closed reason=shutdown$' "$dir/$side.out" || fail "no graceful end at the $side"
    ! grep -Eq '^event .*(refused|denied|failed)$' "$dir/$side.out" ||
        fail "refused at the $side"
done

# lives SIDE WORD...: stream 0 of what came there has begun as often as its sender began again by
# one of these wishes, and once more.
lives() {
    local side=$1 wanted began
    shift
    grep -q '^message stream=' "$dir/$side.out" || return 0 # one that is not told the numbers
    wanted=$(tr ',' '\n' <<<"$wishes" | head -n $((rounds - 1)) |
        grep -Fxc "$(printf '%s\n' "$@")" || true)
    began=$(grep -Ec '^message stream=0 ssn=0 ' "$dir/$side.out")
    [ "$began" -ge $((1 + wanted)) ] || fail "streams did not begin again for the $side"
}
lives listener outgoing all
lives connector incoming all
grep '^event' "$dir/connector.out"
