// RE-CONFIG: RFC 6525 §5.2.
#include "sctp/association/association.hpp"
#include "sctp/association/reconfiguration.hpp"

#include <hawser/core/match.hpp>

#include <algorithm>
#include <utility>

namespace hawser::sctp {

using wire::sctp::AddIncomingStreamsRequest;
using wire::sctp::AddOutgoingStreamsRequest;
using wire::sctp::IncomingSsnResetRequest;
using wire::sctp::OutgoingSsnResetRequest;
using wire::sctp::ReConfig;
using wire::sctp::ReConfigParameter;
using wire::sctp::ReconfigurationResponse;
using wire::sctp::ReconfigurationResult;
using wire::sctp::SsnTsnResetRequest;
using Direction = StreamDirection;

namespace {

/// nullopt: one of them is not among the first `count`.
std::optional<std::vector<StreamId>> streams_of(const wire::sctp::StreamNumbers& numbers,
                                                std::uint16_t count) {
    std::vector<StreamId> streams(numbers.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        streams[i] = numbers[i];
        if (std::to_underlying(streams[i]) >= count) return std::nullopt;
    }
    return streams;
}

} // namespace

/// §5.2.1: all answers go into one chunk.
Verdict Association::on_re_config(const wire::sctp::Chunk& chunk, const Arrival& arrival) {
    if (!transfer_->negotiated.reconfiguration) return on_unknown(chunk);
    const auto asked = ReConfig::parse(chunk.value);
    if (!asked) {
        if (asked.error().code == Errc::unsupported) // §3.1
            queue_error(wire::sctp::CauseCode::protocol_violation, as_bytes(asked.error().what));
        return Verdict::malformed;
    }
    auto one = answer_to(asked->first, arrival.now);
    auto other = asked->second ? answer_to(*asked->second, arrival.now) : std::nullopt;
    if (!one) std::swap(one, other);
    if (!one) return Verdict::accepted;
    ReConfig response{.first = *one, .second = {}};
    if (other) response.second = *other;
    send_responses(response);
    return Verdict::accepted;
}

void Association::send_responses(const ReConfig& responses) {
    std::array<std::byte, 48> room{};
    wire::Writer out{room};
    responses.write(out);
    if (transfer_->receiver.sack_useful()) transfer_->receiver.request_sack(); // §5.2.1
    transfer_->controls.add(wire::sctp::ChunkType::re_config, 0,
                            out.output().subspan(wire::sctp::kTlvHeaderBytes), ClassTable::kDefault,
                            reply_to());
}

/// What one parameter is answered with; nullopt: with nothing, or not yet.
std::optional<ReconfigurationResponse> Association::answer_to(const ReConfigParameter& parameter,
                                                              Instant now) {
    using Answer = std::optional<ReconfigurationResponse>;
    Reconfiguration& state = reconfiguration();
    if (const auto* response = std::get_if<ReconfigurationResponse>(&parameter)) {
        on_reconfiguration_response(*response, now);
        return std::nullopt;
    }
    const RequestNumber number = match(
        parameter, [](const ReconfigurationResponse& each) { return each.answers; },
        [](const auto& each) { return each.number; });
    if (state.told && state.told->number == number) {
        state.told->due = true;
        return std::nullopt;
    }
    if (const auto* known = state.answered.find(number)) return *known;
    if (!state.answered.is_new(number))
        return ReconfigurationResponse{number, ReconfigurationResult::bad_sequence_number, {}};
    state.told.reset(); // who asks anew has heard the last answer
    if (const auto* all = std::get_if<SsnTsnResetRequest>(&parameter)) return answer_to(*all);
    const auto result = match(
        parameter, [&](const OutgoingSsnResetRequest& request) { return take(request); },
        [&](const IncomingSsnResetRequest& request) { return take(request); },
        [&](const AddOutgoingStreamsRequest& request) { return take(request); },
        [&](const AddIncomingStreamsRequest& request) { return take(request); },
        [](const auto&) { return ReconfigurationResult::denied; });
    const ReconfigurationResponse response{number, result, {}};
    state.answered.answered(number, response);
    const bool answered_by_request = std::holds_alternative<IncomingSsnResetRequest>(parameter) &&
                                     result == ReconfigurationResult::in_progress;
    return answered_by_request ? Answer{} : Answer{response};
}

/// §5.2.2: the peer's streams begin again, after all that it sent before.
ReconfigurationResult Association::take(const OutgoingSsnResetRequest& request) {
    Reconfiguration& state = reconfiguration();
    auto streams = streams_of(request.streams, transfer_->negotiated.inbound_streams);
    if (!streams) return ReconfigurationResult::wrong_ssn;
    if (state.deferred) return ReconfigurationResult::request_in_progress;
    // It is also the answer to our Incoming SSN Reset Request: §5.2.3.
    if (state.slot.is_asked(request.answers) && state.reset &&
        state.reset->what.direction == Direction::incoming)
        end_request(ReconfigurationOutcome::performed);
    state.deferred = {.number = request.number,
                      .last_assigned_tsn = request.last_assigned_tsn,
                      .streams = *std::move(streams)};
    if (!can_reset_deferred()) return ReconfigurationResult::in_progress;
    reset_deferred();
    return ReconfigurationResult::performed;
}

/// Not while something is missing of what was sent before.
bool Association::can_reset_deferred() const {
    const Tsn last = transfer_->reconfiguration->deferred->last_assigned_tsn;
    return !transfer_->receiver.cumulative().precedes(last);
}

/// Gives the number of the request.
RequestNumber Association::reset_deferred() {
    Reconfiguration::Deferred deferred = *std::exchange(reconfiguration().deferred, std::nullopt);
    transfer_->receiver.reset_streams(deferred.streams);
    shared_.events.push_back(StreamsReset{.association = id_,
                                          .direction = Direction::incoming,
                                          .outcome = ReconfigurationOutcome::performed,
                                          .streams = std::move(deferred.streams)});
    return deferred.number;
}

void Association::perform_deferred_reset() {
    if (reconfiguration().deferred && can_reset_deferred()) tell_performed(reset_deferred());
}

void Association::tell_performed(RequestNumber number) {
    auto* known = reconfiguration().answered.find(number);
    if (known == nullptr) return; // two others came meanwhile: it is asked no more
    known->result = ReconfigurationResult::performed;
    send_responses({.first = *known, .second = {}});
}

/// §5.2.3: the peer wants our streams to begin again. The answer is our own request; the peer hears
/// that this is in progress only where it asks again before that could leave.
ReconfigurationResult Association::take(const IncomingSsnResetRequest& request) {
    auto streams = streams_of(request.streams, transfer_->negotiated.outbound_streams);
    if (!streams) return ReconfigurationResult::wrong_ssn;
    if (reconfiguration().open()) return ReconfigurationResult::request_in_progress;
    if (!is<Established>() || streams->size() > streams_nameable())
        return ReconfigurationResult::denied;
    begin_outgoing_reset(*std::move(streams), request.number);
    return ReconfigurationResult::in_progress;
}

/// §5.2.5: the peer has more streams, as many as Options::inbound_streams_max allows.
ReconfigurationResult Association::take(const AddOutgoingStreamsRequest& request) {
    std::uint16_t& streams = transfer_->negotiated.inbound_streams;
    if (request.streams == 0) return ReconfigurationResult::nothing_to_do;
    if (std::size_t{streams} + request.streams > wanted_.inbound_max)
        return ReconfigurationResult::denied;
    streams = static_cast<std::uint16_t>(streams + request.streams);
    // Some peers answer our Add Incoming Streams Request with nothing else.
    const Reconfiguration& state = reconfiguration();
    if (state.addition && state.addition->direction == Direction::incoming)
        end_request(ReconfigurationOutcome::performed);
    report_streams(Direction::incoming, ReconfigurationOutcome::performed);
    return ReconfigurationResult::performed;
}

/// §5.2.6: the peer wants us to have more streams, which we ask for as if we wanted them:
/// unused ones cost nothing.
ReconfigurationResult Association::take(const AddIncomingStreamsRequest& request) {
    if (request.streams == 0) return ReconfigurationResult::nothing_to_do;
    if (reconfiguration().open()) return ReconfigurationResult::request_in_progress;
    const std::size_t wanted =
        std::size_t{transfer_->negotiated.outbound_streams} + request.streams;
    if (!is<Established>() || wanted > Reconfiguration::kStreamsMax)
        return ReconfigurationResult::denied;
    ask_for_streams({.direction = Direction::outgoing, .count = request.streams});
    return ReconfigurationResult::performed;
}

} // namespace hawser::sctp
