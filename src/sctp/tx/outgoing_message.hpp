// A message on its way out.
#pragma once

#include "sctp/authentication/shared_keys.hpp"
#include "sctp/class_table.hpp"

#include <hawser/core/buffer.hpp>
#include <hawser/core/check.hpp>
#include <hawser/core/instant.hpp>
#include <hawser/wire/sctp/types.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace hawser::sctp {

/// Why a message will not arrive: SendFailed::Why says what each means.
enum class GivenUp : std::uint8_t { no, lifetime, retransmissions, priority, marking };

/// From `send` until the peer's cumulative acknowledgement has passed its last fragment. Its
/// payload is held once, whatever the number of fragments.
struct OutgoingMessage {
    static constexpr std::uint32_t kNoPriority = 0;
    static constexpr std::uint8_t kNoLimit = 255;

    Buffer payload;
    std::uint64_t context = 0;
    Instant expires = kNever;        ///< when it is not worth sending any more
    Instant not_before{};            ///< Ancillary::send_at
    OutgoingMessage* next = nullptr; ///< in the list it stands in
    AuthKey* key = nullptr;          ///< it counts there; nullptr where nothing is authenticated
    std::uint32_t sent_bytes = 0;    ///< cut into fragments so far
    std::uint32_t unacked_fragments = 0;
    std::uint32_t settled_fragments = 0; ///< of those: ChunkState::settled
    std::uint32_t fragments = 0;         ///< it was cut into so far: the next one's FSN
    std::uint32_t order = 0;             ///< among the ordered messages of its stream
    Mid mid{};                           ///< given with the first fragment
    Ppid ppid{};
    StreamId stream{};
    ClassId traffic_class{};
    std::uint32_t priority = kNoPriority; ///< the lower the more it is worth
    std::uint8_t retransmissions_max = kNoLimit;
    GivenUp given_up = GivenUp::no;
    bool reported = false; ///< given up, and the user knows; what has left of it is not passed yet
    int refused_errno = 0; ///< given up because the kernel would not send its class
    std::uint32_t arrival = 0; ///< among all that came to be sent: first come, first served
    bool unordered = false;
    bool precedes_reset = false; ///< its stream is reset once it is done: HoldingScheduler
    bool immediate = false;
    bool settled = false; ///< all of it is with the peer, and its payload is gone

    /// What `Association::send` does not set anew.
    void recycle() {
        payload = {};
        not_before = {};
        sent_bytes = 0;
        unacked_fragments = 0;
        settled_fragments = 0;
        settled = false;
        fragments = 0;
        mid = {};
        given_up = GivenUp::no;
        reported = false;
        refused_errno = 0;
        precedes_reset = false;
    }
    /// What it holds of memory: a message of one byte costs far more than that byte.
    std::size_t held_bytes() const { return sizeof(OutgoingMessage) + payload.capacity(); }
    /// SSNs count what MIDs count.
    Ssn ssn() const { return {static_cast<std::uint16_t>(mid.value)}; }
    bool started() const { return sent_bytes > 0; }
    bool fully_sent() const { return sent_bytes == payload.size(); }
};

/// Messages one after the other, linked through themselves.
class MessageList {
public:
    bool empty() const { return first_ == nullptr; }
    OutgoingMessage* front() const { return first_; }

    void push_back(OutgoingMessage* message) {
        message->next = nullptr;
        if (last_ == nullptr) {
            first_ = message;
        } else {
            last_->next = message;
        }
        last_ = message;
    }

    OutgoingMessage* pop_front() {
        HAWSER_ASSERT(first_ != nullptr);
        OutgoingMessage* message = first_;
        first_ = message->next;
        if (first_ == nullptr) last_ = nullptr;
        message->next = nullptr;
        return message;
    }

    /// Takes out those for which `wanted` is true, in order, and gives each to `taken`.
    template <class Wanted, class Taken>
    void extract(Wanted&& wanted, Taken&& taken) {
        MessageList kept;
        while (!empty()) {
            OutgoingMessage* message = pop_front();
            if (wanted(*message)) {
                taken(message);
            } else {
                kept.push_back(message);
            }
        }
        *this = kept;
    }

private:
    OutgoingMessage* first_ = nullptr;
    OutgoingMessage* last_ = nullptr;
};

} // namespace hawser::sctp
