// Streams that begin again, and more of them, at our wish: RFC 6525 §5.1. The peer's is
// chunks/re_config.cpp.
#include "sctp/association/association.hpp"
#include "sctp/association/reconfiguration.hpp"

#include <algorithm>
#include <utility>

namespace hawser::sctp {

using wire::sctp::AddIncomingStreamsRequest;
using wire::sctp::AddOutgoingStreamsRequest;
using wire::sctp::IncomingSsnResetRequest;
using wire::sctp::OutgoingSsnResetRequest;
using wire::sctp::ReConfig;
using wire::sctp::ReConfigParameter;
using wire::sctp::ReconfigurationResult;
using wire::sctp::StreamNumbers;
using Direction = StreamDirection;

namespace {

/// A RE-CONFIG with one Outgoing SSN Reset Request that names no stream.
constexpr std::size_t kResetBytes =
    2 * wire::sctp::kTlvHeaderBytes + OutgoingSsnResetRequest::kFixedBytes;

std::vector<std::byte> written(const ReConfig& chunk, std::size_t streams) {
    std::vector<std::byte> bytes(wire::sctp::padded(kResetBytes + streams * StreamNumbers::kEach));
    wire::Writer out{bytes};
    chunk.write(out);
    HAWSER_ASSERT(out.ok());
    bytes.resize(out.written());
    return bytes;
}

ReconfigurationOutcome outcome_of(ReconfigurationResult result) {
    switch (result) {
    case ReconfigurationResult::performed: return ReconfigurationOutcome::performed;
    case ReconfigurationResult::nothing_to_do: return ReconfigurationOutcome::nothing_to_do;
    case ReconfigurationResult::denied: return ReconfigurationOutcome::denied;
    default: return ReconfigurationOutcome::failed;
    }
}

} // namespace

Reconfiguration& Association::reconfiguration() {
    if (!transfer_->reconfiguration) {
        transfer_->reconfiguration =
            std::make_unique<Reconfiguration>(initial_tsn_, transfer_->negotiated.peer_initial_tsn);
    }
    return *transfer_->reconfiguration;
}

/// In one packet, by an Outgoing SSN Reset Request.
std::size_t Association::streams_nameable() const {
    const std::size_t around = wire::sctp::kCommonHeaderBytes + kResetBytes;
    return (current().packet_bytes - around) / StreamNumbers::kEach;
}

Result<> Association::can_reconfigure() {
    if (!is<Established>()) return fail(Errc::closed, "streams: the association is not up");
    if (!transfer_->negotiated.reconfiguration)
        return fail(Errc::unsupported, "streams: RE-CONFIG was not agreed on");
    if (transfer_->reconfiguration && transfer_->reconfiguration->open())
        return fail(Errc::exhausted, "streams: another request is open");
    return {};
}

Result<> Association::reset_streams(const StreamReset& wanted) {
    if (const auto possible = can_reconfigure(); !possible) return possible;
    const Negotiated& agreed = transfer_->negotiated;
    const std::uint16_t count =
        wanted.direction == Direction::outgoing ? agreed.outbound_streams : agreed.inbound_streams;
    if (!std::ranges::all_of(wanted.streams,
                             [&](StreamId id) { return std::to_underlying(id) < count; })) {
        return fail(Errc::invalid_argument, "stream: beyond the number negotiated");
    }
    if (wanted.streams.size() > streams_nameable())
        return fail(Errc::too_large, "reset: more streams than a packet can name");
    if (wanted.direction == Direction::outgoing) {
        begin_outgoing_reset(wanted.streams, std::nullopt);
        return {};
    }
    Reconfiguration& state = reconfiguration();
    state.reset = {.what = wanted, .answers = {}};
    const auto numbers = StreamNumbers::encode(wanted.streams);
    state.slot.ask(written({.first = IncomingSsnResetRequest{.number = state.slot.next(),
                                                             .streams = StreamNumbers{numbers}},
                            .second = {}},
                           wanted.streams.size()));
    return {};
}

/// §5.1.2 A1: from now on nothing gets a number in these streams. The request leaves when all that
/// they had has been acknowledged, so that the peer need not wait for any of it.
void Association::begin_outgoing_reset(std::vector<StreamId> streams,
                                       std::optional<RequestNumber> answers) {
    sender_->hold(streams, SendQueue::Waits::what_comes_later);
    reconfiguration().reset = {
        .what = {.direction = Direction::outgoing, .streams = std::move(streams)},
        .answers = answers};
    ask_for_drained_reset();
}

void Association::ask_for_drained_reset() {
    Reconfiguration& state = reconfiguration();
    const bool outgoing = state.reset && state.reset->what.direction == Direction::outgoing;
    if (!outgoing && !state.resets_association) return;
    if (state.slot.taken() || !sender_->queue().hold_drained()) return;
    outgoing ? ask_for_outgoing_reset() : ask_for_association_reset();
}

void Association::ask_for_outgoing_reset() {
    Reconfiguration& state = reconfiguration();
    const auto numbers = StreamNumbers::encode(state.reset->what.streams);
    const OutgoingSsnResetRequest request{.number = state.slot.next(),
                                          .answers =
                                              state.reset->answers.value_or(state.answered.last()),
                                          .last_assigned_tsn = sender_->last_sent_tsn(),
                                          .streams = StreamNumbers{numbers}};
    state.slot.ask(written({.first = request, .second = {}}, state.reset->what.streams.size()));
}

Result<> Association::add_streams(const StreamAddition& wanted) {
    if (const auto possible = can_reconfigure(); !possible) return possible;
    if (wanted.count == 0) return fail(Errc::invalid_argument, "streams: want 1 or more");
    const Negotiated& agreed = transfer_->negotiated;
    const bool ours = wanted.direction == Direction::outgoing;
    const std::size_t there = ours ? agreed.outbound_streams : agreed.inbound_streams;
    if (there + wanted.count > (ours ? Reconfiguration::kStreamsMax : wanted_.inbound_max))
        return fail(Errc::too_large, "streams: more than there may be");
    ask_for_streams(wanted);
    return {};
}

/// §5.1.5 and §5.1.6.
void Association::ask_for_streams(const StreamAddition& wanted) {
    Reconfiguration& state = reconfiguration();
    state.addition = wanted;
    const RequestNumber number = state.slot.next();
    const ReConfig chunk{
        .first = wanted.direction == Direction::outgoing
                     ? ReConfigParameter{AddOutgoingStreamsRequest{number, wanted.count}}
                     : ReConfigParameter{AddIncomingStreamsRequest{number, wanted.count}},
        .second = {}};
    state.slot.ask(written(chunk, 0));
}

/// §5.2.7: the peer's answer to what we asked.
void Association::on_reconfiguration_response(const wire::sctp::ReconfigurationResponse& response,
                                              Instant now) {
    Reconfiguration& state = reconfiguration();
    if (!state.slot.is_asked(response.answers)) return; // an old one, or nobody's
    answered(reply_to(), now);
    if (response.result == ReconfigurationResult::in_progress)
        return state.slot.put_off(now, current().rtt().rto());
    const bool all =
        state.resets_association && response.result == ReconfigurationResult::performed;
    all ? on_association_reset(response) : end_request(outcome_of(response.result));
    move_towards_shutdown(now);
}

/// What is open is not open any more.
void Association::end_request(ReconfigurationOutcome outcome) {
    Reconfiguration& state = reconfiguration();
    state.slot.end();
    if (state.reset) return end_reset(outcome);
    if (state.addition) return end_addition(outcome);
    end_association_reset(outcome);
}

void Association::end_reset(ReconfigurationOutcome outcome) {
    Reconfiguration& state = reconfiguration();
    Reconfiguration::Reset ended = *std::exchange(state.reset, std::nullopt);
    const bool success = outcome == ReconfigurationOutcome::performed ||
                         outcome == ReconfigurationOutcome::nothing_to_do;
    if (ended.what.direction == Direction::outgoing) {
        sender_->queue().end_hold(success ? SendQueue::AfterHold::numbers_begin_again
                                          : SendQueue::AfterHold::numbers_go_on);
        if (auto* told = ended.answers ? state.answered.find(*ended.answers) : nullptr)
            told->result =
                success ? ReconfigurationResult::performed : ReconfigurationResult::denied;
    } else if (outcome == ReconfigurationOutcome::performed) {
        return; // the peer's own request for its streams says when
    }
    shared_.events.push_back(StreamsReset{.association = id_,
                                          .direction = ended.what.direction,
                                          .outcome = outcome,
                                          .streams = std::move(ended.what.streams)});
}

void Association::end_addition(ReconfigurationOutcome outcome) {
    const StreamAddition ended = *std::exchange(reconfiguration().addition, std::nullopt);
    const bool performed = outcome == ReconfigurationOutcome::performed;
    if (ended.direction == Direction::incoming && performed)
        return; // the peer's own request for them says when
    if (performed) {
        std::uint16_t& streams = transfer_->negotiated.outbound_streams;
        streams = static_cast<std::uint16_t>(streams + ended.count);
    }
    report_streams(ended.direction, outcome);
}

void Association::report_streams(Direction direction, ReconfigurationOutcome outcome) {
    shared_.events.push_back(
        StreamsAdded{.association = id_,
                     .direction = direction,
                     .outcome = outcome,
                     .outbound_streams = transfer_->negotiated.outbound_streams,
                     .inbound_streams = transfer_->negotiated.inbound_streams});
}

/// What could go on since something came or was given up.
void Association::advance_reconfiguration() {
    notice_that_peer_knows();
    ask_for_drained_reset();
    perform_deferred_reset();
    perform_peers_reset();
}

/// The Re-configuration Timer: §5.1.1.
void Association::expire_reconfiguration(Instant now) {
    const RequestSlot& slot = transfer_->reconfiguration->slot;
    if (!transfer_->reconfiguration->slot.expires(now)) return;
    Destination& silent = sender_->destinations()[slot.destination()];
    silent.rtt().timed_out(silent.rto_limits(shared_.options));
    strike(silent, now);
}

/// Nothing is sent in any stream any more: RFC 9260 §9.2.
void Association::give_up_reconfiguration() {
    if (!transfer_->reconfiguration || !transfer_->reconfiguration->open()) return;
    report_given_up(); // a reset still counts those that only wait to be told of
    transfer_->reconfiguration->busy() ? end_request(ReconfigurationOutcome::failed)
                                       : deny_peers_reset();
}

} // namespace hawser::sctp
