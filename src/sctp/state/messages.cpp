// What the user gave, and the peer does not have.
#include "sctp/state/messages.hpp"

#include "sctp/authentication/authenticator.hpp"
#include "sctp/state/archive.hpp"
#include "sctp/state/streams.hpp"
#include "sctp/tx/send_queue.hpp"

#include <algorithm>

namespace hawser::sctp {
namespace {

constexpr std::size_t kMessagesMax = std::size_t{1} << 26;
constexpr std::size_t kStreamsMax = 65'536;

/// Whether a message may stand where it says.
bool fits(const OutgoingMessage& message, MessagePlace place, const SendQueue& queue,
          bool interleaves) {
    const bool lives = message.given_up == GivenUp::no;
    if (message.settled)
        return lives && place == MessagePlace::sent && message.payload.size() == 0 &&
               message.started() && !message.reported && (!message.precedes_reset || queue.holds());
    const bool begins_later = lives && !message.started();
    if (lives ? message.payload.size() == 0 || message.reported ||
                    message.sent_bytes > message.payload.size()
              : message.reported != (place == MessagePlace::sent))
        return false;
    if (message.precedes_reset && !queue.holds()) return false;
    switch (place) {
    case MessagePlace::sent: return !lives || message.fully_sent();
    case MessagePlace::begun:
        return lives && !interleaves && message.started() && !message.fully_sent();
    case MessagePlace::waiting:
        return begins_later || (lives && interleaves && !message.fully_sent());
    case MessagePlace::held: return begins_later && queue.holds();
    case MessagePlace::parked:
    case MessagePlace::timed: return begins_later;
    case MessagePlace::given_up: return !lives;
    }
    return false;
}

} // namespace

void StateAccess::gather(SendQueue& queue, MessageTable& messages) {
    if (queue.begun_ != nullptr) messages.add(queue.begun_, MessagePlace::begun);
    const auto all_of = [&](auto& list, MessagePlace place) {
        std::vector<OutgoingMessage*> found;
        list.extract(
            [&](OutgoingMessage& message) {
                found.push_back(&message);
                return false;
            },
            [](OutgoingMessage*) {});
        if (place == MessagePlace::waiting)
            std::ranges::sort(found, [](const OutgoingMessage* a, const OutgoingMessage* b) {
                return static_cast<std::int32_t>(a->arrival - b->arrival) < 0;
            });
        for (OutgoingMessage* message : found)
            messages.add(message, place);
    };
    all_of(*queue.chosen(), MessagePlace::waiting);
    if (queue.holds_) all_of(queue.holding().held_, MessagePlace::held);
    std::vector<StreamId> streams;
    queue.streams_.for_each([&](StreamId id, const auto&) { streams.push_back(id); });
    std::ranges::sort(streams);
    for (const StreamId stream : streams)
        all_of(queue.streams_[stream].parked, MessagePlace::parked);
    for (OutgoingMessage* message : queue.timed_)
        messages.add(message, MessagePlace::timed);
    all_of(queue.given_up_, MessagePlace::given_up);
}

/// Whose messages are exchanged apart, and counted by them.
void StateAccess::exchange(Archive& archive, SendQueue& queue) {
    auto& [shared, scheduler, streams, timed, given_up, begun, arrivals, kind, interleaving,
           gives_up_begun, begun_expired, holds, queued_bytes, held_bytes, ready_bytes, next_expiry,
           given_up_counts] = queue;
    StreamScheduler wanted = kind;
    archive.bounded(wanted, StreamScheduler::weighted_fair_queueing);
    if (archive.loading()) queue.set_scheduler(wanted);
    std::vector<std::pair<StreamId, std::uint16_t>> values;
    scheduler->visit_values(
        [&values](StreamId stream, std::uint16_t value) { values.emplace_back(stream, value); });
    std::ranges::sort(values);
    values.resize(archive.count(values.size(), kStreamsMax));
    for (auto& [stream, value] : values) {
        archive(stream, value);
        if (archive.loading()) archive.check(queue.set_stream_value(stream, value).has_value());
    }
    bool was_held = holds;
    archive(was_held);
    if (was_held) {
        auto all = archive.saving() ? queue.holding().streams_ : std::vector<StreamId>{};
        archive.list(all, kStreamsMax);
        if (archive.loading()) queue.hold(std::move(all), SendQueue::Waits::what_comes_later, {});
    }
    archive(arrivals, begun_expired, next_expiry, given_up_counts);
    exchange_streams(archive, streams, [&](auto& stream) {
        auto& [next_mid, next_unordered_mid, queued, passed, under_way, parked, passed_over,
               its_given_up] = stream;
        archive(next_mid, next_unordered_mid, queued, passed, under_way, passed_over, its_given_up);
    });
}

void StateAccess::exchange(Archive& archive, OutgoingMessage& message,
                           Authenticator* authenticator) {
    auto& [payload, context, expires, not_before, next, key, sent_bytes, unacked_fragments,
           settled_fragments, fragments, order, mid, ppid, stream, traffic_class, priority,
           retransmissions_max, given_up, reported, refused_errno, arrival, unordered,
           precedes_reset, immediate, settled] = message;
    std::optional<KeyId> key_id;
    if (key != nullptr) key_id = key->id;
    archive(payload, context, expires, not_before, key_id, sent_bytes, fragments, order, mid, ppid,
            stream, traffic_class, priority, retransmissions_max, reported, refused_errno, arrival,
            unordered, precedes_reset, immediate, settled);
    archive.bounded(given_up, GivenUp::marking);
    if (archive.saving()) return;
    archive.shared().classes.hold(traffic_class);
    key = key_id && authenticator != nullptr ? authenticator->keys.find(*key_id) : nullptr;
    archive.check(key_id.has_value() == (key != nullptr));
    if (key != nullptr) ++key->messages;
}

void StateAccess::exchange(Archive& archive, MessageTable& messages, const SendQueue& queue,
                           Authenticator* authenticator) {
    const std::size_t count = archive.count(messages.rows.size(), kMessagesMax);
    for (std::size_t i = 0; i < count && archive.ok(); ++i) {
        if (archive.loading()) {
            OutgoingMessage* const fresh = archive.shared().messages.take();
            fresh->next = nullptr;
            messages.rows.push_back({fresh, MessagePlace::sent});
        }
        MessageTable::Row& row = messages.rows[i];
        archive.bounded(row.place, MessagePlace::given_up);
        exchange(archive, *row.message, authenticator);
        archive.check(fits(*row.message, row.place, queue, queue.interleaving_));
    }
}

/// They are the queue's from here on.
void StateAccess::install(SendQueue& queue, MessageTable& messages) {
    for (const auto& [message, place] : messages.rows) {
        if (message->given_up == GivenUp::no && !message->settled) {
            queue.queued_bytes_ += message->payload.size();
            queue.held_bytes_ += message->held_bytes();
        }
        if (message->precedes_reset) ++queue.holding().marked_;
        const std::size_t rest = message->payload.size() - message->sent_bytes;
        switch (place) {
        case MessagePlace::sent: break;
        case MessagePlace::begun:
            queue.begun_ = message;
            queue.ready_bytes_ += rest;
            break;
        case MessagePlace::waiting:
            queue.chosen()->add(message);
            queue.ready_bytes_ += rest;
            break;
        case MessagePlace::held:
            queue.holding().held_.push_back(message);
            queue.ready_bytes_ += rest;
            break;
        case MessagePlace::parked: queue.streams_[message->stream].parked.push_back(message); break;
        case MessagePlace::timed: queue.timed_.push_back(message); break;
        case MessagePlace::given_up: queue.given_up_.push_back(message); break;
        }
    }
    std::ranges::make_heap(queue.timed_, SendQueue::leaves_later);
    messages.disown();
}

} // namespace hawser::sctp
