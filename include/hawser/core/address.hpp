// Where a packet comes from or goes to.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hawser {

enum class Family : std::uint8_t { ipv4 = 4, ipv6 = 6 };

/// An IPv4 or IPv6 address with a port and, for link-local IPv6, a scope. Totally ordered.
///
/// An IPv4-mapped IPv6 address is IPv4 here: what decides how a packet is marked is the family it
/// has on the wire.
class Address {
public:
    using V4 = std::array<std::uint8_t, 4>;
    using V6 = std::array<std::uint8_t, 16>;

    /// 0.0.0.0:0.
    constexpr Address() = default;

    static Address ipv4(V4 octets, std::uint16_t port = 0);
    /// `scope` is the interface index of a link-local address, else 0.
    static Address ipv6(const V6& octets, std::uint16_t port = 0, std::uint32_t scope = 0);
    /// The wildcard of a family: 0.0.0.0 or [::].
    static Address any(Family family, std::uint16_t port = 0);
    static Address loopback(Family family, std::uint16_t port = 0);

    /// Reads `10.0.0.1:2904`, `[2001:db8::1]:2904`, `[fe80::1%3]:2904`; without a port: port 0,
    /// brackets optional. Fails with `invalid_argument`.
    static Result<Address> parse(std::string_view text);

    Family family() const { return family_; }
    bool is_ipv4() const { return family_ == Family::ipv4; }
    std::uint16_t port() const { return port_; }
    std::uint32_t scope() const { return scope_; }
    /// 4 or 16 octets in network order.
    Bytes octets() const { return std::as_bytes(std::span{octets_}).first(is_ipv4() ? 4u : 16u); }

    Address with_port(std::uint16_t port) const;
    /// The same host with port 0 and no scope: what the host is called on the wire.
    Address host() const;

    /// Whether they differ in port and scope at most.
    bool is_same_host(const Address& other) const {
        return family_ == other.family_ && octets_ == other.octets_;
    }

    bool is_unspecified() const;
    bool is_loopback() const;
    bool is_multicast() const;
    /// 255.255.255.255. Subnet broadcasts cannot be told from an address alone.
    bool is_broadcast() const;
    bool is_link_local() const;

    friend constexpr auto operator<=>(const Address&, const Address&) = default;
    friend constexpr bool operator==(const Address&, const Address&) = default;

private:
    Family family_ = Family::ipv4;
    std::array<std::uint8_t, 16> octets_{};
    std::uint16_t port_ = 0;
    std::uint32_t scope_ = 0;
};

/// `10.0.0.1:2904`, `[2001:db8::1]:2904`.
std::string to_string(const Address& address);
/// `10.0.0.1`, `2001:db8::1`: without port and brackets.
std::string host_to_string(const Address& address);

/// An SCTP endpoint as people write it: one port and one or more hosts,
/// `10.50.1.1/10.50.2.1:2904`, `10.50.1.1/[2001:db8::1]:2904`, `alpha.example/beta.example:2904`.
struct HostList {
    /// Addresses without brackets, or names yet to be resolved. An IPv6 address may have a zone,
    /// the number or the name of an interface: `fe80::1%eth0`.
    std::vector<std::string> hosts;
    std::uint16_t port = 0;

    /// Fails with `invalid_argument` and says which rule was broken. A missing port is `0` when
    /// `port_required` is false.
    static Result<HostList> parse(std::string_view text, bool port_required = true);
};

std::string to_string(const HostList& list);

/// Hashes for tables keyed by an address.
struct AddressHash {
    std::size_t operator()(const Address& address) const noexcept;
};

} // namespace hawser
