// Explicit Congestion Notification: RFC 3168, RFC 4960 Appendix A.
#include "sctp/association/association.hpp"

namespace hawser::sctp {

/// New DATA alone is marked (RFC 3168 §6.1.5), and not what the user has marked.
void Association::mark_ect(Transmit& transmit, const Sender::Counts& before, Tsn first) {
    EcnState& ecn = *ecn_;
    const Sender::Counts& now = sender_->counts();
    if (in_handshake() || transmit.ancillary.ecn || ecn.path == EcnState::Path::drops) return;
    const bool again = now.chunks_retransmitted != before.chunks_retransmitted;
    if (again || now.chunks_sent == before.chunks_sent) return;
    if (ecn.path == EcnState::Path::unknown) {
        if (!ecn.first_marked) {
            ecn.first_marked = first;
            ecn.retransmitted_before = now.chunks_retransmitted;
        }
        if (ecn.retransmitted_before != now.chunks_retransmitted) {
            ecn.path = EcnState::Path::drops;
            return;
        }
    }
    transmit.ancillary.ecn = Ecn::ect0;
}

/// Something was acknowledged.
void Association::test_ect() {
    EcnState& ecn = *ecn_;
    if (ecn.path != EcnState::Path::unknown || !ecn.first_marked) return;
    const bool none_again = ecn.retransmitted_before == sender_->counts().chunks_retransmitted;
    if (none_again && ecn.first_marked->precedes_or_is(sender_->acknowledged_tsn()))
        ecn.path = EcnState::Path::carries;
}

/// Twice in a row T3-rtx expired: the path may be another one.
void Association::doubt_ect(const Destination& silent) {
    constexpr std::uint32_t kTimeoutsOfAnotherPath = 2;
    if (ecn_ && ecn_->path == EcnState::Path::carries &&
        silent.timeouts_in_row >= kTimeoutsOfAnotherPath)
        ecn_->test_again();
}

/// DATA came in a packet that the network has marked: said at once, and until it is heard.
void Association::note_mark(Tsn tsn, const Arrival& arrival) {
    if (!ecn_ || arrival.datagram.ancillary.ecn != Ecn::ce) return;
    if (!transfer_->receiver.cumulative().precedes(tsn)) return; // again: RFC 3168 §6.1.5
    Destination& from = asker();
    if (ecn_->congested(tsn, std::uint64_t{from.index} << 56 | from.traffic.packets_received))
        ++from.tally().marks;
    transfer_->receiver.request_sack();
}

Verdict Association::on_ecne(const wire::sctp::Chunk& chunk, const Arrival&) {
    if (!ecn_) return Verdict::accepted;
    const auto echo = wire::sctp::Ecne::parse(chunk.value);
    if (!echo) return Verdict::malformed;
    const auto what = sender_->congestion_echoed(echo->lowest_tsn);
    if (what == Sender::Echo::never_sent) return Verdict::unexpected;
    ++ecn_->echoes_received;
    if (what == Sender::Echo::reduced) ++ecn_->reductions;
    ecn_->reduced_for = echo->lowest_tsn; // said again where it was lost
    return Verdict::accepted;
}

Verdict Association::on_cwr(const wire::sctp::Chunk& chunk, const Arrival&) {
    if (!ecn_) return Verdict::accepted;
    const auto reduced = wire::sctp::Cwr::parse(chunk.value);
    if (!reduced) return Verdict::malformed;
    ecn_->answered(reduced->lowest_tsn);
    return Verdict::accepted;
}

/// RFC 6525 §5.2.4: no TSN of before means anything.
void Association::begin_ecn_again() {
    if (!ecn_) return;
    ecn_->echoing = false;
    ecn_->reduced_for.reset();
    if (ecn_->path == EcnState::Path::unknown) ecn_->test_again();
}

} // namespace hawser::sctp
