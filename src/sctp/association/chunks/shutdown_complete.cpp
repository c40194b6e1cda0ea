// SHUTDOWN COMPLETE: RFC 9260 §9.2.
#include "sctp/association/association.hpp"

namespace hawser::sctp {

Verdict Association::on_shutdown_complete(const wire::sctp::Chunk&, const Arrival&) {
    close(CloseReason::shutdown);
    return Verdict::accepted;
}

} // namespace hawser::sctp
