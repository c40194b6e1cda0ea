#include "sctp/cookie.hpp"

#include <hawser/core/check.hpp>
#include <hawser/wire/reader.hpp>
#include <hawser/wire/writer.hpp>

#include <algorithm>
#include <utility>

namespace hawser::sctp {
namespace {

/// Beside the time, whose top bits are free for 9 years after its zero.
constexpr unsigned kFlagBits = 6;
/// Beside the number of addresses.
constexpr unsigned kAsconf = 0x80;
static_assert(AddressList::kMax < kAsconf);

std::uint32_t raw(VerificationTag tag) {
    return std::to_underlying(tag);
}

std::size_t content_bytes(const Cookie& cookie) {
    std::size_t bytes = CookieJar::kBytesMin - CookieMac::kBytes;
    for (const Address& address : cookie.peer_addresses)
        bytes += 1 + address.octets().size();
    return bytes;
}

void write(wire::Writer& out, const Cookie& cookie) {
    // A cookie should be no longer than it must.
    const auto made_at = static_cast<std::uint64_t>(cookie.made_at.time_since_epoch().count());
    out.u64(made_at << kFlagBits | (cookie.nr_sack ? 32 : 0) | (cookie.ecn ? 16 : 0) |
            (cookie.reconfiguration ? 8 : 0) | (cookie.interleaving ? 4 : 0) |
            (cookie.forward_tsn ? 2 : 0) | (cookie.zero_checksum ? 1 : 0));
    out.u32(raw(cookie.local_tag));
    out.u32(raw(cookie.peer_tag));
    out.u32(cookie.local_initial_tsn.value);
    out.u32(cookie.peer_initial_tsn.value);
    out.u32(cookie.peer_window_bytes);
    out.u16(cookie.outbound_streams);
    out.u16(cookie.inbound_streams);
    out.u16(cookie.peer_udp_port);
    out.u32(cookie.ties.local);
    out.u32(cookie.ties.peer);
    out.u8(static_cast<std::uint8_t>(cookie.peer_addresses.size() | (cookie.asconf ? kAsconf : 0)));
    for (const Address& address : cookie.peer_addresses) {
        out.u8(std::to_underlying(address.family()));
        out.bytes(address.octets());
    }
}

template <class Octets>
Octets read_octets(wire::Reader& in) {
    Octets octets{};
    std::ranges::transform(in.bytes(octets.size()), octets.begin(),
                           [](std::byte one) { return std::to_integer<std::uint8_t>(one); });
    return octets;
}

AddressList read_addresses(wire::Reader& in, unsigned count) {
    AddressList addresses;
    for (unsigned left = count; left > 0; --left) {
        const bool ipv4 = in.u8() == std::to_underlying(Family::ipv4);
        addresses.add(ipv4 ? Address::ipv4(read_octets<Address::V4>(in))
                           : Address::ipv6(read_octets<Address::V6>(in)));
    }
    return addresses;
}

Cookie read(wire::Reader& in) {
    Cookie cookie;
    const std::uint64_t made_at = in.u64();
    cookie.made_at = Instant{Duration{static_cast<std::int64_t>(made_at >> kFlagBits)}};
    cookie.zero_checksum = (made_at & 1) != 0;
    cookie.forward_tsn = (made_at & 2) != 0;
    cookie.interleaving = (made_at & 4) != 0;
    cookie.reconfiguration = (made_at & 8) != 0;
    cookie.ecn = (made_at & 16) != 0;
    cookie.nr_sack = (made_at & 32) != 0;
    cookie.local_tag = VerificationTag{in.u32()};
    cookie.peer_tag = VerificationTag{in.u32()};
    cookie.local_initial_tsn = {in.u32()};
    cookie.peer_initial_tsn = {in.u32()};
    cookie.peer_window_bytes = in.u32();
    cookie.outbound_streams = in.u16();
    cookie.inbound_streams = in.u16();
    cookie.peer_udp_port = in.u16();
    cookie.ties.local = in.u32();
    cookie.ties.peer = in.u32();
    const unsigned addresses = in.u8();
    cookie.asconf = (addresses & kAsconf) != 0;
    cookie.peer_addresses = read_addresses(in, addresses & ~kAsconf);
    return cookie;
}

/// Both SCTP ports, and how much of what follows is our address, as the code has them.
std::array<std::byte, 5> ports_of(const CookieBinding& binding) {
    return {std::byte(binding.local_port >> 8), std::byte(binding.local_port & 0xff),
            std::byte(binding.remote_port >> 8), std::byte(binding.remote_port & 0xff),
            std::byte(binding.local.octets().size())};
}

} // namespace

CookieJar::Encoded CookieJar::make(const Cookie& cookie, const CookieBinding& binding,
                                   Instant now) {
    const auto& offer = cookie.authentication;
    Encoded encoded{content_bytes(cookie) + (offer ? offer->padded_bytes() : 0) +
                    CookieMac::kBytes};
    wire::Writer out{encoded.bytes()};
    write(out, cookie);
    if (offer) {
        wire::Writer apart{out.claim(offer->padded_bytes())}; // parameters are padded by themselves
        offer->write(apart);
    }
    const auto ports = ports_of(binding);
    out.bytes(mac_.make({out.output(), ports, binding.local.octets()}, now));
    HAWSER_ASSERT(out.ok() && out.remaining() == 0);
    return encoded;
}

std::optional<Cookie> CookieJar::verify(Bytes encoded, const CookieBinding& binding, Instant now) {
    if (encoded.size() < kBytesMin || encoded.size() > kBytesMax) return std::nullopt;
    const Bytes content = encoded.first(encoded.size() - CookieMac::kBytes);
    const auto ports = ports_of(binding);
    const bool ours =
        mac_.verify(encoded.last(CookieMac::kBytes), {content, ports, binding.local.octets()}, now);
    if (!ours) return std::nullopt;
    wire::Reader in{content};
    Cookie cookie = read(in);
    if (!cookie.peer_addresses.contains(binding.remote)) return std::nullopt;
    const auto offer = AuthenticationOffer::read(in.rest());
    if (!offer) return std::nullopt; // it was one when the cookie was made
    cookie.authentication = *offer;
    return cookie;
}

} // namespace hawser::sctp
