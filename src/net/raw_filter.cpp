// Which packets a raw socket hears: a program for the kernel's packet filter.
#include "net/socket_state.hpp"

#include <cerrno>
#include <vector>

#include <linux/filter.h>

namespace hawser::net {
namespace {

/// Of the SCTP common header: RFC 9260 §3.1.
constexpr std::uint32_t kDestinationPortAt = 2;
constexpr std::uint32_t kWhole = 0xffff'ffff;
constexpr std::uint32_t kNothing = 0;

/// What is loaded begins at the IP header on IPv4, and after it on IPv6.
std::vector<sock_filter> program_of(Family family, std::span<const std::uint16_t> ports) {
    std::vector<sock_filter> program;
    program.reserve(3 + 2 * ports.size());
    if (family == Family::ipv4) {
        program.push_back(BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0)); // its length, in X
        program.push_back(BPF_STMT(BPF_LD | BPF_H | BPF_IND, kDestinationPortAt));
    } else {
        program.push_back(BPF_STMT(BPF_LD | BPF_H | BPF_ABS, kDestinationPortAt));
    }
    for (const std::uint16_t port : ports) {
        program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1));
        program.push_back(BPF_STMT(BPF_RET | BPF_K, kWhole));
    }
    program.push_back(BPF_STMT(BPF_RET | BPF_K, kNothing));
    return program;
}

} // namespace

Result<> Socket::State::hear(std::span<const std::uint16_t> sctp_ports) {
    if (protocol != Protocol::ip) return fail(Errc::unsupported, "hear: a UDP socket");
    if (sctp_ports.size() > kPortsHeardMax) return fail(Errc::too_large, "hear: 512 ports at most");
    auto program = program_of(family, sctp_ports);
    const sock_fprog filter{.len = static_cast<unsigned short>(program.size()),
                            .filter = program.data()};
    if (setsockopt(fd.get(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0)
        return fail(Errc::io, "SO_ATTACH_FILTER", errno);
    return {};
}

} // namespace hawser::net
