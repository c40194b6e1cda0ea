// What the kernel under a socket can do for single datagrams.
#pragma once

#include <hawser/core/address.hpp>

namespace hawser::net {

/// Which fields of an Ancillary can be set on one datagram of a family.
struct Settable {
    bool traffic_class = false; ///< dscp and ecn
    bool hop_limit = false;
    bool dont_fragment = false;
    bool interface_index = false; ///< and the source address: both travel in pktinfo
    bool flow_label = false;
    bool mark = false;             ///< needs CAP_NET_ADMIN or CAP_NET_RAW
    bool priority = false;         ///< as a control message since Linux 6.14
    bool priority_above_6 = false; ///< needs CAP_NET_ADMIN or CAP_NET_RAW
    bool send_at = false;

    friend bool operator==(const Settable&, const Settable&) = default;
};

/// Found by probing when a socket is opened. A family that the socket cannot send to has nothing
/// set.
struct Capabilities {
    Settable ipv4, ipv6;
    bool sends_ipv4 = false, sends_ipv6 = false;
    bool gso =
        false; ///< UDP_SEGMENT: a train leaves in one call. Goes off when refused at run time.
    bool gro = false; ///< UDP_GRO: a train arrives in one call

    const Settable& of(Family family) const { return family == Family::ipv4 ? ipv4 : ipv6; }
    bool sends(Family family) const { return family == Family::ipv4 ? sends_ipv4 : sends_ipv6; }
};

} // namespace hawser::net
