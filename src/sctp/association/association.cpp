#include "sctp/association/association.hpp"

#include <hawser/core/match.hpp>

#include <algorithm>
#include <utility>

namespace hawser::sctp {
namespace {

std::unique_ptr<Authenticator> make_authenticator(Shared& shared) {
    if (!shared.authentication) return nullptr;
    return std::make_unique<Authenticator>(*shared.authentication,
                                           shared.authentication->keys().fresh());
}

} // namespace

Association::Association(Shared& shared, AssociationId id, Ports ports, const Path& path,
                         VerificationTag local_tag, Tsn initial_tsn, Streams streams, Instant now)
    : wanted_{streams},
      shared_{shared},
      id_{id},
      ports_{ports},
      local_tag_{local_tag},
      initial_tsn_{initial_tsn},
      authenticator_{make_authenticator(shared)},
      sender_{std::make_unique<Sender>(shared, path, initial_tsn, now)} {
    timer.association = this;
}

// --- what the states have in common ---

const Attempts* Association::attempts() const {
    if (const auto* wait = std::get_if<CookieWait>(&state_)) return wait->attempts.get();
    if (const auto* echoed = std::get_if<CookieEchoed>(&state_)) return echoed->attempts.get();
    return nullptr;
}

Attempts* Association::attempts() {
    return const_cast<Attempts*>(std::as_const(*this).attempts());
}

const Request* Association::request() const {
    using Found = const Request*;
    return match(
        state_, [](const CookieWait& state) -> Found { return &state.init; },
        [](const CookieEchoed& state) -> Found { return &state.echo; },
        [](const ShutdownSent& state) -> Found { return &state.shutdown; },
        [](const ShutdownAckSent& state) -> Found { return &state.shutdown_ack; },
        [](const auto&) -> Found { return nullptr; });
}

Request* Association::request() {
    return const_cast<Request*>(std::as_const(*this).request());
}

Instant Association::guard() const {
    return std::visit(
        [](const auto& state) {
            if constexpr (requires { state.guard; }) {
                return state.guard;
            } else {
                return kNever;
            }
        },
        state_);
}

// --- what a user asks ---

Result<> Association::can_send(std::size_t bytes, const SendOptions& options, Instant now) {
    const Attempts* handshake = attempts();
    const bool takes = is<Established>() || (handshake != nullptr && !handshake->shutdown_wanted);
    if (!takes) return fail(Errc::closed, "the association is ending");
    if (bytes == 0)
        return fail(Errc::invalid_argument, "message: empty; SCTP carries 1 byte or more");
    if (bytes > shared_.options.message_bytes_max) {
        return fail(Errc::too_large, "message: above Options::message_bytes_max");
    }
    if (!has_outbound(options.stream)) {
        return fail(Errc::invalid_argument, "stream: beyond the number negotiated");
    }
    if (auto fits = can_be_unreliable(options); !fits) return fits;
    if (auto known = can_have_key(options.key); !known) return known;
    if (auto leads = can_go_to(options.remote); !leads) return leads;
    return has_queue_room(bytes, options.priority, now);
}

/// Whether a message that is to be given up after it has left can be: once both ends are known.
Result<> Association::can_be_unreliable(const SendOptions& options) const {
    if (!options.retransmissions_max) return {};
    if (*options.retransmissions_max == OutgoingMessage::kNoLimit)
        return fail(Errc::invalid_argument, "retransmissions_max: want 0 to 254");
    if (!shared_.options.forward_tsn)
        return fail(Errc::unsupported, "retransmissions_max: needs Options::forward_tsn");
    if (transfer_ && !transfer_->negotiated.forward_tsn)
        return fail(Errc::unsupported,
                    "retransmissions_max: the peer does not know FORWARD TSN (RFC 3758)");
    return {};
}

Result<> Association::can_go_to(const std::optional<Address>& remote) const {
    if (!remote) return {};
    if (in_handshake())
        return fail(Errc::invalid_argument, "remote: not known before the association is up");
    const Destination* to = destinations().find(*remote);
    if (to == nullptr) return fail(Errc::invalid_argument, "remote: none of the peer's addresses");
    if (!to->confirmed)
        return fail(Errc::invalid_argument, "remote: the peer has not answered there yet");
    return {};
}

/// One message may always wait, so that even one larger than the queue can leave.
Result<> Association::has_queue_room(std::size_t bytes, std::optional<std::uint32_t> priority,
                                     Instant now) {
    const std::size_t most = send_queue_limit();
    const std::size_t held = sender_->queue().held_bytes();
    const std::size_t wanted = held + sizeof(OutgoingMessage) + bytes;
    if (held == 0 || wanted <= most) return {};
    if (priority && sender_->make_room(wanted - most, *priority, now)) {
        report_given_up();
        return {};
    }
    low_wanted_ = true;
    return fail(Errc::exhausted, "send queue: full; go on after SendQueueLow");
}

bool Association::has_outbound(StreamId stream) const {
    const std::uint16_t count =
        transfer_ ? transfer_->negotiated.outbound_streams : wanted_.outbound;
    return std::to_underlying(stream) < count;
}

Result<> Association::set_stream_value(StreamId stream, std::uint16_t value) {
    if (!has_outbound(stream))
        return fail(Errc::invalid_argument, "stream: beyond the number negotiated");
    return sender_->queue().set_stream_value(stream, value);
}

Result<> Association::send(Buffer&& payload, const SendOptions& options, Instant now) {
    const auto towards =
        options.remote ? destinations().find(*options.remote)->index : ClassTable::kAnywhere;
    const auto traffic_class = shared_.classes.intern(options.ancillary, towards);
    if (!traffic_class) return std::unexpected{traffic_class.error()};
    OutgoingMessage* message = shared_.messages.take();
    message->payload = std::move(payload);
    message->context = options.context;
    message->expires = options.lifetime == Duration{} ? kNever : after(now, options.lifetime);
    message->retransmissions_max = options.retransmissions_max.value_or(OutgoingMessage::kNoLimit);
    message->priority = options.priority.value_or(OutgoingMessage::kNoPriority);
    if (options.ancillary.send_at) message->not_before = options.ancillary.send_at->at;
    message->key = authenticator_ ? authenticator_->keys.for_message(options.key) : nullptr;
    if (message->key != nullptr) ++message->key->messages;
    message->ppid = options.ppid;
    message->stream = options.stream;
    message->traffic_class = *traffic_class;
    message->unordered = options.unordered;
    message->immediate = options.sack_immediately;
    sender_->push(message, now);
    dry_reported_ = false;
    return {};
}

void Association::released(std::size_t bytes) {
    if (transfer_) transfer_->receiver.taken(bytes);
}

Status Association::status() const {
    const Sender::Counts& counts = sender_->counts();
    Status status{
        .state = state(),
        .path = current().path,
        .local_port = ports_.local,
        .remote_port = ports_.remote,
        .scheduler = sender_->queue().scheduler(),
        .peer_window_bytes = sender_->peer_window_left(),
        .receive_window_bytes = shared_.options.receive_window_bytes,
        .queued_bytes = sender_->queue().queued_bytes(),
        .send_queue_bytes_max = send_queue_limit(),
        .in_flight_bytes = sender_->in_flight_bytes(),
        .congestion_window_bytes = current().congestion->window(),
        .packet_bytes_max = current().packet_bytes,
        .smoothed_rtt = current().rtt().smoothed(),
        .rtt_variation = current().rtt().variation(),
        .rto = current().rtt().rto(),
        .losses = counts.losses,
        .retransmissions = counts.retransmissions,
        .chunks_sent = counts.chunks_sent,
        .chunks_retransmitted = counts.chunks_retransmitted,
        .timeouts = counts.timeouts,
        .fast_retransmits = counts.fast_retransmits,
        .tail_loss_probes = counts.tail_loss_probes,
        .given_up = sender_->queue().given_up_counts(),
    };
    status.authentication = agreed_authentication() != nullptr;
    status.slow_start_threshold_bytes = threshold_of(current());
    Traffic traffic;
    for (const Destination* destination : destinations())
        traffic.add(destination->traffic);
    status.packets_sent = traffic.packets_sent;
    status.packets_received = traffic.packets_received;
    status.bytes_sent = traffic.bytes_sent;
    status.bytes_received = traffic.bytes_received;
    status.last_heard = traffic.last_heard();
    for (const Destination* destination : destinations()) {
        if (!destination->path_mtu) continue;
        status.path_mtu_probes += destination->path_mtu->probes;
        status.path_mtu_probes_lost += destination->path_mtu->probes_lost;
    }
    if (ecn_) {
        status.ecn = ecn_->path != EcnState::Path::drops;
        status.congestion_marks = ecn_->marks_received;
        status.congestion_echoes = ecn_->echoes_received;
        status.congestion_reductions = ecn_->reductions;
    }
    if (transfer_) {
        status.outbound_streams = transfer_->negotiated.outbound_streams;
        status.inbound_streams = transfer_->negotiated.inbound_streams;
        status.interleaving = transfer_->negotiated.interleaving;
        status.nr_sack = transfer_->negotiated.nr_sack;
        status.partial_reliability = transfer_->negotiated.forward_tsn;
        status.receive_window_bytes = transfer_->receiver.window_size();
        if (const WindowTuning* tuning = transfer_->receiver.tuning())
            status.receive_window_growths = tuning->growths();
        status.chunks_received = transfer_->receiver.chunks();
        status.chunks_duplicate = transfer_->receiver.duplicates();
    }
    return status;
}

// --- time ---

Instant Association::deadline() const {
    Instant earliest = guard();
    if (const Request* waits = request()) earliest = std::min(earliest, waits->deadline());
    if (transfer_) {
        earliest =
            std::min({earliest, transfer_->receiver.deadline(), transfer_->heartbeats.deadline()});
        for (Destination* destination : destinations())
            earliest = std::min(earliest, destination->heartbeat_at);
    }
    if (transfer_ && transfer_->reconfiguration)
        earliest = std::min(earliest, transfer_->reconfiguration->slot.deadline());
    if (address_changes_ && address_changes_->exchange)
        earliest = std::min(earliest, address_changes_->exchange->slot.deadline());
    if (!in_handshake() && !closed()) earliest = std::min(earliest, sender_->deadline());
    return earliest;
}

void Association::advance(Instant now) {
    if (guard() <= now) { // RFC 9260 §9.2: the guard over a shutdown that never ends
        return abort_with(wire::sctp::CauseCode::user_initiated_abort, {}, CloseReason::timed_out);
    }
    if (const Request* waits = request(); waits != nullptr && waits->expired(now)) {
        in_handshake() ? retry_handshake(now) : retry_shutdown(now);
    }
    if (closed() || !transfer_) return;
    transfer_->receiver.advance(now);
    advance_heartbeats(now);
    if (closed() || in_handshake()) return;
    advance_path_mtus(now);
    sender_->advance(now);
    for (Destination* destination : destinations()) {
        if (!std::exchange(destination->timed_out, false)) continue;
        doubt_ect(*destination);
        strike(*destination, now);
        if (closed()) return;
    }
    report_given_up();
    report_free_keys();
    move_towards_shutdown(now);
    if (address_changes_) expire_address_changes(now);
    if (closed() || !transfer_->reconfiguration) return;
    expire_reconfiguration(now);
    if (!closed()) advance_reconfiguration();
}

} // namespace hawser::sctp
