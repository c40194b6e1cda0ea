// What a socket can send, decided before anything is sent.
#include "net/control.hpp"

#include <cerrno>

namespace hawser::net {
namespace {

Result<> unsupported(std::string_view what) {
    return fail(Errc::unsupported, what, EOPNOTSUPP);
}
Result<> invalid(std::string_view what) {
    return fail(Errc::invalid_argument, what, EINVAL);
}

Result<> check_path(const Path& path, const SocketFacts& socket) {
    if (path.protocol != socket.protocol) return invalid("path: not of the socket's protocol");
    const bool has_port = path.remote.port() != 0;
    if (has_port != (socket.protocol == Protocol::udp)) {
        return invalid(has_port ? "path: IP has no ports" : "path: remote port 0");
    }
    if (path.remote.is_unspecified()) return invalid("path: no remote address");
    if (!socket.capabilities.sends(path.remote.family())) {
        return fail(Errc::invalid_argument, "path: not of the socket's family", EAFNOSUPPORT);
    }
    if (path.local.port() != 0 && path.local.port() != socket.local.port()) {
        return fail(Errc::invalid_argument, "path: not the socket's port", EADDRNOTAVAIL);
    }
    if (path.local.is_unspecified()) return {};
    if (path.local.family() != path.remote.family()) {
        return fail(Errc::invalid_argument, "path: two families", EAFNOSUPPORT);
    }
    if (!socket.local.is_unspecified() && path.local.host() != socket.local.host()) {
        return fail(Errc::invalid_argument, "path: not the socket's address", EADDRNOTAVAIL);
    }
    return {};
}

Result<> check_typed(const Ancillary& ancillary, Family family, const Settable& can) {
    if (ancillary.dscp && static_cast<unsigned>(*ancillary.dscp) > 63)
        return invalid("DSCP above 63");
    if (ancillary.ecn && static_cast<unsigned>(*ancillary.ecn) > 3) return invalid("ECN above 3");
    if ((ancillary.dscp || ancillary.ecn) && !can.traffic_class) return unsupported("DSCP and ECN");
    if (ancillary.hop_limit && *ancillary.hop_limit == 0) return invalid("hop limit 0");
    if (ancillary.hop_limit && !can.hop_limit) return unsupported("hop limit");
    if (ancillary.dont_fragment && !can.dont_fragment) return unsupported("don't fragment");
    if (ancillary.interface_index && *ancillary.interface_index > INT32_MAX) {
        return invalid("interface index");
    }
    if (ancillary.interface_index && !can.interface_index) return unsupported("interface index");
    if (ancillary.flow_label && *ancillary.flow_label > kFlowLabelMask) {
        return invalid("flow label above 20 bits");
    }
    if (ancillary.flow_label && family == Family::ipv4) return unsupported("flow label on IPv4");
    if (ancillary.flow_label && !can.flow_label) return unsupported("flow label");
    if (ancillary.mark && !can.mark) return unsupported("mark: needs CAP_NET_ADMIN or CAP_NET_RAW");
    if (ancillary.priority && !can.priority) {
        return unsupported("priority of one packet: needs Linux 6.14");
    }
    if (ancillary.priority && *ancillary.priority > 6 && !can.priority_above_6) {
        return unsupported("priority above 6: needs CAP_NET_ADMIN or CAP_NET_RAW");
    }
    if (ancillary.send_at && !can.send_at)
        return unsupported("send time: not promised of the interface");
    return {};
}

/// Whether a typed field, the path or a train says the same as this control message.
bool is_taken(const ControlMessage& message, const Ancillary& ancillary, bool source) {
    const auto is = [&message](int level, int type) {
        return message.level == level && message.type == type;
    };
    if (is(IPPROTO_IP, IP_TOS) || is(IPPROTO_IPV6, IPV6_TCLASS))
        return ancillary.dscp || ancillary.ecn;
    if (is(IPPROTO_IP, IP_TTL) || is(IPPROTO_IPV6, IPV6_HOPLIMIT))
        return ancillary.hop_limit.has_value();
    if (is(IPPROTO_IP, IP_PKTINFO) || is(IPPROTO_IPV6, IPV6_PKTINFO)) {
        return ancillary.interface_index || source;
    }
    if (is(IPPROTO_IPV6, IPV6_DONTFRAG)) return ancillary.dont_fragment.has_value();
    if (is(IPPROTO_IPV6, IPV6_FLOWINFO)) return ancillary.flow_label.has_value();
    if (is(SOL_SOCKET, SO_MARK)) return ancillary.mark.has_value();
    if (is(SOL_SOCKET, SO_PRIORITY)) return ancillary.priority.has_value();
    if (is(SOL_SOCKET, SCM_TXTIME)) return ancillary.send_at.has_value();
    return is(SOL_UDP, UDP_SEGMENT); // trains are this library's own
}

/// The kernel reads only some levels, and passes over the others without a word.
bool is_read_by_kernel(const ControlMessage& message, Family family) {
    if (message.level == SOL_SOCKET || message.level == SOL_UDP) return true;
    return message.level == (family == Family::ipv4 ? IPPROTO_IP : IPPROTO_IPV6);
}

Result<> check_extra(const Ancillary& ancillary, const Path& path, const SocketFacts& socket) {
    const Family family = path.remote.family();
    const Address* const source = source_of(path, ancillary, socket.local);
    for (const ControlMessage& message : ancillary.extra) {
        if (is_taken(message, ancillary, source != nullptr)) {
            return invalid("a typed field and the same control message");
        }
        if (!is_read_by_kernel(message, family)) {
            return unsupported("a control message of a level that this destination ignores");
        }
    }
    // A size of 1 stands for the message that a train adds.
    ControlBuffer scratch;
    const ControlRequest request{.ancillary = ancillary,
                                 .defaults = ancillary,
                                 .family = family,
                                 .source = source,
                                 .segment_bytes = 1};
    if (!encode_control(request, scratch)) return fail(Errc::too_large, "control messages", E2BIG);
    return {};
}

} // namespace

Result<> check_send(const Ancillary& ancillary, const Path& path, const SocketFacts& socket) {
    if (auto ok = check_path(path, socket); !ok) return ok;
    const Family family = path.remote.family();
    const Settable& can = socket.capabilities.of(family);
    if (names_source(path, socket.local) && !can.interface_index)
        return unsupported("source address");
    if (auto ok = check_typed(ancillary, family, can); !ok) return ok;
    return ancillary.extra.empty() ? Result<>{} : check_extra(ancillary, path, socket);
}

} // namespace hawser::net
