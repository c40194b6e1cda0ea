// ABORT: RFC 9260 §9.1.
#include "sctp/association/association.hpp"

#include <hawser/wire/sctp/causes.hpp>

#include <utility>

namespace hawser::sctp {

Verdict Association::on_abort(const wire::sctp::Chunk& chunk, const Arrival&) {
    // All has been acknowledged both ways. A peer that says no more than this is done: a late copy
    // of some packet of ours found nobody there (RFC 9260 §8.4).
    if (is<ShutdownAckSent>() && chunk.value.empty()) {
        close(CloseReason::shutdown);
        return Verdict::accepted;
    }
    const CloseReason reason = in_handshake() ? CloseReason::refused : CloseReason::aborted_by_peer;
    std::optional<std::uint16_t> code;
    Bytes information;
    wire::sctp::Causes causes{chunk.value};
    if (const auto cause = causes.next()) {
        code = std::to_underlying(cause->type);
        information = cause->value;
    }
    close(reason, code, information);
    return Verdict::accepted;
}

} // namespace hawser::sctp
