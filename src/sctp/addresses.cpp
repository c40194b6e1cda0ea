#include "sctp/addresses.hpp"

#include <hawser/wire/sctp/init.hpp>
#include <hawser/wire/sctp/parameters.hpp>

#include <vector>

namespace hawser::sctp {
namespace {

/// How far an address means the same host: RFC 4007, RFC 1918, RFC 4193, RFC 6598.
enum class Scope : std::uint8_t { host, link, site, global };

Scope scope_of(const Address& address) {
    if (address.is_loopback()) return Scope::host;
    if (address.is_link_local()) return Scope::link;
    const auto octet = [&](std::size_t i) {
        return std::to_integer<unsigned>(address.octets()[i]);
    };
    const bool is_private = address.is_ipv4()
                                ? octet(0) == 10 || (octet(0) == 172 && (octet(1) & 0xf0) == 16) ||
                                      (octet(0) == 192 && octet(1) == 168) ||
                                      (octet(0) == 100 && (octet(1) & 0xc0) == 64)
                                : (octet(0) & 0xfe) == 0xfc;
    return is_private ? Scope::site : Scope::global;
}

/// Whether an address of an end can be meant where the other end is spoken to at `beside`.
bool is_meant(const Options& options, const Address& listed, const Address& beside) {
    if (!is_of_one_host(listed)) return false;
    const Scope scope = scope_of(listed);
    if (scope >= scope_of(beside)) return true;
    return options.addresses_of_any_scope && scope == Scope::site;
}

bool is_of_our_families(const Options& options, const Address& address) {
    if (options.local_addresses.empty()) return true;
    return std::ranges::any_of(options.local_addresses, [&](const Address& ours) {
        return ours.family() == address.family();
    });
}

std::size_t common_bits(const Address& one, const Address& other) {
    const Bytes a = one.octets();
    const Bytes b = other.octets();
    std::size_t bits = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const auto differ = static_cast<std::uint8_t>(a[i] ^ b[i]);
        bits += static_cast<std::size_t>(std::countl_zero(differ));
        if (differ != 0) break;
    }
    return bits;
}

} // namespace

bool is_of_one_host(const Address& address) {
    return !address.is_unspecified() && !address.is_multicast() && !address.is_broadcast();
}

AddressList addresses_of_peer(const Options& options, Bytes parameters, const Address& source) {
    AddressList addresses;
    addresses.add(source);
    wire::sctp::Parameters walker{parameters};
    while (const auto parameter = walker.next()) {
        if (addresses.size() >= options.peer_addresses_max) break;
        const auto address = wire::sctp::parse_address(*parameter); // other parameters are none
        if (address && is_meant(options, *address, source) && is_of_our_families(options, *address))
            addresses.add(*address);
    }
    return addresses;
}

void write_our_addresses(wire::Writer& out, const Options& options, const Address& remote,
                         std::size_t bytes_max) {
    if (options.local_addresses.size() < 2) return;
    const std::size_t start = out.written();
    for (const Address& address : options.local_addresses) {
        const std::size_t bytes = wire::sctp::kTlvHeaderBytes + address.octets().size();
        if (!is_meant(options, address, remote)) continue;
        if (out.written() - start + bytes > bytes_max) continue;
        wire::sctp::write_address(out, address);
    }
}

Address remote_beside(const Path& first, const Address& host) {
    const bool has_port = host.port() != 0 && first.protocol == Protocol::udp;
    return has_port ? host : host.with_port(first.remote.port());
}

bool may_be_added(const Options& options, const Address& address, const Address& source) {
    return is_meant(options, address, source) && is_of_our_families(options, address);
}

Address source_towards(const Options& options, std::span<const Address> ours, const Address& first,
                       const Address& remote, std::size_t turn) {
    const auto likeness = [&](const Address& one) { return common_bits(one, remote); };
    std::vector<Address> fitting; // the most like it first
    for (const Address& one : ours) {
        if (one.family() != remote.family() || !is_meant(options, remote, one)) continue;
        const auto place =
            std::ranges::upper_bound(fitting, likeness(one), std::ranges::greater{}, likeness);
        fitting.insert(place, one.with_port(first.port()));
    }
    if (fitting.empty())
        return first.family() == remote.family() ? first
                                                 : Address::any(remote.family(), first.port());
    return fitting[turn % fitting.size()];
}

} // namespace hawser::sctp
