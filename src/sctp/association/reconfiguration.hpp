// What an association holds once one of its ends has asked to reset or add streams.
#pragma once

#include "sctp/association/request_slot.hpp"

#include <hawser/sctp/options.hpp>
#include <hawser/wire/sctp/re_config.hpp>

#include <optional>
#include <vector>

namespace hawser::sctp {

/// RFC 6525 §5: what we ask, and what the peer asks.
struct Reconfiguration {
    /// INIT can speak of no more.
    static constexpr std::size_t kStreamsMax = 65'535;

    /// Both ends count their requests from their initial TSNs.
    Reconfiguration(Tsn ours, Tsn peers)
        : slot{RequestNumber{ours.value}}, answered{RequestNumber{peers.value}} {}

    /// A reset that we ask for: from when it begins to wait for its streams to be drained.
    struct Reset {
        StreamReset what;
        /// The peer's Incoming SSN Reset Request, where that asked for it.
        std::optional<RequestNumber> answers;
    };
    /// A reset of the peer's streams, which waits for what it sent in them before: §5.2.2 B1.
    struct Deferred {
        RequestNumber number;
        Tsn last_assigned_tsn;
        std::vector<StreamId> streams;
    };

    bool busy() const { return reset.has_value() || addition.has_value(); }

    RequestSlot slot;
    // One of these at most: a request is open.
    std::optional<Reset> reset;
    std::optional<StreamAddition> addition;
    AnsweredRequests<wire::sctp::ReconfigurationResponse> answered;
    std::optional<Deferred> deferred;
};

} // namespace hawser::sctp
