#!/bin/sh
# The first and only process of the emulated machine. The kernel hands it what stood on its command
# line: name=value in the environment, and what stood behind -- as arguments, the peer's.
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
while read -r module; do
    insmod "/modules/$module.ko" || echo "no module $module"
done </modules/order

ip link set lo up
ip link set eth0 up
ip addr add "$peer_address" dev eth0
if [ -n "${peer_address_2:-}" ]; then
    ip link set eth1 up
    ip addr add "$peer_address_2" dev eth1
fi
# SCTP inside UDP, in both directions, on the registered port (RFC 6951); 0: in IP alone.
echo "$peer_udp_port" >/proc/sys/net/sctp/udp_port
echo "$peer_udp_port" >/proc/sys/net/sctp/encap_port
echo "booted after $(cut -d' ' -f1 /proc/uptime) s"

/bin/peer "$@"
echo "peer-status $?"
grep -E '^Sctp(Aborteds|OutOfBlues|ChecksumErrors)' /proc/net/sctp/snmp
sync
poweroff -f
