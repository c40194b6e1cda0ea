// What has come.
#include "sctp/rx/receiver.hpp"
#include "sctp/association/association.hpp"
#include "sctp/state/archive.hpp"
#include "sctp/state/streams.hpp"

#include <algorithm>
#include <utility>

namespace hawser::sctp {
namespace {

constexpr std::size_t kHeldMax = TsnTracker::kSpanMax;

} // namespace

void StateAccess::exchange(Archive& archive, Receiver& receiver) {
    auto& [shared, tracker, reassembly, interleaved, duplicates, packets_unacknowledged,
           packet_had_data, came_by, disorder, sack_due, nr_sack, delayed_ack, window_told,
           window_size, tuning, counted_bytes, chunks,
           duplicate_chunks] = receiver; // what was taken is counted anew
    archive(tracker);
    exchange(archive, reassembly, tracker);
    bool interleaves = interleaved != nullptr;
    archive(interleaves);
    if (archive.loading() && interleaves) receiver.interleaved();
    if (interleaved) archive(*interleaved);
    archive.list(duplicates, Receiver::kDuplicatesMax);
    archive(packets_unacknowledged, packet_had_data, came_by, disorder, sack_due, delayed_ack,
            window_told, window_size, chunks, duplicate_chunks);
    receiver.count();
}

/// By what has come beyond the Cumulative TSN: runs, and how far apart they are.
void StateAccess::exchange(Archive& archive, TsnTracker& tracker) {
    auto& [cumulative, highest, began_again, words] = tracker;
    Tsn at = cumulative;
    std::vector<std::uint16_t> ends;
    if (tracker.has_gaps()) {
        tracker.for_each_gap([&ends](wire::sctp::Gap gap) {
            ends.insert(ends.end(), {gap.first, gap.last});
            return true;
        });
    }
    archive(at, began_again);
    archive.list(ends, kHeldMax + 1);
    if (archive.saving()) return;
    cumulative = highest = at;
    archive.check(ends.size() % 2 == 0);
    std::uint32_t before = 0;
    for (std::size_t i = 0; i + 1 < ends.size(); i += 2) {
        archive.check(ends[i] > before + 1 && ends[i + 1] >= ends[i]);
        if (!archive.ok()) return;
        for (std::uint32_t step = ends[i]; step <= ends[i + 1]; ++step)
            tracker.record(at.plus(step));
        before = ends[i + 1];
    }
}

void StateAccess::exchange(Archive& archive, HeldFragment& held) {
    auto& [payload, ancillary, path, ppid, stream, ssn, unordered, beginning, ending, run_other_end,
           run_bytes] = held;
    archive(payload, ancillary, path, ppid, stream, ssn, unordered, beginning, ending);
}

void StateAccess::exchange(Archive& archive, Reassembly& reassembly, const TsnTracker& tracker) {
    auto& [shared, association, partial, rest_given_up, held_count, next_in_stream, early, held,
           waiting_bytes, unread, last_message_bytes] = reassembly;
    bool under_way = partial != nullptr;
    archive(under_way, rest_given_up, last_message_bytes);
    if (archive.loading() && under_way) partial = shared.partial_messages.take();
    if (partial != nullptr) {
        auto& [message, next_tsn] = *partial;
        archive(message, next_tsn);
        message.association = association;
    }
    archive.check(last_message_bytes <= shared.options.message_bytes_max);
    if (!archive.ok()) last_message_bytes = 0;
    exchange_streams(archive, next_in_stream, [&](std::uint64_t& next) { archive(next); });
    exchange_early(archive, reassembly);
    exchange_held(archive, reassembly, tracker);
}

void StateAccess::exchange_early(Archive& archive, Reassembly& reassembly) {
    auto& early = reassembly.early_;
    const std::size_t count = archive.count(early ? early->size() : 0, kHeldMax);
    if (archive.loading() && count > 0) early = std::make_unique<Reassembly::EarlyMessages>();
    if (archive.saving()) {
        if (!early) return;
        for (auto& [key, message] : *early) {
            auto number = key;
            archive(number, message);
        }
        return;
    }
    for (std::size_t i = 0; i < count && archive.ok(); ++i) {
        std::uint64_t key = 0;
        Message message{};
        archive(key, message);
        message.association = reassembly.association_;
        const std::size_t bytes = message.payload.size() + kMessageOverheadBytes;
        archive.check(early->try_emplace(key, std::move(message)).second);
        if (archive.ok()) reassembly.waiting_bytes_ += bytes;
    }
}

/// By TSN: what belongs together finds itself again.
void StateAccess::exchange_held(Archive& archive, Reassembly& reassembly,
                                const TsnTracker& tracker) {
    std::vector<Tsn> all;
    for (std::uint32_t step = 1; archive.saving() && all.size() < reassembly.held_count_; ++step) {
        const Tsn tsn = tracker.cumulative().plus(step);
        if (reassembly.held(tsn) != nullptr) all.push_back(tsn);
    }
    archive.list(all, kHeldMax);
    Tsn before = tracker.cumulative();
    for (const Tsn tsn : all) {
        if (archive.saving()) {
            archive(*reassembly.held(tsn));
            continue;
        }
        archive.check(before.precedes(tsn) && tracker.kind(tsn) == TsnTracker::Kind::duplicate);
        before = tsn;
        HeldFragment read;
        archive(read);
        archive.check(!(read.beginning && read.ending));
        if (!archive.ok()) return;
        HeldFragment* const held = archive.shared().fragments.take();
        *held = std::move(read);
        held->run_other_end = tsn;
        held->run_bytes = static_cast<std::uint32_t>(held->payload.size());
        reassembly.hold(tsn, held, tracker.cumulative());
        const std::uint32_t count = reassembly.held_count_;
        archive.check(reassembly.join(tsn, tracker.cumulative()) == Reassembly::Result::taken &&
                      reassembly.held_count_ == count);
    }
}

void StateAccess::exchange(Archive& archive, InterleavedReassembly& reassembly) {
    auto& [shared, association, next_in_stream, waiting, last_found, spares, waiting_bytes,
           reserved_bytes, last_message_bytes, unread] = reassembly;
    archive(last_message_bytes);
    archive.check(last_message_bytes <= shared.options.message_bytes_max);
    if (!archive.ok()) last_message_bytes = 0;
    exchange_streams(archive, next_in_stream, [&](std::uint64_t& next) { archive(next); });
    const std::size_t count = archive.count(waiting.size(), kHeldMax);
    auto at = waiting.begin();
    for (std::size_t i = 0; i < count && archive.ok(); ++i) {
        if (archive.saving()) {
            auto key = at->first;
            archive(key, (at++)->second);
            continue;
        }
        std::uint64_t key = 0;
        InterleavedMessage message{};
        archive(key, message);
        message.message.association = association;
        if (!archive.ok()) return;
        waiting_bytes += InterleavedReassembly::cost_of(message);
        reserved_bytes += message.reserved_bytes;
        archive.check(waiting.try_emplace(key, std::move(message)).second);
    }
    archive.check(archive.saving() || reassembly.is_consistent());
}

void StateAccess::exchange(Archive& archive, InterleavedMessage& one) {
    auto& [message, next_fsn, fsn_end, held, held_bytes, reserved_bytes] = one;
    archive(message, next_fsn, fsn_end, reserved_bytes);
    archive.check(reserved_bytes <= 2 * archive.shared().options.message_bytes_max);
    const std::size_t count = archive.count(held.size(), kHeldMax);
    auto at = held.begin();
    for (std::size_t i = 0; i < count && archive.ok(); ++i) {
        if (archive.saving()) {
            auto fsn = at->first;
            archive(fsn, at->second.payload, at->second.congested);
            ++at;
            continue;
        }
        std::uint32_t fsn = 0;
        InterleavedMessage::Held fragment;
        archive(fsn, fragment.payload, fragment.congested);
        held_bytes += fragment.payload.size();
        archive.check(held.try_emplace(fsn, std::move(fragment)).second);
    }
}

void StateAccess::set_unread(Association& association, const std::vector<Event>& events) {
    Unread unread;
    for (const Event& event : events)
        if (const auto* message = std::get_if<Message>(&event)) unread.add(message->payload.size());
    Receiver& receiver = association.transfer_->receiver;
    receiver.reassembly_.carry(unread);
    if (receiver.interleaved_) receiver.interleaved_->carry(unread);
    receiver.count();
}

} // namespace hawser::sctp
