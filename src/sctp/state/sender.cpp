// What is on its way.
#include "sctp/tx/sender.hpp"

#include "sctp/state/archive.hpp"
#include "sctp/state/messages.hpp"

#include <vector>

namespace hawser::sctp {
namespace {

constexpr std::size_t kChunksMax = 65'535;

} // namespace

/// Chunks as they were read, before any of them stands in the ring.
struct OutstandingTable {
    Tsn first{};
    std::vector<SentChunk> chunks;
    /// Steps from `first`, of each lane: in flight, and lost.
    std::vector<std::vector<std::uint32_t>> lists;
};

void StateAccess::exchange(Archive& archive, Sender& sender, Authenticator* authenticator) {
    auto& [shared, queue, chunks, destinations, new_class, train_yields, interleaving, forward_tsn,
           began_again, window_answered, auth_bytes, end_awaited, advertised, in_flight_payload,
           in_flight_charge, window_probe, window_probe_tsn, reported, sacked_chunks, abandonment,
           counts, ways] = sender;
    archive(destinations, began_again, window_answered, end_awaited, advertised, window_probe,
            window_probe_tsn, abandonment, queue);
    auto& [chunks_sent, chunks_retransmitted, timeouts, fast_retransmits, tail_loss_probes, losses,
           retransmissions] = sender.count();
    archive(chunks_sent, chunks_retransmitted, timeouts, fast_retransmits, tail_loss_probes, losses,
            retransmissions);
    bool uses_several = ways != nullptr;
    archive(uses_several);
    if (archive.loading() && uses_several) ways = std::make_unique<Ways>();
    if (ways) archive.list(ways->all, archive.destination_count);
    MessageTable messages{shared};
    if (archive.saving()) {
        gather(queue, messages);
        for (Tsn tsn = chunks.first(); tsn != chunks.next(); tsn = tsn.next())
            messages.add(chunks[tsn].message, MessagePlace::sent);
        messages.disown();
    }
    exchange(archive, messages, queue, authenticator);
    exchange_outstanding(archive, sender, messages);
}

void StateAccess::exchange(Archive& archive, Abandonment& abandonment) {
    auto& [forward_due, told, told_to, told_tsn, told_at, again_at, doomed] = abandonment;
    HAWSER_ASSERT(doomed.empty()); // between two calls
    archive(forward_due, told, told_tsn, again_at);
    archive.moments(told_at);
    archive.destination(told_to);
}

void StateAccess::exchange_outstanding(Archive& archive, Sender& sender, MessageTable& messages) {
    OutstandingTable table;
    if (archive.saving()) table.first = sender.chunks_.first();
    archive(table.first);
    const std::size_t count = archive.count(sender.chunks_.size(), kChunksMax);
    std::vector<std::size_t> uses(messages.rows.size());
    for (std::size_t i = 0; i < count && archive.ok(); ++i) {
        const Tsn tsn = table.first.plus(static_cast<std::uint32_t>(i));
        SentChunk chunk = archive.saving() ? sender.chunks_[tsn] : SentChunk{};
        auto& [message, sent_at, offset, fsn, previous, next, length, lane, destination, state,
               transmissions, misses, fast_retransmitted, sent_twice_over, rerouted] = chunk;
        std::uint32_t place = archive.saving() ? messages.places.at(message) : 0;
        if (archive.saving() && archive.destination_holes[destination]) lane = 0; // it never left
        archive(place, offset, fsn, length, lane, transmissions);
        archive.moments(sent_at);
        archive.destination(destination);
        archive.bounded(state, ChunkState::abandoned);
        misses = archive.passed(std::uint8_t{misses}) & 0x1f;
        fast_retransmitted = archive.passed(bool{fast_retransmitted});
        sent_twice_over = archive.passed(bool{sent_twice_over});
        rerouted = archive.passed(bool{rerouted});
        archive.check(place < messages.rows.size());
        if (!archive.ok()) return;
        if (archive.loading()) // what never left may name one that is no more
            archive.check(lane < sender.destinations_[destination].lanes().size());
        if (!archive.ok()) return;
        message = messages.rows[place].message;
        ++uses[place];
        const bool lives = message->given_up == GivenUp::no;
        const bool outstanding = state == ChunkState::in_flight || state == ChunkState::lost;
        const std::uint64_t end = std::uint64_t{offset} + length;
        archive.check(fsn < message->fragments && (lives || !outstanding) &&
                      (!lives || length > 0) &&
                      (!lives || (state != ChunkState::abandoned && end <= message->sent_bytes)) &&
                      (!message->settled || state == ChunkState::settled));
        table.chunks.push_back(chunk);
    }
    for (std::size_t i = 0; i < uses.size(); ++i) // else nobody would ever end it
        archive.check(uses[i] > 0 || messages.rows[i].place != MessagePlace::sent);
    exchange_lists(archive, sender, table);
    if (archive.saving() || !archive.ok()) return;
    install(sender.queue_, messages);
    install(sender, table);
}

/// The order in which chunks were sent, and found lost; and what the last SACK reported.
void StateAccess::exchange_lists(Archive& archive, Sender& sender, OutstandingTable& table) {
    std::vector<bool> listed(table.chunks.size());
    std::size_t outstanding = 0;
    sender.for_each_lane([&](Lane& lane) {
        for (const ChunkState state : {ChunkState::in_flight, ChunkState::lost}) {
            const ChunkList& list = state == ChunkState::lost ? lane.lost : lane.in_flight;
            std::vector<std::uint32_t>& steps = table.lists.emplace_back();
            Tsn at = list.front();
            for (std::size_t i = 0; i < list.size(); ++i, at = sender.chunks_[at].next)
                steps.push_back(at.steps_from(table.first));
            archive.list(steps, kChunksMax);
            for (const std::uint32_t step : steps) {
                archive.check(step < table.chunks.size() && !listed[step]);
                if (!archive.ok()) return;
                const SentChunk& chunk = table.chunks[step];
                archive.check(chunk.state == state && chunk.lane == lane.index &&
                              chunk.destination == lane.destination->index);
                listed[step] = true;
                ++outstanding;
            }
        }
    });
    std::size_t sacked = 0;
    for (const SentChunk& chunk : table.chunks) {
        if (chunk.state == ChunkState::in_flight || chunk.state == ChunkState::lost) --outstanding;
        if (chunk.state == ChunkState::sacked || chunk.state == ChunkState::settled) ++sacked;
    }
    bool reports = sender.reported_ != nullptr;
    archive(reports);
    archive.check(outstanding == 0 && (reports || sacked == 0));
    if (!reports) return;
    if (!sender.reported_) sender.reported_ = std::make_unique<Sender::Reported>();
    auto& [now, before] = *sender.reported_; // the one before is compared with before it is read
    now.resize(archive.count(now.size(), kChunksMax));
    std::uint32_t end = 0;
    for (auto& [first, last] : now) {
        archive(first, last);
        archive.check(first > end && last >= first && last <= table.chunks.size());
        end = last;
    }
}

void StateAccess::install(Sender& sender, const OutstandingTable& table) {
    sender.chunks_.begin_again(table.first);
    for (const SentChunk& chunk : table.chunks) {
        sender.chunks_.push() = chunk;
        ++chunk.message->unacked_fragments;
        if (chunk.state == ChunkState::in_flight) {
            sender.destination_of(chunk).in_flight_bytes += sender.chunk_bytes(chunk);
            sender.in_flight_payload_ += chunk.length;
            sender.in_flight_charge_ += sender.window_charge(chunk);
        }
        if (chunk.state == ChunkState::settled) ++chunk.message->settled_fragments;
        if (chunk.state != ChunkState::sacked && chunk.state != ChunkState::settled) continue;
        sender.lane_of(chunk).sacked_bytes += chunk.length;
        ++sender.sacked_chunks_;
    }
    auto list = table.lists.begin();
    sender.for_each_lane([&](Lane& lane) {
        for (ChunkList* const to : {&lane.in_flight, &lane.lost}) {
            for (const std::uint32_t step : *list++)
                to->push_back(sender.chunks_, table.first.plus(step));
        }
    });
}

} // namespace hawser::sctp
