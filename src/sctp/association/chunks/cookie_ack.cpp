// COOKIE ACK: RFC 9260 §5.1 (E).
#include "sctp/association/association.hpp"

namespace hawser::sctp {

Verdict Association::on_cookie_ack(const wire::sctp::Chunk&, const Arrival& arrival) {
    established(arrival.now, false);
    return Verdict::accepted;
}

} // namespace hawser::sctp
