// The State Cookie: everything about an association that does not exist yet.
#pragma once

#include "engine/cookie_mac.hpp"
#include "sctp/addresses.hpp"
#include "sctp/authentication/offer.hpp"

#include <hawser/core/address.hpp>
#include <hawser/core/instant.hpp>
#include <hawser/engine/random.hpp>
#include <hawser/wire/sctp/types.hpp>

#include <array>
#include <cstdint>
#include <optional>

namespace hawser::sctp {

/// RFC 9260 §5.2.2: by these two a cookie shows that it was given for an association that exists.
/// They are nonces and not its tags: an INIT ACK goes to anybody who asks from the peer's address.
struct TieTags {
    std::uint32_t local = 0; ///< 0: none
    std::uint32_t peer = 0;

    bool any() const { return local != 0 && peer != 0; }
    friend bool operator==(const TieTags&, const TieTags&) = default;
};

/// RFC 9260 §5.1.3: what it takes to build the transmission control block when it comes back.
struct Cookie {
    Instant made_at;
    VerificationTag local_tag;
    VerificationTag peer_tag;
    Tsn local_initial_tsn;
    Tsn peer_initial_tsn;
    std::uint32_t peer_window_bytes = 0;
    std::uint16_t outbound_streams = 0;
    std::uint16_t inbound_streams = 0;
    std::uint16_t peer_udp_port = 0; ///< that INIT came from (RFC 6951)
    TieTags ties;                    ///< of the association that exists already, or none
    AddressList peer_addresses;      ///< all that are taken; the first is where INIT came from
    bool zero_checksum = false;      ///< the peer takes packets without a CRC32c (RFC 9653)
    bool forward_tsn = false;        ///< both know FORWARD TSN (RFC 3758), or I-FORWARD-TSN
    bool interleaving = false;       ///< both know I-DATA (RFC 8260)
    bool reconfiguration = false;    ///< both know RE-CONFIG (RFC 6525)
    bool nr_sack = false;            ///< both know NR-SACK
    bool ecn = false;                ///< both know ECNE and CWR
    bool asconf = false;             ///< both know ASCONF, and AUTH (RFC 5061)
    /// RANDOM, CHUNKS and HMAC-ALGO of the peer (RFC 4895), where both know AUTH; else empty.
    /// Borrowed: of the INIT, or of the cookie that came back.
    std::optional<AuthenticationOffer> authentication;
};

/// Who the cookie was given to: the peer may bring it from any of its addresses, the rest is bound
/// by its code and not carried. UDP ports are left out: a NAT may change them between INIT and
/// COOKIE ECHO.
struct CookieBinding {
    Address local; ///< unspecified: any of ours
    Address remote;
    std::uint16_t local_port;
    std::uint16_t remote_port;
};

/// Makes and verifies State Cookies.
///
/// A cookie is 59 bytes and those of the addresses that the peer listed, so that an INIT ACK stays
/// below three times the smallest INIT with IP and UDP headers counted: nobody is amplified. What
/// an INIT says of AUTH comes on top, once; it was as long in the INIT. It holds no pointer and no
/// secret.
class CookieJar {
public:
    /// Without addresses, each of which adds its family and its octets, and without AUTH.
    static constexpr std::size_t kBytesMin = 43 + CookieMac::kBytes;
    static constexpr std::size_t kBytesMax =
        kBytesMin + AddressList::kMax * 17 + AuthenticationOffer::kBytesMax;

    /// A cookie as it travels.
    class Encoded {
    public:
        explicit Encoded(std::size_t size) : size_{size} {}
        MutableBytes bytes() { return MutableBytes{octets_}.first(size_); }
        Bytes bytes() const { return Bytes{octets_}.first(size_); }

    private:
        std::array<std::byte, kBytesMax> octets_;
        std::size_t size_;
    };

    CookieJar(Random& random, Duration lifetime, Instant now) : mac_{random, lifetime, now} {}

    Encoded make(const Cookie& cookie, const CookieBinding& binding, Instant now);
    /// nullopt when it is none of ours, was given to another address, or is older than our last
    /// two secrets. Its age is the caller's to judge. It borrows from `encoded`.
    std::optional<Cookie> verify(Bytes encoded, const CookieBinding& binding, Instant now);

private:
    CookieMac mac_;
};

} // namespace hawser::sctp
