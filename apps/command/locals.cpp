#include "command/locals.hpp"

#include "command/target.hpp"

#include <hawser/net/raw_socket.hpp>
#include <hawser/net/udp_socket.hpp>
#include <hawser/sctp/options.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace hawser::command {

std::vector<std::string> split_hosts(std::string_view text) {
    std::vector<std::string> hosts;
    if (text.empty()) return hosts;
    while (true) {
        const std::size_t slash = text.find('/');
        std::string_view host = text.substr(0, slash);
        if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
        hosts.emplace_back(host);
        if (slash == std::string_view::npos) return hosts;
        text.remove_prefix(slash + 1);
    }
}

std::string join_hosts(const std::vector<std::string>& hosts) {
    return fmt::format("{}", fmt::join(hosts, "/"));
}

Outcome<std::vector<Address>> local_addresses(const std::vector<std::string>& hosts, bool sealed) {
    constexpr std::size_t kMax = sctp::Options::kAddressesMax;
    if (hosts.size() > 1 && sealed) {
        return failure(ExitCode::usage,
                       fmt::format("{}: with --dtls there is one path (RFC 8261); give one address "
                                   "of ours",
                                   join_hosts(hosts)));
    }
    if (hosts.size() > kMax) {
        return failure(ExitCode::address, fmt::format("{} addresses of ours are too many; {} is "
                                                      "what an association has at most",
                                                      hosts.size(), kMax));
    }
    std::vector<Address> addresses;
    for (const std::string& host : hosts) {
        const auto address = local_address(host);
        if (!address) return std::unexpected{address.error()};
        if (address->is_multicast() || address->is_broadcast()) {
            return failure(
                ExitCode::address,
                fmt::format("{} is an address of many hosts, and SCTP is between two", host));
        }
        const auto is_same = [&](const Address& other) { return other.is_same_host(*address); };
        if (std::ranges::any_of(addresses, is_same))
            return failure(ExitCode::address, fmt::format("{} is there twice", host));
        if (address->is_unspecified() && hosts.size() > 1) {
            return failure(ExitCode::address,
                           fmt::format("{} stands for every address: peers are told of those that "
                                       "are written out",
                                       host));
        }
        addresses.push_back(*address);
    }
    return addresses;
}

Outcome<> check_same_family(const std::vector<std::string>& hosts, const SctpAddress& target) {
    if (hosts.empty()) return {};
    for (const std::string& host : hosts) {
        const auto local = local_address(host);
        if (!local) return std::unexpected{local.error()};
        const auto is_reached = [&](const Address& theirs) {
            return theirs.is_ipv4() == local->is_ipv4();
        };
        // :: may stand for both.
        if (local->is_unspecified() || std::ranges::any_of(target.hosts, is_reached)) return {};
    }
    const bool ours = target.hosts.front().is_ipv4(); // all of theirs are, and none of ours
    const auto name = [](bool is_ipv4) { return is_ipv4 ? "IPv4" : "IPv6"; };
    return failure(
        ExitCode::address,
        fmt::format("--local {} is {}, and {} is {}: give an address of ours of the same "
                    "kind, or leave out --local",
                    join_hosts(hosts), name(!ours), to_string(target), name(ours)));
}

NotBound who_is_not_bound(const std::vector<std::string>& hosts, const Error& error,
                          std::optional<std::uint16_t> udp_port) {
    const auto why_not = [&](const Address& address) -> std::optional<Error> {
        if (!udp_port) {
            const auto raw = net::RawSocket::open({.local = address});
            return raw ? std::nullopt : std::optional{raw.error()};
        }
        const auto udp = net::UdpSocket::open({.local = address.with_port(*udp_port)});
        return udp ? std::nullopt : std::optional{udp.error()};
    };
    for (const std::string& host : hosts) {
        const auto address = local_address(host);
        if (!address) continue;
        const auto why = why_not(*address);
        if (why && why->code == error.code) return {host, *why};
    }
    return {join_hosts(hosts), error};
}

} // namespace hawser::command
