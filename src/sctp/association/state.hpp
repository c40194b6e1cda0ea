// The states of RFC 9260 §4, each with what lives only in it.
#pragma once

#include "sctp/association/request.hpp"

#include <hawser/core/buffer.hpp>
#include <hawser/core/instant.hpp>
#include <hawser/sctp/endpoint.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

namespace hawser::sctp {

/// What a handshake that we began carries from one of its states to the other.
struct Attempts {
    std::uint32_t retransmissions_max = 0; ///< Max.Init.Retransmits
    Duration rto{};
    std::uint32_t retransmissions = 0;
    unsigned stale_cookies = 0;       ///< RFC 9260 §5.2.6
    std::uint32_t cookie_more_ms = 0; ///< Cookie Preservative; 0: none is asked for
    bool shutdown_wanted = false;     ///< by the user, as soon as there is something to shut down
    Buffer cookie;                    ///< of the last INIT ACK
};

struct Ended {};
struct CookieWait {
    std::unique_ptr<Attempts> attempts;
    Request init; ///< T1-init
};
struct CookieEchoed {
    std::unique_ptr<Attempts> attempts;
    Request echo;          ///< T1-cookie
    bool with_data = true; ///< DATA rides along: the first time only
};
struct Established {};
struct ShutdownPending {
    Instant guard = kNever; ///< T5-shutdown-guard, from here on
};
struct ShutdownSent {
    Instant guard = kNever;
    Request shutdown;     ///< T2-shutdown
    unsigned refused = 0; ///< by T2-shutdown, while the network says that nobody is there
};
struct ShutdownReceived {
    Instant guard = kNever; ///< only where we had begun to shut down ourselves
};
struct ShutdownAckSent {
    Instant guard = kNever;
    Request shutdown_ack;  ///< T2-shutdown
    unsigned repeated = 0; ///< by T2-shutdown
};

/// In the order of `State`, which names them for the outside.
using AssociationState = std::variant<Ended, CookieWait, CookieEchoed, Established, ShutdownPending,
                                      ShutdownSent, ShutdownReceived, ShutdownAckSent>;

inline State name_of(const AssociationState& state) {
    return static_cast<State>(state.index());
}

namespace detail {
template <State kState, class Alternative>
inline constexpr bool kNames =
    std::is_same_v<std::variant_alternative_t<static_cast<std::size_t>(kState), AssociationState>,
                   Alternative>;
static_assert(kNames<State::closed, Ended> && kNames<State::cookie_wait, CookieWait> &&
              kNames<State::cookie_echoed, CookieEchoed> &&
              kNames<State::established, Established> &&
              kNames<State::shutdown_pending, ShutdownPending> &&
              kNames<State::shutdown_sent, ShutdownSent> &&
              kNames<State::shutdown_received, ShutdownReceived> &&
              kNames<State::shutdown_ack_sent, ShutdownAckSent>);
} // namespace detail

/// A set of states.
class States {
public:
    template <class... Each>
    static constexpr States of(Each... each) {
        return States{static_cast<std::uint8_t>((0u | ... | (1u << std::to_underlying(each))))};
    }
    static constexpr States all() { return States{0xff}; }
    constexpr States and_also(State state) const {
        return States{static_cast<std::uint8_t>(bits_ | (1u << std::to_underlying(state)))};
    }
    constexpr bool contain(State state) const {
        return (bits_ & (1u << std::to_underlying(state))) != 0;
    }

private:
    constexpr explicit States(std::uint8_t bits) : bits_{bits} {}
    std::uint8_t bits_;
};

} // namespace hawser::sctp
