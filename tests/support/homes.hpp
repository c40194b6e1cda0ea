// Two engines that have two networks between them.
#pragma once

#include "support/pair.hpp"

#include <hawser/sctp/options.hpp>

#include <cstddef>

namespace hawser::test {

/// `pair.a` and `pair.z` with an address in each of two networks: 10.0.0.0/24, by which they meet,
/// and 10.0.1.0/24.
class Homes {
public:
    explicit Homes(const sctp::Options& both = sctp::Options::modern(), std::uint64_t seed = 1)
        : pair{with_addresses(both, 1), with_addresses(both, 2), seed} {
        pair.network().add_address(pair.a.id, address(1, 1));
        pair.network().add_address(pair.z.id, address(1, 2));
    }

    static Address address(std::size_t network, std::uint8_t host) {
        return Address::ipv4({10, 0, static_cast<std::uint8_t>(network), host}, Pair::kUdpPort);
    }
    static sctp::Options with_addresses(sctp::Options options, std::uint8_t host) {
        options.local_addresses = {address(0, host).host(), address(1, host).host()};
        return options;
    }

    Link& link(const Side& side, std::size_t network) {
        return pair.network().link(side.id, network);
    }
    void latency(Duration one_way) {
        for (const std::size_t network : {0u, 1u}) {
            link(pair.a, network).latency = one_way;
            link(pair.z, network).latency = one_way;
        }
    }
    void cut(std::size_t network, bool down = true) {
        link(pair.a, network).down = link(pair.z, network).down = down;
    }

    Pair pair;
};

} // namespace hawser::test
