// I-FORWARD-TSN: RFC 8260 §2.3.1.
#include "sctp/association/association.hpp"

#include <hawser/wire/sctp/i_forward_tsn.hpp>

namespace hawser::sctp {

Verdict Association::on_i_forward_tsn(const wire::sctp::Chunk& chunk, const Arrival&) {
    const Negotiated& agreed = transfer_->negotiated;
    if (!agreed.forward_tsn) return on_unknown(chunk);
    if (!agreed.interleaving) return violation("I-FORWARD-TSN where DATA was agreed on");
    const auto forward = wire::sctp::IForwardTsnView::parse(chunk.value);
    if (!forward) return Verdict::malformed;
    if (auto* sent = in<ShutdownSent>()) sent->shutdown.ask_again(); // the Cumulative TSN moves
    return judge(transfer_->receiver.skip(*forward, agreed.inbound_streams));
}

} // namespace hawser::sctp
