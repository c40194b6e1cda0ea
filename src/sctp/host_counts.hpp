// How many associations each host has.
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/engine/random.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace hawser::sctp {

/// A table of fixed size, whatever the number of hosts: those whose places collide are counted
/// together. Which ones that are, nobody outside can know. IPv6 hosts have a whole /64 to
/// themselves (RFC 4291 §2.5.4), so that is what is counted.
class HostCounts {
public:
    explicit HostCounts(Random& random) : key_{random.u64()} {}

    std::uint16_t place_of(const Address& host) const {
        std::uint64_t network = 0;
        const Bytes octets = host.octets();
        for (const std::byte octet : octets.first(std::min<std::size_t>(octets.size(), 8)))
            network = network << 8 | std::to_integer<std::uint64_t>(octet);
        // Finalizer of a multiplicative hash with a secret key, twice.
        std::uint64_t mixed = (network ^ key_) * 0x9e37'79b9'7f4a'7c15u;
        mixed = ((mixed ^ mixed >> 32) + key_) * 0xd6e8'feb8'6659'fd93u;
        return static_cast<std::uint16_t>(mixed >> (64 - kPlaceBits));
    }
    std::uint32_t at(std::uint16_t place) const { return counts_ ? counts_[place] : 0; }
    void add(std::uint16_t place) {
        if (!counts_) counts_ = std::make_unique<std::uint32_t[]>(kPlaces);
        ++counts_[place];
    }
    void remove(std::uint16_t place) { --counts_[place]; }

private:
    static constexpr unsigned kPlaceBits = 12;
    static constexpr std::size_t kPlaces = std::size_t{1} << kPlaceBits;

    std::uint64_t key_;
    std::unique_ptr<std::uint32_t[]> counts_; // made when the first one is accepted
};

} // namespace hawser::sctp
