// RFC 5061: two engines with two networks between them, whose addresses come and go.
#pragma once

#include "support/pair.hpp"

#include <hawser/sctp/endpoint.hpp>

#include <gtest/gtest.h>

#include <initializer_list>
#include <map>
#include <optional>
#include <vector>

namespace hawser::test {

using AddressOutcome = sctp::LocalAddressChanged::Outcome;
using AddressWhat = sctp::LocalAddressChanged::What;

/// Engines that take ASCONF, by the constants of the RFC or modern ones.
inline sctp::Options moving(sctp::Options options = sctp::Options::rfc9260()) {
    options.authentication.emplace();
    options.dynamic_addresses = true;
    options.heartbeat_interval = sctp::Options::kHeartbeatOff;
    return options;
}

/// `a` is at 10.0.0.1, `z` at 10.0.0.2 and, where it is asked for, 10.0.1.2. Both have an interface
/// in the other networks, too, of which nobody has told SCTP.
class Movers {
public:
    static constexpr std::size_t kNetworks = 3;

    explicit Movers(const sctp::Options& both = moving(), bool z_has_two = false,
                    std::uint64_t seed = 1)
        : pair{at(both, 1, 1), at(both, 2, z_has_two ? 2 : 1), seed} {
        for (std::size_t network = 1; network < kNetworks; ++network) {
            pair.network().add_address(pair.a.id, address(network, 1));
            pair.network().add_address(pair.z.id, address(network, 2));
        }
        pair.network().joined = true; // who has one address may speak to all of the other's
        pair.network().set_hook(pair.a.id, [this](WireDatagram& datagram) {
            ++from_a[datagram.path.local];
            return lets_pass(datagram);
        });
        pair.network().set_hook(pair.z.id, [this](WireDatagram& datagram) {
            ++to_a[datagram.path.remote];
            return lets_pass(datagram);
        });
    }

    static Address address(std::size_t network, std::uint8_t host) {
        return Address::ipv4({10, 0, static_cast<std::uint8_t>(network), host}, Pair::kUdpPort);
    }
    static Address ours(std::size_t network) { return address(network, 1); }
    static Address theirs(std::size_t network) { return address(network, 2); }

    bool connect() {
        const bool up = pair.connect();
        pair.run_for(std::chrono::seconds{5}); // addresses answer
        forget();
        return up;
    }
    void forget() {
        pair.a.events.clear();
        pair.z.events.clear();
        from_a.clear();
        to_a.clear();
    }
    Result<> add(std::size_t network) {
        const auto asked =
            pair.a.engine->add_local_address(pair.a.association(), ours(network), pair.now());
        pair.settle();
        return asked;
    }
    Result<> remove(std::size_t network) {
        const auto asked =
            pair.a.engine->remove_local_address(pair.a.association(), ours(network), pair.now());
        pair.settle();
        return asked;
    }
    Result<> prefer(std::size_t network) {
        const auto asked =
            pair.a.engine->set_peer_primary(pair.a.association(), ours(network), pair.now());
        pair.settle();
        return asked;
    }
    /// What became of the oldest change that `a` wanted.
    std::optional<AddressOutcome> outcome() {
        const auto changed = pair.a.event<sctp::LocalAddressChanged>();
        return changed ? std::optional{changed->outcome} : std::nullopt;
    }
    /// The addresses of `a`, as `z` knows them.
    std::vector<Address> known_to_z(bool confirmed_only = false) const {
        std::vector<Address> all;
        for (const auto& path : pair.z.engine->paths(pair.z.association()))
            if (!confirmed_only || path.state != sctp::PathStatus::State::unconfirmed)
                all.push_back(path.path.remote);
        return all;
    }
    /// Messages go both ways and arrive.
    bool talks() {
        if (!pair.a.send("there") || !pair.z.send("back")) return false;
        pair.run_for(std::chrono::seconds{20});
        return pair.z.received() == "there" && pair.a.received() == "back";
    }

    Pair pair;
    std::map<Address, int> from_a, to_a; ///< datagrams by the address of `a`
    std::vector<std::size_t> cut;        ///< networks that nothing leaves or reaches `a` by

private:
    static sctp::Options at(sctp::Options options, std::uint8_t host, std::size_t count) {
        options.local_addresses.clear();
        for (std::size_t network = 0; network < count; ++network)
            options.local_addresses.push_back(address(network, host).host());
        return options;
    }
    bool lets_pass(const WireDatagram& datagram) const {
        for (const std::size_t network : cut)
            if (datagram.path.local == ours(network) || datagram.path.remote == ours(network))
                return false;
        return true;
    }
};

} // namespace hawser::test
