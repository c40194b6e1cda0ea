// Errors of the library as sentences that say what to do.
#pragma once

#include "command/network_options.hpp"
#include "command/outcome.hpp"

#include <hawser/core/address.hpp>
#include <hawser/endpoint/connection.hpp>
#include <hawser/endpoint/message.hpp>
#include <hawser/endpoint/sctp_endpoint.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace hawser::command {

/// `host`: the address of ours that was asked for, if any.
Failure explain_open(const Error& error, std::uint16_t udp_port, const NetworkOptions& options,
                     const std::string& host);
Failure explain_listen(const Error& error, std::uint16_t port);
Failure explain_resolve(const Error& error, const HostList& target);
/// The peer has answered, and the handshake did not come to its end.
Failure explain_stuck(const HostList& target, const NetworkOptions& options);
/// `refusal`: as `refusal_text` of the peer's ABORT gave it, if there was one.
Failure explain_connect(const Error& error, const HostList& target, const NetworkOptions& options,
                        std::string_view refusal = {});
/// What an ABORT during the handshake says; nothing when it gives no reason, as that of a host
/// where nobody listens.
std::string refusal_text(const Closed& closed);
/// As `explain_connect`, when it was DTLS that never came up.
Failure explain_handshake(const dtls::Closed& closed, const HostList& target,
                          const NetworkOptions& options);
Failure explain_send(const Error& error, const Connection& connection, std::size_t message_bytes,
                     const sctp::SendOptions& options);
Failure explain_log(const Error& error, const std::string& file);
/// How an association ended; no failure when it was by agreement or our own wish.
Outcome<> explain_end(const Closed& closed);

} // namespace hawser::command
