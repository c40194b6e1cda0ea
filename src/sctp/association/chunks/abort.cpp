// ABORT: RFC 9260 §9.1.
#include "sctp/association/association.hpp"

#include <hawser/wire/sctp/causes.hpp>

#include <utility>

namespace hawser::sctp {

/// RFC 5061 §5.3.1: the answer to a packet that came after the peer had forgotten its source. Who
/// really knows nothing of us answers whatever comes later, too.
bool Association::may_answer_a_stray(const wire::sctp::Chunk& chunk, const Arrival& arrival) const {
    const Address& to = arrival.datagram.path.local;
    if (!to.is_unspecified() && !may_send_from(to)) return true;
    const bool reflected = (chunk.flags & wire::sctp::kTagReflected) != 0;
    return reflected && arrival.now < address_changes_->strays_until;
}

Verdict Association::on_abort(const wire::sctp::Chunk& chunk, const Arrival& arrival) {
    if (address_changes_ && may_answer_a_stray(chunk, arrival)) return Verdict::unexpected;
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
