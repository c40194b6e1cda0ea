// What an association holds once one of its ends has asked to reset or add streams.
#pragma once

#include "sctp/association/request_slot.hpp"

#include <hawser/sctp/options.hpp>
#include <hawser/wire/sctp/re_config.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace hawser::sctp {

/// RFC 6525 §5: what we ask, and what the peer asks.
struct Reconfiguration {
    /// INIT can speak of no more.
    static constexpr std::size_t kStreamsMax = 65'535;
    /// RE-CONFIG with a Re-configuration Response that has TSNs.
    static constexpr std::size_t kToldBytes = 24;

    /// Both ends count their requests from their initial TSNs.
    Reconfiguration(Tsn ours, Tsn peers)
        : slot{RequestNumber{ours.value}}, answered{RequestNumber{peers.value}} {}

    /// A reset that we ask for: from when it begins to wait for its streams to be drained.
    struct Reset {
        StreamReset what;
        /// The peer's Incoming SSN Reset Request, where that asked for it.
        std::optional<RequestNumber> answers;
    };
    /// A reset of the peer's streams, which waits for what it sent in them before: §5.2.2 E2.
    struct Deferred {
        RequestNumber number;
        Tsn last_assigned_tsn;
        std::vector<StreamId> streams;
    };

    /// What an SSN/TSN reset that the peer wanted was answered with. What we say after it counts by
    /// the new numbers, which a peer that has missed the answer would take for the old ones: so it
    /// goes ahead of all else in every packet until the peer has shown that it knows.
    struct Told {
        RequestNumber number;
        wire::sctp::ReconfigurationResponse::NextTsns next;
        std::array<std::byte, kToldBytes> chunk;
        bool due = true; ///< it leaves even where there is nothing else to say
    };

    /// We ask for something.
    bool busy() const { return reset.has_value() || addition.has_value() || resets_association; }
    /// What has not begun waits, or something else is open.
    bool open() const { return busy() || peers_reset.has_value(); }

    RequestSlot slot;
    // One of these at most: a request is open.
    std::optional<Reset> reset;
    std::optional<StreamAddition> addition;
    bool resets_association = false; ///< from when it begins to wait for all to be drained
    AnsweredRequests<wire::sctp::ReconfigurationResponse> answered;
    std::optional<Deferred> deferred;
    /// An SSN/TSN reset that the peer wants, which waits for what we have under way.
    std::optional<RequestNumber> peers_reset;
    std::optional<Told> told;
};

} // namespace hawser::sctp
