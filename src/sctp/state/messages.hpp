// The messages of an association, each once, and where it stands.
#pragma once

#include "sctp/shared.hpp"
#include "sctp/tx/outgoing_message.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace hawser::sctp {

/// Where a message is besides what of it is outstanding.
enum class MessagePlace : std::uint8_t {
    sent,     ///< nowhere: all that will leave of it has left
    begun,    ///< SendQueue::begun
    waiting,  ///< in the scheduler
    held,     ///< until a hold is over
    parked,   ///< out of its turn
    timed,    ///< for later
    given_up, ///< nobody was told yet
};

/// Chunks know their messages by their places in it.
struct MessageTable {
    struct Row {
        OutgoingMessage* message;
        MessagePlace place;
    };

    explicit MessageTable(Shared& shared) : pool{shared} {}
    MessageTable(const MessageTable&) = delete;
    MessageTable& operator=(const MessageTable&) = delete;
    /// Those that were read, and that nobody took.
    ~MessageTable() {
        for (std::size_t i = first_owned; i < rows.size(); ++i) {
            OutgoingMessage* const message = rows[i].message;
            pool.classes.release(message->traffic_class);
            if (message->key != nullptr) --message->key->messages;
            pool.messages.give_back(message);
        }
    }

    void add(OutgoingMessage* message, MessagePlace place) {
        if (places.try_emplace(message, static_cast<std::uint32_t>(rows.size())).second)
            rows.push_back({message, place});
    }
    void disown() { first_owned = rows.size(); }

    Shared& pool;
    std::vector<Row> rows;
    std::unordered_map<const OutgoingMessage*, std::uint32_t> places;
    std::size_t first_owned = 0;
};

} // namespace hawser::sctp
