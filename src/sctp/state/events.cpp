// What the user has not been told yet.
#include "sctp/state/archive.hpp"

#include <type_traits>
#include <variant>

namespace hawser::sctp {
namespace {

constexpr std::size_t kStreamsMax = 65'535;

template <std::size_t kIndex = 0>
Event event_of(std::size_t index) {
    if constexpr (kIndex < std::variant_size_v<Event>) {
        if (index == kIndex) return Event{std::in_place_index<kIndex>};
        return event_of<kIndex + 1>(index);
    } else {
        return Event{};
    }
}

void describe(Archive& archive, Connected& event) {
    auto& [association, path, local_port, remote_port, outbound_streams, inbound_streams,
           initiated_by_peer] = event;
    archive(path, local_port, remote_port, outbound_streams, inbound_streams, initiated_by_peer);
}
void describe(Archive& archive, Message& event) {
    auto& [association, stream, ssn, mid, ppid, tsn, cumulative_tsn, unordered, ancillary, path,
           payload] = event;
    archive(stream, ssn, mid, ppid, tsn, cumulative_tsn, unordered, ancillary, path, payload);
}
void describe(Archive& archive, SendFailed& event) {
    auto& [association, stream, ppid, context, why, sent, os_errno, payload] = event;
    archive(stream, ppid, context, sent, os_errno, payload);
    archive.bounded(why, SendFailed::Why::no_such_stream);
}
void describe(Archive& archive, SendQueueLow& event) {
    auto& [association, queued_bytes] = event;
    archive(queued_bytes);
}
void describe(Archive& /*archive*/, SenderDry& event) {
    auto& [association] = event;
    static_cast<void>(association);
}
void describe(Archive& archive, Restarted& event) {
    auto& [association, outbound_streams, inbound_streams] = event;
    archive(outbound_streams, inbound_streams);
}
void describe(Archive& /*archive*/, PeerShutdown& event) {
    auto& [association] = event;
    static_cast<void>(association);
}
void describe(Archive& archive, PeerError& event) {
    auto& [association, cause, information] = event;
    archive(cause, information);
}
void describe(Archive& archive, PathChanged& event) {
    auto& [association, path, state, os_errno] = event;
    archive(path, os_errno);
    archive.bounded(state, PathChanged::State::made_primary);
}
void describe(Archive& archive, HeartbeatResult& event) {
    auto& [association, path, context, round_trip, ancillary] = event;
    archive(path, context, round_trip, ancillary);
}
void describe(Archive& archive, StreamsReset& event) {
    auto& [association, direction, outcome, streams] = event;
    archive.bounded(direction, StreamDirection::incoming);
    archive.bounded(outcome, ReconfigurationOutcome::failed);
    archive.list(streams, kStreamsMax);
}
void describe(Archive& archive, StreamsAdded& event) {
    auto& [association, direction, outcome, outbound_streams, inbound_streams] = event;
    archive.bounded(direction, StreamDirection::incoming);
    archive.bounded(outcome, ReconfigurationOutcome::failed);
    archive(outbound_streams, inbound_streams);
}
void describe(Archive& archive, AssociationReset& event) {
    auto& [association, outcome, local_tsn, remote_tsn] = event;
    archive.bounded(outcome, ReconfigurationOutcome::failed);
    archive(local_tsn, remote_tsn);
}
void describe(Archive& archive, AuthenticationChanged& event) {
    auto& [association, what, key] = event;
    archive.bounded(what, AuthenticationChanged::What::peer_without);
    archive(key);
}
void describe(Archive& archive, LocalAddressChanged& event) {
    auto& [association, address, what, outcome, cause] = event;
    archive(address, cause);
    archive.bounded(what, LocalAddressChanged::What::made_primary);
    archive.bounded(outcome, LocalAddressChanged::Outcome::given_up);
}
/// It is the last of an association that is no more: there is none to be exported.
void describe(Archive& archive, Closed& event) {
    auto& [association, reason, cause, os_errno, information] = event;
    static_cast<void>(association);
    archive.check(false);
}

} // namespace

/// `association` is that of whoever has it now.
void StateAccess::exchange(Archive& archive, Event& event) {
    auto index = static_cast<std::uint8_t>(event.index());
    archive(index);
    archive.check(index < std::variant_size_v<Event>);
    if (archive.loading()) event = event_of(archive.ok() ? index : 0);
    std::visit([&archive](auto& one) { describe(archive, one); }, event);
}

void StateAccess::exchange(Archive& archive, Message& message) {
    describe(archive, message);
}

void StateAccess::exchange(Archive& archive, GivenUpMessages& counts) {
    auto& [lifetime, retransmissions, priority] = counts;
    for (auto* const count : {&lifetime, &retransmissions, &priority}) {
        auto& [unsent, sent] = *count;
        archive(unsent, sent);
    }
}

} // namespace hawser::sctp
