// ERROR: RFC 9260 §3.3.10, and a cookie that took too long.
#include "sctp/association/association.hpp"

#include <hawser/wire/sctp/causes.hpp>

#include <algorithm>
#include <utility>

namespace hawser::sctp {

using wire::sctp::CauseCode;

Verdict Association::on_error(const wire::sctp::Chunk& chunk, const Arrival&) {
    const auto error = wire::sctp::OperationError::parse(chunk.value);
    if (!error) return Verdict::malformed;
    wire::sctp::Causes causes{error->causes};
    while (const auto cause = causes.next()) {
        if (cause->type == CauseCode::stale_cookie) {
            on_stale_cookie(cause->value);
            if (closed()) return Verdict::accepted;
            continue;
        }
        if (cause->type == CauseCode::unrecognized_chunk_type && !cause->value.empty() &&
            cause->value[0] == std::byte{std::to_underlying(wire::sctp::ChunkType::asconf)})
            peer_does_not_know_asconf();
        if (in_handshake() && cause->type == CauseCode::cookie_while_shutting_down) continue;
        shared_.events.push_back(PeerError{.association = id_,
                                           .cause = std::to_underlying(cause->type),
                                           .information = shared_.buffers.copy(cause->value)});
    }
    return Verdict::accepted;
}

/// RFC 9260 §5.2.6: ask again, and for a cookie that lives longer. Messages that rode on the COOKIE
/// ECHO are still ours to send: their TSNs stay. The tag does not: each COOKIE ECHO that went again
/// may bring such an ERROR, and those that are late must not speak of the next cookie. A peer that
/// has taken that one meanwhile would have other tags than we, and neither would ever notice.
void Association::on_stale_cookie(Bytes value) {
    constexpr unsigned kRetries = 3; // the RFC leaves the number open
    constexpr std::uint32_t kMicrosecondsPerMillisecond = 1000;
    auto* echoed = in<CookieEchoed>();
    if (echoed == nullptr) return;
    if (++echoed->attempts->stale_cookies > kRetries)
        return close(CloseReason::refused, std::to_underlying(CauseCode::stale_cookie), value);
    const auto stale = wire::sctp::StaleCookie::parse(value);
    const auto staleness =
        stale ? static_cast<std::uint32_t>(stale->staleness.count()) : std::uint32_t{0};
    auto attempts = std::move(echoed->attempts);
    attempts->cookie = {};
    attempts->cookie_more_ms =
        std::max<std::uint32_t>(1, 2 * (staleness / kMicrosecondsPerMillisecond));
    state_ = CookieWait{.attempts = std::move(attempts), .init = {}};
    transfer_.reset();
    tag_is_spent = true;
    ties_ = {}; // cookies that name it are of before as well
}

} // namespace hawser::sctp
