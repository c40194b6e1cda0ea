// A raw control buffer, laid out as for sendmsg, as typed fields.
#include "net/control.hpp"

#include <cerrno>
#include <cstring>
#include <type_traits>

namespace hawser {
namespace {

using net::kFlowLabelMask;

struct RawMessage {
    int level;
    int type;
    Bytes data;

    /// nullopt unless the data has this size exactly, as the kernel wants it.
    template <class T>
        requires std::is_trivially_copyable_v<T>
    std::optional<T> as() const {
        if (data.size() != sizeof(T)) return std::nullopt;
        T value;
        std::memcpy(&value, data.data(), sizeof value);
        return value;
    }
    bool is(int wanted_level, int wanted_type) const {
        return level == wanted_level && type == wanted_type;
    }
};

Result<> invalid(std::string_view what) {
    return fail(Errc::invalid_argument, what, EINVAL);
}

/// An octet that is written as an int or, by programs that know IPv4 only, as a byte.
std::optional<int> octet_of(const RawMessage& message, bool byte_allowed) {
    if (const auto wide = message.as<int>()) return wide;
    const auto narrow = byte_allowed ? message.as<std::uint8_t>() : std::nullopt;
    return narrow ? std::optional<int>{*narrow} : std::nullopt;
}

Result<> read_traffic_class(const RawMessage& message, Ancillary& out) {
    const bool ipv4 = message.level == IPPROTO_IP;
    const auto octet = octet_of(message, ipv4);
    if (!octet || *octet < (ipv4 ? 0 : -1) || *octet > 0xff) return invalid("traffic class");
    if (*octet < 0) return {}; // IPv6: the socket's default
    out.dscp = static_cast<Dscp>(*octet >> 2);
    out.ecn = static_cast<Ecn>(*octet & 0b11);
    return {};
}

Result<> read_hop_limit(const RawMessage& message, Ancillary& out) {
    const auto limit = message.as<int>();
    const bool ipv6 = message.level == IPPROTO_IPV6;
    if (limit && ipv6 && *limit == -1) return {}; // the socket's default
    if (!limit || *limit < 1 || *limit > 255) return invalid("hop limit");
    out.hop_limit = static_cast<std::uint8_t>(*limit);
    return {};
}

/// The interface is a typed field; a source address belongs to a Path, so that a message with one
/// stays whole.
template <class Info, class Address>
Result<> read_packet_info(const RawMessage& message, Address Info::* source, Ancillary& out) {
    const auto info = message.as<Info>();
    if (!info) return invalid("pktinfo");
    const Address none{};
    if (std::memcmp(&((*info).*source), &none, sizeof none) != 0) {
        out.extra.push_back(
            {message.level, message.type, {message.data.begin(), message.data.end()}});
        return {};
    }
    std::uint32_t index = 0;
    if constexpr (std::is_same_v<Info, in_pktinfo>) {
        index = static_cast<std::uint32_t>(info->ipi_ifindex);
    } else {
        index = info->ipi6_ifindex;
    }
    if (index != 0) out.interface_index = index;
    return {};
}

Result<> read_flow_info(const RawMessage& message, Ancillary& out) {
    const auto info = message.as<std::uint32_t>();
    if (!info || (ntohl(*info) & ~kFlowLabelMask) != 0) return invalid("flow label");
    out.flow_label = ntohl(*info);
    return {};
}

Result<> read_word(const RawMessage& message, std::optional<std::uint32_t>& field) {
    field = message.as<std::uint32_t>();
    return field ? Result<>{} : invalid("mark or priority");
}

Result<> read_dont_fragment(const RawMessage& message, Ancillary& out) {
    const auto value = message.as<int>();
    if (!value || *value < 0 || *value > 1) return invalid("don't fragment");
    out.dont_fragment = *value == 1;
    return {};
}

Result<> read_send_time(const RawMessage& message, Ancillary& out) {
    const auto at = message.as<std::uint64_t>();
    if (!at || *at > static_cast<std::uint64_t>(INT64_MAX)) return invalid("send time");
    out.send_at = SendTime{Instant{std::chrono::nanoseconds{static_cast<std::int64_t>(*at)}}};
    return {};
}

Result<> read_message(const RawMessage& message, Ancillary& out) {
    if (message.is(IPPROTO_IP, IP_TOS) || message.is(IPPROTO_IPV6, IPV6_TCLASS)) {
        return read_traffic_class(message, out);
    }
    if (message.is(IPPROTO_IP, IP_TTL) || message.is(IPPROTO_IPV6, IPV6_HOPLIMIT)) {
        return read_hop_limit(message, out);
    }
    if (message.is(IPPROTO_IP, IP_PKTINFO)) {
        return read_packet_info(message, &in_pktinfo::ipi_spec_dst, out);
    }
    if (message.is(IPPROTO_IPV6, IPV6_PKTINFO)) {
        return read_packet_info(message, &in6_pktinfo::ipi6_addr, out);
    }
    if (message.is(IPPROTO_IPV6, IPV6_FLOWINFO)) return read_flow_info(message, out);
    if (message.is(IPPROTO_IPV6, IPV6_DONTFRAG)) return read_dont_fragment(message, out);
    if (message.is(SOL_SOCKET, SO_MARK)) return read_word(message, out.mark);
    if (message.is(SOL_SOCKET, SO_PRIORITY)) return read_word(message, out.priority);
    if (message.is(SOL_SOCKET, SCM_TXTIME)) return read_send_time(message, out);
    out.extra.push_back({message.level, message.type, {message.data.begin(), message.data.end()}});
    return {};
}

} // namespace

Result<Ancillary> Ancillary::from_control(Bytes control) {
    Ancillary out;
    // The buffer is a caller's and may stand at any address: headers are copied out.
    while (control.size() >= sizeof(cmsghdr)) {
        cmsghdr header;
        std::memcpy(&header, control.data(), sizeof header);
        if (header.cmsg_len < CMSG_LEN(0) || header.cmsg_len > control.size()) {
            return fail(Errc::invalid_argument, "control message length", EINVAL);
        }
        const RawMessage message{.level = header.cmsg_level,
                                 .type = header.cmsg_type,
                                 .data =
                                     control.subspan(CMSG_LEN(0), header.cmsg_len - CMSG_LEN(0))};
        if (auto ok = read_message(message, out); !ok) return std::unexpected{ok.error()};
        control =
            control.subspan(std::min<std::size_t>(CMSG_ALIGN(header.cmsg_len), control.size()));
    }
    return out;
}

} // namespace hawser
