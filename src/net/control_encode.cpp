// Outbound: from typed fields to control messages.
#include "net/control.hpp"
#include "net/sockaddr.hpp"

#include <cstring>

namespace hawser::net {
namespace {

/// Appends control messages to a buffer. One that does not fit is remembered, none is cut.
class ControlWriter {
public:
    explicit ControlWriter(ControlBuffer& out) : out_{out} {}

    template <class T>
    void put(int level, int type, const T& value) {
        put(level, type, std::as_bytes(std::span{&value, 1}));
    }

    void put(int level, int type, Bytes data) {
        if (kControlBytes - size_ < CMSG_SPACE(data.size())) {
            fits_ = false;
            return;
        }
        const cmsghdr header{
            .cmsg_len = CMSG_LEN(data.size()), .cmsg_level = level, .cmsg_type = type};
        std::byte* at = out_.bytes + size_;
        std::memset(at, 0, CMSG_SPACE(data.size())); // the padding too
        std::memcpy(at, &header, sizeof header);
        if (!data.empty()) std::memcpy(at + CMSG_LEN(0), data.data(), data.size());
        size_ += CMSG_SPACE(data.size());
    }

    std::optional<std::size_t> size() const { return fits_ ? std::optional{size_} : std::nullopt; }

private:
    ControlBuffer& out_;
    std::size_t size_ = 0;
    bool fits_ = true;
};

/// DSCP and ECN share an octet: the half not given is the socket's default.
int traffic_class(const Ancillary& ancillary, const Ancillary& defaults) {
    const Dscp dscp = ancillary.dscp.value_or(defaults.dscp.value_or(Dscp::cs0));
    const Ecn ecn = ancillary.ecn.value_or(defaults.ecn.value_or(Ecn::not_ect));
    return static_cast<int>(dscp) << 2 | static_cast<int>(ecn);
}

void put_ipv4(const ControlRequest& request, ControlWriter& out) {
    const Ancillary& ancillary = request.ancillary;
    if (ancillary.dscp || ancillary.ecn) {
        out.put(IPPROTO_IP, IP_TOS, traffic_class(ancillary, request.defaults));
    }
    if (ancillary.hop_limit) out.put(IPPROTO_IP, IP_TTL, int{*ancillary.hop_limit});
    if (request.source != nullptr || ancillary.interface_index) {
        in_pktinfo info{};
        info.ipi_ifindex = static_cast<int>(ancillary.interface_index.value_or(0));
        if (request.source != nullptr) info.ipi_spec_dst = to_in_addr(*request.source);
        out.put(IPPROTO_IP, IP_PKTINFO, info);
    }
}

void put_ipv6(const ControlRequest& request, ControlWriter& out) {
    const Ancillary& ancillary = request.ancillary;
    if (ancillary.dscp || ancillary.ecn) {
        out.put(IPPROTO_IPV6, IPV6_TCLASS, traffic_class(ancillary, request.defaults));
    }
    if (ancillary.hop_limit) out.put(IPPROTO_IPV6, IPV6_HOPLIMIT, int{*ancillary.hop_limit});
    if (ancillary.dont_fragment)
        out.put(IPPROTO_IPV6, IPV6_DONTFRAG, int{*ancillary.dont_fragment});
    if (ancillary.flow_label) out.put(IPPROTO_IPV6, IPV6_FLOWINFO, htonl(*ancillary.flow_label));
    if (request.source != nullptr || ancillary.interface_index) {
        in6_pktinfo info{};
        // A link-local source means nothing without its interface.
        const std::uint32_t scope = request.source != nullptr ? request.source->scope() : 0;
        info.ipi6_ifindex = ancillary.interface_index.value_or(scope);
        if (request.source != nullptr) info.ipi6_addr = to_in6_addr(*request.source);
        out.put(IPPROTO_IPV6, IPV6_PKTINFO, info);
    }
}

} // namespace

std::optional<std::size_t> encode_control(const ControlRequest& request, ControlBuffer& buffer) {
    ControlWriter out{buffer};
    const Ancillary& ancillary = request.ancillary;
    // A message of the other family's level would be accepted and ignored.
    if (request.family == Family::ipv4) {
        put_ipv4(request, out);
    } else {
        put_ipv6(request, out);
    }
    if (ancillary.mark) out.put(SOL_SOCKET, SO_MARK, *ancillary.mark);
    if (ancillary.priority) out.put(SOL_SOCKET, SO_PRIORITY, *ancillary.priority);
    if (ancillary.send_at) {
        const auto at =
            static_cast<std::uint64_t>(ancillary.send_at->at.time_since_epoch().count());
        out.put(SOL_SOCKET, SCM_TXTIME, at);
    }
    if (request.segment_bytes != 0) out.put(SOL_UDP, UDP_SEGMENT, request.segment_bytes); // 16 bits
    for (const ControlMessage& message : ancillary.extra) {
        out.put(message.level, message.type, Bytes{message.data});
    }
    return out.size();
}

} // namespace hawser::net
