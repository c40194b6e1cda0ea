// Control chunks: those that wait for a packet, and those that wait for an answer.
#include "sctp/association/controls.hpp"
#include "sctp/association/heartbeats.hpp"
#include "sctp/association/reconfiguration.hpp"
#include "sctp/state/archive.hpp"

namespace hawser::sctp {
namespace {

constexpr std::size_t kChunkBytesMax = 65'535;

} // namespace

void StateAccess::exchange(Archive& archive, Controls& controls) {
    auto& [shared, queue, queued_bytes] = controls;
    const std::size_t count = archive.count(queue.size(), Controls::kMax);
    for (std::size_t i = 0; i < count && archive.ok(); ++i) {
        Controls::Control control = archive.saving() ? queue.pop_front() : Controls::Control{};
        auto& [chunk, traffic_class, destination] = control;
        archive(chunk, traffic_class);
        archive.destination(destination);
        archive.check(chunk.size() >= wire::sctp::kTlvHeaderBytes &&
                      chunk.size() <= kChunkBytesMax);
        if (archive.saving()) {
            queue.push_back(std::move(control)); // they go round once
        } else if (archive.ok()) {
            shared.classes.hold(traffic_class);
            controls.push(std::move(control));
        }
    }
}

void StateAccess::exchange(Archive& archive, Heartbeats& heartbeats) {
    auto& [pending] = heartbeats;
    const std::size_t count = archive.count(pending.size(), Heartbeats::kPendingMax);
    if (archive.loading()) pending.resize(count);
    for (auto& one : pending) {
        auto& [nonce, context, sent_at, gives_up_at, source, destination, for_user] = one;
        archive(nonce, context, gives_up_at, source, for_user);
        archive.moments(sent_at);
        archive.destination(destination);
    }
}

void StateAccess::exchange(Archive& archive, Request& request) {
    auto& [due, destination, expires, left_at] = request;
    archive(due, expires, left_at);
    archive.destination(destination);
}

void StateAccess::exchange(Archive& archive, RequestSlot& slot) {
    auto& [chunk, timer, next, waits] = slot;
    archive.bytes(chunk, kChunkBytesMax);
    archive(timer, next, waits);
}

void StateAccess::exchange(Archive& archive, wire::sctp::ReconfigurationResponse& response) {
    auto& [answers, result, next_tsns] = response;
    archive(answers);
    auto number = static_cast<std::uint32_t>(result);
    archive(number);
    result = static_cast<wire::sctp::ReconfigurationResult>(number);
    exchange(archive, next_tsns);
}

void StateAccess::exchange(Archive& archive, std::optional<NextTsns>& next) {
    bool there = next.has_value();
    archive(there);
    if (archive.loading()) next = there ? std::optional{NextTsns{}} : std::nullopt;
    if (!next) return;
    auto& [sender, receiver] = *next;
    archive(sender, receiver);
}

void StateAccess::exchange(Archive& archive, Reconfiguration& state) {
    auto& [slot, reset, addition, resets_association, answered, deferred, peers_reset, told] =
        state;
    archive(slot, resets_association, peers_reset);
    bool any = reset.has_value();
    archive(any);
    if (archive.loading() && any) reset.emplace();
    if (reset) {
        auto& [what, answers] = *reset;
        auto& [direction, streams] = what;
        archive.bounded(direction, StreamDirection::incoming);
        archive.list(streams, Reconfiguration::kStreamsMax);
        archive(answers);
    }
    any = addition.has_value();
    archive(any);
    if (archive.loading() && any) addition.emplace();
    if (addition) {
        auto& [direction, count] = *addition;
        archive.bounded(direction, StreamDirection::incoming);
        archive(count);
    }
    any = deferred.has_value();
    archive(any);
    if (archive.loading() && any) deferred.emplace();
    if (deferred) {
        auto& [number, last_assigned_tsn, streams] = *deferred;
        archive(number, last_assigned_tsn);
        archive.list(streams, Reconfiguration::kStreamsMax);
    }
    any = told.has_value();
    archive(any);
    if (archive.loading() && any) told = Reconfiguration::Told{};
    if (told) {
        auto& [number, next, chunk, due] = *told;
        auto& [sender, receiver] = next;
        archive(number, sender, receiver, chunk, due);
    }
    using Known = AnsweredRequests<wire::sctp::ReconfigurationResponse>::Known;
    auto& [expected, known] = answered;
    archive(expected);
    for (auto& one : known) {
        any = one.has_value();
        archive(any);
        if (archive.loading() && any) one = Known{};
        if (!one) continue;
        auto& [number, answer] = *one;
        archive(number, answer);
    }
}

} // namespace hawser::sctp
