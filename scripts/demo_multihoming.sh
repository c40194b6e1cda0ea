# Sourced by `demo --multihoming`, which has set $hawser, $capture, $work, $started and cleans up.

# two_networks: `here` and `there` run a command on either host; each has an address, .1 and .2, in
# 10.50.1.0/24 and in 10.50.2.0/24.
two_networks() {
    local near="demo$$-a" far="demo$$-b" name net
    for name in "$near" "$far"; do
        ip netns add "$name" 2>"$work/why" || return 1
        namespaces+=("$name")
        ip -n "$name" link set lo up
    done
    for net in 1 2; do
        ip link add "net$net" netns "$near" type veth peer name "net$net" netns "$far" \
            2>"$work/why" || return 1
        ip -n "$near" addr add "10.50.$net.1/24" dev "net$net"
        ip -n "$far" addr add "10.50.$net.2/24" dev "net$net"
        for name in "$near" "$far"; do
            ip -n "$name" link set "net$net" up
            # Otherwise a burst crosses the pair as one frame that no network would carry.
            ip netns exec "$name" ethtool -K "net$net" tx-udp-segmentation off >/dev/null || true
        done
    done
    here=(ip netns exec "$near") there=(ip netns exec "$far")
}
two_networks || die "this system makes no network namespaces ($(tail -n 1 "$work/why")); in a \
container they need CAP_SYS_ADMIN, as of docker run --privileged"

# since: seconds, from when the file began to flow.
micros() { echo "${EPOCHREALTIME//[!0-9]/}"; }
began=$(micros)
since() {
    local passed=$(($(micros) - began))
    printf '%d.%03d' $((passed / 1000000)) $((passed / 1000 % 1000))
}
tell() { printf '%8s s  %-9s %s\n' "$(since)" "$1" "$2" | tee -a "$work/events"; }
# stamp WHO: each line that it is given, with its time.
stamp() {
    local line
    while read -r line; do tell "$1" "$line"; done
}
# drip FILE: its blocks, some of them a moment.
drip() {
    local block=0
    while [ "$block" -lt "$blocks" ]; do
        dd if="$1" bs="$block_bytes" skip="$block" count=1 status=none
        block=$((block + 1))
        sleep 0.01
    done
}
block_bytes=40000 blocks=300
head -c $((block_bytes * blocks)) /dev/urandom >"$work/file"

say "two hosts, two networks between them: 10.50.1.0/24 and 10.50.2.0/24"
"${there[@]}" "$hawser" listen 10.50.1.2/10.50.2.2 --raw -v --log "$capture" \
    >"$work/arrived" 2>"$work/said" &
receiver=$!
while ! grep -q '^listening' "$work/said"; do
    kill -0 "$receiver" 2>/dev/null || { cat "$work/said" >&2; exit 1; }
    sleep 0.02
done
cat "$work/said"

say "a file flows; in its midst the first network is cut, behind the sender's back"
began=$(micros)
drip "$work/file" | "${here[@]}" "$hawser" connect 10.50.1.2 --local 10.50.1.1/10.50.2.1 --raw -v \
    2> >(stamp sender) &
sender=$!
sleep 1.5
ip -n "${there[3]}" link set net1 down
cut_at=$(date +%s.%N)
tell "(us)" "the first network is cut"
sleep 1.5
ip -n "${there[3]}" link set net1 up
tell "(us)" "the first network is back"
wait "$sender"
wait "$receiver"
receiver=
sleep 0.1 # the last lines

say "what the receiver said meanwhile"
sed 1d "$work/said" | grep -v '^stream ' || true

say "what arrived"
sent=$(sha256sum <"$work/file") arrived=$(sha256sum <"$work/arrived")
echo "sent     $(stat -c %s "$work/file") bytes, SHA-256 ${sent%% *}"
echo "arrived  $(stat -c %s "$work/arrived") bytes, SHA-256 ${arrived%% *}"
[ "$sent" = "$arrived" ] || die "what arrived is not what was sent"
grep -q 'messages go to 10.50.2.2:9899 now' "$work/events" || die "the sender did not change over"

if command -v tshark >/dev/null; then
    say "tshark -r demo.pcapng: the frames that carry data, on either side of the longest silence"
    # No settings of yours.
    HOME=$work tshark -r "$capture" -Y 'sctp.chunk_type == 0 && !icmp && ip.dst == 10.50.0.0/16' \
        -T fields -e frame.number -e frame.time_epoch -e ip.src -e ip.dst -e frame.len \
        2>/dev/null | awk '$4 ~ /[.]2$/' >"$work/frames"
    awk -v cut="$cut_at" '
        { at[NR] = $2; line[NR] = sprintf("frame %5d  %s -> %s  %d bytes", $1, $3, $4, $5) }
        { frames[$4]++ }
        NR > 1 && $2 - at[NR - 1] > gap && $2 > cut { gap = $2 - at[NR - 1]; after = NR }
        END {
            for (i = after - 3; i < after + 3; i++) {
                if (i == after) printf "           %.0f ms without a frame\n", 1000 * gap
                if (i in at) printf "%+9.3f s  %s\n", at[i] - cut, line[i]
            }
            for (to in frames) printf "%6d frames with data came to %s\n", frames[to], to
        }' "$work/frames"
fi
said=$(awk '/the first network is cut/ { cut = $1 } /messages go to 10.50.2.2/ { over = $1 }
    END { printf "%d", 1000 * (over - cut) }' "$work/events")
say "not a byte lost; $said ms from the cut until the other network was used; all of it in\
 $((SECONDS - started)) s"
