// What a server of 1.3 would answer to a hello: the same for one that keeps nothing.
#pragma once

#include "dtls/session_ticket.hpp"

#include <hawser/dtls/options.hpp>
#include <hawser/wire/dtls/hello.hpp>

#include <optional>
#include <vector>

namespace hawser::dtls {

struct RetryChoice {
    wire::dtls::CipherSuite suite{};
    /// The group to ask for; nullopt when a share that will do is there.
    std::optional<wire::dtls::NamedGroup> group;
};
/// nullopt when the ends have nothing in common.
std::optional<RetryChoice> choose_retry(TicketKeys& tickets, const Options& options,
                                        const wire::dtls::ClientHello& hello, Instant now);
/// The body of a HelloRetryRequest; `cookie` may be empty.
std::vector<std::byte> retry_request(const RetryChoice& choice, Bytes cookie);

} // namespace hawser::dtls
