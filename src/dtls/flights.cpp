// What is received, acknowledged and sent again. How a flight becomes datagrams: flights_send.cpp.
#include "dtls/flights.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hawser::dtls {

Flights::Flights(Services& services, const Standing& standing, RecordLayer& records)
    : services_{services},
      standing_{standing},
      records_{records},
      datagram_bytes_max_{static_cast<std::uint16_t>(options().handshake_datagram_bytes)} {}

Flights::UnderWay& Flights::under_way() {
    if (!under_way_)
        under_way_ = std::make_unique<UnderWay>(UnderWay{.inbox = Inbox{next_receive_}});
    return *under_way_;
}

std::uint16_t Flights::next_receive() const {
    return under_way_ ? under_way_->inbox.next_sequence() : next_receive_;
}

void Flights::set_next(std::uint16_t send, std::uint16_t receive) {
    next_send_ = send;
    next_receive_ = receive;
}

void Flights::restart(std::uint16_t next_send, std::uint16_t next_receive) {
    set_next(next_send, next_receive);
    under_way_ = std::make_unique<UnderWay>(UnderWay{.inbox = Inbox{next_receive}});
}

// --- in ---

bool Flights::is_old(const wire::dtls::HandshakeHeader& header) {
    const auto steps_back =
        static_cast<std::uint16_t>(under_way().inbox.next_sequence() - 1 - header.message_seq);
    return steps_back < 0x8000;
}

/// Only the last one of the flight that ours answers says that the peer did not get ours
/// (RFC 6347 §4.2.4), and only while nothing of the next has come.
Verdict Flights::on_old(const wire::dtls::HandshakeHeader& header, Instant now) {
    if (!awaits_answer()) return Verdict::unexpected;
    const auto last_taken = static_cast<std::uint16_t>(under_way_->inbox.next_sequence() - 1);
    const bool last_of_flight =
        header.message_seq == under_way_->answered && header.message_seq == last_taken;
    if (!last_of_flight || just_sent(now)) return Verdict::unexpected;
    ++services_.counters.retransmissions;
    put_flight(now);
    return Verdict::unexpected;
}

Verdict Flights::add(const wire::dtls::HandshakeFragment& fragment, std::uint64_t epoch) {
    UnderWay& messages = under_way();
    const Verdict verdict = messages.inbox.add(fragment, epoch);
    if (verdict == Verdict::accepted && !messages.inbox.reaches(fragment.header.message_seq))
        messages.out_of_order = true;
    return verdict;
}

/// In 1.3 whatever comes of the peer's next flight says that all of ours is there, and our ACK says
/// what is missing of theirs (RFC 9147 §7.1); in 1.2 only the whole of it does.
void Flights::note(RecordNumber number, bool is_fresh) {
    under_way().acks.note(number);
    if (is_fresh && !standing_.connected && standing_.agreement.is_1_3()) clear();
}

std::optional<HandshakeMessage> Flights::take() {
    return under_way_ ? under_way_->inbox.take() : std::nullopt;
}

bool Flights::on_ack(const wire::dtls::List<RecordNumber>& numbers, Instant now) {
    if (!awaits_answer()) return false;
    bool all = false;
    for (const RecordNumber number : numbers)
        all = under_way_->outbox.acknowledge(number.epoch, number.sequence);
    if (all) {
        clear();
        return true;
    }
    if (!numbers.empty() && !just_sent(now)) put_flight(now); // the peer misses the rest
    return false;
}

void Flights::on_data(std::uint64_t epoch, Instant now) {
    if (!awaits_answer()) return;
    if (!under_way_->last_flight) {
        // It is there, but has not heard us: worth another try.
        if (under_way_->resend_at == kNever)
            under_way_->resend_at =
                std::max(now, under_way_->resent_at + options().retransmission_max);
        return;
    }
    // The peer is in the new epoch, so it has our last flight, which 1.2 alone knows.
    if (epoch == records_.write_epoch()) {
        under_way_->outbox.clear();
        under_way_->last_flight = false;
    }
}

