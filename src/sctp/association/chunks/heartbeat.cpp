// HEARTBEAT: RFC 9260 §8.3.
#include "sctp/association/association.hpp"

namespace hawser::sctp {

/// The value goes back as it came, whatever it is (RFC 9260 §3.3.6), to where it came from, which
/// need not be confirmed for that (§5.4).
Verdict Association::on_heartbeat(const wire::sctp::Chunk& chunk, const Arrival&) {
    transfer_->controls.add(wire::sctp::ChunkType::heartbeat_ack, 0, chunk.value,
                            ClassTable::kDefault, arrived_from());
    return Verdict::accepted;
}

} // namespace hawser::sctp
