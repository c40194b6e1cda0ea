// All begins again, TSNs and streams of both directions: SSN/TSN resets, at our wish (RFC 6525
// §5.1.4) and at the peer's (§5.2.4).
#include "sctp/association/association.hpp"
#include "sctp/association/reconfiguration.hpp"
#include "sctp/begun_again.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace hawser::sctp {

using wire::sctp::ReConfig;
using wire::sctp::ReconfigurationResponse;
using wire::sctp::ReconfigurationResult;
using wire::sctp::SsnTsnResetRequest;

// --- at our wish ---

Result<> Association::reset_association() {
    if (const auto possible = can_reconfigure(); !possible) return possible;
    sender_->hold({}, SendQueue::Waits::what_comes_later);
    reconfiguration().resets_association = true;
    ask_for_drained_reset();
    return {};
}

/// Nothing of ours is under way, and nothing leaves until the peer has answered: §5.1.4.
void Association::ask_for_association_reset() {
    RequestSlot& slot = reconfiguration().slot;
    std::array<std::byte, 12> chunk{};
    wire::Writer out{chunk};
    ReConfig{.first = SsnTsnResetRequest{.number = slot.next()}, .second = {}}.write(out);
    HAWSER_ASSERT(out.ok() && out.written() == chunk.size());
    slot.ask({chunk.begin(), chunk.end()});
}

/// §5.2.7: the peer has done it.
void Association::on_association_reset(const ReconfigurationResponse& response) {
    if (!response.next_tsns) return end_request(ReconfigurationOutcome::failed);
    Reconfiguration& state = reconfiguration();
    state.slot.end();
    state.resets_association = false;
    if (state.deferred) tell_performed(reset_deferred()); // its streams do begin again
    begin_again(response.next_tsns->receiver, response.next_tsns->sender);
}

/// Otherwise than by beginning again.
void Association::end_association_reset(ReconfigurationOutcome outcome) {
    reconfiguration().resets_association = false;
    sender_->queue().end_hold(SendQueue::AfterHold::numbers_go_on);
    shared_.events.push_back(
        AssociationReset{.association = id_,
                         .outcome = outcome,
                         .local_tsn = sender_->next_tsn(),
                         .remote_tsn = transfer_->receiver.cumulative().next()});
}

void Association::begin_again(Tsn ours, Tsn peers) {
    sender_->begin_again(ours);
    transfer_->receiver.begin_again(peers);
    begin_ecn_again();
    shared_.events.push_back(AssociationReset{.association = id_,
                                              .outcome = ReconfigurationOutcome::performed,
                                              .local_tsn = ours,
                                              .remote_tsn = peers});
}

/// The peer may have begun again, and we have not heard of it.
bool Association::awaits_new_tsns() const {
    const Reconfiguration* const state = transfer_->reconfiguration.get();
    return state != nullptr && state->resets_association && state->slot.taken();
}

/// A peer that leaves out a TSN when it begins again, as usrsctp does, is not misunderstood where
/// nothing beyond a gap is taken until its answer is here.
bool Association::may_be_of_the_new(Tsn tsn) const {
    return awaits_new_tsns() && transfer_->receiver.cumulative().next().precedes(tsn);
}

// --- at the peer's wish ---

/// What we have under way would count as acknowledged (G3), whether it arrives or not: so the
/// answer waits for that, and what has not begun waits for the answer. A peer that asks again
/// meanwhile hears nothing, because usrsctp does not ask again after "in progress".
std::optional<ReconfigurationResponse> Association::answer_to(const SsnTsnResetRequest& request) {
    Reconfiguration& state = reconfiguration();
    if (state.peers_reset) return std::nullopt;
    if (!is<Established>() || state.busy() || state.deferred) {
        const auto result = is<Established>() ? ReconfigurationResult::request_in_progress
                                              : ReconfigurationResult::denied;
        const ReconfigurationResponse refusal{request.number, result, {}};
        state.answered.answered(request.number, refusal);
        return refusal;
    }
    sender_->hold({}, SendQueue::Waits::all_that_has_not_begun);
    state.peers_reset = request.number;
    perform_peers_reset();
    return std::nullopt;
}

void Association::perform_peers_reset() {
    Reconfiguration& state = reconfiguration();
    if (!state.peers_reset || !sender_->queue().hold_drained()) return;
    if (is<ShutdownReceived>()) return deny_peers_reset(); // who asked may have given it up
    const RequestNumber number = *std::exchange(state.peers_reset, std::nullopt);
    const ReconfigurationResponse::NextTsns next{
        .sender = sender_->next_tsn(), // G2
        .receiver = transfer_->receiver.cumulative().next().plus(kHalfTheCircle)};
    const ReconfigurationResponse response{number, ReconfigurationResult::performed, next};
    state.answered.answered(number, response);
    auto& told = state.told.emplace(Reconfiguration::Told{.number = number, .next = next});
    wire::Writer out{told.chunk};
    ReConfig{.first = response, .second = {}}.write(out);
    HAWSER_ASSERT(out.ok() && out.written() == told.chunk.size());
    begin_again(next.sender, next.receiver);
}

/// The association is being shut down.
void Association::deny_peers_reset() {
    Reconfiguration& state = reconfiguration();
    const RequestNumber number = *std::exchange(state.peers_reset, std::nullopt);
    sender_->queue().end_hold(SendQueue::AfterHold::numbers_go_on);
    const ReconfigurationResponse response{number, ReconfigurationResult::denied, {}};
    state.answered.answered(number, response);
    send_responses({.first = response, .second = {}});
}

/// It has acknowledged, or sent, something that only has a number since then.
void Association::notice_that_peer_knows() {
    auto& told = reconfiguration().told;
    if (!told) return;
    const Receiver& receiver = transfer_->receiver;
    const bool sent = receiver.has_gaps() || receiver.cumulative().next() != told->next.receiver;
    if (sent || sender_->acknowledged_tsn().next() != told->next.sender) told.reset();
}

Bytes Association::preface() const {
    const Reconfiguration* const state = transfer_->reconfiguration.get();
    const bool any = state != nullptr && state->told && !state->told->due;
    return any ? Bytes{state->told->chunk} : Bytes{};
}

bool Association::has_preface_due() const {
    const Reconfiguration* const state = transfer_->reconfiguration.get();
    return state != nullptr && state->told && state->told->due;
}

/// Ahead of a SACK, which speaks of the new numbers.
void Association::add_answer_of_reset(TrainWriter& train) {
    if (!has_preface_due()) return;
    auto& told = transfer_->reconfiguration->told;
    if (train.add(told->chunk)) told->due = false;
}

} // namespace hawser::sctp
