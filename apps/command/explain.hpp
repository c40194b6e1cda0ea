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

/// What was wrong, and what the system calls it, without the code's name.
std::string plain_text(const Error& error);
/// `host`: the address of ours that was asked for, if any.
Failure explain_open(const Error& error, std::uint16_t udp_port, const NetworkOptions& options,
                     const std::string& host);
Failure explain_listen(const Error& error, std::uint16_t port);
Failure explain_resolve(const Error& error, const HostList& target);
Failure explain_send(const Error& error, const Connection& connection, std::size_t message_bytes,
                     const sctp::SendOptions& options);
Failure explain_log(const Error& error, const std::string& file);
/// What an ABORT or ERROR says of its reason, by whichever end it was sent; nothing when it gives
/// none, as that of a host where nobody listens.
std::string cause_text(const Closed& closed);
/// How an association ended; no failure when it was by agreement or our own wish.
Outcome<> explain_end(const Closed& closed);

} // namespace hawser::command
