// What all associations of an endpoint have in common.
#pragma once

#include "engine/ring.hpp"
#include "sctp/authentication/terms.hpp"
#include "sctp/class_table.hpp"
#include "sctp/object_pool.hpp"
#include "sctp/rx/held_fragment.hpp"
#include "sctp/rx/partial_message.hpp"
#include "sctp/tx/outgoing_message.hpp"

#include <hawser/core/buffer.hpp>
#include <hawser/core/check.hpp>
#include <hawser/core/packet.hpp>
#include <hawser/engine/random.hpp>
#include <hawser/engine/timer_queue.hpp>
#include <hawser/sctp/endpoint.hpp>
#include <hawser/wire/sctp/packet.hpp>
#include <hawser/wire/writer.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace hawser::sctp {

/// Room before an answer for whatever seals it; its owner is not known when it is written.
inline constexpr std::size_t kAnswerHeadroomBytes = 64;

struct Shared {
    Shared(const Options& all_options, const Endpoint::Environment& environment)
        : options{all_options},
          random{environment.random},
          packets{environment.packets},
          buffers{environment.buffers},
          shard_map{environment.shard_map},
          classes{all_options.ancillary} {
        HAWSER_ASSERT((options.authentication || !options.dynamic_addresses) &&
                      "Options::dynamic_addresses needs authentication");
        if (options.authentication)
            authentication = std::make_unique<AuthenticationTerms>(
                *options.authentication, options.dynamic_addresses, random);
    }

    /// A tag that nobody guesses (RFC 9260 §5.3.1) and that names our shard.
    VerificationTag random_tag() {
        while (true) {
            const std::uint32_t drawn = random.u32();
            const std::uint32_t ours = drawn - drawn % options.shards + options.shard;
            if (ours != 0 && ours % options.shards == options.shard) return VerificationTag{ours};
        }
    }

    bool is_watched() const { return tap != nullptr && tap->wants(Layer::sctp); }

    Options options; ///< only its `local_addresses` change
    /// When these last did: the peers that have older cookies know others.
    Instant addresses_changed_at = Instant::min();
    Random& random;
    PacketPool& packets;
    BufferPool& buffers;
    ShardMap* const shard_map; ///< null: this is the only shard that we know
    ClassTable classes;
    std::unique_ptr<AuthenticationTerms> authentication; ///< RFC 4895; null: it is not wanted
    ObjectPool<OutgoingMessage> messages;
    ObjectPool<HeldFragment> fragments;
    ObjectPool<PartialMessage> partial_messages;
    Ring<Event> events;
    Ring<Transmit> answers; ///< packets of no association, or of one that is gone
    TimerQueue timers;
    std::size_t received_bytes = 0; ///< held for the application by all associations
    Counters counters;
    Instant lingers_until = kNever;
    Tap* tap = nullptr;
};

/// Answers beyond this many unsent ones are not given: nobody makes us hoard them.
inline constexpr std::size_t kAnswersMax = 1024;
/// Room for the largest INIT ACK, however small our packets are: what both say of AUTH, and a
/// cookie with the peer's half of it. IP may cut it.
inline constexpr std::size_t kAnswerBytesMax = 1024;

/// Queues a packet of its own that `write_chunks(wire::Writer&)` fills: an INIT ACK, an ABORT, the
/// last word of an association. It has at most `bytes_max`, and the endpoint's markings under those
/// of the path. False when too many wait already.
template <class WriteChunks>
bool answer(Shared& shared, const Path& path, const wire::sctp::CommonHeader& header,
            std::size_t bytes_max, WriteChunks&& write_chunks, const Ancillary* of_path = nullptr) {
    if (shared.answers.size() >= kAnswersMax) {
        ++shared.counters.answers_suppressed;
        return false;
    }
    Transmit transmit;
    transmit.path = path;
    transmit.ancillary = of_path == nullptr ? shared.classes[ClassTable::kDefault]
                                            : shared.classes.marked(ClassTable::kDefault, *of_path);
    transmit.payload = shared.packets.take(bytes_max, kAnswerHeadroomBytes);
    transmit.payload.resize(bytes_max);
    wire::Writer out{transmit.payload.bytes()};
    header.write(out);
    write_chunks(out);
    if (!out.ok()) {
        ++shared.counters.answers_suppressed;
        return false;
    }
    transmit.payload.resize(out.written());
    if (out.written() > shared.options.packet_bytes_max) transmit.ancillary.dont_fragment = false;
    wire::sctp::write_checksum(transmit.payload.bytes());
    shared.answers.push_back(std::move(transmit));
    return true;
}

/// The same, where it may be larger than our packets are.
template <class WriteChunks>
bool answer(Shared& shared, const Path& path, const wire::sctp::CommonHeader& header,
            WriteChunks&& write_chunks, const Ancillary* of_path = nullptr) {
    return answer(shared, path, header, std::max(shared.options.packet_bytes_max, kAnswerBytesMax),
                  std::forward<WriteChunks>(write_chunks), of_path);
}

} // namespace hawser::sctp
