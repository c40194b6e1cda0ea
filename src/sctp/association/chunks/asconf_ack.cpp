// ASCONF-ACK: RFC 5061 §5.1 A5 to A9, §5.3 F0.
#include "sctp/association/address_changes.hpp"
#include "sctp/association/association.hpp"

#include <hawser/wire/sctp/causes.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace hawser::sctp {

using Outcome = LocalAddressChanged::Outcome;
using wire::sctp::AddressResponse;
using wire::sctp::CauseCode;

namespace {

/// By its place among the requests; nullopt: nothing was said of it.
using Verdicts = std::vector<std::optional<AddressResponse>>;

Verdicts verdicts_of(Bytes responses, std::size_t requests) {
    Verdicts said(requests);
    wire::sctp::Parameters walker{responses};
    while (const auto parameter = walker.next()) {
        const auto response = AddressResponse::parse(*parameter);
        if (response && response->correlation < requests && !said[response->correlation])
            said[response->correlation] = *response;
    }
    return said;
}

CauseCode first_cause(const AddressResponse& response) {
    const auto cause = wire::sctp::Causes{response.causes}.next();
    return cause ? cause->type : CauseCode{};
}

/// A peer that has thought the last of our addresses was to go can do without it now.
void take_back_again(AddressChanges& state) {
    for (const Address& one : state.ours.known) {
        const AddressChange gone{AddressChange::What::removed, one};
        const bool waits = std::ranges::find(state.waiting, gone) != state.waiting.end();
        if (state.ours.is_leaving(one) && !waits) state.waiting.push_back(gone);
    }
}

} // namespace

Verdict Association::on_asconf_ack(const wire::sctp::Chunk& chunk, const Arrival& arrival) {
    if (!transfer_->negotiated.asconf) return on_unknown(chunk);
    const auto ack = wire::sctp::AsconfAck::parse(chunk.value);
    if (!ack) return Verdict::malformed;
    AddressExchange& exchange = address_exchange();
    if (!exchange.slot.is_asked(ack->number)) {
        // §5.3 F0: of a request that we have not made; older ones are of no interest.
        const bool of_the_future = !ack->number.precedes(exchange.slot.next());
        return of_the_future ? violation(CauseCode::illegal_asconf_ack, {}) : Verdict::unexpected;
    }
    exchange.slot.end();
    address_changes_->strays_until = after(arrival.now, AddressChanges::kStray);
    answered(sender_->destinations()[exchange.slot.destination()], arrival.now);
    const std::vector<AddressChange> asked = std::exchange(exchange.asked, {});
    const Verdicts said = verdicts_of(ack->responses, asked.size());
    bool has_new_source = false;
    bool any_failed = false; // §5.1 A7: what is not spoken of after that has failed, too
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const bool refused = said[i] && !said[i]->is_success();
        const bool silent_failure = !said[i] && any_failed;
        any_failed |= refused;
        if (!refused && !silent_failure) {
            has_new_source |= asked[i].what == AddressChange::What::added;
            end_address_change(asked[i], Outcome::performed, std::nullopt);
            continue;
        }
        const auto cause = refused ? std::optional{first_cause(*said[i])} : std::nullopt;
        if (cause == CauseCode::unrecognized_parameters) // §5.3 F3a, F3b
            (asked[i].what == AddressChange::What::made_primary ? exchange.primary_understood
                                                                : exchange.understood) = false;
        end_address_change(asked[i], Outcome::refused,
                           cause ? std::optional{std::to_underlying(*cause)} : std::nullopt);
    }
    if (!exchange.understood) give_up_address_changes();
    if (has_new_source) take_back_again(*address_changes_);
    for (Destination* one : destinations()) // from another address of ours they may be reached
        if (!one->is_usable()) schedule_heartbeat(*one, arrival.now);
    ask_for_address_changes();
    return Verdict::accepted;
}

} // namespace hawser::sctp
