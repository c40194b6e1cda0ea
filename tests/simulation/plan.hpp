// What a seed decides before its world begins: options, network, how rough it gets.
#pragma once

#include "support/fake_network.hpp"

#include <hawser/engine/framing.hpp>
#include <hawser/sctp/options.hpp>

namespace hawser::test {

/// How long any datagram can be under way, at most.
inline constexpr Duration kFlightMax = std::chrono::seconds{1};

/// An association that is younger may have copies of its own handshake on the wire, which open
/// another one when it ends before they arrive. RFC 9260 leaves that to the cookie's lifetime.
inline constexpr Duration kAgeOfDiscretion = 3 * kFlightMax;

/// By which the streams of one direction may become more.
inline constexpr std::uint16_t kStreamsAddedMax = 20;

struct Plan {
    explicit Plan(std::uint64_t seed);

    /// A cookie may be echoed to one that does not know its secrets any more: those are lost with
    /// its memory, and are changed each time that a cookie has lived.
    bool cookies_die() const { return crashes || suspends; }
    /// Another state of one direction, as rough as this plan allows.
    Link rough_link();
    /// A direction on its best day.
    static Link healed_link();
    Address host(std::uint8_t number, std::uint16_t udp_port, std::uint8_t network = 0) const;
    std::string message();
    sctp::SendOptions send_options(Instant now);
    /// One that both ends have, where they authenticate.
    sctp::KeyId key();
    Ancillary marking();
    sctp::StreamScheduler scheduler();
    std::uint16_t stream_value();

    SeededRandom random;
    double roughness; ///< 0.0 to 0.3: the largest chance of any one impairment
    bool ipv6;
    bool rewrites_markings;
    bool changes_mtu;
    bool crashes;
    /// A NAT forgets. Not where associations end or memories are lost: a peer that comes anew by
    /// another UDP port is another peer, and the old association is never missed here.
    bool rebinds;
    /// Whoever is behind a NAT has to speak first. And where memories are lost nobody's INIT may
    /// cross another's: RFC 9260 §5.2.4 (B) would take a dead one's tag for the living one's.
    bool a_opens;
    bool z_opens;
    bool hostile;      ///< a third party means harm
    bool multihomed;   ///< both ends are in two networks
    bool joined;       ///< and these are one
    bool hands_over;   ///< processes are replaced, and associations go on
    bool reconfigures; ///< streams are reset and added
    /// Both ends want all that can be authenticated to be, or one of them does; keys change.
    enum class Authenticates : std::uint8_t { nobody, one, both };
    Authenticates authenticates;
    bool suspends; ///< hosts are suspended for a while, and the clock leaps
    /// Addresses come and go. Not where memories are lost: an end that comes anew with addresses
    /// which the other has been told are gone is refused (RFC 9260 §5.2.2). Nor behind a NAT: the
    /// other end takes a new address to have the UDP port of the first.
    bool moves;
    bool ends_early; ///< associations are ended and opened again in the middle
    std::size_t steps;
    std::uint16_t streams;
    sctp::Options options_a;
    sctp::Options options_z;
    Framing framing_a;
    Framing framing_z;

private:
    static constexpr std::uint16_t kSharedKeys = 4;

    sctp::Options options();
    sctp::Authentication authentication(std::uint64_t choice) const;
    Framing framing();
    Duration up_to(Duration limit);
};

} // namespace hawser::test
