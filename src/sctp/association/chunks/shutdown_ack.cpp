// SHUTDOWN ACK: RFC 9260 §9.2.
#include "sctp/association/association.hpp"

namespace hawser::sctp {

Verdict Association::on_shutdown_ack(const wire::sctp::Chunk&, const Arrival& arrival) {
    answer(shared_, reply_to().path, {ports_.local, ports_.remote, peer_tag(), 0},
           [](wire::Writer& out) { wire::sctp::ShutdownComplete{}.write(out); });
    linger(arrival.now);
    close(CloseReason::shutdown);
    return Verdict::accepted;
}

} // namespace hawser::sctp
