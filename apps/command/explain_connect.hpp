// Why a peer could not be called, from all that was heard of it.
#pragma once

#include "command/network_options.hpp"
#include "command/outcome.hpp"

#include <hawser/core/result.hpp>
#include <hawser/dtls/endpoint.hpp>
#include <hawser/dtls/events.hpp>
#include <hawser/endpoint/sctp_address.hpp>
#include <hawser/sctp/endpoint.hpp>
#include <hawser/sctp/events.hpp>

#include <optional>
#include <string>

namespace hawser::command {

/// What was heard while nothing came up.
struct Heard {
    /// The peer would not have the association, or broke a rule; `cause` is empty when none was
    /// given, as by a host where nobody listens.
    struct Answer {
        sctp::CloseReason reason;
        std::string cause;
    };
    std::optional<Answer> answer;                 ///< the last one
    std::optional<dtls::Closed> failed_handshake; ///< the one of DTLS that failed last
    std::optional<dtls::Closed> unsealed;         ///< DTLS came up, and ended before SCTP did
    bool sealed = false;                          ///< DTLS itself came up
    sctp::Counters sctp;
    dtls::Counters dtls;
};

Failure explain_connect(const Error& error, const HostList& target, const NetworkOptions& options,
                        const Heard& heard);

} // namespace hawser::command