/// The answer to it may be on its way.
bool Flights::just_sent(Instant now) const {
    return now < under_way_->resent_at + options().retransmission_initial / 4;
}

// --- what is owed to the peer ---

void Flights::on_datagram_end(Instant now) {
    if (under_way_ && !standing_.ended) schedule_acks(now);
    close_datagram(now);
}

/// After a datagram: what is still owed is owed for part of a flight, or for what came after the
/// handshake (RFC 9147 §7.1).
void Flights::schedule_acks(Instant now) {
    UnderWay& messages = *under_way_;
    if (!standing_.agreement.is_1_3()) return messages.acks.clear();
    if (!messages.acks.owed()) return;
    const bool at_once =
        !options().acknowledge_later && (standing_.connected || messages.out_of_order);
    if (at_once) acknowledge(now);
    if (at_once && standing_.connected) return;
    // Of a flight whose rest does not come, again: what overtook it may have been no loss.
    const Duration timer =
        messages.timeout == Duration{} ? options().retransmission_initial : messages.timeout;
    messages.acks.due_by(after(now, timer / 4));
}

void Flights::acknowledge(Instant now) {
    UnderWay& messages = under_way();
    messages.out_of_order = false;
    if (!standing_.agreement.is_1_3() || messages.acks.empty()) return;
    constexpr std::size_t kBytesMax = 2 + Acknowledgements::kMost * RecordNumber::kBytes;
    constexpr std::size_t kWorthwhile = 2 + 8 * RecordNumber::kBytes;
    const std::uint64_t epoch = records_.write_epoch();
    if (room(epoch) < kWorthwhile) close_datagram(now);
    std::array<std::byte, kBytesMax> bytes;
    wire::Writer out{bytes};
    wire::dtls::write_ack(out, messages.acks.take(room(epoch)));
    put(ContentType::ack, epoch, out.output(), now);
    // Until it is whole they are said again, should this be lost.
    const bool is_over = standing_.connected && standing_.handshake == nullptr;
    if (!messages.inbox.has_partial() && is_over) messages.acks.clear();
}

// --- time ---

Instant Flights::deadline() const {
    return under_way_ ? std::min(under_way_->resend_at, under_way_->acks.due()) : kNever;
}

bool Flights::advance(Instant now) {
    if (under_way_ && under_way_->acks.due() <= now) {
        acknowledge(now);
        close_datagram(now);
    }
    return under_way_ && under_way_->resend_at <= now && resend(now);
}

bool Flights::resend(Instant now) {
    UnderWay& messages = *under_way_;
    // A handshake has its own end in time.
    const bool is_handshake = !standing_.connected || standing_.renegotiating();
    const bool last = !is_handshake && ++messages.resends >= kResendsMax;
    ++services_.counters.retransmissions;
    messages.timeout = std::min(messages.timeout * 2, options().retransmission_max);
    messages.resend_at = last ? kNever : now + messages.timeout;
    put_flight(now);
    close_datagram(now);
    return last;
}

void Flights::clear() {
    if (!under_way_) return;
    under_way_->outbox.clear();
    under_way_->resend_at = kNever;
}

void Flights::forget_handshake() {
    if (!awaits_answer()) return;
    const bool is_later = under_way_->outbox.message(0).epoch == records_.write_epoch();
    if (!under_way_->last_flight && is_later) return;
    clear();
    under_way_->last_flight = false;
}

bool Flights::settle() {
    const bool quiet = under_way_ && under_way_->outbox.empty() &&
                       !under_way_->inbox.has_partial() && !under_way_->acks.owed();
    if (!quiet) return false;
    next_receive_ = under_way_->inbox.next_sequence();
    under_way_.reset();
    building_.shrink_to_fit();
    return true;
}

void Flights::on_payload_bytes_max(std::size_t bytes) {
    datagram_bytes_max_ =
        static_cast<std::uint16_t>(std::min<std::size_t>(bytes, datagram_bytes_max_));
}

} // namespace hawser::dtls
