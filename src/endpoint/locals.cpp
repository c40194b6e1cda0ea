#include "endpoint/locals.hpp"

#include "endpoint/open_socket.hpp"
#include "endpoint/steering.hpp"

#include <hawser/net/route.hpp>
#include <hawser/sctp/options.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace hawser::detail {
namespace {

constexpr std::size_t kMax = sctp::Options::kAddressesMax;

/// Errors have static texts.
constexpr std::array<std::string_view, kMax - 1> kNames{
    "more_locals[0]",  "more_locals[1]",  "more_locals[2]",  "more_locals[3]",  "more_locals[4]",
    "more_locals[5]",  "more_locals[6]",  "more_locals[7]",  "more_locals[8]",  "more_locals[9]",
    "more_locals[10]", "more_locals[11]", "more_locals[12]", "more_locals[13]", "more_locals[14]"};

bool binds_all(const SctpEndpointOptions& options) {
    return !options.local || options.local->is_unspecified();
}

bool is_bound(const SctpEndpointOptions& options, const Address& address) {
    const auto same = [&](const Address& one) { return one.is_same_host(address); };
    return same(*options.local) || std::ranges::any_of(options.more_locals, same);
}

Result<> check_more_locals(const SctpEndpointOptions& options) {
    const auto& more = options.more_locals;
    if (more.empty()) return {};
    if (options.dtls) return fail(Errc::unsupported, "more_locals: DTLS connections have one path");
    if (binds_all(options)) {
        return fail(
            Errc::invalid_argument,
            "more_locals: every address is bound; say in sctp.local_addresses which to tell");
    }
    if (more.size() >= kMax)
        return fail(Errc::too_large, "more_locals: an endpoint has 16 addresses at most");
    for (auto one = more.begin(); one != more.end(); ++one) {
        const auto same = [&](const Address& other) { return other.is_same_host(*one); };
        if (one->is_unspecified() || same(*options.local) || std::any_of(more.begin(), one, same))
            return fail(Errc::invalid_argument,
                        kNames[static_cast<std::size_t>(one - more.begin())],
                        one->is_unspecified() ? EADDRNOTAVAIL : EEXIST);
    }
    return {};
}

Result<> check_told(const SctpEndpointOptions& options) {
    const auto& told = options.sctp.local_addresses;
    if (told.size() > 1 && options.dtls)
        return fail(Errc::unsupported, "sctp.local_addresses: DTLS connections have one path");
    if (told.size() > kMax)
        return fail(Errc::too_large, "sctp.local_addresses: an endpoint has 16 at most");
    for (const Address& one : told) {
        const bool ours = binds_all(options) ? !one.is_unspecified() && net::is_of_this_host(one)
                                             : is_bound(options, one);
        if (ours) continue;
        return fail(Errc::invalid_argument,
                    binds_all(options) ? "sctp.local_addresses: not one of this host's"
                                       : "sctp.local_addresses: not one that is bound",
                    EADDRNOTAVAIL);
    }
    return {};
}

Result<net::UdpSocket> open_one(const SctpEndpointOptions& options,
                                const std::optional<Address>& local, std::uint16_t port) {
    const std::uint8_t shards = shards_of(options);
    auto socket = open_socket(local, port, {.reuse_port = shards > 1});
    if (!socket || shards == 1) return socket;
    const std::span<const net::SteeringRule> rules =
        options.dtls ? std::span<const net::SteeringRule>{kByConnectionId} : kByVerificationTag;
    if (auto steered = socket->steer(rules, shards); !steered)
        return std::unexpected{steered.error()};
    return socket;
}

/// One for each address; none has a port.
Result<std::vector<net::Socket>> open_all_raw(const SctpEndpointOptions& options) {
    auto sockets = open_raw_sockets(options.local);
    for (std::size_t i = 0; sockets && i < options.more_locals.size(); ++i) {
        auto next = net::RawSocket::open({.local = options.more_locals[i]});
        if (!next) return fail(next.error().code, kNames[i], next.error().os_errno);
        sockets->push_back(*std::move(next));
    }
    return sockets;
}

/// All on the port of the first.
Result<std::vector<net::Socket>> open_all(const SctpEndpointOptions& options) {
    std::vector<net::Socket> sockets;
    auto first = open_one(options, options.local, options.udp_port);
    if (!first) return std::unexpected{first.error()};
    const std::uint16_t port = first->local_address().port();
    sockets.push_back(*std::move(first));
    for (std::size_t i = 0; i < options.more_locals.size(); ++i) {
        auto next = open_one(options, options.more_locals[i], port);
        if (!next) return fail(next.error().code, kNames[i], next.error().os_errno);
        sockets.push_back(*std::move(next));
    }
    return sockets;
}

} // namespace

Result<> check_locals(const SctpEndpointOptions& options) {
    if (options.carrier == Carrier::raw_ip && options.dtls)
        return fail(Errc::unsupported, "DTLS carries SCTP in UDP datagrams alone");
    if (options.carrier == Carrier::raw_ip && shards_of(options) > 1)
        return fail(Errc::unsupported, "shards share a UDP port, and raw IP has none");
    if (auto fitting = check_more_locals(options); !fitting) return fitting;
    return check_told(options);
}

std::uint8_t shards_of(const SctpEndpointOptions& options) {
    return options.dtls ? options.dtls->endpoint.shards : options.sctp.shards;
}

Result<std::vector<net::Socket>> open_sockets(const SctpEndpointOptions& options) {
    if (options.carrier == Carrier::raw_ip) return open_all_raw(options);
    /// A port that is free at one address may be taken at another.
    constexpr int kPortsTried = 16;
    auto sockets = open_all(options);
    for (int tried = 1; tried < kPortsTried && options.udp_port == 0; ++tried) {
        if (sockets || sockets.error().code != Errc::in_use) break;
        sockets = open_all(options);
    }
    return sockets;
}

std::vector<Address> addresses_to_tell(const SctpEndpointOptions& options) {
    std::vector<Address> told = options.sctp.local_addresses;
    if (!told.empty() || !options.local || options.local->is_unspecified()) return told;
    // One alone is not told, but says which families we have.
    told.push_back(options.local->host());
    for (const Address& one : options.more_locals)
        told.push_back(one.host());
    return told;
}

Address first_source(const SctpEndpointOptions& options, const std::vector<Address>& bound,
                     const Address& remote) {
    const std::uint16_t port = bound.front().port();
    const bool all = bound.front().is_unspecified();
    const std::vector<Address> ours = all ? addresses_to_tell(options) : bound;
    if (!all && ours.size() == 1) return ours.front();
    std::optional<Address> found;
    if (ours.size() > 1) {
        const auto routed = net::source_towards(remote);
        for (const Address& one : ours) {
            if (one.family() != remote.family()) continue;
            if (routed && one.is_same_host(*routed)) return one.with_port(port);
            if (!found) found = one.with_port(port);
        }
    }
    return found.value_or(all ? Address::any(remote.family(), port) : ours.front());
}

} // namespace hawser::detail
