#include "endpoint/raw_ports.hpp"

#include <hawser/net/socket.hpp>

#include <utility>

namespace hawser::detail {
namespace {

/// RFC 6335 §6: the dynamic ports.
constexpr std::uint32_t kFirstAny = 49'152;
constexpr std::uint32_t kAnyCount = 65'536 - kFirstAny;
/// Others may have some; that they have so many in a row is no accident.
constexpr int kPortsTried = 64;
/// For how many associations that have ended late packets are answered.
constexpr std::size_t kIdleKept = 64;

} // namespace

Result<> RawPorts::take(std::uint16_t port) {
    if (claims_.contains(port)) return {};
    if (claims_.size() >= net::Socket::kPortsHeardMax)
        return fail(Errc::exhausted, "a raw endpoint has 512 SCTP ports at most");
    auto claim = net::PortClaim::take(port);
    if (!claim) return std::unexpected{claim.error()};
    claims_.emplace(port, *std::move(claim));
    return {};
}

Result<std::uint16_t> RawPorts::take_any(Random& random) {
    const bool full = claims_.size() >= net::Socket::kPortsHeardMax;
    if (idle_.size() >= kIdleKept || (full && !idle_.empty())) {
        const std::uint16_t oldest = idle_.front();
        idle_.pop_front();
        return oldest;
    }
    Result<> taken = fail(Errc::in_use, "no SCTP port is free");
    for (int tried = 0; tried < kPortsTried; ++tried) {
        const auto port = static_cast<std::uint16_t>(kFirstAny + random.u32() % kAnyCount);
        if (claims_.contains(port)) continue;
        taken = take(port);
        if (taken) return port;
        if (taken.error().code != Errc::in_use) break;
    }
    return std::unexpected{taken.error()};
}

void RawPorts::ended(sctp::AssociationId association) {
    if (const auto was = used_.extract(association)) give_back(was.mapped());
}

std::vector<std::uint16_t> RawPorts::all() const {
    std::vector<std::uint16_t> ports;
    for (const auto& [port, claim] : claims_)
        ports.push_back(port);
    return ports;
}

} // namespace hawser::detail
