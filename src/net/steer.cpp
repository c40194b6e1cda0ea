// Which of the sockets that share a port a datagram is for: a program for the kernel's packet
// filter.
#include "net/socket_state.hpp"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <linux/filter.h>

namespace hawser::net {
namespace {

constexpr std::size_t kRulesMax = 16;
/// A socket that does not exist: the kernel then goes by the hash of the addresses.
constexpr std::uint32_t kByAddresses = 0xffff'ffff;

sock_filter load(std::uint16_t offset, std::uint8_t bytes) {
    const std::uint16_t width = bytes == 1 ? BPF_B : bytes == 2 ? BPF_H : BPF_W;
    return BPF_STMT(static_cast<std::uint16_t>(BPF_LD | BPF_ABS | width), offset);
}

/// What is loaded begins at the UDP payload. Each rule is a test of the first byte, and a jump over
/// its answer when it does not hold.
std::vector<sock_filter> program_of(std::span<const SteeringRule> rules, std::uint8_t sockets) {
    const auto number = [](std::byte byte) { return std::to_integer<std::uint32_t>(byte); };
    std::vector<sock_filter> program;
    program.reserve(rules.size() * 8 + 1);
    for (const SteeringRule& rule : rules) {
        const std::uint8_t answer = rule.zero_is_none ? 5 : 3;
        program.push_back(load(0, 1));
        program.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, number(rule.mask)));
        program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number(rule.value), 0, answer));
        program.push_back(load(rule.offset, rule.bytes));
        if (rule.zero_is_none) {
            program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1));
            program.push_back(BPF_STMT(BPF_RET | BPF_K, kByAddresses));
        }
        program.push_back(BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, sockets));
        program.push_back(BPF_STMT(BPF_RET | BPF_A, 0));
    }
    program.push_back(BPF_STMT(BPF_RET | BPF_K, kByAddresses));
    return program;
}

bool is_wide(const SteeringRule& rule) {
    return rule.bytes == 1 || rule.bytes == 2 || rule.bytes == 4;
}

} // namespace

Result<> UdpSocket::steer(std::span<const SteeringRule> rules, std::uint8_t sockets) {
    if (rules.empty() || rules.size() > kRulesMax || sockets == 0)
        return fail(Errc::invalid_argument, "steer: 1 to 16 rules, and at least one socket");
    if (!std::ranges::all_of(rules, is_wide))
        return fail(Errc::invalid_argument, "steer: a number has 1, 2 or 4 bytes");
    auto program = program_of(rules, sockets);
    const sock_fprog filter{.len = static_cast<unsigned short>(program.size()),
                            .filter = program.data()};
    if (setsockopt(fd(), SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &filter, sizeof filter) != 0)
        return fail(Errc::unsupported, "SO_ATTACH_REUSEPORT_CBPF", errno);
    return {};
}

} // namespace hawser::net
