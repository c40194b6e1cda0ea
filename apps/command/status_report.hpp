// What `hawser status` tells of a running process, for people and for programs.
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/dtls/endpoint.hpp>
#include <hawser/endpoint/sctp_endpoint.hpp>
#include <hawser/net/socket.hpp>
#include <hawser/sctp/endpoint.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace hawser::command {

/// A process at one moment.
struct StatusFacts {
    /// Of more associations than these only the count is told: whoever asks must not hold up those
    /// who talk.
    static constexpr std::size_t kAssociationsMax = 500;

    struct Association {
        sctp::AssociationId id;
        sctp::Status status;
        std::vector<sctp::PathStatus> paths;
    };

    std::string command; ///< "listen"
    pid_t process = 0;
    Duration up{};
    std::vector<Address> bound; ///< none: no endpoint yet, or no more
    std::size_t association_count = 0;
    std::vector<Association> associations;
    sctp::Counters counters;
    std::optional<dtls::Counters> dtls;
    net::SocketCounters udp;
};

/// Of `endpoint`, which may be nullptr; who we are is left to the caller.
StatusFacts status_of(const SctpEndpoint* endpoint, bool sealed);

std::string status_text(const StatusFacts& facts);
/// One line; docs/command.md describes it.
std::string status_json(const StatusFacts& facts);

} // namespace hawser::command
