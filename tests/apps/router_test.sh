#!/usr/bin/env bash
# hawser ping says exactly what a router does to markings, in each direction.
#
#   router_test.sh HAWSER
set -euo pipefail
. "$(dirname "$0")/../support/namespaces.sh"

hawser=$1
need_root nft
router
scratch

# On the way to b the class is taken away, on the way back congestion is marked.
in_ns "$ns_r" nft -f - <<EOF
table inet marks {
    chain forward {
        type filter hook forward priority 0;
        iifname "to-a" ip dscp set cs0
        iifname "to-a" ip6 dscp set cs0
        iifname "to-b" ip ecn set ce
        iifname "to-b" ip6 ecn set ce
    }
}
EOF

child "$ns_b" "$dir/listener.out" "$hawser" listen --keep-open --log "$dir/listener.pcapng"
await "$dir/listener.err" listening

there='there: EF/ECT\(1\) arrived CS0/ECT\(1\), DSCP changed, 1 hop'
back='back: EF/ECT\(1\) arrived EF/CE, congestion marked, 1 hop'
for address in "$ip_b" "[$ip6_b]"; do
    in_ns "$ns_a" "$hawser" ping "$address" --dscp ef --ecn ect1 --count 3 --interval 0 \
        >"$dir/ping.out" 2>"$dir/ping.err" || fail "ping $address"
    [ "$(grep -cE "^ +[123] .* $there   $back\$" "$dir/ping.out")" = 3 ] ||
        fail "ping $address does not say what the router does"
    grep -qE '^EF/ECT\(1\) +3 +3 +0 % .* CS0/ECT\(1\) +EF/CE$' "$dir/ping.out" ||
        fail "the table of ping $address does not say what the router does"
done
cat "$dir/ping.out"

# Files say so too, at both ends.
child "$ns_b" "$dir/receiver.out" "$hawser" receive "$dir/files" :2905 --udp-port 9900
await "$dir/receiver.err" listening
head -c 300000 /dev/zero >"$dir/file.bin"
in_ns "$ns_a" "$hawser" send "$dir/file.bin" "$ip_b:2905" --peer-udp-port 9900 --dscp af41 \
    --ecn ect0 >"$dir/send.out" 2>"$dir/send.err" || fail "send"
await "$dir/receiver.out" file.bin
for table in "$dir/send.out" "$dir/receiver.out"; do
    grep -qE '^file.bin .* AF41/ECT\(0\) +CS0/ECT\(0\) +ok$' "$table" || fail "$table"
done
